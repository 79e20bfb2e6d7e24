"""What undoing would take back, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from triage_tui.investigation.events import (
    ActionItemWritten,
    CorrelationFollowed,
    HotfixTaken,
    LogFiltersSet,
    NoteWritten,
    QuestionAnswered,
    StepEntered,
    WindowChosen,
    last_undoable,
)
from triage_tui.investigation.hypothesis_events import (
    EvidencePinned,
    HypothesisJudged,
    HypothesisWritten,
    PinLinked,
    PinRemoved,
    RefutationNamed,
)
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import QUESTION_BY_ID

# The last decision's class decides which words describe it; each takes a decision of that class.
_WORDS: dict[type, Callable[[Any], str]] = {
    StepEntered: lambda one: f"going to step {one.step.value}, {one.step.title}",
    QuestionAnswered: lambda one: f"the answer to “{_question(one.question)}”",
    EvidencePinned: lambda one: f"the pin “{one.pin.text}”",
    PinRemoved: lambda one: f"taking the pin {one.pin_id} away",
    HypothesisWritten: lambda one: f"the hypothesis “{one.statement}”",
    HypothesisJudged: lambda one: f"judging a hypothesis {one.state}",
    RefutationNamed: lambda one: f"the test “{one.test}”",
    PinLinked: lambda one: f"laying a pin {one.side or 'nowhere'}",
    WindowChosen: lambda _: "the choice of the window",
    CorrelationFollowed: lambda one: f"following {one.correlation_id}" if one.correlation_id else "showing all lines",
    LogFiltersSet: lambda one: f"the filters {' · '.join(one.filters)}" if one.filters else "taking all filters away",
    NoteWritten: lambda one: f"the text of {one.section}",
    HotfixTaken: lambda one: f"taking the hotfix “{one.hotfix.description}”",
    ActionItemWritten: lambda one: f"the action item “{one.item.mechanism}”",
}


def undo_words(investigation: Investigation) -> str:
    """Say what the last decision was; "" where there is none that could be taken back."""
    last = last_undoable(investigation.decisions)
    if last is None:
        return ""
    words = _WORDS.get(type(last))
    return words(last) if words else type(last).__name__


def _question(question_id: str) -> str:
    known = QUESTION_BY_ID.get(question_id)
    return known.text if known else question_id
