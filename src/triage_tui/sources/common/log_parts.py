"""What is known of logs that are still read, as evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.investigation.source import EarlyErrors, LogLines


def part_of_logs(
    source: str,
    note: str,
    lines: LogLines | None,
    *,
    frame: pl.DataFrame | None = None,
    errors: EarlyErrors | None = None,
) -> Evidence:
    """A part that was there now; without a ``frame`` its lines can be looked at, and nothing is computed of them."""
    import polars as pl

    return Evidence(
        kind=EvidenceKind.LOGS,
        source=source,
        window=None,
        query="",
        fetched_at=datetime.now(UTC),
        completeness=Completeness(False, note, reading=True),
        held=pl.DataFrame(schema=frame_schema(EvidenceKind.LOGS)) if frame is None else frame,
        lines=lines,
        errors=errors,
    )
