"""The ranked list of suspects on a screen of its own, from which a series can be charted."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from triage_tui.investigation.findings import Suspect
from triage_tui.investigation.state import Investigation
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.panes.suspects import SuspectsPane
from triage_tui.ui.screens.pane_screen import PaneScreen


class SuspectsScreen(PaneScreen[SuspectsPane]):
    """The whole list; ``chart`` is called with the suspect that was chosen."""

    SCOPE = Scope.SUSPECTS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.SUSPECTS)]

    def __init__(self, investigation: Investigation, chart: Callable[[Suspect], None]) -> None:
        super().__init__(SuspectsPane(chart), investigation)
