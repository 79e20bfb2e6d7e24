"""The main screen: the panes of the current step on one clock, between the status and the open question."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from triage_tui.investigation.case import Case
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Step
from triage_tui.investigation.suggestions import suggest
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.headlines import answer_line, question_facts, status_facts, steps_facts
from triage_tui.ui.messages import NowFollowed, ReadingStopped
from triage_tui.ui.panes.answer_line import AnswerLine
from triage_tui.ui.panes.key_line import KeyLine
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.screens.attention import Attention
from triage_tui.ui.screens.export import Exporting
from triage_tui.ui.screens.layout import LEFT, PANE_OF_STEP, RIGHT, WIDE_FROM, next_pane, panes_in_sight
from triage_tui.ui.screens.pane_making import PaneMaker, head_of
from triage_tui.ui.screens.step_walk import StepWalk
from triage_tui.ui.screens.window_keys import WindowKeys
from triage_tui.ui.widgets.question_line import QuestionFacts, QuestionLine
from triage_tui.ui.widgets.status_line import StatusFacts, StatusLine
from triage_tui.ui.widgets.steps_line import StepsFacts, StepsLine

if TYPE_CHECKING:
    from textual.widget import Widget

    from triage_tui.ui.panes.logs import LogsPane

CLOCK_TICK_S = 1.0


class InvestigationScreen(StepWalk, WindowKeys, Exporting):
    """Nine steps, one clock, one state."""

    SCOPE = Scope.INVESTIGATION
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.INVESTIGATION)]
    AUTO_FOCUS = ""

    def __init__(self, case: Case, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._live = case.live
        self._maker = PaneMaker(case, ascii_only=ascii_only)
        self._panes: dict[str, EvidencePane] = {}
        self._active = "impact"
        self._zoomed = False
        self._step: Step | None = None
        # A log's lines are there before anything is computed: they have the screen until someone else asks for it.
        self._reads_first = not case.decisions and head_of(case) is not None
        self._attention = Attention()

    def compose(self) -> ComposeResult:
        """Lay out the lines and the panes in sight; the others come when they are looked at."""
        known: Investigation | None = getattr(self.app, "investigation", None)
        step = known.step if known is not None else Step.ALERT
        self._zoomed = self._reads_first
        shown = self._in_sight(step, self._first_pane(step))
        yield StatusLine(StatusFacts(), id="status")
        yield StepsLine(StepsFacts(), id="steps")
        with Horizontal(id="desk"):
            yield Vertical(*(self._made(name) for name in LEFT if name in shown), id="left")
            yield Vertical(*(self._made(name) for name in RIGHT if name in shown), id="right")
        yield QuestionLine(QuestionFacts(), id="question")
        yield AnswerLine(id="answer")
        yield KeyLine(self.SCOPE)

    def _made(self, name: str) -> EvidencePane:
        pane = self._panes[name] = self._maker.made(name)
        pane.investigation = self.investigation
        return pane

    def _in_sight(self, step: Step, active: str) -> frozenset[str]:
        return panes_in_sight(step, active, wide=self.app.size.width >= WIDE_FROM, zoomed=self._zoomed)

    def on_mount(self) -> None:
        """Follow the app's investigation and what it could not save."""
        self.watch(self.app, "investigation", self._follow)
        self.watch(self.app, "unsaved", self._draw_lines, init=False)
        self.watch(self.app, "broken", self._draw_lines, init=False)
        if self._live:
            self.set_interval(CLOCK_TICK_S, self._draw_clock)

    def _follow(self, investigation: Investigation | None) -> None:
        self.investigation = investigation

    def watch_investigation(self, investigation: Investigation | None) -> None:
        """Draw the panes and the lines; a new step brings its pane to the front."""
        if investigation is None:
            return
        if self._reads_first and investigation.findings is not None:
            self._stop_reading_first()
        for pane in self._panes.values():
            pane.investigation = investigation
        if self._live:
            self._attention.follow(investigation)
            self._attention.mark(self._panes)
        if investigation.step is not self._step:
            self._reads_first = self._reads_first and self._step is None
            self._step = investigation.step
            self._zoomed = self._reads_first
            self._activate(self._first_pane(investigation.step))
        self._draw_lines()

    def _first_pane(self, step: Step) -> str:
        return "logs" if self._reads_first else PANE_OF_STEP[step]

    def _stop_reading_first(self) -> None:
        """Show the answer, unless the lines are being read: then it is one key away."""
        self._reads_first = False
        logs = cast("LogsPane", self._panes["logs"])
        if self._zoomed and self._active == "logs" and logs.is_untouched and self.is_current and self._step is not None:
            self._zoomed = False
            self._activate(PANE_OF_STEP[self._step])

    def _draw_lines(self) -> None:
        if self.investigation is not None:
            self._draw_clock()
            self.show_question()

    def _draw_clock(self) -> None:
        if self.investigation is None:
            return
        unsaved, broken = getattr(self.app, "unsaved", ""), getattr(self.app, "broken", "")
        facts = status_facts(self.investigation, live=self._live, unsaved=unsaved, broken=broken)
        self.query_one(StatusLine).show(facts)
        self.query_one(StepsLine).show(steps_facts(self.investigation, live=self._live))

    def show_question(self) -> None:
        """Draw the open question and what is suggested."""
        question = self.asked(self.case)
        suggestion = suggest(question.id, self.case) if question else None
        wide = self.size.width >= WIDE_FROM
        news = self._attention.elsewhere(self._in_sight(self.case.step, self._active)) if self._live else ()
        self.query_one(QuestionLine).show(question_facts(self.case, question, wide=wide, news=news))
        text = answer_line(suggestion, question, self.case.step, self.case.findings)
        self.query_one(AnswerLine).show(SafeText(text), suggested=suggestion is not None)

    def on_key(self, event: events.Key) -> None:
        """A key in a pane tells that someone looks at it."""
        del event
        if self._live and self._attention.looked(self._active, self.investigation):
            self._attention.mark(self._panes)
            self.show_question()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the panes to the new size; focus and state stay."""
        del event
        self._arrange()

    def _activate(self, pane: str) -> None:
        """Bring a pane into sight and give it the keys."""
        self._active = pane
        self._arrange()
        if self.focused is None:
            # At once: the first frame shows the pane in focus.
            self.set_focus(self._panes[pane], scroll_visible=False)
        else:
            self._panes[pane].focus(scroll_visible=False)
        if self._live:
            self._attention.mark(self._panes)
            self.show_question()

    def _arrange(self) -> None:
        shown = self._in_sight(self._step or Step.ALERT, self._active)
        for side, names in (("#left", LEFT), ("#right", RIGHT)):
            self._mount_missing(side, [name for name in names if name in shown])
            self.query_one(side).display = bool(shown & set(names))
        for name, pane in self._panes.items():
            pane.show_on_screen(name in shown)
        self.set_class("postmortem" in shown and len(shown) > 1, "-document")
        self.query_one(KeyLine).show_for(self._active)

    def _mount_missing(self, side: str, names: list[str]) -> None:
        """Make the panes that were not looked at before; they stand above those that come after them."""
        column = self.query_one(side, Vertical)
        for name in names:
            if name not in self._panes:
                order = [*LEFT, *RIGHT]
                later = order[order.index(name) :]
                following = next((one for one in column.children if one.id in later), None)
                column.mount(self._made(name), before=following)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Know which pane the keys go to."""
        pane: Widget = event.widget
        if isinstance(pane, EvidencePane) and pane.id and pane.id != self._active:
            self._active = pane.id
            self._arrange()

    def action_next_pane(self) -> None:
        """Go to the next pane of the step."""
        self._activate(next_pane(self.case.step, self._active, 1))

    def action_previous_pane(self) -> None:
        """Go to the pane before."""
        self._activate(next_pane(self.case.step, self._active, -1))

    def action_zoom(self) -> None:
        """Show the active pane alone, or all again."""
        self._zoomed = not self._zoomed
        self._arrange()

    def action_all_lines(self) -> None:
        """Stop the filtering, else leave the zoom, the request that is followed or the filters, else stop reading."""
        logs = cast("LogsPane | None", self._panes.get("logs"))
        if logs is not None and logs.stop_choosing():
            return
        if self._reads_first and self._stop_reading():
            return
        if self._zoomed:
            self.action_zoom()
        elif not (logs is not None and logs.show_all()):
            self._stop_reading()

    def _stop_reading(self) -> bool:
        """Let the sources answer with what they have; False where none is read."""
        is_read = any(one.completeness.reading for one in self.case.evidence.values())
        if is_read:
            self.post_message(ReadingStopped())
            self.tell("what was read by now is taken")
        return is_read

    async def action_follow(self) -> None:
        """Ask what is now, and go back to now after looking back, else to the newest log line; there, hold it still."""
        looked_back = self._live and not self.case.following
        logs = cast("LogsPane | None", self._panes.get("logs"))
        only_holds = not looked_back and logs is not None and logs.follow_holds
        if self._live and not only_holds:
            self.post_message(NowFollowed())
        if looked_back:
            self.tell("following now")
        else:
            await self.action_on_pane("logs", "follow")

    async def action_on_pane(self, pane: str, action: str) -> None:
        """Have a pane do what only it can, wherever the focus is."""
        if self._active != pane:
            self._activate(pane)
        await self.app.run_action(action, default_namespace=self._panes[pane])
