"""Which simple shape a series has, by comparing models.

Model comparison by explained variance: a level against one pulse, one ramp and a sawtooth, each at its best place. A
shape must leave clearly less unexplained than the level does and must rise out of what it leaves; the margins are
wider for short series, where the best of many places fits noise well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from triage_tui.analysis.metric_shapes_fit import (
    LONGEST_FIT,
    Family,
    Fit,
    bent,
    level_fit,
    pulse_fit,
    ramp_fit,
    sawtooth_fit,
)
from triage_tui.analysis.metric_shapes_noise import (
    DAY_S,
    LEAST_SPREAD,
    cycle,
    sharpened,
    spread,
    thinned,
    without_outliers,
)
from triage_tui.analysis.series import FloatArray, Series
from triage_tui.investigation.findings import Shape

FEWEST_SAMPLES = 10
_SHORTEST_PULSE = 3
# A ramp that takes fewer rows than this is a step seen through a rate window.
_SHORTEST_CREEP = 8
_LEAST_RISE = 2.0
_RAMP_MARGIN = 1.1
_SAWTOOTH_MARGIN = 1.5
_LEAST_SAWTOOTH = 3.5
_LEAST_TOOTH = 0.5
# A fit is never trusted beyond a millionth left over, which keeps constant series that jump comparable with the rest.
_LEAST_LEFT = 1e-6
_CLEAR_RATIO = 5.0
_MOST_MEMORY = 0.8
# A look at few rows spares the full fits of most quiet series; both bounds are far below what any shape shows.
_GLANCE_ROWS = 64
_GLANCE_RATIO = 1.2
_LEAST_MEMORY = 0.2
_SMOOTH_MEMORY = 0.6
_CYCLE_MARGIN = 1.5
_DROP_SHARE = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class ShapedSeries:
    """A series with the shape found in it.

    ``breaks`` are grid rows, the onset first; ``score`` is the variance ratio level : shape, its logarithm's base two,
    zero for "none".
    """

    series: Series
    shape: Shape
    score: float
    breaks: tuple[int, ...] = ()
    before: float | None = None
    after: float | None = None
    cap: float | None = None
    at_cap_row: int | None = None
    rise: float = 0.0


def shape_of(series: Series) -> ShapedSeries:
    """Find the shape of one series.

    The method is the project's own: a level, a pulse, a ramp and a sawtooth are fitted by least squares, and the one
    that leaves least wins where it leaves clearly less than a level, as in an F test; smooth wandering is told by its
    lag-one autocorrelation.
    """
    values = series.values
    present = values[np.isfinite(values)]
    if len(present) < FEWEST_SAMPLES or float(np.ptp(present)) <= LEAST_SPREAD * abs(float(np.median(present))):
        return ShapedSeries(series, "none", 0.0, cap=series.cap)
    clean = without_outliers(values)
    coarse, block = thinned(clean, LONGEST_FIT)
    if _is_shapeless(coarse):
        return ShapedSeries(series, "none", 0.0, cap=series.cap)
    best, ratio = _best_fit(coarse)
    season = cycle(coarse, series.step * block)
    if season is not None and _explains(coarse, season[0]) * _CYCLE_MARGIN > ratio and best.family != "sawtooth":
        return _around_cycle(series, coarse, block, season)
    return _judged(series, coarse, block, best, ratio)


def _is_shapeless(values: FloatArray) -> bool:
    memory = _memory(values - float(np.nanmean(values)))
    if not _LEAST_MEMORY <= memory <= _SMOOTH_MEMORY:
        return memory < _LEAST_MEMORY
    glance, _ = thinned(values, _GLANCE_ROWS)
    level = level_fit(glance).left_over
    return level < _GLANCE_RATIO * min(pulse_fit(glance, 2).left_over, ramp_fit(glance, 2).left_over)


def _best_fit(values: FloatArray) -> tuple[Fit, float]:
    level = level_fit(values).left_over
    floor = _LEAST_LEFT * level + 1e-300
    pulse, ramp = pulse_fit(values, _SHORTEST_PULSE), ramp_fit(values, _SHORTEST_PULSE)
    by_pulse, by_ramp = (level / (fit.left_over + floor) for fit in (pulse, ramp))
    best, ratio = (bent(values, ramp), by_ramp) if by_ramp > _RAMP_MARGIN * by_pulse else (pulse, by_pulse)
    if _memory(values - float(np.nanmean(values))) < _SMOOTH_MEMORY:
        return best, ratio
    for sign in (1.0, -1.0):
        drops = _drops(sign * values)
        if drops:
            saw = sawtooth_fit(values, drops)
            explained = level / (saw.left_over + floor)
            if _has_teeth(saw, sign) and explained > max(_LEAST_SAWTOOTH, _SAWTOOTH_MARGIN * ratio):
                best, ratio = saw, explained
    return best, ratio


def _drops(values: FloatArray) -> tuple[int, ...]:
    """Rows where the series falls at once by nearly half its range: restarts."""
    size = len(values)
    rows = np.flatnonzero(np.isfinite(values))
    filled = np.interp(np.arange(size), rows, values[rows])
    low, high = np.quantile(filled, [0.02, 0.98])
    reach = 3
    if size < 4 * reach or high <= low:
        return ()
    windows = np.lib.stride_tricks.sliding_window_view(filled, reach)
    middle = np.median(windows, axis=1)
    falls = middle[:-reach] - middle[reach:]
    drops: list[int] = []
    for row in np.argsort(-falls, kind="stable"):
        if falls[row] < _DROP_SHARE * (high - low):
            break
        split = int(row) + reach
        if all(abs(split - known) >= 2 * reach for known in drops):
            drops.append(split)
    return tuple(sorted(drop for drop in drops if 2 * reach <= drop))


def _has_teeth(saw: Fit, sign: float) -> bool:
    """Tell a leak and its restarts from a step that wears off: each full tooth rises by most of what its drop takes."""
    start, *drops = saw.breaks
    curve = sign * saw.curve
    rises = [curve[drop - 1] - curve[begin] for begin, drop in zip((start, *drops[:-1]), drops, strict=True)]
    falls = [curve[drop - 1] - curve[drop] for drop in drops]
    return all(rise > _LEAST_TOOTH * fall > 0 for rise, fall in zip(rises, falls, strict=True))


def _explains(values: FloatArray, curve: FloatArray) -> float:
    left = values - curve
    return float(np.nanvar(values)) / max(float(np.nanvar(left)), 1e-300)


def _around_cycle(series: Series, coarse: FloatArray, block: int, season: tuple[FloatArray, float]) -> ShapedSeries:
    """Judge what a cycle leaves; a daily cycle alone is no news, a faster one is worth its word."""
    rest = coarse - season[0]
    best, ratio = _best_fit(rest)
    judged = _judged(series, rest, block, best, ratio)
    if judged.shape != "none" or season[1] >= DAY_S / 2:
        return judged
    explained = _explains(coarse, season[0])
    if explained < 2 * _least_ratio(coarse):
        return judged
    return replace(judged, shape="periodic", score=0.0)


def _least_ratio(values: FloatArray) -> float:
    return 1.5 + 30.0 / int(np.isfinite(values).sum())


def _judged(series: Series, values: FloatArray, block: int, fit: Fit, ratio: float) -> ShapedSeries:
    scale = max(spread(values - fit.curve), LEAST_SPREAD * abs(float(np.nanmedian(values))), 1e-300)
    if ratio < _least_ratio(values) or abs(fit.rise) < _LEAST_RISE * scale:
        return ShapedSeries(series, "none", 0.0, cap=series.cap)
    if ratio < _CLEAR_RATIO and _memory(values - fit.curve) > _MOST_MEMORY:
        return ShapedSeries(series, "unclear", 0.0, cap=series.cap)
    shape = _named(fit, len(values))
    # A ramp still has its first level at the row where it starts: a step is seen one row later.
    first = fit.breaks[0] + (fit.family == "ramp" and shape == "step")
    breaks = tuple(min(row * block, len(series.values)) for row in (first, *fit.breaks[1:]))
    if block > 1 and shape in {"step", "spike"}:
        breaks = tuple(sharpened(series.values, row, 2 * block) for row in breaks)
    before, after = _levels(series.values, fit.family, breaks)
    return ShapedSeries(series, shape, float(np.log2(ratio)), breaks, before, after, series.cap, rise=fit.rise)


def _memory(rest: FloatArray) -> float:
    """The lag-one autocorrelation of what a fit leaves: near one, the series wanders and the fit missed its shape."""
    present = rest[np.isfinite(rest)]
    power = float((present**2).sum())
    return float((present[1:] * present[:-1]).sum()) / power if power > 0 else 0.0


def _named(fit: Fit, size: int) -> Shape:
    if fit.family == "sawtooth":
        return "sawtooth"
    start, end = fit.breaks[0], fit.breaks[1]
    if fit.family == "ramp":
        return "creep" if end - start >= _SHORTEST_CREEP else "step"
    return "step" if end >= size - 1 else "spike"


def _levels(values: FloatArray, family: Family, breaks: tuple[int, ...]) -> tuple[float | None, float | None]:
    """Medians before the onset and of where it led: inside a pulse, past a ramp, over all teeth."""
    first = max(breaks[0], 1)
    if family == "ramp":
        return median_of(values[:first]), median_of(values[min(breaks[1], len(values) - _SHORTEST_PULSE) :])
    end = breaks[1] if family == "pulse" else len(values)
    return median_of(values[:first]), median_of(values[first:end])


def median_of(values: FloatArray) -> float | None:
    """The median of what is present; None where nothing is."""
    present = values[np.isfinite(values)]
    return float(np.median(present)) if len(present) else None
