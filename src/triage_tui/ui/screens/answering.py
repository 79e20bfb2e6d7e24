"""Answering the open questions of a step: with what the evidence suggests, or in one's own words."""

from __future__ import annotations

from functools import partial

from triage_tui.investigation.events import NoteWritten, QuestionAnswered
from triage_tui.investigation.hypothesis_events import HypothesisWritten, RefutationNamed
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Question, open_questions
from triage_tui.investigation.suggestion import Suggestion
from triage_tui.investigation.suggestions import suggest
from triage_tui.ui.messages import TextWanted
from triage_tui.ui.screens.case_screen import CaseScreen, now

# What is answered in the last step is a section of the document too.
SECTION_OF_QUESTION = {
    "postmortem.what": "summary", "postmortem.cause": "root_cause", "postmortem.resolved": "resolution",
}  # fmt: skip
ALL_ANSWERED = "every question of this step is answered: ] goes on"


class Answering:
    """Knows which open question is looked at, and has its answer decided."""

    def __init__(self, screen: CaseScreen) -> None:
        self._screen = screen
        self._passed_over = 0

    def asked(self, investigation: Investigation) -> Question | None:
        """Return the open question that is looked at, None where all are answered."""
        left_open = open_questions(investigation, investigation.step)
        return left_open[self._passed_over % len(left_open)] if left_open else None

    def pass_over(self) -> None:
        """Look at the next open question; this one stays open."""
        self._passed_over += 1

    def from_first(self) -> None:
        """Look at the first open question."""
        self._passed_over = 0

    def accept(self) -> None:
        """Accept the suggested answer; where there is none, ask for one."""
        question = self.asked(self._screen.case)
        suggestion = suggest(question.id, self._screen.case) if question else None
        if question is None:
            self._screen.tell(ALL_ANSWERED)
        elif suggestion is None:
            self.write()
        else:
            self._take(question, suggestion)

    def accept_all(self) -> None:
        """Accept every suggested answer of the step."""
        answered = 0
        for question in open_questions(self._screen.case, self._screen.case.step):
            suggestion = suggest(question.id, self._screen.case)
            if suggestion is not None:
                answered += 1
                self._take(question, suggestion)
        if not answered:
            self._screen.tell("the evidence suggests no answer here: i writes one")

    def _take(self, question: Question, suggestion: Suggestion) -> None:
        self._screen.decide(
            QuestionAnswered(at=now(), question=question.id, text=suggestion.text, source=suggestion.source)
        )

    def write(self) -> None:
        """Answer in one's own words, beginning with what is suggested."""
        question = self.asked(self._screen.case)
        if question is None:
            self._screen.tell(ALL_ANSWERED)
            return
        suggestion = suggest(question.id, self._screen.case)
        self._screen.post_message(
            TextWanted(question.text, partial(self._written, question), suggestion.text if suggestion else "")
        )

    def _written(self, question: Question, text: str) -> None:
        """Keep the answer; a hypothesis and its test are kept in the notebook too."""
        case, decide = self._screen.case, self._screen.decide
        if question.id == "hypothesis.statement":
            self._write_hypothesis(text)
        if question.id == "hypothesis.refute" and case.hypotheses:
            decide(RefutationNamed(at=now(), hypothesis_id=case.hypotheses[-1].id, test=text))
        section = SECTION_OF_QUESTION.get(question.id)
        if section is not None and section not in case.notes:
            decide(NoteWritten(at=now(), section=section, text=text))
        decide(QuestionAnswered(at=now(), question=question.id, text=text))

    def write_hypothesis(self) -> None:
        """Ask for a hypothesis."""
        self._screen.post_message(TextWanted("X happens because Y under condition Z", self._write_hypothesis))

    def _write_hypothesis(self, statement: str) -> None:
        number = len(self._screen.case.hypotheses) + 1
        written = HypothesisWritten(at=now(), hypothesis_id=f"hypothesis-{number}", statement=statement)
        self._screen.decide(written)
