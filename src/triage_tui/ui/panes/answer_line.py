"""The line below the open question: what the data answers, and the key that takes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.content import Content

from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.one_line import OneLine, spread


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The answer that is suggested, or what to do where none is; ``keys`` names the keys that take it."""

    answer: SafeText = field(default_factory=SafeText)
    suggested: bool = False
    keys: SafeText = field(default_factory=SafeText)


class AnswerLine(OneLine[AnswerFacts]):
    """The suggested answer."""

    def draw(self, facts: AnswerFacts, width: int) -> Content:
        """Return the line for so many cells; the answer's end is cut before the key is."""
        sign = ("→ ", "$key") if facts.suggested else ("· ", "$muted")
        left = Content.assemble(" ", sign, facts.answer.content("bold" if facts.suggested else "$muted"))
        return spread(left, Content.assemble(facts.keys.content("$key"), " "), width)
