"""The beginning of a log where its pane will be: what that pane shows first, at a fifth of what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.strip import Strip
from textual.style import Style

from triage_tui.ui.panes.pane_place import PanePlace
from triage_tui.ui.panes.told_lines import ToldLines
from triage_tui.ui.phrases import COUNTING
from triage_tui.ui.screens.layout import bars_height_alone
from triage_tui.ui.widgets.content_strips import ContentStrips
from triage_tui.ui.widgets.log_rows import LogRows

if TYPE_CHECKING:
    from triage_tui.investigation.source import LogLines


class HeadPlace(PanePlace):
    """Draws the first lines of one log as a pane does that has the keys; keys have the pane made before they act."""

    def __init__(self, head: LogLines) -> None:
        super().__init__("Logs", head_words(head), border="$pane-border-focused")
        self._rows = LogRows()
        self._rows.choose(ToldLines(head), None)
        self._rows.refit()
        self._drawing = ContentStrips(self)

    def inside(self, empty: Strip, height: int) -> list[Strip]:
        """Draw the lines below the room for the bars; the first one is under the cursor."""
        width, base = self.size.width - 2, self.visual_style
        bars = bars_height_alone(self.app.size.height)
        drawn = [self._drawing.fitted(Content.styled(f" {COUNTING}", "$muted"), base, width)] if bars else []
        above = [*self._between(drawn, empty), *[empty] * (bars - len(drawn))]
        rows = [self._row(position, base, width) for position in range(min(len(self._rows), height - bars))]
        return [*above, *self._between(rows, empty), *[empty] * (height - bars - len(rows))]

    def _row(self, position: int, base: Style, width: int) -> Strip:
        content = self._rows.content(position, width)
        if position:
            return self._drawing.fitted(content, base, width)
        return self._drawing.fitted(Content(content.plain), base + self._drawing.bar(), width)

    def _between(self, strips: list[Strip], empty: Strip) -> list[Strip]:
        """Put lines between the left and the right border of an empty one."""
        left, right = empty.crop(0, 1), empty.crop(self.size.width - 1)
        return [Strip.join([left, strip, right]) for strip in self.filtered(strips)]


def head_words(head: LogLines) -> str:
    """Say that only the beginning of the log is known as yet."""
    return f"the first {len(head):,} lines · reading…"
