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
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
# A window whose quantiles all stay within two spreads is no change, whatever shape the series has elsewhere.
_LEAST_MOVE = 2.0
_CLEAR_MOVE = 2.5


@dataclass(frozen=True, slots=True)
class Contrast:
    """How the quantiles of a window moved, in units of the baseline's spread; medians are in the series' own unit.

    ``furthest`` is the signed move of the quantile (10, 50 or 90 %) that moved most, ``score`` the mean distance over
    five quantiles: a few extreme samples move neither.
    """

    before: float
    after: float
    furthest: float
    score: float


def contrast(series: Series, baseline: slice, window: slice) -> Contrast | None:
    """Compare the rows of a window with those of a baseline; None where either has too few samples.

    Quantile is set against quantile, as in Doksum's shift function (Annals of Statistics, 1974).
    """
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
    moves = (np.nanquantile(rest, _QUANTILES) - np.nanquantile(rest_of_past, _QUANTILES)) / scale
    outer = moves[::2]
    return Contrast(
        before=level,
        after=float(np.nanmedian(now)),
        furthest=float(outer[np.argmax(np.abs(outer))]),
        score=float(np.abs(moves).mean()),
    )


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
    if starts_late and abs(found.furthest) >= _LEAST_MOVE:
        return replace(shaped, score=found.score)
    if abs(found.furthest) >= _CLEAR_MOVE:
        return replace(
            shaped, shape="step", score=found.score, breaks=(max(rows.start, 1), rows.stop),
            before=found.before, after=found.after, rise=found.furthest,
        )  # fmt: skip
    return ShapedSeries(series, "none", found.score, cap=shaped.cap)


def _last_row(shaped: ShapedSeries) -> int:
    return shaped.breaks[1] if shaped.shape == "spike" else len(shaped.series.values)
