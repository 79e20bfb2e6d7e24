"""A line of a log as it is found again where there are more lines by then."""

from __future__ import annotations

from datetime import datetime

import msgspec

from triage_tui.investigation.source import LogLine, LogLines, SourceError

MOST_AT_ONE_TIME = 10_000


class LineMark(msgspec.Struct, frozen=True):
    """Where a line stands in its file, when it was, and which row it has by now."""

    file: str
    line: int
    time: datetime | None
    row: int

    @classmethod
    def of(cls, line: LogLine) -> LineMark:
        """Mark a line."""
        return cls(line.file, line.line, line.time, line.row)


def found_again(mark: LineMark, lines: LogLines) -> LineMark | None:
    """Return the mark with the row that its line has among other lines; None where it is not there."""
    first = mark.row if mark.time is None else lines.row_at(mark.time)
    for row in range(first, min(first + MOST_AT_ONE_TIME, len(lines))):
        line = _read(lines, row)
        if line is None or (mark.time is not None and line.time != mark.time):
            return None
        if (line.file, line.line) == (mark.file, mark.line):
            return LineMark(mark.file, mark.line, mark.time, row)
    return None


def _read(lines: LogLines, row: int) -> LogLine | None:
    try:
        return lines.row(row)
    except (IndexError, OSError, SourceError):
        return None
