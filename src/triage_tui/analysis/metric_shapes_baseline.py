"""How far a window is from its baseline: medians and extremes in units of the baseline's own spread.

Where the baseline reaches back at least a day, the window is compared with the same hours of the days before, if that
explains the baseline better than one level does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from triage_tui.analysis.metric_shapes_model import ShapedSeries
from triage_tui.analysis.metric_shapes_noise import DAY_S, spread
from triage_tui.analysis.series import FloatArray, Series
from triage_tui.investigation.time_window import TimeWindow

_FLOOR = 0.05
_FEWEST_BEFORE = 5
_FEWEST_PAIRS = 20
# With a baseline to compare with, a change is a median this many spreads away, and less than one is none.
_CLEAR_SHIFT = 3.0
_LEAST_SHIFT = 1.0


@dataclass(frozen=True, slots=True)
class Contrast:
    """``shift`` and ``peak`` are signed, in units of the baseline's spread; the medians are in the series' own unit."""

    before: float
    after: float
    shift: float
    peak: float

    @property
    def score(self) -> float:
        """Shift and peak on a logarithmic scale; zero where nothing moved."""
        return float(np.log1p(abs(self.shift)) + np.log1p(abs(self.peak)))


def contrast(series: Series, baseline: slice, window: slice) -> Contrast | None:
    """Compare the rows of a window with those of a baseline; None where either has too few samples."""
    values = series.values
    past, now = values[baseline], values[window]
    if np.isfinite(past).sum() < _FEWEST_BEFORE or not np.isfinite(now).any():
        return None
    level = float(np.nanmedian(past))
    rest_of_past, rest = past - level, now - level
    by_day = _against_days_before(values, baseline, window, round(DAY_S / series.step))
    if by_day is not None and spread(by_day[0]) < spread(rest_of_past):
        rest_of_past, rest = by_day
    scale = max(spread(rest_of_past), float(np.nanstd(rest_of_past)), _FLOOR * abs(level), 1e-300)
    low, high = float(np.nanmin(rest)), float(np.nanmax(rest))
    peak = high if high >= -low else low
    return Contrast(level, float(np.nanmedian(now)), float(np.nanmedian(rest)) / scale, peak / scale)


def _against_days_before(
    values: FloatArray, baseline: slice, window: slice, day: int
) -> tuple[FloatArray, FloatArray] | None:
    """What the days before leave of the baseline and of the window; None where they do not reach back far enough."""
    kept = np.full(len(values), np.nan)
    kept[baseline] = values[baseline]
    earlier = np.full((7, len(values)), np.nan)
    for back in range(1, len(earlier) + 1):
        if day > 0 and back * day < len(values):
            earlier[back - 1, back * day :] = kept[: -back * day]
    known = np.isfinite(earlier).any(axis=0)
    expected = np.full(len(values), np.nan)
    expected[known] = np.nanmedian(earlier[:, known], axis=0)
    past, now = (values - expected)[baseline], (values - expected)[window]
    enough = np.isfinite(past).sum() >= _FEWEST_PAIRS and np.isfinite(now).sum() == np.isfinite(values[window]).sum()
    return (past, now) if enough else None


def against_baseline(shaped: ShapedSeries, window: TimeWindow, baseline: TimeWindow) -> ShapedSeries:
    """Keep the shapes that set the window apart from the baseline, and name a shift too short for a fit a step.

    The score becomes that of the comparison, also where there is no shape, so that series can be ordered by it.
    """
    series = shaped.series
    rows = series.rows(window)
    found = contrast(series, series.rows(baseline), rows)
    if found is None:
        return shaped
    starts_late = bool(shaped.breaks) and shaped.breaks[0] < rows.stop and _last_row(shaped) > rows.start
    if starts_late and max(abs(found.shift), abs(found.peak) / _CLEAR_SHIFT) >= _LEAST_SHIFT:
        return replace(shaped, score=found.score)
    if abs(found.shift) >= _CLEAR_SHIFT:
        return replace(
            shaped, shape="step", score=found.score, breaks=(max(rows.start, 1), rows.stop),
            before=found.before, after=found.after, rise=found.after - found.before,
        )  # fmt: skip
    return ShapedSeries(series, "none", found.score, cap=shaped.cap)


def _last_row(shaped: ShapedSeries) -> int:
    return shaped.breaks[1] if shaped.shape == "spike" else len(shaped.series.values)
