"""Which of many series, and whose, changed most when the trouble began.

Every series is scored against its own past: the largest deviation and the shift of the median, both in units of its own
spread with a floor under it, so that a near-constant series does not win by division. A call graph, where there is
one, moves services up whose own callees are calm: trouble travels from callee to caller.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.analysis.metric_shapes_noise import MAD_TO_SD
from triage_tui.analysis.series import FloatArray, Grid, Series, aligned, rises_mean_trouble, series_of
from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Suspect
from triage_tui.investigation.time_window import TimeWindow

_FLOOR = 0.05
_GOOD_NEWS_WEIGHT = 0.5
_LEAST_MOVE = 3.0
_LONGEST_AFTER = 60
_SICK_CALLEE_WEIGHT = 0.6
_SICK_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """How far each series went from its past; all arrays have one entry a series.

    ``peak`` and ``shift`` are in units of the past's spread and positive in the bad direction; ``middle`` and ``later``
    are medians before and after, ``first`` the first deviating column or -1.
    """

    middle: FloatArray
    later: FloatArray
    peak: FloatArray
    shift: FloatArray
    rises: npt.NDArray[np.bool_]
    score: FloatArray
    first: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Move:
    at: datetime | None
    rises: bool
    because: tuple[str, ...]

    @classmethod
    def of(cls, found: Deviations, grid: Grid, index: int, reason: str | None) -> _Move:
        first = int(found.first[index])
        at = grid.at(first) if first >= 0 else None
        because = _because(found, index, at)
        return cls(at, bool(found.rises[index]), (*because, reason) if reason else tuple(because))


def rank_suspects(
    metrics: pl.DataFrame,
    *,
    onset: datetime | None,
    window: TimeWindow | None,
    baseline: TimeWindow | None,
    topology: pl.DataFrame | None = None,
    hints: Sequence[SignalHint] = (),
) -> tuple[Suspect, ...]:
    """Rank the series of a metrics frame (``frame_schema(METRICS)``) by how much they changed, most first.

    The past is ``baseline`` where given, else everything before ``onset``; the trouble is ``window`` where a baseline
    is given, else what follows the onset. ``topology`` holds ``caller`` and ``callee`` (``frame_schema(TOPOLOGY)``).
    Without an onset and without a baseline the first half is the past. Series that did not move are left out.
    """
    series = series_of(metrics, hints)
    if not series:
        return ()
    grid = aligned(series)
    past, trouble = _spans(grid, onset, window, baseline)
    found = deviations(grid.values, past, trouble, np.array([rises_mean_trouble(one.metric) for one in series]))
    weights, reasons = _graph(series, found.score, topology)
    scores = found.score * weights
    order = sorted(range(len(series)), key=lambda index: (-scores[index], series[index].key))
    moved = [index for index in order if scores[index] > 0]
    return tuple(
        _suspect(
            series[index], rank, float(scores[index]), _Move.of(found, grid, index, reasons.get(series[index].service))
        )
        for rank, index in enumerate(moved, start=1)
    )


def deviations(matrix: FloatArray, past: slice, trouble: slice, rising_is_bad: npt.NDArray[np.bool_]) -> Deviations:
    """Score each row of a matrix by its deviation in the columns ``trouble`` from the columns ``past``."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # A series without samples on one side has no deviation: NaN says so, and becomes zero below.
        warnings.simplefilter("ignore", RuntimeWarning)
        before, after = matrix[:, past], matrix[:, trouble]
        middle, later = np.nanmedian(before, axis=1), np.nanmedian(after, axis=1)
        scale = _scale(before, middle)
        highest, lowest = np.nanmax(after, axis=1), np.nanmin(after, axis=1)
        up, down, shift = (highest - middle) / scale, (middle - lowest) / scale, (later - middle) / scale
        far = np.abs(after - middle[:, None]) > _LEAST_MOVE * scale[:, None]
    bad = np.where(rising_is_bad, _fused(up, shift), _fused(down, -shift))
    good = np.where(rising_is_bad, _fused(down, -shift), _fused(up, shift))
    worse = bad >= _GOOD_NEWS_WEIGHT * good
    score = np.where(worse, bad, _GOOD_NEWS_WEIGHT * good)
    moved = np.where(far.any(axis=1), far.argmax(axis=1) + (trouble.start or 0), -1)
    rises = np.where(worse, rising_is_bad, ~rising_is_bad)
    return Deviations(middle, later, np.where(rises, up, down), shift, rises, score, moved)


def _scale(before: FloatArray, middle: FloatArray) -> FloatArray:
    deviation = MAD_TO_SD * np.nanmedian(np.abs(before - middle[:, None]), axis=1)
    scale = np.maximum.reduce([deviation, np.nanstd(before, axis=1), _FLOOR * np.abs(middle)])
    return np.asarray(np.where(scale > 0, scale, np.nan), dtype=np.float64)


def _fused(peak: FloatArray, shift: FloatArray) -> FloatArray:
    """Peak and shift on a logarithmic scale, so that ten times the deviation is not ten times the suspicion."""
    parts = [np.log1p(np.clip(np.nan_to_num(part, nan=0.0), 0.0, 1e6)) for part in (peak, shift)]
    return np.asarray(parts[0] + parts[1], dtype=np.float64)


def _columns(grid: Grid, span: TimeWindow) -> slice:
    return slice(grid.column(span.start), grid.column(span.end))


def _spans(
    grid: Grid, onset: datetime | None, window: TimeWindow | None, baseline: TimeWindow | None
) -> tuple[slice, slice]:
    if baseline is not None and window is not None:
        return _columns(grid, baseline), _columns(grid, window)
    size = grid.values.shape[1]
    split = grid.column(onset) if onset is not None else size // 2
    split = min(max(split, 1), max(size - 1, 1))
    first, end = (0, size) if window is None else (grid.column(window.start), grid.column(window.end))
    return slice(first if first < split else 0, split), slice(split, max(min(end, split + _LONGEST_AFTER), split + 1))


def _graph(
    series: Sequence[Series], scores: FloatArray, topology: pl.DataFrame | None
) -> tuple[FloatArray, Mapping[str | None, str]]:
    """Weigh each series by whether its service has a sick callee, and say so."""
    weights = np.ones(len(series))
    if topology is None or topology.is_empty():
        return weights, {}
    sickness: dict[str | None, float] = {}
    for one, score in zip(series, scores, strict=True):
        sickness[one.service] = max(sickness.get(one.service, 0.0), float(score))
    edges = sorted(set(topology.select("caller", "callee").iter_rows()))
    reasons: dict[str | None, str] = {}
    sick: dict[str | None, str] = {}
    for caller, callee in edges:
        if callee != caller and sickness.get(callee, 0.0) > _SICK_SHARE * sickness.get(caller, 0.0) > 0:
            sick[caller] = max(sick.get(caller, callee), callee, key=lambda name: (sickness[name], name))
    callers = {callee: caller for caller, callee in reversed(edges)}
    for service in sickness:
        if service in sick:
            reasons[service] = f"it calls {sick[service]}, which moved too"
        elif service in callers:
            reasons[service] = "nothing it calls moved as much"
    weights = np.array([_SICK_CALLEE_WEIGHT if one.service in sick else 1.0 for one in series])
    return weights, reasons


def _suspect(one: Series, rank: int, score: float, move: _Move) -> Suspect:
    return Suspect(
        rank=rank,
        kind="metric",
        service=one.service,
        metric=one.metric,
        name=f"{one.service} {one.metric}" if one.service else one.metric,
        score=round(score, 6),
        change_at=move.at,
        direction="up" if move.rises else "down",
        because=move.because,
    )


def _because(found: Deviations, index: int, at: datetime | None) -> list[str]:
    said = [
        f"median {found.middle[index]:.4g} before, {found.later[index]:.4g} after "
        f"({found.shift[index]:+.1f} of its usual spread)"
    ]
    if at is None or not np.isfinite(found.peak[index]):
        return said
    word = "peak" if found.rises[index] else "low"
    return [*said, f"{word} {found.peak[index]:.1f} spreads away, first beyond {_LEAST_MOVE:.0f} at {at:%H:%M:%S} UTC"]
