"""The shape of each metric: nothing, spike, step, creep, sawtooth, saturated, periodic, or unclear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np
import polars as pl

from triage_tui.analysis.change_points import change_rows
from triage_tui.analysis.metric_shapes_baseline import against_baseline
from triage_tui.analysis.metric_shapes_caps import is_limit, saturated, with_sibling_cap
from triage_tui.analysis.metric_shapes_model import FEWEST_SAMPLES, ShapedSeries, median_of, shape_of
from triage_tui.analysis.series import Series, series_of
from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Signal, SignalChange
from triage_tui.investigation.time_window import TimeWindow

_SAME_CHANGE = 5
_LEAST_MOVE = 0.03


def describe_signals(
    metrics: pl.DataFrame,
    *,
    onset: datetime | None,
    window: TimeWindow | None,
    baseline: TimeWindow | None,
    hints: Sequence[SignalHint] = (),
) -> tuple[Signal, ...]:
    """Describe every series of a metrics frame (``frame_schema(METRICS)``), best score first.

    ``onset`` only splits before from after where a series has no shape of its own. Rows count from 0 on the series'
    regular grid, so that a missing scrape counts as a row; ``before`` and ``after`` are medians in the series' own unit
    (per second for counters).
    """
    shaped = shapes_in(metrics, window, baseline, hints)
    signals = [(one, _signal(one, onset)) for one in shaped]
    return tuple(signal for _, signal in sorted(signals, key=lambda pair: (-pair[0].score, pair[0].series.key)))


def shapes_in(
    metrics: pl.DataFrame, window: TimeWindow | None, baseline: TimeWindow | None, hints: Sequence[SignalHint]
) -> tuple[ShapedSeries, ...]:
    """Find the shape of every series of a metrics frame; the answer for the last frame is kept.

    The four questions that are asked of the shapes (signals, onset, lead, traffic) come with the same frame.
    """
    return _shapes_in(_Frame(metrics), window, baseline, tuple(hints))


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """A frame that equals itself alone, whose content cannot change."""

    frame: pl.DataFrame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frame) and other.frame is self.frame

    def __hash__(self) -> int:
        return id(self.frame)


@lru_cache(maxsize=1)
def _shapes_in(
    metrics: _Frame, window: TimeWindow | None, baseline: TimeWindow | None, hints: tuple[SignalHint, ...]
) -> tuple[ShapedSeries, ...]:
    return shape_all(series_of(metrics.frame, hints), window=window, baseline=baseline)


def shape_all(
    series: Sequence[Series], *, window: TimeWindow | None, baseline: TimeWindow | None
) -> tuple[ShapedSeries, ...]:
    """Find the shape of each series, in the given order; caps may come from a sibling series that is the limit."""
    limits = [one for one in series if is_limit(one)]
    shaped = (
        _worth_a_look(saturated(shape_of(with_sibling_cap(_cut(one, window, baseline), limits)))) for one in series
    )
    if window is None or baseline is None:
        return tuple(shaped)
    return tuple(against_baseline(one, window, baseline) for one in shaped)


def _cut(series: Series, window: TimeWindow | None, baseline: TimeWindow | None) -> Series:
    """Leave out what lies outside the baseline and the window, where the alert names them."""
    spans = [span for span in (window, baseline) if span is not None]
    if not spans:
        return series
    rows = series.rows(TimeWindow(min(span.start for span in spans), max(span.end for span in spans)))
    kept = np.full(len(series.values), np.nan)
    kept[rows] = series.values[rows]
    left = int(np.isfinite(kept).sum())
    return replace(series, values=kept) if left >= FEWEST_SAMPLES or left == 0 else series


def _worth_a_look(shaped: ShapedSeries) -> ShapedSeries:
    """Call a move of a few percent none, however far it stands out of a quiet series; at a known cap it counts."""
    before, after = shaped.before, shaped.after
    if (
        before is None
        or after is None
        or before == 0
        or (shaped.at_cap_row is not None and shaped.series.cap is not None)
    ):
        return shaped
    return replace(shaped, shape="none") if abs(after - before) < _LEAST_MOVE * abs(before) else shaped


def _signal(shaped: ShapedSeries, onset: datetime | None) -> Signal:
    series = shaped.series
    before, after = shaped.before, shaped.after
    if before is None and after is None and onset is not None:
        row = min(max(series.row(onset), 0), len(series.values))
        before, after = median_of(series.values[:row]), median_of(series.values[row:])
    return Signal(
        service=series.service,
        metric=series.metric,
        labels=series.label_map,
        role=series.role,
        shape=shaped.shape,
        score=round(shaped.score, 6),
        changes=tuple(change_at(series, row) for row in _change_rows(shaped)),
        before=before,
        after=after,
        cap=shaped.cap,
        at_cap_since=None if shaped.at_cap_row is None else series.at(shaped.at_cap_row),
        unit=series.unit,
    )


def _change_rows(shaped: ShapedSeries) -> list[int]:
    """The shape's own breaks, the onset first; the change points where no one shape tells the story."""
    values = shaped.series.values
    if shaped.shape == "none":
        return []
    breaks = shaped.breaks[:1] if shaped.shape in {"creep", "saturated"} else shaped.breaks
    own = sorted({row for row in breaks if 0 < row < len(values) - 1})
    found = change_rows(values)
    if not own:
        return found
    far = [row for row in found if row > own[0] and all(abs(row - known) > _SAME_CHANGE for known in own)]
    return sorted({*own, *far})


def change_at(series: Series, row: int) -> SignalChange:
    """The interval in which a segment starts: after the last sample before it, at its own sample at the latest."""
    present = np.flatnonzero(np.isfinite(series.values[:row]))
    previous = int(present[-1]) if len(present) else row
    return SignalChange(earliest=series.at(previous), latest=series.at(row), row=row)
