"""Everything a person can decide, and how each decision changes the state.

``apply`` is the only way from a decision to a new snapshot; replaying a journal is folding it over the decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from triage_tui.investigation.decision import Decision, put
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.hypothesis_events import (
    EvidencePinned,
    HypothesisJudged,
    HypothesisWritten,
    PinLinked,
    PinRemoved,
    RefutationNamed,
)
from triage_tui.investigation.state import (
    ActionItem,
    Answer,
    CaseInputs,
    Hotfix,
    Investigation,
    LogMark,
    SkippedStep,
)
from triage_tui.investigation.steps import Step
from triage_tui.investigation.time_window import TimeWindow


class InvestigationOpened(Decision, frozen=True, kw_only=True, tag="opened"):
    """The first record of every journal."""

    investigation_id: str
    title: str
    inputs: CaseInputs
    alert: Alert
    window: TimeWindow | None = None

    def begin(self) -> Investigation:
        """Return the first snapshot."""
        return Investigation(
            id=self.investigation_id,
            title=self.title,
            inputs=self.inputs,
            alert=self.alert,
            window=self.window,
            full_window=self.window,
            opened_at=self.at,
            decisions=(self,),
        )


class StepEntered(Decision, frozen=True, kw_only=True, tag="step_entered"):
    """Another step is worked on; ``reason`` says why the one left still has open questions."""

    step: Step
    reason: str = ""

    def change(self, before: Investigation) -> Investigation:
        """Move, and note the step that was left open."""
        left_open = (SkippedStep(before.step, self.reason, self.at),) if self.reason else ()
        return replace(before, step=self.step, skipped=before.skipped + left_open)


class QuestionAnswered(Decision, frozen=True, kw_only=True, tag="answered"):
    """A question has an answer; an empty text opens it again."""

    question: str
    text: str
    source: str = "you"

    def change(self, before: Investigation) -> Investigation:
        """Keep the answer with its source."""
        answers = {key: answer for key, answer in before.answers.items() if key != self.question}
        if self.text:
            answers[self.question] = Answer(self.text, self.source, self.at)
        return replace(before, answers=MappingProxyType(answers))


class WindowChosen(Decision, frozen=True, kw_only=True, tag="window"):
    """Every pane shows another span of time."""

    window: TimeWindow

    def change(self, before: Investigation) -> Investigation:
        """Set the window of all panes; one that ends with the newest evidence follows it where it is live."""
        full = before.full_window or self.window
        following = before.inputs.live is not None and self.window.end >= full.end
        return replace(before, window=self.window, full_window=full, following=following)


class CorrelationFollowed(Decision, frozen=True, kw_only=True, tag="correlation"):
    """The logs show one request only; None shows all again."""

    correlation_id: str | None

    def change(self, before: Investigation) -> Investigation:
        """Set the correlation ID of all panes."""
        return replace(before, correlation_id=self.correlation_id)


class LogFiltersSet(Decision, frozen=True, kw_only=True, tag="log_filters"):
    """The logs show the records that meet all of these filters only, each as it was typed; none shows all again."""

    filters: tuple[str, ...]

    def change(self, before: Investigation) -> Investigation:
        """Set the filters of the logs."""
        return replace(before, log_filters=self.filters)


class LineMarked(Decision, frozen=True, kw_only=True, tag="line_marked"):
    """A line of a log is marked, or is not any more."""

    mark: LogMark
    is_marked: bool

    def change(self, before: Investigation) -> Investigation:
        """Add the mark, or take it away."""
        others = tuple(one for one in before.log_marks if not one.is_of(self.mark.file, self.mark.line))
        return replace(before, log_marks=(*others, self.mark) if self.is_marked else others)


class NoteWritten(Decision, frozen=True, kw_only=True, tag="note"):
    """A section of the post-mortem in a person's words; an empty text takes it back."""

    section: str
    text: str

    def change(self, before: Investigation) -> Investigation:
        """Keep the section's text."""
        notes = {key: text for key, text in before.notes.items() if key != self.section}
        if self.text:
            notes[self.section] = self.text
        return replace(before, notes=MappingProxyType(notes))


class HotfixTaken(Decision, frozen=True, kw_only=True, tag="hotfix"):
    """The bleeding was stopped; this opens the proper fix as an action item."""

    hotfix: Hotfix

    def change(self, before: Investigation) -> Investigation:
        """Keep the hotfix and open its proper fix."""
        proper = ActionItem(
            id=f"proper-fix-{len(before.hotfixes) + 1}",
            mechanism="",
            proper_fix_for=self.hotfix.description,
        )
        return replace(before, hotfixes=(*before.hotfixes, self.hotfix), actions=(*before.actions, proper))


class ActionItemWritten(Decision, frozen=True, kw_only=True, tag="action"):
    """An action item was added or changed."""

    item: ActionItem

    def change(self, before: Investigation) -> Investigation:
        """Add the item, or replace the one with its id."""
        return replace(before, actions=put(before.actions, self.item))


class CaptureWritten(Decision, frozen=True, kw_only=True, tag="captured"):
    """What was fetched was frozen into the bundle at ``path``; nothing takes that back."""

    path: str

    def change(self, before: Investigation) -> Investigation:
        """Change nothing but the list of decisions."""
        return before


class LastUndone(Decision, frozen=True, kw_only=True, tag="undone"):
    """The last decision in force is taken back; the opening cannot be."""

    def change(self, before: Investigation) -> Investigation:
        """Fold the decisions again without the last one; evidence and cursor stay, and now is followed as before."""
        last = last_undoable(before.decisions)
        if last is None:
            return before
        rewound = fold(one for one in before.decisions if one is not last)
        kept = replace(
            rewound,
            evidence=before.evidence,
            failures=before.failures,
            grown_lines=before.grown_lines,
            findings=before.findings,
            cursor=before.cursor,
            window=before.window,
            full_window=before.full_window,
            following=before.following,
        )
        return _without_choice(kept, rewound) if isinstance(last, WindowChosen) else kept


def _without_choice(undone: Investigation, rewound: Investigation) -> Investigation:
    """Show the window that was chosen before, else all that is fetched, which follows now where it has moved on."""
    full, known = undone.full_window, rewound.full_window
    is_live = undone.inputs.live is not None
    if any(isinstance(one, WindowChosen) for one in rewound.decisions) and rewound.window is not None:
        at_end = full is not None and rewound.window.end >= full.end
        return replace(undone, window=rewound.window, following=is_live and at_end)
    moved_on = full is not None and known is not None and full.end > known.end
    return replace(undone, window=full, following=is_live and (undone.following or moved_on))


AnyDecision = (
    InvestigationOpened
    | StepEntered
    | QuestionAnswered
    | EvidencePinned
    | PinRemoved
    | HypothesisWritten
    | HypothesisJudged
    | RefutationNamed
    | PinLinked
    | WindowChosen
    | CorrelationFollowed
    | LogFiltersSet
    | LineMarked
    | NoteWritten
    | HotfixTaken
    | ActionItemWritten
    | CaptureWritten
    | LastUndone
)


def captures_of(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """The bundles that were written, oldest first."""
    return tuple(one.path for one in decisions if isinstance(one, CaptureWritten))


def last_undoable(decisions: Sequence[Decision]) -> Decision | None:
    """The decision that undoing takes back: the last one, but neither the opening nor a written capture."""
    return next((one for one in reversed(decisions[1:]) if not isinstance(one, CaptureWritten)), None)


def apply(investigation: Investigation, decision: Decision) -> Investigation:
    """Return the snapshot after a decision; the old one stays as it was."""
    if isinstance(decision, LastUndone):
        return decision.change(investigation)
    return replace(decision.change(investigation), decisions=(*investigation.decisions, decision))


def fold(decisions: Iterable[Decision]) -> Investigation:
    """Replay decisions from the opening on.

    Raises ``ValueError`` where the first one does not open an investigation.
    """
    replay = iter(decisions)
    opening = next(replay, None)
    if not isinstance(opening, InvestigationOpened):
        raise ValueError("the journal does not begin with an opened investigation")  # noqa: TRY004 - damaged data
    investigation = opening.begin()
    for decision in replay:
        investigation = apply(investigation, decision)
    return investigation
