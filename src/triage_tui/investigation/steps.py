"""The nine steps, and the questions that each one asks."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from triage_tui.investigation.state import Investigation


class Step(IntEnum):
    """The stations from a page to a post-mortem, in order."""

    ALERT = 1
    IMPACT = 2
    CHANGES = 3
    LOGS = 4
    METRICS = 5
    HYPOTHESIS = 6
    REPRODUCE = 7
    FIX = 8
    POSTMORTEM = 9

    @property
    def title(self) -> str:
        """The name shown in the steps line."""
        return "Post-mortem" if self is Step.POSTMORTEM else self.name.capitalize()


class Question(msgspec.Struct, frozen=True):
    """One question of a step; ``id`` is kept in journals and must not change."""

    id: str
    step: Step
    text: str


QUESTIONS: tuple[Question, ...] = (
    Question("alert.what", Step.ALERT, "What fired?"),
    Question("alert.service", Step.ALERT, "On which service?"),
    Question("alert.since", Step.ALERT, "Since when?"),
    Question("impact.users", Step.IMPACT, "How many users are affected?"),
    Question("impact.onset", Step.IMPACT, "When did it start?"),
    Question("impact.endpoints", Step.IMPACT, "Which endpoints?"),
    Question("impact.trend", Step.IMPACT, "Is it getting worse?"),
    Question("impact.state", Step.IMPACT, "Degraded or fully down?"),
    Question("changes.deploy", Step.CHANGES, "Was there a recent deploy?"),
    Question("changes.config", Step.CHANGES, "Was a configuration changed?"),
    Question("changes.dependency", Step.CHANGES, "Was a dependency updated?"),
    Question("changes.infrastructure", Step.CHANGES, "Did infrastructure change?"),
    Question("changes.traffic", Step.CHANGES, "Was there a traffic spike?"),
    Question("logs.trace", Step.LOGS, "What did one failing request do, and where did it stop or wait?"),
    Question("logs.pattern", Step.LOGS, "Which pattern holds: surge, gap, every N, one actor, everyone, missing line?"),
    Question("metrics.errors", Step.METRICS, "Error rate: spike or creep?"),
    Question("metrics.latency", Step.METRICS, "Did latency degrade first?"),
    Question("metrics.saturation", Step.METRICS, "What saturates?"),
    Question("metrics.traffic", Step.METRICS, "Did traffic change?"),
    Question("hypothesis.statement", Step.HYPOTHESIS, "What happens, because of what, under which condition?"),
    Question("hypothesis.for", Step.HYPOTHESIS, "What speaks for it?"),
    Question("hypothesis.against", Step.HYPOTHESIS, "What speaks against it?"),
    Question("hypothesis.refute", Step.HYPOTHESIS, "What would disprove it?"),
    Question("reproduce.possible", Step.REPRODUCE, "Can it be made to happen here? If not: which log line is missing?"),
    Question("fix.hotfix", Step.FIX, "What is the smallest safe hotfix?"),
    Question("fix.proper", Step.FIX, "What is the proper fix?"),
    Question("fix.worked", Step.FIX, "Did it work?"),
    Question("postmortem.what", Step.POSTMORTEM, "What happened?"),
    Question("postmortem.impact", Step.POSTMORTEM, "What was the impact?"),
    Question("postmortem.cause", Step.POSTMORTEM, "What was the root cause?"),
    Question("postmortem.resolved", Step.POSTMORTEM, "How was it resolved?"),
    Question("postmortem.prevent", Step.POSTMORTEM, "How will it be prevented?"),
)

QUESTION_BY_ID = {question.id: question for question in QUESTIONS}


def questions_of(step: Step) -> tuple[Question, ...]:
    """Return the questions of a step, in order."""
    return tuple(question for question in QUESTIONS if question.step is step)


def open_questions(investigation: Investigation, step: Step) -> tuple[Question, ...]:
    """Return the questions of a step that nobody has answered yet."""
    return tuple(question for question in questions_of(step) if question.id not in investigation.answers)


def may_stop_the_bleeding(investigation: Investigation) -> bool:
    """Tell whether to offer the jump to step 8: the service is fully down and the fix was not reached yet."""
    findings = investigation.findings
    measured_down = findings is not None and findings.impact.state == "down"
    answered = investigation.answers.get("impact.state")
    return (answered.text.startswith("down") if answered else measured_down) and investigation.step < Step.FIX
