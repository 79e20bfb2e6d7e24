"""The main screen: the panes of the current step on one clock, between the status and the open question."""

from __future__ import annotations

from functools import partialmethod
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from triage_tui.investigation.case import Case
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Step
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.headlines import Headlines
from triage_tui.ui.messages import NowFollowed
from triage_tui.ui.panes.key_line import KeyLine
from triage_tui.ui.screens.attention import Attention
from triage_tui.ui.screens.desk import Desk
from triage_tui.ui.screens.export import Exporting
from triage_tui.ui.screens.foreground import Foreground
from triage_tui.ui.screens.layout import WIDE_FROM
from triage_tui.ui.screens.pane_making import PaneMaker, head_of
from triage_tui.ui.screens.step_walk import StepWalk
from triage_tui.ui.screens.window_keys import WindowKeys

CLOCK_TICK_S = 1.0


class InvestigationScreen(StepWalk, WindowKeys, Exporting):
    """Nine steps, one clock, one state."""

    SCOPE = Scope.INVESTIGATION
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.INVESTIGATION)]
    AUTO_FOCUS = ""

    def __init__(self, case: Case, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._live = case.live
        self._desk = Desk(PaneMaker(case, ascii_only=ascii_only), id="desk")
        self._attention = Attention(self._desk.panes, live=case.live)
        self._lines = Headlines(live=case.live)
        reads_first = not case.decisions and head_of(case) is not None
        self._foreground = Foreground(self, self._desk, self._pane_turned, reads_first=reads_first)

    def compose(self) -> ComposeResult:
        """Lay out the lines and the panes in sight; the others come when they are looked at."""
        known: Investigation | None = getattr(self.app, "investigation", None)
        self._foreground.begin(known.step if known is not None else Step.ALERT)
        yield self._lines.status
        yield self._lines.steps
        yield self._desk
        yield self._lines.question
        yield self._lines.answer
        yield KeyLine(self.SCOPE)

    def on_mount(self) -> None:
        """Follow the app's investigation and what it could not save."""
        self.watch(self._desk, "active", self.query_one(KeyLine).show_for)
        self.watch(self.app, "investigation", self._follow)
        self.watch(self.app, "unsaved", self._draw_status, init=False)
        self.watch(self.app, "broken", self._draw_status, init=False)
        if self._live:
            self.set_interval(CLOCK_TICK_S, self._draw_status)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Style nothing twice: until the first frame is out, all has the styles that it was mounted with."""
        event.refresh_styles = self.stack_updates > 0

    def _follow(self, investigation: Investigation | None) -> None:
        self.investigation = investigation

    def watch_investigation(self, investigation: Investigation | None) -> None:
        """Draw the panes and the lines; a new step brings its pane to the front."""
        if investigation is None:
            return
        self._foreground.show_answer(investigation)
        self._desk.show(investigation)
        self._attention.follow(investigation)
        self._foreground.follow(investigation.step)
        self._draw_status()
        self.show_question()

    def _draw_status(self) -> None:
        if self.investigation is None:
            return
        unsaved, broken = getattr(self.app, "unsaved", ""), getattr(self.app, "broken", "")
        self._lines.draw_status(self.investigation, unsaved=unsaved, broken=broken)

    def show_question(self) -> None:
        """Draw the open question and what is suggested."""
        news = self._attention.elsewhere(self._desk.in_sight())
        wide = self.size.width >= WIDE_FROM
        self._lines.draw_question(self.case, self.answering.asked(self.case), wide=wide, news=news)

    def _pane_turned(self) -> None:
        if self._live:
            self._attention.mark()
            self.show_question()

    def on_key(self, event: events.Key) -> None:
        """Have the pane made that a key is for; a key in a pane tells that someone looks at it."""
        self._desk.take_key(event)
        if self._attention.looked(self._desk.active, self.investigation):
            self.show_question()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the panes to the new size; focus and state stay."""
        del event
        self._desk.lay_out()

    def show_step(self) -> None:
        """Bring the pane of the step to the front again."""
        self._foreground.show_step()

    def _go_on(self, panes: int) -> None:
        self._foreground.go_on(panes)

    action_next_pane = partialmethod(_go_on, 1)
    action_previous_pane = partialmethod(_go_on, -1)

    def action_zoom(self) -> None:
        """Show the active pane alone, or all again."""
        self._foreground.zoom()

    def action_all_lines(self) -> None:
        """Stop the filtering, else leave the zoom, the request that is followed or the filters, else stop reading."""
        self._foreground.leave()

    async def action_follow(self) -> None:
        """Ask what is now, and go back to now after looking back, else to the newest log line; there, hold it still."""
        looked_back = self._live and not self.case.following
        logs = self._desk.logs()
        only_holds = not looked_back and logs is not None and logs.following.would_hold
        if self._live and not only_holds:
            self.post_message(NowFollowed())
        if looked_back:
            self.tell("following now")
        else:
            await self.action_on_pane("logs", "follow")

    async def action_on_pane(self, pane: str, action: str) -> None:
        """Have a pane do what only it can, wherever the focus is."""
        if self._desk.active != pane:
            self._foreground.activate(pane)
        await self.app.run_action(action, default_namespace=self._desk.pane(pane))
