"""The shape of each metric: nothing, spike, step, creep, sawtooth, saturated, periodic.

Model comparison by explained variance: a level against one pulse, one ramp and a sawtooth, each at its best place. A
shape must leave clearly less unexplained than the level does and must rise out of what it leaves; the margins are
wider for short series, where the best of many places fits noise well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl

from triage_tui.analysis.change_points import change_rows
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
from triage_tui.analysis.metric_shapes_noise import DAY_S, LEAST_SPREAD, cycle, spread, thinned, without_outliers
from triage_tui.analysis.series import FloatArray, Series, series_of
from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Shape, Signal, SignalChange
from triage_tui.investigation.time_window import TimeWindow

_FEWEST_SAMPLES = 10
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
_CYCLE_MARGIN = 1.5
_SAME_CHANGE = 5
_DROP_SHARE = 0.45
_FLAT_RUN = 5
_AT_CAP = 0.01
_SHARE_AT_CAP = 0.8


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
    shaped = shape_all(series_of(metrics, hints), window=window, baseline=baseline)
    signals = [(one, _signal(one, onset)) for one in shaped]
    return tuple(signal for _, signal in sorted(signals, key=lambda pair: (-pair[0].score, pair[0].series.key)))


def shape_all(
    series: Sequence[Series], *, window: TimeWindow | None, baseline: TimeWindow | None
) -> tuple[ShapedSeries, ...]:
    """Find the shape of each series, in the given order; caps may come from a sibling series that is the limit."""
    limits = [one for one in series if _is_limit(one)]
    return tuple(shape_of(_with_sibling_cap(_cut(one, window, baseline), limits)) for one in series)


def shape_of(series: Series) -> ShapedSeries:
    """Find the shape of one series."""
    values = series.values
    present = values[np.isfinite(values)]
    if len(present) < _FEWEST_SAMPLES or float(np.ptp(present)) <= LEAST_SPREAD * abs(float(np.median(present))):
        return ShapedSeries(series, "none", 0.0, cap=series.cap)
    clean = without_outliers(values)
    coarse, block = thinned(clean, LONGEST_FIT)
    best, ratio = _best_fit(coarse)
    season = cycle(coarse, series.step * block)
    if season is not None and _explains(coarse, season[0]) * _CYCLE_MARGIN > ratio and best.family != "sawtooth":
        return _around_cycle(series, coarse, block, season)
    return _judged(series, coarse, block, best, ratio)


def _cut(series: Series, window: TimeWindow | None, baseline: TimeWindow | None) -> Series:
    """Leave out what lies outside the baseline and the window, where the alert names them."""
    spans = [span for span in (window, baseline) if span is not None]
    if not spans:
        return series
    rows = series.rows(TimeWindow(min(span.start for span in spans), max(span.end for span in spans)))
    kept = np.full(len(series.values), np.nan)
    kept[rows] = series.values[rows]
    return replace(series, values=kept) if np.isfinite(kept).sum() >= _FEWEST_SAMPLES else series


def _best_fit(values: FloatArray) -> tuple[Fit, float]:
    level = level_fit(values).left_over
    floor = _LEAST_LEFT * level + 1e-300
    pulse, ramp = pulse_fit(values, _SHORTEST_PULSE), ramp_fit(values, _SHORTEST_PULSE)
    by_pulse, by_ramp = (level / (fit.left_over + floor) for fit in (pulse, ramp))
    best, ratio = (bent(values, ramp), by_ramp) if by_ramp > _RAMP_MARGIN * by_pulse else (pulse, by_pulse)
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
    breaks = tuple(row * block for row in (first, *fit.breaks[1:]))
    before, after = _levels(series.values, fit.family, breaks)
    shaped = ShapedSeries(series, shape, float(np.log2(ratio)), breaks, before, after, series.cap, rise=fit.rise)
    return _saturated(shaped) if shaped.shape in {"creep", "step"} and fit.rise > 0 else shaped


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
        return _median(values[:first]), _median(values[min(breaks[1], len(values) - _SHORTEST_PULSE) :])
    end = breaks[1] if family == "pulse" else len(values)
    return _median(values[:first]), _median(values[first:end])


def _median(values: FloatArray) -> float | None:
    present = values[np.isfinite(values)]
    return float(np.median(present)) if len(present) else None


def _saturated(shaped: ShapedSeries) -> ShapedSeries:
    """Tell a rise that ends in a flat run at a cap from one that merely levels off.

    A given cap counts where most of the last values lie within one percent of it; without one, the flat run itself
    (five or more equal values at the series' maximum) names the cap.
    """
    values = shaped.series.values
    present = np.flatnonzero(np.isfinite(values))
    top = float(values[present].max())
    cap = shaped.cap if shaped.cap is not None else top
    near = np.abs(values[present] - cap) <= _AT_CAP * abs(cap) * (1.0 if shaped.cap is not None else 1e-3)
    since = _held_from(near)
    if since is None or present[since] <= shaped.breaks[0]:
        return shaped
    row = int(present[since])
    return replace(shaped, shape="saturated", cap=cap, at_cap_row=row, after=cap)


def _held_from(near: np.ndarray) -> int | None:
    """The first index from which most values are at the cap, at least a flat run of them."""
    hits = np.flatnonzero(near)
    for index in hits:
        held = near[index:]
        if (
            len(held) >= _FLAT_RUN
            and float(held.mean()) >= _SHARE_AT_CAP
            and bool(held[:_FLAT_RUN].mean() >= _SHARE_AT_CAP)
        ):
            return int(index)
    return None


def _is_limit(series: Series) -> bool:
    words = ("max", "limit", "cap", "size", "quota")
    present = series.values[np.isfinite(series.values)]
    return (
        len(present) > 0
        and float(np.ptp(present)) == 0.0
        and any(word in series.metric.lower().replace("-", "_").split("_") for word in words)
    )


def _with_sibling_cap(series: Series, limits: Sequence[Series]) -> Series:
    """Take the cap from a constant series of the same service whose name shares most words, as pool_max for pool."""
    if series.cap is not None or not limits:
        return series
    words = set(series.metric.lower().split("_"))
    shared = [
        (len(words & set(one.metric.lower().split("_"))), float(np.nanmax(one.values)))
        for one in limits
        if one.service == series.service and one.metric != series.metric
    ]
    fitting = [(count, cap) for count, cap in shared if count > 0 and np.nanmax(series.values) <= cap * (1 + _AT_CAP)]
    return replace(series, cap=max(fitting)[1]) if fitting else series


def _signal(shaped: ShapedSeries, onset: datetime | None) -> Signal:
    series = shaped.series
    before, after = shaped.before, shaped.after
    if before is None and after is None and onset is not None:
        row = min(max(series.row(onset), 0), len(series.values))
        before, after = _median(series.values[:row]), _median(series.values[row:])
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
