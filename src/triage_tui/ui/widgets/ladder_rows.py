"""The rungs of one request's trace: its steps, the waits beyond normal, and the lines that it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Literal

from triage_tui.investigation.findings import Pattern
from triage_tui.investigation.trace import Trace, TraceRecord
from triage_tui.investigation.units import format_value
from triage_tui.ui.safe_text import SafeText

_EVENT_CELLS = 400
_FILE_CELLS = 16


@dataclass(frozen=True, slots=True)
class Rung:
    """One row of the ladder.

    Attributes:
        kind: a step of the request, a wait beyond normal, or a line that healthy requests have.
        text: the event, or the wait or the missing line in words.
        at: when the step was, UTC; None for a missing line.
        offset_s: seconds since the request's first line.
        wait_s: seconds until the next line; None for the last one.
        normal: what is normal for that wait, in words, empty where it is not known.
        row: the record's row in the log.
    """

    kind: Literal["step", "gap", "missing"]
    text: SafeText
    at: datetime | None = None
    offset_s: float | None = None
    wait_s: float | None = None
    normal: SafeText = SafeText()  # noqa: RUF009 - immutable
    level: str | None = None
    row: int | None = None


def ladder_rungs(trace: Trace) -> tuple[Rung, ...]:
    """Return the trace from its first line to its last, gaps and missing lines where they belong."""
    gaps, missing = _placed(trace, trace.gaps), _placed(trace, trace.missing)
    rungs: list[Rung] = []
    for index, step in enumerate(record_rungs(trace.records)):
        rungs.append(step)
        rungs += [_gap_rung(gap, step) for at, gap in gaps if at == index]
        rungs += [_missing_rung(line) for at, line in missing if at == index]
    return tuple(rungs)


def record_rungs(records: tuple[TraceRecord, ...]) -> tuple[Rung, ...]:
    """Return one rung a record, with the wait until the next one; of records from several files each names its own."""
    cells = max((min(len(one.file), _FILE_CELLS) for one in records), default=0)
    files = cells if len({one.file for one in records}) > 1 else 0
    return tuple(_step_rung(record, after, files) for record, after in zip_longest(records, records[1:]))


def _step_rung(record: TraceRecord, after: TraceRecord | None, file_cells: int) -> Rung:
    normal = _normal(after) if after else ""
    file = f"{SafeText(record.file).fitted(file_cells)} " if file_cells else ""
    return Rung(
        kind="step", text=SafeText(f"{file}{record.event}", cells=_EVENT_CELLS), at=record.at, offset_s=record.offset_s,
        wait_s=after.gap_s if after else None, normal=SafeText(normal), level=record.level, row=record.row,
    )  # fmt: skip


def _normal(record: TraceRecord) -> str:
    """Say what is normal for the wait before a record."""
    if record.normal_p99_s is None or not record.normal_n:
        return ""
    return f"p99 {format_value(record.normal_p99_s, 's')}, n={record.normal_n}"


def _gap_rung(gap: Pattern, step: Rung) -> Rung:
    """Say a wait in words; what is normal for it comes from its step, where that knows more digits."""
    waited, p99, count = (gap.numbers.get(name) for name in ("seconds", "normal_p99", "n"))
    text = f"waited {format_value(waited, 's')} for the next line" if isinstance(waited, int | float) else gap.statement
    normal = SafeText(f"p99 {format_value(p99, 's')}, n={count}" if isinstance(p99, int | float) else "")
    return Rung("gap", SafeText(text), wait_s=waited, normal=step.normal or normal)


def _missing_rung(line: Pattern) -> Rung:
    event = SafeText(str(line.numbers.get("event", line.statement)), cells=_EVENT_CELLS)
    present, of = line.numbers.get("present_in"), line.numbers.get("of")
    normal = f"{present}/{of} healthy have it" if present is not None and of is not None else ""
    return Rung("missing", SafeText(f'missing: "{event}"'), normal=SafeText(normal))


def _placed(trace: Trace, patterns: tuple[Pattern, ...]) -> list[tuple[int, Pattern]]:
    """Return each pattern with the index of the record after which it belongs, the last one where none is named."""
    return [(_index_of(trace.records, pattern), pattern) for pattern in patterns]


def _index_of(records: tuple[TraceRecord, ...], pattern: Pattern) -> int:
    """Find the record before a gap, by start and waited seconds, or before a missing line, by its place in the file."""
    waited = pattern.numbers.get("seconds")
    for index, record in enumerate(records):
        after = records[index + 1] if index + 1 < len(records) else None
        if isinstance(waited, int | float):
            if after and record.at == pattern.start and abs(after.gap_s - waited) < 0.002:  # noqa: PLR2004 - rounding
                return index
        elif any((one.file, one.line) == (record.file, record.line) for one in pattern.examples):
            return index
    starting = [index for index, record in enumerate(records) if record.at == pattern.start]
    return starting[-1] if starting else len(records) - 1
