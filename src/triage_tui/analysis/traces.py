"""What one request did, in order: its gaps beyond normal, and the lines that healthy requests have and it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from triage_tui.analysis.clocks import clock_offsets
from triage_tui.analysis.gaps import gap_pattern, is_gap, judged_steps, told_steps
from triage_tui.analysis.missing_lines import MissingLine, missing_in, pattern_of
from triage_tui.analysis.request_outcomes import Outcomes, outcomes
from triage_tui.analysis.request_records import with_request
from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.findings import ClockOffset, Pattern
from triage_tui.investigation.id_values import is_same_id
from triage_tui.investigation.trace import Trace, TraceRecord


def trace(logs: pl.DataFrame, correlation_id: str) -> Trace:
    """Lay out one request of a LOGS frame; without records where the ID does not occur.

    A gap is beyond normal as in ``gaps.judged_steps``; a missing line is one that at least 99 % of the healthy requests
    of the same endpoint have after a line of this one. Lines that come after a failed request's last one are missing
    only where they undo something, such as a release.
    """
    return trace_of(outcomes(logs), correlation_id)


def trace_through(logs: Sequence[Evidence], correlation_id: str) -> Trace:
    """Lay out one request of the first log evidence that has it, also where a line names its ID in free text alone."""
    for evidence in logs:
        found = trace(with_request(evidence, correlation_id), correlation_id)
        if found.records:
            return found
    return Trace(id=correlation_id)


def trace_of(found: Outcomes, correlation_id: str) -> Trace:
    """Lay out one request of logs that were read already."""
    records = found.records.with_row_index("row").filter(is_same_id(pl.col("request_id"), correlation_id))
    if records.is_empty():
        return Trace(id=correlation_id)
    correlation_id = records["request_id"].item(0)
    steps = judged_steps(found)
    far = steps.filter(is_gap()).join(records.select("row"), on="row", how="semi", maintain_order="left")
    route = next((route for route in records["route"] if route is not None), None)
    gaps = tuple(gap_pattern(found, row) for row in told_steps(found, far).iter_rows(named=True))
    return Trace(
        id=correlation_id,
        route=route,
        records=_ladder(records, steps),
        gaps=gaps,
        missing=_missing(found, correlation_id, records, route),
        healthy_example=_healthy_example(found, correlation_id, route, steps),
        clocks=_clocks(found.records, records),
    )


def _clocks(all_records: pl.DataFrame, own: pl.DataFrame) -> tuple[ClockOffset, ...]:
    """The clocks that differ among those by which this request was written down."""
    here = set(own.select(pl.coalesce("host", "file")).to_series())
    return tuple(one for one in clock_offsets(all_records) if one.host in here)


def _ladder(records: pl.DataFrame, steps: pl.DataFrame) -> tuple[TraceRecord, ...]:
    normal = steps.select("row", "gap", "normal_p99", "normal_n")
    joined = records.join(normal, on="row", how="left", maintain_order="left")
    started = joined["time"].item(0)
    return tuple(_step(row, started) for row in joined.iter_rows(named=True))


def _step(row: dict[str, Any], started: datetime) -> TraceRecord:
    at = row["time"]
    assert isinstance(at, datetime)  # noqa: S101 - tells mypy what the column holds
    p99 = row["normal_p99"]
    return TraceRecord(
        at=at,
        offset_s=(at - started).total_seconds(),
        gap_s=float(str(row["gap"] or 0)),
        level=row["level"],
        event=str(row["event"] or _request(row)),
        file=str(row["file"] or ""),
        line=int(str(row["line"] or 0)),
        row=int(str(row["row"])),
        normal_p99_s=None if p99 is None else float(str(p99)),
        normal_n=int(str(row["normal_n"] or 0)),
    )


def _request(row: dict[str, Any]) -> str:
    """What a record without a message tells, as one of an access log: status, request and how long it took."""
    took = row["duration_ms"]
    told = (row["status"], row["route"], None if took is None else f"in {took:g} ms")
    return " ".join(str(one) for one in told if one is not None) or "(no message)"


def _missing(found: Outcomes, request_id: str, records: pl.DataFrame, route: str | None) -> tuple[Pattern, ...]:
    events = [event for event in records["template"] if event is not None]
    lines = missing_in(found, request_id, events, route)
    return tuple(pattern_of(request_id, line, _last(records, line)) for line in _worth_telling(lines))


def _worth_telling(lines: list[MissingLine]) -> list[MissingLine]:
    """What undoes something comes first; of a request that was cut short, the lines after the cut say nothing new."""
    undoing = [line for line in lines if line.undoes]
    return undoing or lines[:1]


def _last(records: pl.DataFrame, line: MissingLine) -> dict[str, Any] | None:
    before = records.filter(pl.col("template") == line.after)
    return before.row(before.height - 1, named=True) if before.height else None


def _healthy_example(
    found: Outcomes, request_id: str, route: str | None, steps: pl.DataFrame
) -> tuple[TraceRecord, ...]:
    """The healthy request of this endpoint whose length is the usual one."""
    good = found.requests.filter(
        ~pl.col("failed") & ~pl.col("refused") & pl.col("has_id") & (pl.col("request") != request_id)
    )
    here = good.filter(pl.col("route").eq_missing(pl.lit(route, dtype=pl.String)))
    if here.is_empty():
        return ()
    usual = here.with_columns((pl.col("until") - pl.col("time")).alias("length")).sort("length", "time", "request")
    typical = usual.row(usual.height // 2, named=True)["request"]
    return _ladder(found.records.with_row_index("row").filter(pl.col("request") == typical), steps)
