"""The filters of the log pane as a person changes them: typed, kept, taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from triage_tui.investigation.events import LogFiltersSet
from triage_tui.investigation.state import Investigation
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import Decided


class FilterEditing:
    """Knows those in force and those being typed in their place; ``show`` is called when others are wanted."""

    def __init__(self, pane: EvidencePane, show: Callable[[], None]) -> None:
        self._pane, self._show = pane, show
        self._typed: tuple[str, ...] | None = None

    def wanted(self, investigation: Investigation) -> tuple[str, ...]:
        """Return those that are being typed, else those in force."""
        if self._typed == investigation.log_filters:
            self._typed = None
        return investigation.log_filters if self._typed is None else self._typed

    def ask(self, investigation: Investigation) -> None:
        """Ask for a filter, and filter while it is typed."""
        from triage_tui.ui.screens.filters import FilterScreen

        used = [one for one in investigation.decisions if isinstance(one, LogFiltersSet)]
        before = dict.fromkeys(text for one in reversed(used) for text in reversed(one.filters))
        screen = FilterScreen(investigation.log_filters, tuple(before), self._preview)
        self._pane.app.push_screen(screen, self._decide)

    def add(self, text: str) -> None:
        """Keep one more filter."""
        investigation = self._pane.investigation
        if investigation is not None and text not in investigation.log_filters:
            self._decide((*investigation.log_filters, text))

    def drop(self) -> bool:
        """Take all filters away; False where there is none."""
        investigation = self._pane.investigation
        if investigation is None or not investigation.log_filters:
            return False
        self._decide(())
        return True

    def _preview(self, filters: tuple[str, ...]) -> None:
        self._typed = filters
        self._show()

    def _decide(self, filters: tuple[str, ...] | None) -> None:
        """Keep what was typed; None leaves the filters as they were."""
        investigation = self._pane.investigation
        if investigation is None:
            return
        self._preview(investigation.log_filters if filters is None else filters)
        if filters is not None and filters != investigation.log_filters:
            self._pane.post_message(Decided(LogFiltersSet(at=datetime.now(UTC), filters=filters)))
