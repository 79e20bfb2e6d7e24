"""The log on the screen: any number of records, read from the file as they come into sight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from textual.message import Message

from triage_tui.investigation.source import LogLine, LogLines
from triage_tui.ui.widgets.line_list import LineList
from triage_tui.ui.widgets.log_rows import LogRows
from triage_tui.ui.widgets.shown_lines import ShownLines
from triage_tui.ui.widgets.time_marks import TimeMark

MOST_FILE_CELLS = 16


class LogView(LineList):
    """Log records, all of them or the rows of one correlation ID; binds no keys and reads only what is in sight."""

    class CursorRowChanged(Message):
        """The cursor is on another record; ``moment`` is UTC, None where the record has no time."""

        def __init__(self, control: LogView, row: int, moment: datetime | None) -> None:
            super().__init__()
            self.log_view, self.row, self.moment = control, row, moment

        @property
        def control(self) -> LogView:
            """The view, for ``@on`` selectors."""
            return self.log_view

        def can_replace(self, message: Message) -> bool:
            """Let a later move in the same view stand for this one."""
            return isinstance(message, LogView.CursorRowChanged) and message.log_view is self.log_view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        self.rows = LogRows()
        super().__init__(self.rows, id=id, classes=classes)

    @property
    def shown(self) -> ShownLines:
        """Which records are shown, and at which positions."""
        return self.rows.shown

    def show(self, lines: LogLines | None, rows: Sequence[int] | None = None, *, offsets: bool | None = None) -> None:
        """Show other lines, or a part of them: sorted row numbers. The cursor stays on its record where it can.

        With ``offsets``, which a part has unless told otherwise, each line starts with its distance from the first.
        """
        kept = self.cursor_row
        self.rows.offsets = rows is not None if offsets is None else offsets
        self.rows.choose(lines, rows)
        self.sight.cursor = self.shown.position(kept) if kept is not None else 0
        self._refit()

    def set_marks(self, marks: Iterable[TimeMark]) -> None:
        """Mark deploys, onset and fix in the gutter, at the first record at or after each."""
        self.rows.marks = tuple(marks)
        self._refit()

    def set_pinned(self, rows: Iterable[int]) -> None:
        """Mark the rows that were pinned."""
        self.rows.pinned = frozenset(rows)
        self.redraw()

    def set_marked(self, rows: Iterable[int]) -> None:
        """Mark the rows that the user marked."""
        marked = frozenset(rows)
        if marked != self.rows.marked:
            self.rows.marked = marked
            self.redraw()

    def name_files(self, names: Iterable[str]) -> None:
        """Name the file of each record, where there are several and the room for it."""
        cells = [min(len(name), MOST_FILE_CELLS) for name in names]
        self._look_with(file_cells=max(cells) if len(cells) > 1 else 0)

    def set_search(self, text: str) -> None:
        """Highlight a text, ignoring case; "" for none."""
        self._look_with(search=text)

    def say_where_empty(self, words: str) -> None:
        """Say why there is no line, where there is none."""
        if words != self.rows.empty:
            self.rows.empty = words
            self.redraw()

    @property
    def cursor_row(self) -> int | None:
        """The row number under the cursor, None where nothing is shown."""
        return self.shown.row(self.sight.cursor) if self.sight.cursor < self.row_count() else None

    @property
    def cursor_line(self) -> LogLine | None:
        """The record under the cursor, None where nothing is shown or it cannot be read."""
        row = self.cursor_row
        return None if row is None else self.shown.record(row)

    def go_to_row(self, row: int) -> None:
        """Go to a row number; to the next one shown where this one is filtered out."""
        self.sight.go_to(self.shown.position(row))

    def go_to_time(self, moment: datetime) -> None:
        """Go to the first record at or after a UTC time."""
        if self.shown.lines is not None and len(self.shown.lines):
            self.sight.jump_to(self.shown.position(self.shown.lines.row_at(moment)), stands=True)

    def cursor_moved(self) -> None:
        """Say which record the cursor is on, and when that was."""
        row, line = self.cursor_row, self.cursor_line
        if row is not None:
            self.post_message(self.CursorRowChanged(self, row, line.time if line else None))

    def _look_with(self, **changed: object) -> None:
        self.rows.look = msgspec.structs.replace(self.rows.look, **changed)
        self.redraw()

    def _refit(self) -> None:
        self.rows.refit()
        self.redraw()
