"""Multiple change points of one series: optimal partitioning into straight lines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from triage_tui.analysis.metric_shapes_noise import LEAST_SPREAD, thinned, without_outliers
from triage_tui.analysis.series import FloatArray

_LONGEST = 800
_FEWEST_SAMPLES = 15
_SHORTEST_SEGMENT = 5
_SHORTEST_SHARE = 0.05
_PENALTY = 3.0
# On average each change divides what the segments leave unexplained by this much, or it is one too many.
_LEAST_GAIN = 1.25
_LEAST_INNER_GAIN = 2.0


def change_rows(values: FloatArray) -> list[int]:
    """Rows at which a new segment starts, ascending; the first row is not listed.

    Each segment is a straight line fitted by least squares, and each change costs ``3 log(n)`` times the variance of
    the whole series (Jackson et al. 2005, optimal partitioning); where many changes explain little the cost is raised
    until those left are worth it. Scaling by the whole variance instead of the noise keeps noise with a memory one
    segment; lines instead of levels keep a slow trend from being cut into stairs.
    """
    rows = np.flatnonzero(np.isfinite(values))
    if len(rows) < _FEWEST_SAMPLES:
        return []
    present, block = thinned(without_outliers(values[rows]), _LONGEST)
    return [int(rows[split * block]) for split in _splits_and_theirs(present)]


def _splits_and_theirs(values: FloatArray) -> list[int]:
    """The splits of a series, and those inside its segments that a much larger change next to them hid."""
    splits = _worthwhile_splits(values, _LEAST_GAIN)
    inner = [
        start + split
        for start, end in pairwise([0, *splits, len(values)])
        if splits and end - start >= _FEWEST_SAMPLES
        for split in _worthwhile_splits(values[start:end], _LEAST_INNER_GAIN)
    ]
    return sorted({*splits, *inner})


def _worthwhile_splits(values: FloatArray, least_gain: float) -> list[int]:
    spread = float(values.std())
    if spread <= LEAST_SPREAD * abs(float(values.mean())):
        return []
    costs = _LineCosts((values - values.mean()) / spread)
    penalty = _PENALTY * float(np.log(len(values)))
    whole = costs.of([], len(values))
    while True:
        splits = _partition(costs, len(values), penalty)
        if whole >= least_gain ** len(splits) * costs.of(splits, len(values)):
            return splits
        penalty *= 1.5


def _partition(costs: _LineCosts, size: int, penalty: float) -> list[int]:
    shortest = max(_SHORTEST_SEGMENT, int(_SHORTEST_SHARE * size))
    best = np.full(size + 1, np.inf)
    best[0] = -penalty
    previous = np.zeros(size + 1, dtype=np.int64)
    for end in range(shortest, size + 1):
        total = best[: end - shortest + 1] + costs.until(end, shortest) + penalty
        previous[end] = int(np.argmin(total))
        best[end] = total[previous[end]]
    splits: list[int] = []
    end = size
    while previous[end] > 0:
        end = int(previous[end])
        splits.append(end)
    return splits[::-1]


class _LineCosts:
    """What a straight line leaves unexplained in every segment that ends at a row, from running sums."""

    def __init__(self, values: FloatArray) -> None:
        rows = np.arange(len(values), dtype=np.float64)
        parts = (np.ones(len(values)), rows, rows**2, values, values**2, rows * values)
        self._sums = np.stack([np.concatenate(([0.0], np.cumsum(part))) for part in parts])

    def until(self, end: int, shortest: int) -> FloatArray:
        """The cost of each segment from row 0, 1, ... ``end - shortest`` to the row before ``end``."""
        count, row, row_row, value, value_value, row_value = (
            self._sums[:, end : end + 1] - self._sums[:, : end - shortest + 1]
        )
        spread = row_row - row**2 / count
        slope = row_value - row * value / count
        left = value_value - value**2 / count - slope**2 / np.maximum(spread, 1e-12)
        return np.asarray(np.maximum(left, 0.0), dtype=np.float64)

    def of(self, splits: list[int], size: int) -> float:
        """The cost of all segments between the splits."""
        edges = [0, *splits, size]
        return float(sum(self.until(end, end - start)[start] for start, end in pairwise(edges)))
