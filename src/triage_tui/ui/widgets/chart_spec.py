"""What a chart is drawn from: plain numbers on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo

import msgspec

from triage_tui.investigation.findings import SignalRole
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.time_marks import TimeMark


class ChartSeries(msgspec.Struct, frozen=True, eq=False):
    """One small chart.

    Attributes:
        label: what the series is called, such as "p95 latency".
        times: seconds since 1970, ascending; a missing sample is a missing entry.
        values: in ``unit``, as many as times; NaN is a gap, infinities are left out.
        unit: "s", "ms", "bytes", "ratio", "percent", or a word that is shown as it is, "" for none.
        role: which of the four signals it is; it decides the colour.
        cap: the most that it can be, in ``unit``; drawn as a line.
        shape: what it did, in words: "step at 14:00:03", "at cap since 14:00:01", "leads errors 6m".
        alarming: whether the shape is drawn as a warning.
    """

    label: SafeText
    times: Sequence[float]
    values: Sequence[float]
    unit: str = ""
    role: SignalRole = "other"
    cap: float | None = None
    shape: SafeText = msgspec.field(default_factory=SafeText)
    alarming: bool = False


class ChartSpec(msgspec.Struct, frozen=True, eq=False):
    """Several small charts, one above the other, on one time axis.

    Attributes:
        series: from top to bottom.
        start, end: the axis, seconds since 1970.
        marks: deploys, onset and fix, drawn through every chart.
        cursor: the time cursor, seconds since 1970; None for none.
        zone: in which the axis is labelled.
        selected: the index of the series whose label is marked, None for none.
        ascii_only: draw with ASCII alone.
    """

    series: tuple[ChartSeries, ...]
    start: float
    end: float
    marks: tuple[TimeMark, ...] = ()
    cursor: float | None = None
    zone: tzinfo = UTC
    selected: int | None = None
    ascii_only: bool = False

    def column(self, moment: float, width: int) -> int | None:
        """Return the column of a moment on an axis of so many cells, None where it lies outside."""
        if not self.start <= moment <= self.end or width < 1:
            return None
        return min(width - 1, int((moment - self.start) / max(self.end - self.start, 1e-9) * width))
