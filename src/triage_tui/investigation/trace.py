"""One request, step by step."""

from __future__ import annotations

from datetime import datetime

import msgspec

from triage_tui.investigation.findings import ClockOffset, Pattern


class TraceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a request; ``gap_s`` is the time since the record before, with what is normal for it."""

    at: datetime
    offset_s: float
    gap_s: float
    level: str | None
    event: str
    file: str
    line: int
    row: int | None = None
    normal_p99_s: float | None = None
    normal_n: int = 0


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One request's records in order, its gaps beyond normal, and the lines that healthy requests have and it lacks."""

    id: str
    route: str | None = None
    records: tuple[TraceRecord, ...] = ()
    gaps: tuple[Pattern, ...] = ()
    missing: tuple[Pattern, ...] = ()
    healthy_example: tuple[TraceRecord, ...] = ()
    clocks: tuple[ClockOffset, ...] = ()
