"""Below the open question: what the data answers, or who could."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widgets import Static

from triage_tui.ui.phrases import folded
from triage_tui.ui.safe_text import SafeText

_SIGN_CELLS = 2
_MOST_LINES = 2


class AnswerLine(Static):
    """The suggested answer; a long one takes a second line, and says where even that cuts it."""

    ALLOW_SELECT = False
    _shown: tuple[SafeText, bool] | None = None
    _width = 0

    def show(self, answer: SafeText, *, suggested: bool) -> None:
        """Draw a suggested answer, or a hint; the same again costs nothing, where an update would lay all out anew."""
        if (answer, suggested) == self._shown:
            return
        self._shown = (answer, suggested)
        self._draw(answer, suggested=suggested)

    def on_resize(self, event: events.Resize) -> None:
        """Fold the answer anew where the width is another."""
        del event
        if self._shown is not None and self.content_size.width != self._width:
            self._draw(self._shown[0], suggested=self._shown[1])

    def _draw(self, answer: SafeText, *, suggested: bool) -> None:
        self._width = self.content_size.width
        sign = ("→ ", "$key bold") if suggested else ("· ", "$muted")
        self.update(
            Content.assemble(sign, _in_two_lines(answer, self._width).content("bold" if suggested else "$muted"))
        )


def _in_two_lines(answer: SafeText, width: int) -> SafeText:
    """Cut what a second line cannot hold; before the first layout nothing is known to be cut."""
    lines = [line.plain for line in folded(answer.plain, width, indent=_SIGN_CELLS, hanging=0)] if width else []
    if len(lines) <= _MOST_LINES:
        return answer
    first = lines[0].lstrip()
    return SafeText(f"{first} {SafeText(' '.join(lines[1:])).cut(width)}")
