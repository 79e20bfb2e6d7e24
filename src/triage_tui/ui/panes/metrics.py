"""The four signals and the gauges, on the one clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult

from triage_tui.investigation.evidence import EvidenceKind, SignalHint
from triage_tui.investigation.findings import Suspect
from triage_tui.investigation.state import Investigation
from triage_tui.ui.entries import PinDraft
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import QueryWanted, Said
from triage_tui.ui.panes.impact import source_names
from triage_tui.ui.panes.metric_charts import charted
from triage_tui.ui.panes.metric_series import SignalPages, measured, ordered
from triage_tui.ui.panes.signals import moved_at, same_series, signal_words
from triage_tui.ui.panes.suspects import moved_since
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.chart import ChartView


class MetricsPane(EvidencePane):
    """Small charts, the strongest of each of the four signals first."""

    TITLE = "Metrics"
    KINDS: ClassVar[tuple[str, ...]] = (EvidenceKind.METRICS, EvidenceKind.SERIES)

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - Textual's name
        expected: Iterable[str] = (),
        hints: tuple[SignalHint, ...] = (),
        ascii_only: bool = False,
    ) -> None:
        super().__init__(id=id, expected=expected)
        self._hints, self._ascii_only = hints, ascii_only
        self._chart = ChartView(id="chart")
        self._pages = SignalPages(lambda: self.content_size.height)
        self._cursor_only: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the charts."""
        yield self._chart

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return the findings, the window, the cursor and what is marked."""
        return (investigation.findings, investigation.window, investigation.hotfixes, investigation.cursor)

    def title(self, investigation: Investigation) -> str:
        """Say which of the series are in sight, unless the border's room is needed for what failed."""
        note = "" if investigation.failures_of_kind(EvidenceKind.METRICS) else self._pages.note()
        return f"{self.TITLE} ▸ {note}" if note else self.TITLE

    def completeness(self, investigation: Investigation) -> str:
        """Name each source once, however many queries it answered."""
        arrived = measured(investigation)
        if investigation.failures_of_kind(EvidenceKind.METRICS) or len(arrived) < len(self.expected):
            return super().completeness(investigation)
        lacking = [one for one in arrived if not one.completeness.complete]
        if lacking or len(arrived) == 1:
            return super().completeness(investigation)
        return f"{len(arrived)} sources · complete" if arrived else ""

    def draw(self, investigation: Investigation) -> None:
        """Draw the charts; where only the cursor moved, only the cursor."""
        parts = (investigation.evidence, investigation.findings, investigation.window, investigation.hotfixes)
        if self._cursor_only and all(one is other for one, other in zip(parts, self._cursor_only, strict=True)):
            self._chart.set_cursor(investigation.cursor)
            return
        self._cursor_only = parts
        self._pages.replace(ordered(investigation.findings, self._hints) if investigation.findings else [])
        self._show_page()

    def action_query(self) -> None:
        """Ask for a question to the metrics server."""
        self.post_message(QueryWanted(self._pages.wait_for))

    def action_suspects(self) -> None:
        """Show the ranked list of suspects; the one that is chosen there is charted here."""
        from triage_tui.ui.screens.suspects import SuspectsScreen

        if self.investigation is not None:
            self.app.push_screen(SuspectsScreen(self.investigation, self.show_suspect))

    def show_suspect(self, suspect: Suspect) -> None:
        """Select a suspect's series, and move the one clock to where it changed."""
        signals = self._pages.signals
        place = next((at for at, signal in enumerate(signals) if same_series(signal, suspect)), None)
        if place is None:
            self.post_message(Said(f"there is no chart of {suspect.name}"))
            return
        self.move_by(place - self._pages.index)
        self.move_clock(moved_since(suspect, signals))

    def on_resize(self, event: object) -> None:
        """Show as many charts as have room."""
        del event
        self._show_page()

    def move_by(self, rows: int) -> None:
        """Select another series; the one clock stays."""
        page = self._pages.page
        self._pages.move(rows)
        if self._pages.page == page:
            self._chart.select(self._pages.index_in_sight)
        else:
            self._show_page()

    def move_to(self, *, last: bool) -> None:
        """Select the first or last series."""
        self.move_by(len(self._pages.signals) * (1 if last else -1))

    def selected_pin(self) -> PinDraft | None:
        """Return the selected series and what it did."""
        signal = self._pages.selected
        if signal is None:
            return None
        return PinDraft(
            signal_words(signal), source_names(signal) or "metrics", signal.at_cap_since or moved_at(signal)
        )

    def selected_text(self) -> str:
        """Return the selected series in words."""
        return signal_words(self._pages.selected) if self._pages.selected else ""

    def open_selected(self) -> None:
        """Move the one clock to where the selected series changed."""
        signal = self._pages.selected
        if signal is not None:
            self.move_clock(signal.at_cap_since or moved_at(signal))

    def _show_page(self) -> None:
        investigation = self.investigation
        if investigation is None:
            return
        self.draw_border()
        self._chart.empty = _empty_words(investigation, self.expected)
        self._chart.show(charted(self._pages, investigation, self._hints, ascii_only=self._ascii_only))
        self._chart.refresh()


def _empty_words(investigation: Investigation, expected: tuple[str, ...]) -> str:
    if not expected:
        return "no metrics were given: name a file with --metrics"
    failed = investigation.failures_of_kind(EvidenceKind.METRICS)
    if failed:
        return SafeText(failed[0].message).plain
    return "reading the metrics…" if investigation.findings is None else "no series in this window"
