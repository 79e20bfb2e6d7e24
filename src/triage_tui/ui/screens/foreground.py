"""Which pane of the main screen is in front: that of the step, or a log's first lines while someone reads those."""

from __future__ import annotations

from collections.abc import Callable

from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Step
from triage_tui.ui.messages import ReadingStopped
from triage_tui.ui.screens.case_screen import CaseScreen
from triage_tui.ui.screens.desk import Desk
from triage_tui.ui.screens.layout import next_pane


class Foreground:
    """Turns a desk to its panes; ``turned`` is called when another one has the keys.

    A log's lines are there before anything is computed: where one ``reads_first``, they have the screen until someone
    else asks for it.
    """

    def __init__(self, screen: CaseScreen, desk: Desk, turned: Callable[[], None], *, reads_first: bool) -> None:
        self._screen, self._desk, self._turned = screen, desk, turned
        self._reads_first = reads_first
        self._step: Step | None = None

    def begin(self, step: Step) -> None:
        """Lay out the panes of a step before there is anything to draw in them."""
        self._desk.turn_to(step, reads=self._reads_first)

    def follow(self, step: Step) -> None:
        """Bring the pane of another step to the front."""
        if step is not self._step:
            self._reads_first = self._reads_first and self._step is None
            self._step = step
            self._desk.turn_to(step, reads=self._reads_first)
            self.activate(self._desk.active)

    def show_answer(self, investigation: Investigation) -> None:
        """Show what was computed, unless the lines are being read: then it is one key away."""
        if not self._reads_first or investigation.findings is None:
            return
        self._reads_first = False
        desk, logs = self._desk, self._desk.logs()
        untouched = logs is not None and logs.is_untouched
        if desk.zoomed and desk.active == "logs" and untouched and self._screen.is_current and self._step is not None:
            self.show_step()

    def show_step(self) -> None:
        """Bring the pane of the step to the front, also from a zoom or from reading."""
        self._reads_first = False
        self._desk.turn_to(self._screen.case.step)
        self.activate(self._desk.active)

    def activate(self, pane: str) -> None:
        """Bring a pane into sight and give it the keys."""
        self._desk.activate(pane)
        self._turned()

    def go_on(self, panes: int) -> None:
        """Go so many panes of the step on, or back."""
        self.activate(next_pane(self._screen.case.step, self._desk.active, panes))

    def zoom(self) -> None:
        """Show the pane in front alone, or all again."""
        self._desk.zoomed = not self._desk.zoomed
        self._desk.lay_out()

    def leave(self) -> None:
        """Stop the filtering, else leave the zoom, the request that is followed or the filters, else stop reading."""
        logs = self._desk.logs()
        if logs is not None and logs.chosen.stop():
            return
        if self._reads_first and self._stop_reading():
            return
        if self._leave_zoom():
            return
        if not (logs is not None and logs.show_all()):
            self._stop_reading()

    def _leave_zoom(self) -> bool:
        """Show all panes again; False where that makes no difference, as on a screen that has room for one alone."""
        before = self._desk.in_sight()
        if self._desk.zoomed:
            self.zoom()
        return self._desk.in_sight() != before

    def _stop_reading(self) -> bool:
        """Let the sources answer with what they have; False where none is read."""
        is_read = any(one.completeness.reading for one in self._screen.case.evidence.values())
        if is_read:
            self._screen.post_message(ReadingStopped())
            self._screen.tell("what was read by now is taken")
        return is_read
