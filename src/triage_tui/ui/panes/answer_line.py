"""Below the open question: what the data answers, or who could."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from triage_tui.ui.safe_text import SafeText


class AnswerLine(Static):
    """The suggested answer; a long one takes a second line, since half an answer is none."""

    ALLOW_SELECT = False
    _shown: tuple[SafeText, bool] | None = None

    def show(self, answer: SafeText, *, suggested: bool) -> None:
        """Draw a suggested answer, or a hint; the same again costs nothing, where an update would lay all out anew."""
        if (answer, suggested) == self._shown:
            return
        self._shown = (answer, suggested)
        sign = ("→ ", "$key bold") if suggested else ("· ", "$muted")
        self.update(Content.assemble(sign, answer.content("bold" if suggested else "$muted")))
