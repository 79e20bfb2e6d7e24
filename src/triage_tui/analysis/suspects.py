"""Which of many series, and whose, changed most when the trouble began.

Every series is scored against its own past: the largest deviation and the shift of the median, both in units of its own
spread with a floor under it, so that a near-constant series does not win by division. What moved first weighs more, and
a call graph, where there is one, moves the suspicion down to the service that the others wait for.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.analysis.findings_text import clock
from triage_tui.analysis.metric_shapes_noise import MAD_TO_SD
from triage_tui.analysis.series import FloatArray, Grid, Series, aligned, rises_mean_trouble, series_of
from triage_tui.analysis.suspects_graph import Blame, blame
from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Suspect
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.investigation.units import format_value, from_to

_FLOOR = 0.05
_GOOD_NEWS_WEIGHT = 0.5
_LEAST_MOVE = 3.0
_MANY = 100
# The first to move gets up to this much more, fading over three scrapes or three minutes.
_FIRST_MOVER_BONUS = 0.6
_FADING_STEPS = 3.0
_FADING_S = 180.0
_FEWEST_BEFORE = 3
_LONGEST_AFTER = 60
# An alert fires at most a scrape before the samples show it; what comes long after it is reaction, not cause.
_AFTER_ALERT_STEPS = 2
_AFTER_ALERT_S = 180.0
_LOUDEST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Spans:
    """The columns that hold the past and those that hold the trouble."""

    past: slice
    trouble: slice


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """How far each series went from its past; all arrays have one entry a series.

    ``peak`` and ``shift`` are in units of the past's spread, ``peak`` in the direction that ``rises`` names; ``middle``
    and ``later`` are medians before and after, ``first`` the first deviating column or -1.
    """

    middle: FloatArray
    later: FloatArray
    peak: FloatArray
    shift: FloatArray
    rises: npt.NDArray[np.bool_]
    score: FloatArray
    first: npt.NDArray[np.int64]


def rank_suspects(
    metrics: pl.DataFrame,
    *,
    onset: datetime | None,
    window: TimeWindow | None,
    baseline: TimeWindow | None,
    topology: pl.DataFrame | None = None,
    hints: Sequence[SignalHint] = (),
    fired_at: datetime | None = None,
) -> tuple[Suspect, ...]:
    """Rank the series of a metrics frame (``frame_schema(METRICS)``) by how much they changed, most first.

    The past is ``baseline`` where given, else everything before the trouble. Where the trouble starts is taken from
    ``onset``, ``fired_at`` and the given ``window``: of these, the one at which the loudest series differ most from
    their past. Without any of them the second half is the trouble. ``topology`` holds ``caller`` and ``callee``
    (``frame_schema(TOPOLOGY)``). Series that did not move are left out.
    """
    series = series_of(metrics, hints)
    grid = aligned(series) if series else None
    if grid is None or grid.values.shape[1] <= 1:
        return ()
    spans = _loudest(grid, _candidates(grid, onset, fired_at, window, baseline))
    found = deviations(grid.values, spans, np.array([rises_mean_trouble(one.metric) for one in series]))
    scores = found.score if baseline is not None else found.score * _first_mover_weights(found, spans, grid.step)
    blames = _blames(series, scores, topology)
    final = [float(score) * factor for score, (factor, _) in zip(scores, blames, strict=True)]
    return tuple(
        _suspect(series[index], rank, final[index], _Move.of(found, grid, index, blames[index][1], series[index].unit))
        for rank, index in enumerate(_order(series, final), start=1)
    )


def _order(series: Sequence[Series], scores: Sequence[float]) -> list[int]:
    """The indices of the series that moved, the highest score first; of equal ones, the first by its key."""
    return sorted((index for index, score in enumerate(scores) if score > 0), key=lambda i: (-scores[i], series[i].key))


def deviations(matrix: FloatArray, spans: Spans, rising_is_bad: npt.NDArray[np.bool_]) -> Deviations:
    """Score each row of a matrix by how far its trouble columns are from its past columns.

    It is a robust z-score (Iglewicz and Hoaglin, 1993) of the extreme and of the median, each against the series' own
    past; their fusion and the floor under the spread are the project's own.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # A series without samples on one side has no deviation: NaN says so, and becomes zero below.
        warnings.simplefilter("ignore", RuntimeWarning)
        after = matrix[:, spans.trouble]
        middle, scale = _usual(matrix[:, spans.past])
        later = np.nanmedian(after, axis=1)
        up, down = (np.nanmax(after, axis=1) - middle) / scale, (middle - np.nanmin(after, axis=1)) / scale
        shift = (later - middle) / scale
        far = np.abs(after - middle[:, None]) > _LEAST_MOVE * scale[:, None]
    risen, fallen = _fused(up, shift), _fused(down, -shift)
    bad, good = np.where(rising_is_bad, risen, fallen), _GOOD_NEWS_WEIGHT * np.where(rising_is_bad, fallen, risen)
    rises = np.where(bad >= good, rising_is_bad, ~rising_is_bad)
    first = np.where(far.any(axis=1), far.argmax(axis=1) + spans.trouble.start, -1)
    return Deviations(middle, later, np.where(rises, up, down), shift, rises, np.maximum(bad, good), first)


def _usual(before: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The median of the past and its spread: the largest of MAD, standard deviation and five percent of the median.

    A past without any spread around zero has no scale, and its series no score.
    """
    middle = np.nanmedian(before, axis=1)
    deviation = MAD_TO_SD * np.nanmedian(np.abs(before - middle[:, None]), axis=1)
    scale = np.maximum.reduce([deviation, np.nanstd(before, axis=1), _FLOOR * np.abs(middle)])
    return middle, np.asarray(np.where(scale > 0, scale, np.nan), dtype=np.float64)


def _fused(peak: FloatArray, shift: FloatArray) -> FloatArray:
    """Peak and shift on a logarithmic scale, so that ten times the deviation is not ten times the suspicion."""
    parts = [np.log1p(np.clip(np.nan_to_num(part, nan=0.0), 0.0, 1e6)) for part in (peak, shift)]
    return np.asarray(parts[0] + parts[1], dtype=np.float64)


def _first_mover_weights(found: Deviations, spans: Spans, step: float) -> FloatArray:
    behind = (found.first - spans.trouble.start) / max(_FADING_STEPS, _FADING_S / step)
    return np.asarray(np.where(found.first >= 0, 1 + _FIRST_MOVER_BONUS * np.exp(-behind), 1.0), dtype=np.float64)


def _candidates(
    grid: Grid,
    onset: datetime | None,
    fired_at: datetime | None,
    window: TimeWindow | None,
    baseline: TimeWindow | None,
) -> list[Spans]:
    """Where the past may end and the trouble begin; the first is the one that was given."""
    size = grid.values.shape[1]
    opened = grid.column(window.start) if window is not None else 0
    closed = grid.column(window.end) if window is not None else size
    alerted = None if fired_at is None else grid.column(fired_at) - 1
    if baseline is not None:
        past = slice(grid.column(baseline.start), grid.column(baseline.end))
        starts = [opened if window is not None else past.stop, *([alerted] if alerted is not None else [])]
        starts = [max(start, past.stop) for start in starts if start < closed] or [opened]
        starts = [min(start, size - 1) for start in starts]
        return [Spans(past, slice(start, max(closed, start + 1))) for start in starts]
    if alerted is not None:
        closed = min(closed, alerted + 1 + max(_AFTER_ALERT_STEPS, int(_AFTER_ALERT_S / grid.step)))
    starts = [] if onset is None else [grid.column(onset)]
    starts = [start for start in starts if start < closed] + ([] if alerted is None else [alerted])
    starts = [min(max(start, _FEWEST_BEFORE), max(size - 1, 1)) for start in starts or [size // 2]]
    first = opened if opened < min(starts) - _FEWEST_BEFORE else 0
    return [
        Spans(slice(first, start), slice(start, max(min(closed, start + _longest_after(grid)), start + 1)))
        for start in starts
    ]


def _longest_after(grid: Grid) -> int:
    return max(_LONGEST_AFTER, int(_LONGEST_AFTER * 60 / grid.step))


def _loudest(grid: Grid, candidates: Sequence[Spans]) -> Spans:
    """The candidate at which the few series that shift most shift most; the first of equals."""
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda spans: _loudness(grid.values, spans))


def _loudness(matrix: FloatArray, spans: Spans) -> float:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        middle, scale = _usual(matrix[:, spans.past])
        shifts = np.abs(np.nanmedian(matrix[:, spans.trouble], axis=1) - middle) / scale
    loudest = np.sort(np.log1p(np.nan_to_num(shifts, nan=0.0)))[::-1]
    return float(loudest[: max(3, int(_LOUDEST_SHARE * len(loudest)))].mean())


def _blames(series: Sequence[Series], scores: FloatArray, topology: pl.DataFrame | None) -> list[tuple[float, str]]:
    """A factor for each series from its service's place in the call graph, and the reason."""
    if topology is None or topology.is_empty():
        return [(1.0, "")] * len(series)
    sickness: dict[str, float] = {}
    for one, score in zip(series, scores, strict=True):
        sickness[one.service or ""] = max(sickness.get(one.service or "", 0.0), float(score))
    found = blame(sickness, topology)
    return [_factor(found[one.service or ""], sickness[one.service or ""]) for one in series]


def _factor(found: Blame, sickness: float) -> tuple[float, str]:
    return (found.score / sickness if sickness > 0 else 1.0), found.reason


@dataclass(frozen=True, slots=True)
class _Move:
    at: datetime | None
    rises: bool
    because: tuple[str, ...]

    @classmethod
    def of(cls, found: Deviations, grid: Grid, index: int, reason: str, unit: str) -> _Move:
        first = int(found.first[index])
        at = grid.at(first) if first >= 0 else None
        because = _because(found, index, at, unit)
        return cls(at, bool(found.rises[index]), (*because, reason) if reason else tuple(because))


def _suspect(one: Series, rank: int, score: float, move: _Move) -> Suspect:
    return Suspect(
        rank=rank,
        kind="metric",
        service=one.service,
        metric=one.metric,
        labels=one.label_map,
        name=f"{one.service} {one.metric}" if one.service else one.metric,
        score=round(score, 6),
        change_at=move.at,
        direction="up" if move.rises else "down",
        because=move.because,
    )


def _because(found: Deviations, index: int, at: datetime | None, unit: str) -> list[str]:
    before, after = float(found.middle[index]), float(found.later[index])
    moved = from_to(before, after, unit, between=" before, ")
    said = [f"median {moved} after, {_count(found.shift[index])} of its usual spreads apart"]
    if at is None or not np.isfinite(found.peak[index]):
        return said
    word = "peak" if found.rises[index] else "low"
    return [*said, f"{word} {_count(found.peak[index])} spreads away, first beyond {_LEAST_MOVE:.0f} at {clock(at)}"]


def _count(spreads: float) -> str:
    """How many spreads, without digits that such a figure cannot carry."""
    return format_value(abs(spreads)) if abs(spreads) < _MANY else f"over {_MANY}"
