"""The cursor of a log and the one clock: which moves follow the clock, and which ones move it."""

from __future__ import annotations

from datetime import datetime

from triage_tui.ui.widgets.log_view import LogView


class ClockedCursor:
    """Moves a log's cursor by itself, and knows such a move from a person's: only that moves the clock of all panes."""

    def __init__(self, view: LogView) -> None:
        self._view = view
        self._row: int | None = None

    def go_to_newest(self) -> None:
        """Go to the newest line."""
        self._view.sight.go_bottom()
        self._row = self._view.cursor_row

    def follow(self, moment: datetime | None) -> None:
        """Go to the line of the time mark, unless the mark stands where the cursor put it."""
        line, lines = self._view.cursor_line, self._view.shown.lines
        if moment is None or lines is None or not len(lines) or (line is not None and line.time == moment):
            return
        self._view.go_to_time(moment)
        self._row = self._view.cursor_row

    def was_moved_to(self, row: int) -> bool:
        """Tell, once for a move, whether a person moved the cursor to a row."""
        followed, self._row = self._row == row, None
        return not followed
