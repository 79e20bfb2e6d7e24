"""The signals of the metrics pane as a chart: the page that is in sight, each with its heading."""

from __future__ import annotations

from collections.abc import Iterable

from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Findings, Signal
from triage_tui.investigation.series_names import series_name
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.units import unit_of_metric
from triage_tui.ui.marks import time_marks
from triage_tui.ui.panes.metric_series import SignalPages, samples
from triage_tui.ui.panes.signals import can_fill_up, is_at_cap, shape_words
from triage_tui.ui.phrases import duration
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.chart_spec import ChartSeries, ChartSpec

ALARMING = {"spike", "step", "creep", "sawtooth", "saturated"}


def charted(
    pages: SignalPages, investigation: Investigation, hints: Iterable[SignalHint], *, ascii_only: bool
) -> ChartSpec | None:
    """Return the chart of the signals in sight over the window, or over their samples; None where there are none."""
    if not pages.signals:
        return None
    series = tuple(_series(signal, investigation, hints) for signal in pages.in_sight)
    times = [one.times for one in series if len(one.times)]
    window = investigation.window
    if window is None and not times:
        return None
    start = window.start.timestamp() if window else min(one[0] for one in times)
    end = window.end.timestamp() if window else max(one[-1] for one in times)
    return ChartSpec(
        series=series, start=start, end=end, marks=time_marks(investigation),
        cursor=investigation.cursor.timestamp() if investigation.cursor else None,
        selected=pages.index_in_sight, ascii_only=ascii_only,
    )  # fmt: skip


def _series(signal: Signal, investigation: Investigation, hints: Iterable[SignalHint]) -> ChartSeries:
    times, values = samples(signal, investigation)
    units = (hint.unit for hint in hints if hint.metric == signal.metric and hint.service in {None, signal.service})
    return ChartSeries(
        label=SafeText(series_name(signal, among=investigation.alert.service)), times=times, values=values,
        unit=next((unit for unit in units if unit), unit_of_metric(signal.metric)), role=signal.role,
        cap=signal.cap if can_fill_up(signal) else None,
        shape=SafeText(_shape_and_lead(signal, investigation.findings)), alarming=signal.shape in ALARMING,
    )  # fmt: skip


def _shape_and_lead(signal: Signal, findings: Findings | None) -> str:
    lead = findings.lead if findings else None
    if lead is not None and lead.first == (signal.service, signal.metric):
        # The chart says since when; of a sentence too long for its place, the end would be lost.
        shape = "at cap" if is_at_cap(signal) else shape_words(signal)
        return f"{duration(lead.seconds)} before errors, {shape}"
    return shape_words(signal, with_cap=False)
