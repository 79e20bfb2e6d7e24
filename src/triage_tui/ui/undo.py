"""What undoing would take back, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from triage_tui.investigation import events, hypothesis_events
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import QUESTION_BY_ID

# The last decision's class decides which words describe it; each takes a decision of that class.
_WORDS: dict[type, Callable[[Any], str]] = {
    events.StepEntered: lambda one: f"going to step {one.step.value}, {one.step.title}",
    events.QuestionAnswered: lambda one: f"the answer to “{_question(one.question)}”",
    hypothesis_events.EvidencePinned: lambda one: f"the pin “{one.pin.text}”",
    hypothesis_events.PinRemoved: lambda one: f"taking the pin {one.pin_id} away",
    hypothesis_events.HypothesisWritten: lambda one: f"the hypothesis “{one.statement}”",
    hypothesis_events.HypothesisJudged: lambda one: f"judging a hypothesis {one.state}",
    hypothesis_events.RefutationNamed: lambda one: f"the test “{one.test}”",
    hypothesis_events.PinLinked: lambda one: f"laying a pin {one.side or 'nowhere'}",
    events.WindowChosen: lambda _: "the choice of the window",
    events.CorrelationFollowed: lambda one: (
        f"following {one.correlation_id}" if one.correlation_id else "showing all lines"
    ),
    events.LogFiltersSet: lambda one: (
        f"the filters {' · '.join(one.filters)}" if one.filters else "taking all filters away"
    ),
    events.LineMarked: lambda one: (
        f"marking {one.mark.file}:{one.mark.line}"
        if one.is_marked
        else f"taking the mark of {one.mark.file}:{one.mark.line} away"
    ),
    events.NoteWritten: lambda one: f"the text of {one.section}",
    events.HotfixTaken: lambda one: f"taking the hotfix “{one.hotfix.description}”",
    events.ActionItemWritten: lambda one: f"the action item “{one.item.mechanism}”",
}


def undo_words(investigation: Investigation) -> str:
    """Say what the last decision was; "" where there is none that could be taken back."""
    last = events.last_undoable(investigation.decisions)
    if last is None:
        return ""
    words = _WORDS.get(type(last))
    return words(last) if words else type(last).__name__


def _question(question_id: str) -> str:
    known = QUESTION_BY_ID.get(question_id)
    return known.text if known else question_id
