"""Least-squares fits of the simple shapes a metric takes: a pulse, a ramp between two levels, a sawtooth.

Each fit is the best over all positions of its breaks, found in closed form from running sums, so that one series of
256 points takes a few milliseconds. Rows are grid rows; a NaN is a missing scrape and weighs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from triage_tui.analysis.series import FloatArray

Family = Literal["level", "pulse", "ramp", "sawtooth"]

LONGEST_FIT = 256
_BENDS = (1.5, 2.0)
_STRAIGHT_BONUS = 0.97
# A unit curve that varies less than this over the samples cannot be told from a level.
_NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted shape: its curve, its breaks (rows) and what is left over.

    ``breaks`` holds for a pulse its first and its end row (the series' end for a step), for a ramp where it leaves the
    first level and where it arrives at the second, for a sawtooth where the first rise starts and then each drop.
    """

    family: Family
    curve: FloatArray
    breaks: tuple[int, ...]
    left_over: float
    rise: float


def level_fit(values: FloatArray) -> Fit:
    """Fit one level."""
    mean = float(np.nanmean(values))
    return Fit("level", np.full(len(values), mean), (), float(np.nansum((values - mean) ** 2)), 0.0)


def pulse_fit(values: FloatArray, shortest: int) -> Fit:
    """Fit one level with one rectangular pulse of at least ``shortest`` rows; a pulse to the end is a step."""
    present = np.isfinite(values)
    weights = np.concatenate(([0.0], np.cumsum(present)))
    sums = np.concatenate(([0.0], np.cumsum(np.where(present, values, 0.0))))
    inside = weights[None, :] - weights[:, None]
    total = sums[None, :] - sums[:, None]
    outside = weights[-1] - inside
    allowed = (inside >= shortest) & (outside >= shortest)
    # A pulse from the very start is the end of an earlier trouble: only a step down or up may start late.
    allowed[0, :] = False
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(
            allowed, (total * weights[-1] - sums[-1] * inside) ** 2 / (inside * outside * weights[-1]), -1.0
        )
    start, end = np.unravel_index(int(np.argmax(gain)), gain.shape)
    curve = np.zeros(len(values))
    curve[start:end] = 1.0
    return _with_levels("pulse", values, curve, (int(start), int(end)))


def ramp_fit(values: FloatArray, shortest: int) -> Fit:
    """Fit a level, a straight rise or fall of at least ``shortest`` rows, and the level it arrives at."""
    size = len(values)
    present = np.isfinite(values)
    filled = np.where(present, values - np.nanmean(values), 0.0)
    rows = np.arange(size, dtype=np.float64)
    # weight, weighted row, weighted squared row; value, value times row: each summed before every row
    count, first, second, level, slope = (
        np.concatenate(([0.0], np.cumsum(part)))
        for part in (present, present * rows, present * rows**2, filled, filled * rows)
    )
    start = np.arange(size + 1, dtype=np.float64)[:, None]
    end = np.arange(size + 1, dtype=np.float64)[None, :]
    width = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        n, t = _between(count), _between(first)
        rises = (t - start * n) / width + (count[-1] - count)[None, :]
        squares = (_between(second) - 2 * start * t + start**2 * n) / width**2 + (count[-1] - count)[None, :]
        products = (_between(slope) - start * _between(level)) / width + (level[-1] - level)[None, :]
        spread = squares - rises**2 / count[-1]
        gain = np.where((width >= shortest) & (spread > _NO_SPREAD), products**2 / spread, -1.0)
    left, right = np.unravel_index(int(np.argmax(gain)), gain.shape)
    curve = np.clip((rows - left) / max(int(right) - int(left), 1), 0.0, 1.0)
    return _with_levels("ramp", values, curve, (int(left), int(right)))


def bent(values: FloatArray, ramp: Fit) -> Fit:
    """Let a ramp start slowly: the straight one or, if it leaves less, a curved one with a start of its own."""
    end = ramp.breaks[1]
    rows = np.arange(len(values), dtype=np.float64)
    starts = np.arange(max(end - 2, 1), dtype=np.float64)[:, None]
    straight = np.clip((rows[None, :] - starts) / (end - starts), 0.0, 1.0)
    fits = [ramp]
    for power in _BENDS:
        unit = straight**power
        start = int(np.argmax(_gains(values, unit)))
        fits.append(_with_levels("ramp", values, unit[start], (start, end)))
    return min(fits, key=lambda fit: fit.left_over * (_STRAIGHT_BONUS if fit is ramp else 1.0))


def _gains(values: FloatArray, units: FloatArray) -> FloatArray:
    """How much of the squares around the mean each unit curve (one a row) explains."""
    present = np.isfinite(values)
    filled = values[present] - values[present].mean()
    curves = units[:, present]
    centred = curves - curves.mean(axis=1, keepdims=True)
    spread = (centred**2).sum(axis=1)
    return np.asarray(np.where(spread > _NO_SPREAD, (centred @ filled) ** 2 / np.maximum(spread, _NO_SPREAD), -1.0))


def sawtooth_fit(values: FloatArray, drops: tuple[int, ...]) -> Fit:
    """Fit a straight line between each two drops; before the first drop a level and then a line."""
    size = len(values)
    curve = np.full(size, np.nan)
    head = ramp_to_end_fit(values[: drops[0]])
    curve[: drops[0]] = head.curve
    for start, end in zip(drops, (*drops[1:], size), strict=True):
        curve[start:end] = _line(values[start:end])
    left_over = float(np.nansum((values - curve) ** 2))
    return Fit("sawtooth", curve, (head.breaks[0], *drops), left_over, float(curve[drops[0] - 1] - curve[drops[0]]))


def ramp_to_end_fit(values: FloatArray) -> Fit:
    """Fit a level that turns into a straight line which lasts to the end."""
    size = len(values)
    rows = np.arange(size, dtype=np.float64)
    start = int(np.argmax(_gains(values, np.clip(rows[None, :] - rows[:, None], 0.0, None))))
    return _with_levels("ramp", values, np.clip(rows - start, 0.0, None), (start, size))


def _between(running: FloatArray) -> FloatArray:
    return running[None, :] - running[:, None]


def _line(values: FloatArray) -> FloatArray:
    present = np.flatnonzero(np.isfinite(values))
    if len(present) < 2:  # noqa: PLR2004 - a line needs two points
        return np.full(len(values), np.nanmean(values) if len(present) else np.nan)
    slope, level = np.polyfit(present, values[present], 1)
    return np.asarray(level + slope * np.arange(len(values)), dtype=np.float64)


def _with_levels(family: Family, values: FloatArray, unit: FloatArray, breaks: tuple[int, ...]) -> Fit:
    """Scale a unit curve to the values by ordinary least squares."""
    present = np.isfinite(values)
    mean_unit = float(unit[present].mean()) if present.any() else 0.0
    mean = float(values[present].mean()) if present.any() else 0.0
    centred = unit - mean_unit
    spread = float((centred[present] ** 2).sum())
    rise = float((centred[present] * (values[present] - mean)).sum()) / spread if spread > 0 else 0.0
    curve = mean + rise * centred
    left_over = float(((values[present] - curve[present]) ** 2).sum())
    return Fit(family, curve, breaks, left_over, rise * float(unit.max() - unit.min()))
