"""One pane on a screen of its own, over its keys."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.screen import Screen

from triage_tui.investigation.state import Investigation
from triage_tui.ui.commands import Scope
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.panes.key_line import KeyLine
from triage_tui.ui.terminal.drawn_once import DrawnOnce

PaneType = TypeVar("PaneType", bound=EvidencePane)


class PaneScreen(DrawnOnce, Screen[None], Generic[PaneType]):
    """The base: shows a pane, keeps it up to date, and goes back; a screen adds its own commands."""

    SCOPE: ClassVar[Scope]

    def __init__(self, pane: PaneType, investigation: Investigation) -> None:
        super().__init__()
        self._pane, self._investigation = pane, investigation

    def compose(self) -> ComposeResult:
        """Lay out the pane over its keys."""
        yield self._pane
        yield KeyLine(self.SCOPE)

    def on_mount(self) -> None:
        """Draw what is known by now, and follow what is computed and pinned meanwhile."""
        self._pane.investigation = self._investigation
        self.watch(self.app, "investigation", self._changed, init=False)
        self._pane.focus()

    def action_all_lines(self) -> None:
        """Go back."""
        self.app.pop_screen()

    def _changed(self, investigation: Investigation | None) -> None:
        self._pane.investigation = investigation
