"""The part of the log pane that shows the beginning of a log until the whole of it is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from triage_tui.investigation.state import Investigation
from triage_tui.ui.panes.head_place import head_words
from triage_tui.ui.panes.line_marks import LineMark, found_again
from triage_tui.ui.panes.log_following import FollowedLogs
from triage_tui.ui.screens.layout import bars_height_alone

if TYPE_CHECKING:
    from triage_tui.investigation.source import LogLine, LogLines


class HeadedLogs(FollowedLogs):
    """Shows ``head``, the first lines of the log, before anything else is known of it."""

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - Textual's name
        expected: Iterable[str] = (),
        head: LogLines | None = None,
    ) -> None:
        super().__init__(id=id, expected=expected)
        self._head = head

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has moved in the lines, or had some of them chosen."""
        chosen = self._text_search.text or self._choosing.choice.filters
        return self._view.sight.cursor == self._view.sight.top == 0 and not chosen

    @property
    def _shows_head(self) -> bool:
        return self._head is not None and self.filtered_lines is self._head

    def head_note(self) -> str:
        """Say that only the beginning of the log is known as yet; "" where more is."""
        return head_words(self._head) if self._shows_head and self._head is not None else ""

    def fit_head(self) -> None:
        """Give the bars the rows that they will have, so that the lines need not move."""
        if self._head is not None:
            self._fit_bars(bars_height_alone(self.app.size.height))

    def draw_bars(self, investigation: Investigation) -> None:
        """Draw the bars; of a log's beginning there is nothing to count."""
        if not self._shows_head:
            super().draw_bars(investigation)

    def line_to_keep(self, lines: LogLines | None) -> LogLine | None:
        """Return the line under the cursor where other lines take the place of the beginning; else None."""
        line = self._view.cursor_line if self._shows_head and lines is not self._head else None
        return line if line is not None and line.time is not None else None

    def keep_on(self, line: LogLine, lines: LogLines) -> None:
        """Put the cursor on a line again, now among all lines."""
        same = found_again(LineMark.of(line), lines)
        if same is not None and same.row != self._view.cursor_row:
            self._view.go_to_row(same.row)
