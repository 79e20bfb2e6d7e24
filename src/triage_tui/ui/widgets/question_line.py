"""The line above the answer: the step's next open question, and what was found so far."""

from __future__ import annotations

import msgspec
from textual.content import Content

from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.one_line import OneLine, spread


class QuestionFacts(msgspec.Struct, frozen=True):
    """What the line says.

    Attributes:
        step: the step's title; dropped where there is little room.
        question: the open question; empty where all are answered.
        right: what stands at the right edge, such as "4 patterns · 6 pins".
    """

    step: SafeText = msgspec.field(default_factory=SafeText)
    question: SafeText = msgspec.field(default_factory=SafeText)
    right: SafeText = msgspec.field(default_factory=SafeText)


class QuestionLine(OneLine[QuestionFacts]):
    """The open question."""

    def draw(self, facts: QuestionFacts, width: int) -> Content:
        """Return the line for so many cells."""
        return question_content(facts, width)


def question_content(facts: QuestionFacts, width: int) -> Content:
    """Draw the line; the step's name goes where it does not fit."""
    right = Content.assemble(facts.right.content("$muted"), " ") if facts.right else Content("")
    with_step = Content.assemble((f" {facts.step}: ", "bold $step-current"), _asked(facts))
    fits = with_step.cell_length < width - right.cell_length
    return spread(with_step if facts.step and fits else Content(" ") + _asked(facts), right, width)


def _asked(facts: QuestionFacts) -> Content:
    if not facts.question:
        return Content.styled("every question of this step is answered", "$step-done")
    return facts.question.content()
