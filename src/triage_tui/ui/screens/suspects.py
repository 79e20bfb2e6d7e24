"""The ranked list of suspects on a screen of its own, from which a series can be charted."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from triage_tui.investigation.findings import Suspect
from triage_tui.investigation.state import Investigation
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.panes.key_line import KeyLine
from triage_tui.ui.panes.suspects import SuspectsPane


class SuspectsScreen(Screen[None]):
    """The whole list; ``chart`` is called with the suspect that was chosen."""

    SCOPE = Scope.SUSPECTS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.SUSPECTS)]

    def __init__(self, investigation: Investigation, chart: Callable[[Suspect], None]) -> None:
        super().__init__()
        self._pane = SuspectsPane(chart)
        self._investigation = investigation

    def compose(self) -> ComposeResult:
        """Lay out the list over its keys."""
        yield self._pane
        yield KeyLine(self.SCOPE)

    def on_mount(self) -> None:
        """Show the list, and follow what is computed and pinned meanwhile."""
        self._pane.investigation = self._investigation
        self.watch(self.app, "investigation", self._changed, init=False)
        self._pane.focus()

    def action_all_lines(self) -> None:
        """Go back."""
        self.app.pop_screen()

    def _changed(self, investigation: Investigation | None) -> None:
        self._pane.investigation = investigation
