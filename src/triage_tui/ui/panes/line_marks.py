"""A line of a log as it is found again where there are more lines by then."""

from __future__ import annotations

from msgspec.structs import replace

from triage_tui.investigation.source import LogLine, LogLines, SourceError
from triage_tui.investigation.state import LogMark

MOST_AT_ONE_TIME = 10_000


def mark_of(line: LogLine) -> LogMark:
    """Return what a line is found again by."""
    return LogMark(line.file, line.line, line.time, line.row)


def found_again(mark: LogMark, lines: LogLines, most: int = MOST_AT_ONE_TIME) -> LogMark | None:
    """Return the mark with the row that its line has among other lines; None where it is not there.

    It reads all lines of the same time up to this one, ``most`` at most, so many only in a thread.
    """
    place = _place_in(lines, mark)
    first = mark.row if mark.time is None else lines.row_at(mark.time)
    for row in range(first, min(first + most, len(lines))):
        line = _read(lines, row)
        if line is None or (mark.time is not None and line.time != mark.time):
            return None
        if place == (line.file, line.line):
            return replace(mark, row=row)
    return None


def _place_in(lines: LogLines, mark: LogMark) -> tuple[str, int]:
    """Return the file and the number of a marked line, of which the log may have been read in part before."""
    from triage_tui.logs.store import LogStore

    return lines.place_of(mark.file, mark.line) if isinstance(lines, LogStore) else (mark.file, mark.line)


def _read(lines: LogLines, row: int) -> LogLine | None:
    try:
        return lines.row(row)
    except (IndexError, OSError, SourceError):
        return None
