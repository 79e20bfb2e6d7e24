"""Multiple change points of one series: optimal partitioning under a penalty scaled by the series' own variance."""

from __future__ import annotations

import numpy as np

from triage_tui.analysis.metric_shapes_noise import without_outliers
from triage_tui.analysis.series import FloatArray

_LONGEST = 1_000
_SHORTEST_SEGMENT = 5
_PENALTY = 3.0


def change_rows(values: FloatArray) -> list[int]:
    """Rows at which a new segment starts, ascending; the first row is not listed.

    Least squares with a penalty of ``3 log(n)`` times the series' variance for each change (Jackson et al. 2005,
    optimal partitioning; the variance of the whole series instead of the noise makes slow trends cheap to leave
    alone).
    """
    rows = np.flatnonzero(np.isfinite(values))
    if len(rows) < 2 * _SHORTEST_SEGMENT:
        return []
    present = without_outliers(values[rows])
    variance = float(present.var())
    if variance <= 0:
        return []
    block = -(-len(present) // _LONGEST)
    usable = present[: len(present) // block * block].reshape(-1, block).mean(axis=1)
    splits = _partition(usable, _PENALTY * np.log(len(usable)) * variance)
    return [int(rows[split * block]) for split in splits]


def _partition(values: FloatArray, penalty: float) -> list[int]:
    size = len(values)
    sums = np.concatenate(([0.0], np.cumsum(values)))
    squares = np.concatenate(([0.0], np.cumsum(values**2)))
    best = np.full(size + 1, np.inf)
    best[0] = -penalty
    previous = np.zeros(size + 1, dtype=np.int64)
    for end in range(_SHORTEST_SEGMENT, size + 1):
        starts = np.arange(0, end - _SHORTEST_SEGMENT + 1)
        cost = squares[end] - squares[starts] - (sums[end] - sums[starts]) ** 2 / (end - starts)
        total = best[starts] + cost + penalty
        previous[end] = int(np.argmin(total))
        best[end] = total[previous[end]]
    splits: list[int] = []
    end = size
    while previous[end] > 0:
        end = int(previous[end])
        splits.append(end)
    return splits[::-1]
