"""What stands between a metric and its shape: heavy tails, a daily cycle, and more rows than a fit needs."""

from __future__ import annotations

import numpy as np

from triage_tui.analysis.series import FloatArray

DAY_S = 86_400.0
MAD_TO_SD = 1.4826
# The floor under every spread, relative to the level: less than a thousandth is rounding, not change.
LEAST_SPREAD = 1e-3
_NEIGHBOURS = 2
_CLIP = 3.0
_HARMONICS = 3
_LEAST_CYCLES = 3.0
_SHORTEST_PERIOD = 8
# The share of the variance that the strongest frequency must hold to be called a cycle.
_LEAST_POWER = 0.4


def spread(values: FloatArray) -> float:
    """The robust standard deviation (1.4826 MAD), at least half the plain one so that rare large values count."""
    present = values[np.isfinite(values)]
    if not len(present):
        return 0.0
    deviations = np.abs(present - np.median(present))
    return max(MAD_TO_SD * float(np.median(deviations)), 0.5 * float(present.std()))


def without_outliers(values: FloatArray) -> FloatArray:
    """Pull values that stand alone to their neighbours' median (Hampel's filter); a run of three or more stays."""
    rows = np.flatnonzero(np.isfinite(values))
    if len(rows) <= 2 * _NEIGHBOURS:
        return values
    present = values[rows]
    around = np.lib.stride_tricks.sliding_window_view(np.pad(present, _NEIGHBOURS, mode="reflect"), 2 * _NEIGHBOURS + 1)
    middle = np.median(around, axis=1)
    # The median of five takes out some of the noise itself, hence the widened scale.
    scale = 1.3 * MAD_TO_SD * float(np.median(np.abs(present - middle)))
    cleaned = values.copy()
    cleaned[rows] = middle + np.clip(present - middle, -_CLIP * scale, _CLIP * scale)
    return cleaned


def thinned(values: FloatArray, longest: int) -> tuple[FloatArray, int]:
    """Average blocks of rows so that at most ``longest`` remain; returns them and the rows a block."""
    block = -(-len(values) // longest)
    if block == 1:
        return values, 1
    padded = np.concatenate((values, np.full(-len(values) % block, np.nan))).reshape(-1, block)
    present = np.isfinite(padded)
    count = present.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(present, padded, 0.0).sum(axis=1) / np.where(count, count, np.nan), block


def sharpened(values: FloatArray, row: int, reach: int) -> int:
    """The row near a break, at most ``reach`` away, that best splits its surroundings into two levels."""
    start = max(row - 3 * reach, 0)
    around = values[start : row + 3 * reach]
    present = np.isfinite(around)
    count = np.cumsum(present)
    sums = np.cumsum(np.where(present, around, 0.0))
    splits = np.arange(max(row - reach - start, 1), min(row + reach - start, len(around) - 1))
    left, right = count[splits - 1], count[-1] - count[splits - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = (sums[splits - 1] * count[-1] - sums[-1] * left) ** 2 / (left * right)
    return start + int(splits[np.nanargmax(gain)]) if np.isfinite(gain).any() else row


def cycle(values: FloatArray, step: float) -> tuple[FloatArray, float] | None:
    """Fit the strongest cycle: a daily one, or one with at least three full periods in view.

    Returns the cyclic part (mean zero) and its period in seconds, or None where no period qualifies. The fit is
    harmonic regression with three harmonics.
    """
    rows = np.flatnonzero(np.isfinite(values))
    if len(rows) < 4 * _SHORTEST_PERIOD:
        return None
    fits = [(_harmonics(values, rows, period), period) for period in _periods(values, rows, step)]
    if not fits:
        return None
    best, period = min(fits, key=lambda fit: float(np.sum((values[rows] - fit[0][rows]) ** 2)))
    return best - float(np.mean(best)), period * step


def _periods(values: FloatArray, rows: np.ndarray, step: float) -> list[float]:
    size = len(values)
    periods = [DAY_S / step] if size * step >= 1.5 * DAY_S and DAY_S / step >= _SHORTEST_PERIOD else []
    filled = np.interp(np.arange(size), rows, values[rows])
    level = np.polyval(np.polyfit(np.arange(size), filled, 1), np.arange(size))
    power = np.abs(np.fft.rfft(filled - level)) ** 2
    low, high = int(np.ceil(_LEAST_CYCLES)), size // _SHORTEST_PERIOD
    if high > low:
        peak = low + int(np.argmax(power[low : high + 1]))
        if power[peak - 1 : peak + 2].sum() >= _LEAST_POWER * power.sum():
            periods.append(size / peak)
    return periods


def _harmonics(values: FloatArray, rows: np.ndarray, period: float) -> FloatArray:
    phase = 2 * np.pi * np.arange(len(values)) / period
    columns = [np.ones(len(values))]
    for order in range(1, _HARMONICS + 1):
        columns += [np.sin(order * phase), np.cos(order * phase)]
    design = np.column_stack(columns)
    weights = np.linalg.lstsq(design[rows], values[rows], rcond=None)[0]
    return np.asarray(design @ weights, dtype=np.float64)
