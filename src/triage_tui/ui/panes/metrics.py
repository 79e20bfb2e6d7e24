"""The four signals and the gauges, on the one clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from triage_tui.investigation.evidence import EvidenceKind, SignalHint
from triage_tui.investigation.findings import Findings, Signal, Suspect
from triage_tui.investigation.state import Investigation
from triage_tui.ui.entries import PinDraft
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.marks import time_marks
from triage_tui.ui.messages import QueryWanted, Said
from triage_tui.ui.panes.impact import source_names
from triage_tui.ui.panes.metric_series import ROLES, measured, ordered, samples
from triage_tui.ui.panes.signals import (
    can_fill_up,
    moved_at,
    same_series,
    series_name,
    shape_words,
    signal_words,
)
from triage_tui.ui.panes.suspects import moved_since
from triage_tui.ui.phrases import duration
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.chart import ChartView
from triage_tui.ui.widgets.chart_spec import ChartSeries, ChartSpec

if TYPE_CHECKING:
    pass

CHART_ROWS = 3
AXIS_ROWS = 2
ALARMING = {"spike", "step", "creep", "sawtooth", "saturated"}


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
        self._signals: list[Signal] = []
        self._selected = 0
        self._cursor_only: tuple[object, ...] = ()
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """Lay out the charts."""
        yield self._chart

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return the findings, the window, the cursor and what is marked."""
        return (investigation.findings, investigation.window, investigation.hotfixes, investigation.cursor)

    def title(self, investigation: Investigation) -> str:
        """Say which of the series are in sight, unless the border's room is needed for what failed."""
        shown = self._page()
        if len(self._signals) <= len(shown) or investigation.failures_of_kind(EvidenceKind.METRICS):
            return self.TITLE
        return f"{self.TITLE} ▸ {shown[0] + 1}–{shown[-1] + 1} of {len(self._signals)} series"

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
        self._signals = ordered(investigation.findings, self._hints) if investigation.findings else []
        self._selected = min(self._selected, max(len(self._signals) - 1, 0))
        self._select_wanted()
        self._show_page()

    def action_query(self) -> None:
        """Ask for a question to the metrics server."""
        self.post_message(QueryWanted(self._look_for))

    def action_suspects(self) -> None:
        """Show the ranked list of suspects; the one that is chosen there is charted here."""
        from triage_tui.ui.screens.suspects import SuspectsScreen

        if self.investigation is not None:
            self.app.push_screen(SuspectsScreen(self.investigation, self.show_suspect))

    def show_suspect(self, suspect: Suspect) -> None:
        """Select a suspect's series, and move the one clock to where it changed."""
        place = next((at for at, signal in enumerate(self._signals) if same_series(signal, suspect)), None)
        if place is None:
            self.post_message(Said(f"there is no chart of {suspect.name}"))
            return
        self.move_by(place - self._selected)
        self.move_clock(moved_since(suspect, self._signals))

    def _look_for(self, metric: str) -> None:
        self._wanted = metric

    def _select_wanted(self) -> None:
        """Select the series of the question that was put last, once it is there."""
        found = next((at for at, signal in enumerate(self._signals) if signal.metric == self._wanted), None)
        if found is not None:
            self._selected, self._wanted = found, ""

    def on_resize(self, event: object) -> None:
        """Show as many charts as have room."""
        del event
        self._show_page()

    def move_by(self, rows: int) -> None:
        """Select another series; the one clock stays."""
        page, self._selected = self._page(), min(max(self._selected + rows, 0), max(len(self._signals) - 1, 0))
        if self._page() == page:
            self._chart.select(self._selected - page[0] if page else None)
        else:
            self._show_page()

    def move_to(self, *, last: bool) -> None:
        """Select the first or last series."""
        self.move_by(len(self._signals) * (1 if last else -1))

    def selected_pin(self) -> PinDraft | None:
        """Return the selected series and what it did."""
        if not self._signals:
            return None
        signal = self._signals[self._selected]
        return PinDraft(
            signal_words(signal), source_names(signal) or "metrics", signal.at_cap_since or moved_at(signal)
        )

    def selected_text(self) -> str:
        """Return the selected series in words."""
        return signal_words(self._signals[self._selected]) if self._signals else ""

    def open_selected(self) -> None:
        """Move the one clock to where the selected series changed."""
        if self._signals:
            signal = self._signals[self._selected]
            self.move_clock(signal.at_cap_since or moved_at(signal))

    def _page(self) -> range:
        size = max(1, (self.content_size.height - AXIS_ROWS) // CHART_ROWS)
        size = max(size, min(len(ROLES), (self.content_size.height - AXIS_ROWS) // 2))
        first = self._selected // size * size
        return range(first, min(first + size, len(self._signals)))

    def _show_page(self) -> None:
        investigation = self.investigation
        if investigation is None:
            return
        self._draw_border()
        self._chart.empty = _empty_words(investigation, self.expected)
        self._chart.show(self._spec(investigation) if self._signals else None)
        self._chart.refresh()

    def _spec(self, investigation: Investigation) -> ChartSpec | None:
        page = self._page()
        series = tuple(self._series(self._signals[index], investigation) for index in page)
        times = [series_.times for series_ in series if len(series_.times)]
        window = investigation.window
        if window is None and not times:
            return None
        start = window.start.timestamp() if window else min(one[0] for one in times)
        end = window.end.timestamp() if window else max(one[-1] for one in times)
        return ChartSpec(
            series=series, start=start, end=end, marks=time_marks(investigation),
            cursor=investigation.cursor.timestamp() if investigation.cursor else None,
            selected=self._selected - page[0] if page else None, ascii_only=self._ascii_only,
        )  # fmt: skip

    def _series(self, signal: Signal, investigation: Investigation) -> ChartSeries:
        times, values = samples(signal, investigation)
        hints = [
            hint for hint in self._hints if hint.metric == signal.metric and hint.service in {None, signal.service}
        ]
        return ChartSeries(
            label=SafeText(series_name(signal, among=investigation.alert.service)), times=times, values=values,
            unit=next((hint.unit for hint in hints if hint.unit), ""), role=signal.role,
            cap=signal.cap if can_fill_up(signal) else None,
            shape=SafeText(_shape_and_lead(signal, investigation.findings)), alarming=signal.shape in ALARMING,
        )  # fmt: skip


def _shape_and_lead(signal: Signal, findings: Findings | None) -> str:
    lead = findings.lead if findings else None
    if lead is not None and lead.first == (signal.service, signal.metric):
        return f"{duration(lead.seconds)} before errors, {shape_words(signal, with_cap=False)}"
    return shape_words(signal, with_cap=False)


def _empty_words(investigation: Investigation, expected: tuple[str, ...]) -> str:
    if not expected:
        return "no metrics were given: name a file with --metrics"
    failed = investigation.failures_of_kind(EvidenceKind.METRICS)
    if failed:
        return SafeText(failed[0].message).plain
    return "reading the metrics…" if investigation.findings is None else "no series in this window"
