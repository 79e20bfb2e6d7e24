"""The beginning of a log, which its pane shows until the whole of it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage_tui.ui.panes.head_place import head_words
from triage_tui.ui.panes.line_marks import found_again, mark_of
from triage_tui.ui.panes.log_filters import ChosenLines
from triage_tui.ui.widgets.log_view import LogView

if TYPE_CHECKING:
    from triage_tui.investigation.source import LogLine, LogLines


class Beginning:
    """Knows ``lines``, the first ones of the log, and how the cursor gets from there to the same line among all."""

    def __init__(self, lines: LogLines | None, view: LogView, chosen: ChosenLines) -> None:
        self.lines = lines
        self._view, self._chosen = view, chosen

    @property
    def is_shown(self) -> bool:
        """Whether nothing else is known of the log."""
        return self.lines is not None and self._chosen.lines is self.lines

    def note(self) -> str:
        """Say that only the beginning of the log is known as yet; "" where more is."""
        return head_words(self.lines) if self.is_shown and self.lines is not None else ""

    def line_to_keep(self, lines: LogLines | None) -> LogLine | None:
        """Return the line under the cursor where other lines take the place of the beginning; else None."""
        line = self._view.cursor_line if self.is_shown and lines is not self.lines else None
        return line if line is not None and line.time is not None else None

    def keep_on(self, line: LogLine, lines: LogLines) -> None:
        """Put the cursor on a line again, now among all lines."""
        same = found_again(mark_of(line), lines, len(self.lines) if self.lines is not None else 1)
        if same is not None and same.row != self._view.cursor_row:
            self._view.go_to_row(same.row)
