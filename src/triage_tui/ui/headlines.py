"""The facts of the lines that never leave the screen: status, steps, and the open question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from triage_tui.investigation.counting import counted
from triage_tui.investigation.findings import Findings, Onset
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Question, Step, open_questions, questions_of
from triage_tui.investigation.suggestion import Suggestion
from triage_tui.investigation.suggestions import is_for_evidence, suggest
from triage_tui.ui.alert_words import alert_standing
from triage_tui.ui.panes.answer_line import AnswerLine
from triage_tui.ui.phrases import clock, duration, span
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.question_line import QuestionFacts, QuestionLine
from triage_tui.ui.widgets.status_line import ClockFacts, StatusFacts, StatusLine
from triage_tui.ui.widgets.steps_line import StepFacts, StepsFacts, StepsLine, StepState

CLOCK_STEP_S = 5.0


class Headlines:
    """The lines themselves, which a screen lays out around its panes; in a ``live`` case they have a clock."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self.status, self.steps = StatusLine(StatusFacts(), id="status"), StepsLine(StepsFacts(), id="steps")
        self.question, self.answer = QuestionLine(QuestionFacts(), id="question"), AnswerLine(id="answer")

    def draw_status(self, investigation: Investigation, *, unsaved: str, broken: str) -> None:
        """Draw what is wrong, how far each step is, and the time."""
        self.status.show(status_facts(investigation, live=self._live, unsaved=unsaved, broken=broken))
        self.steps.show(steps_facts(investigation, live=self._live))

    def draw_question(
        self, investigation: Investigation, question: Question | None, *, wide: bool, news: tuple[str, ...]
    ) -> None:
        """Draw the open question and what is suggested."""
        suggestion = suggest(question.id, investigation) if question else None
        self.question.show(question_facts(investigation, question, wide=wide, news=news))
        text = answer_line(suggestion, question, investigation.step, investigation.findings)
        self.answer.show(SafeText(text), suggested=suggestion is not None)


def clock_facts(investigation: Investigation, *, live: bool) -> ClockFacts:
    """Return the time that the screen shows: now while it is followed, else the cursor's or the end of the window."""
    window = investigation.window
    moment = investigation.cursor or (window.end if window else None)
    if live:
        moment = even(datetime.now(UTC)) if investigation.following else window.end if window else None
    return ClockFacts(
        live=live,
        paused=live and not investigation.following,
        time=SafeText(clock(moment) if moment else "no time yet"),
        failing=sum(not one.waiting for one in investigation.failures.values()) if live else 0,
    )


def even(moment: datetime) -> datetime:
    """Return the last time that the clock shows: it moves every five seconds, since each move is bytes over SSH."""
    return moment - timedelta(seconds=moment.timestamp() % CLOCK_STEP_S)


def _title(investigation: Investigation) -> str:
    """Return what an investigation without an alert is called, "" where that is its service alone."""
    return investigation.title if investigation.title != investigation.alert.service else ""


def status_facts(investigation: Investigation, *, live: bool, unsaved: str, broken: str = "") -> StatusFacts:
    """Return what is wrong, how bad, who is hurt and since when."""
    findings, alert = investigation.findings, investigation.alert
    impact = findings.impact if findings else None
    onset = findings.onset if findings else Onset()
    standing = alert_standing(investigation)
    end = investigation.full_window.end if investigation.full_window else None
    return StatusFacts(
        service=SafeText(alert.service or ""),
        title=SafeText(alert.title or _title(investigation)),
        state=impact.state if impact else "unknown",
        trend=impact.trend.verdict if impact else "unclear",
        events=impact.errors if impact and impact.errors is not None else alert.count,
        users=impact.users if impact and impact.users is not None else alert.users,
        until=SafeText(clock(impact.over_since) if live and impact is not None and impact.over_since else ""),
        since=SafeText(_since(onset, end)),
        since_short=SafeText(clock(onset.earliest) if onset.earliest and not onset.too_early else ""),
        alert=SafeText(standing.full),
        alert_short=SafeText(standing.short),
        warning=SafeText(_warning(unsaved, broken)),
        clock=clock_facts(investigation, live=live),
    )


def _warning(unsaved: str, broken: str) -> str:
    """Say what must not be missed; of a journal's problem the reason, since the path has no room here."""
    if unsaved:
        return f"NOT SAVED: {unsaved.rsplit(': ', 1)[-1]}"
    return f"ANALYSIS FAILED: {broken}" if broken else ""


def _since(onset: Onset, end: datetime | None) -> str:
    if onset.earliest is None or onset.latest is None or onset.too_early:
        return ""
    lasted = f" ({duration((end - onset.earliest).total_seconds())})" if end and end > onset.earliest else ""
    return span(onset.earliest, onset.latest) + lasted


def steps_facts(investigation: Investigation, *, live: bool) -> StepsFacts:
    """Return how far each step is."""
    return StepsFacts(
        steps=tuple(_step_facts(investigation, step) for step in Step), clock=clock_facts(investigation, live=live)
    )


def _step_facts(investigation: Investigation, step: Step) -> StepFacts:
    questions, left_open = len(questions_of(step)), len(open_questions(investigation, step))
    state: StepState = "open"
    if not left_open:
        state = "done"
    elif any(skipped.step is step for skipped in investigation.skipped):
        state = "skipped"
    return StepFacts(
        number=step.value, title=step.title, state=state, answered=questions - left_open, questions=questions,
        current=step is investigation.step,
    )  # fmt: skip


def question_facts(
    investigation: Investigation, question: Question | None, *, wide: bool, news: tuple[str, ...] = ()
) -> QuestionFacts:
    """Return the open question, which panes out of sight have news and, where there is room, what was gathered."""
    told = f"NEW in {', '.join(name.capitalize() for name in news)}" if news else ""
    step, text = SafeText(investigation.step.title), SafeText(question.text if question else "")
    if not wide:
        return QuestionFacts(step=step, question=text, right=SafeText(told))
    found = counted(len(investigation.findings.patterns) if investigation.findings else 0, "pattern")
    gathered = f"{found} · {counted(len(investigation.pins), 'pin')}"
    return QuestionFacts(step=step, question=text, right=SafeText(" · ".join(one for one in (told, gathered) if one)))


def answer_line(suggestion: Suggestion | None, question: Question | None, step: Step, findings: Findings | None) -> str:
    """Say what the evidence suggests and which key takes it."""
    if question is None:
        return "x writes it to a file" if step is Step.POSTMORTEM else "] goes on to the next step"
    if suggestion is not None:
        return f"{suggestion.text} ({suggestion.source})"
    if findings is None:
        return "still computing…"
    known = "nothing that was given tells" if is_for_evidence(question.id) else "nobody but you can say"
    return f"{known}: a writes the answer"
