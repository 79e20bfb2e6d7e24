"""One request of large log files as evidence: found by a scan, with what is needed to tell what is normal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.logs.log_input import LogInput, LogOptions
    from triage_tui.logs.progress import Progress


def found_request(
    name: str,
    inputs: Sequence[LogInput],
    options: LogOptions,
    correlation_id: str,
    on_progress: Callable[[Progress], None],
) -> Evidence:
    """Search logs for a request; the frame has its records, and others around it and well before it.

    Raises ``UnreadableInput``.
    """
    from triage_tui.logs.records.record_frame import in_time_order
    from triage_tui.logs.search.request_scan import scan_for_request
    from triage_tui.logs.search.surroundings import surroundings

    logs = scan_for_request(inputs, options, correlation_id, on_progress)
    found = in_time_order([log.found for log in logs])
    at = found["time"].min()
    others = surroundings([log.times for log in logs], options, at) if isinstance(at, datetime) else found.clear()
    missing = [f"{log.times.records.reader.source.name}: {log.missing}" for log in logs if log.missing]
    note = f"{found.height:,} records of the request, compared with {others.height:,} around it and before it"
    return Evidence(
        kind=EvidenceKind.LOGS,
        source=name,
        window=None,
        query=correlation_id,
        fetched_at=datetime.now(UTC),
        completeness=Completeness(False, "; ".join([note, *missing])),
        held=_together(found, others),
    )


def _together(found: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """All records once, in time order; of those in both, what was found of the request counts."""
    import polars as pl

    rest = others.join(found.select("file", "offset"), on=["file", "offset"], how="anti")
    return pl.concat([found, rest]).sort("time", nulls_last=True, maintain_order=True)
