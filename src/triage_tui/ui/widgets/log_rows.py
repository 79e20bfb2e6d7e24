"""The records of a log as rows of a list: which are shown, and how each looks."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from textual.content import Content

from triage_tui.investigation.source import LogLines
from triage_tui.ui.widgets.log_line import LineLook, line_content, unreadable_content
from triage_tui.ui.widgets.shown_lines import ShownLines
from triage_tui.ui.widgets.time_marks import MarkKind, TimeMark


class LogRows:
    """Rows for a list. After a change of what is shown, ``refit`` works out what depends on the rows as a whole.

    Attributes:
        look: how every line looks, but for what is marked on it alone.
        marks: deploys, onset and fix, each at the first record at or after it.
        pinned, marked: row numbers.
        offsets: whether each line starts with its distance from the first.
    """

    def __init__(self) -> None:
        self.shown = ShownLines()
        self.empty = "no log lines"
        self.look = LineLook()
        self.marks: tuple[TimeMark, ...] = ()
        self.pinned: frozenset[int] = frozenset()
        self.marked: frozenset[int] = frozenset()
        self.offsets = False
        self._mark_rows: dict[int, MarkKind] = {}

    def __len__(self) -> int:
        return len(self.shown)

    def is_selectable(self, position: int) -> bool:
        """Let the cursor stand on any record."""
        del position
        return True

    def content(self, position: int, width: int) -> Content:
        """Draw a record."""
        row = self.shown.row(position)
        line = self.shown.record(row)
        if line is None:
            return unreadable_content("this record can no longer be read from the file")
        look = msgspec.structs.replace(
            self.look, mark=self._mark_rows.get(row), pinned=row in self.pinned, marked=row in self.marked
        )
        return line_content(line, look, width)

    def choose(self, lines: LogLines | None, rows: Sequence[int] | None) -> None:
        """Show other lines, or a part of them; what was read of the same lines stays."""
        self.shown = self.shown.filtered(rows) if lines is self.shown.lines else ShownLines(lines, rows)

    def refit(self) -> None:
        """Find offsets, dates and where the marks stand."""
        origin = self.shown.ends()[0] if self.offsets else None
        self.look = msgspec.structs.replace(self.look, origin=origin, with_date=self.shown.several_days(self.look.zone))
        self._mark_rows = self.shown.marked_rows(self.marks)
