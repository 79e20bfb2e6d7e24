"""Which records of a log are shown, and at which positions: all of them, or the rows of one filter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo

from textual.cache import LRUCache

from triage_tui.investigation.source import LogLine, LogLines, SourceError
from triage_tui.ui.widgets.time_marks import MarkKind, TimeMark

_KEPT_LINES = 512
# Up to so many rows are read to find one; among more, the log itself is asked.
MOST_READ = 2_000


class ShownLines:
    """Positions on the screen, rows in the log, and the few records that were read last.

    ``rows`` are sorted row numbers, None for every record.
    """

    def __init__(self, lines: LogLines | None = None, rows: Sequence[int] | None = None) -> None:
        self.lines, self.rows = lines, rows
        self._read: LRUCache[int, LogLine] = LRUCache(_KEPT_LINES)

    def __len__(self) -> int:
        if self.rows is not None:
            return len(self.rows)
        return len(self.lines) if self.lines is not None else 0

    def filtered(self, rows: Sequence[int] | None) -> ShownLines:
        """Return the same log with other rows; what was read stays."""
        other = ShownLines(self.lines, rows)
        other._read = self._read
        return other

    def apart(self) -> ShownLines:
        """Return the same for another thread: what was read is kept for one thread alone."""
        return ShownLines(self.lines, self.rows)

    def row(self, position: int) -> int:
        """Return the row number at a position."""
        return self.rows[position] if self.rows is not None else position

    def holds(self, row: int) -> bool:
        """Tell whether a row is shown."""
        return (
            0 <= row < len(self) if self.rows is None else self.rows[self.position(row)] == row if self.rows else False
        )

    def position(self, row: int) -> int:
        """Return where a row is shown; the next one shown where it is filtered out."""
        return row if self.rows is None else min(bisect_left(self.rows, row), max(len(self.rows) - 1, 0))

    def record(self, row: int) -> LogLine | None:
        """Read a record, once while it is in sight; None where the file does not give it any more."""
        line = self._read.get(row)
        if line is None and self.lines is not None:
            try:
                line = self._read[row] = self.lines.row(row)
            except (IndexError, OSError, SourceError):
                return None
        return line

    def ends(self) -> tuple[datetime | None, datetime | None]:
        """Return the times of the first and the last record shown, UTC."""
        if not len(self):
            return None, None
        first, last = self.record(self.row(0)), self.record(self.row(len(self) - 1))
        return first.time if first else None, last.time if last else None

    def several_days(self, zone: tzinfo) -> bool:
        """Tell whether the records shown lie on more than one day in a zone."""
        return len({moment.astimezone(zone).date() for moment in self.ends() if moment}) > 1

    def marked_rows(self, marks: Iterable[TimeMark]) -> dict[int, MarkKind]:
        """Return the first row shown at or after each mark; a mark after the last record has none."""
        return {row: mark.kind for mark in marks if (row := self._row_from(mark.at)) is not None}

    def _row_from(self, moment: datetime) -> int | None:
        if self.lines is None or not len(self):
            return None
        row = self.row(self.position(self.lines.row_at(moment)))
        line = self.record(row)
        return row if line is not None and line.time is not None and line.time >= moment else None

    def next_match(self, text: str, position: int, step: int) -> int | None:
        """Return the next position in direction ``step`` (1 or -1) whose record holds a text, ignoring case.

        It may read the whole file, so a caller that must not wait runs it in a thread. None where there is none.
        """
        if self.lines is None or not text:
            return None
        if self.rows is None:
            return self.lines.next_match(text, position, step)
        lines, wanted = self.lines, text.casefold()
        if len(self.rows) > MOST_READ:
            return self._next_shown(position, lambda row: lines.next_match(text, row, step))
        return self._next(position, step, lambda row: wanted in lines.row(row).text.casefold())

    def next_level(self, levels: frozenset[str], position: int, step: int) -> int | None:
        """Return the next position whose record has one of these levels; as ``next_match``."""
        if self.lines is None:
            return None
        if self.rows is None:
            return self.lines.next_level(levels, position, step)
        lines = self.lines
        if len(self.rows) > MOST_READ:
            return self._next_shown(position, lambda row: lines.next_level(levels, row, step))
        return self._next(position, step, lambda row: lines.row(row).level in levels)

    def _next_shown(self, position: int, next_row: Callable[[int], int | None]) -> int | None:
        """Ask the log for the next row until it is one that is shown."""
        row = next_row(self.row(position))
        while row is not None and not self.holds(row):
            row = next_row(row)
        return None if row is None else self.position(row)

    def _next(self, position: int, step: int, holds: Callable[[int], bool]) -> int | None:
        ahead = range(position + step, len(self) if step > 0 else -1, step)
        return next((here for here in ahead if holds(self.row(here))), None)
