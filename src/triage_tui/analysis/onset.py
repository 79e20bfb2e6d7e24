"""When did it start? One interval a source, a vote among the metrics, and a combination that shows disagreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from triage_tui.analysis.metric_shapes import shapes_in
from triage_tui.analysis.metric_shapes_model import ShapedSeries
from triage_tui.analysis.series import FloatArray, Series, rises_mean_trouble
from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Alert, Onset, OnsetEstimate
from triage_tui.investigation.time_window import TimeWindow

METRICS = "metrics"

# Movers this many scrapes apart belong to one trouble that spreads from service to service.
_SPREADING_STEPS = 3.0
_FEWEST_BEFORE = 3
_FORERUN_STEPS = 15.0
_LEAST_SAY = 0.5
# A symptom is seen up to this long after it began; what starts later than the alert did not cause it.
_AFTER_ALERT_STEPS = 2.0
_DISAGREE_S = 300.0
_BORNE_OUT_S = 60.0
# What is seen at once is often the service's own start or a flicker: below these nobody can tell yet. A rate over the
# usual four scrapes shows one burst for as long.
_ENOUGH_BEFORE, _ENOUGH_SINCE = 10, 5
_USUAL = (0.02, 0.98)
_LEAST_BEYOND = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Mover:
    """A series, the row at which it leaves its past and that at which it returns; ``weight`` is its say in the vote."""

    series: Series
    row: int
    weight: float
    end: int

    @property
    def begins(self) -> float:
        """Seconds since 1970 UTC."""
        return self.series.epoch(self.row)


def metric_onset(
    metrics: pl.DataFrame,
    *,
    alert: Alert,
    window: TimeWindow | None,
    baseline: TimeWindow | None,
    hints: Sequence[SignalHint] = (),
) -> OnsetEstimate | None:
    """Estimate the onset from a metrics frame (``frame_schema(METRICS)``); None where nothing moved.

    Each series votes with the row at which its shape begins; the heaviest group of votes close in time wins and its
    earliest member names the interval, which is one scrape step wide. The vote is the project's own method.
    """
    shaped = shapes_in(metrics, window, baseline, hints)
    movers = [_mover(one, alert) for one in shaped if _has_onset(one)]
    group = heaviest_group(movers, alert.fired_at)
    if not group:
        return None
    first = min(group, key=lambda mover: (mover.begins, mover.series.key))
    return OnsetEstimate(
        by=METRICS,
        earliest=first.series.at(first.row - 1),
        latest=first.series.at(first.row),
        too_early="" if _is_certain(group) else _samples_in_words(first),
    )


def _is_certain(group: Sequence[Mover]) -> bool:
    """Tell whether those that stand out have at least half of the group's say."""
    certain = [mover for mover in group if _stands_out(mover)]
    if len(certain) == 1 and not _stands_out(certain[0], alone=True):
        return False
    return sum(mover.weight for mover in certain) >= _LEAST_SAY * sum(mover.weight for mover in group)


def _stands_out(mover: Mover, *, alone: bool = False) -> bool:
    """Tell whether enough is known of what a series usually was, and it has been outside of that for long enough.

    Rates and quantiles look back over several scrapes, so that neighbours say nearly the same; samples count as
    many as independent ones would say as much, n (1 - r) / (1 + r) with r the correlation of neighbours (Bartlett,
    1935). Where those are few, it must be as far outside as the usual range is too narrow, and not ``alone``.
    """
    before, since = _samples(mover)
    if len(before) < _ENOUGH_BEFORE or len(since) < _ENOUGH_SINCE:
        return False
    low, high = np.quantile(before, _USUAL)
    rises = np.median(since) > np.median(before)
    outside = since - high if rises else low - since
    beyond, r = int((outside > 0).sum()), _correlation(before)
    independent = (1 - r) / (1 + r)
    known = len(before) * independent / _ENOUGH_BEFORE
    far = not alone and high > low and float(np.median(outside)) >= (1 / known - 1) * (high - low)
    enough = max(_ENOUGH_SINCE, _LEAST_BEYOND * len(since), 0 if far and known < 1 else 1 / independent)
    return beyond >= enough and (known >= 1 or far)


def _correlation(values: FloatArray) -> float:
    """The correlation of neighbours, made up for how much few samples hide of it (Marriott and Pope, 1954)."""
    rest = values - values.mean()
    power = float((rest**2).sum())
    r = float((rest[1:] * rest[:-1]).sum()) / power if power > 0 else 0.0
    return min(max(r + (1 + 4 * r) / len(values), 0.0), 0.99)


def _samples(mover: Mover) -> tuple[FloatArray, FloatArray]:
    values = mover.series.values
    before, since = values[: mover.row], values[mover.row : mover.end]
    return before[np.isfinite(before)], since[np.isfinite(since)]


def _samples_in_words(mover: Mover) -> str:
    before, since = _samples(mover)
    return f"too early to say: {len(before)} samples of {mover.series.metric} before it, {len(since)} since"


def heaviest_group(movers: Sequence[Mover], fired_at: datetime | None) -> list[Mover]:
    """The movers of the heaviest group in time, earliest first, with the clear forerunners of it.

    Those that begin after the alert have no vote. A lone early mover is usually drift, so one that comes before the
    group is its forerunner only where it is as clear as the group's members, and none of the group begins it alone that
    is much weaker than they.
    """
    known = [mover for mover in movers if fired_at is None or mover.begins <= _latest(mover, fired_at)]
    ordered = sorted(known or movers, key=lambda one: (one.begins, one.series.key))
    group = max(_groups(ordered), key=lambda one: sum(mover.weight for mover in one), default=[])
    if not group:
        return []
    usual = float(np.median([mover.weight for mover in group]))
    earliest = group[0].begins - _FORERUN_STEPS * group[0].series.step
    ahead = [mover for mover in ordered if earliest <= mover.begins < group[0].begins and mover.weight >= usual]
    return [*ahead, *(mover for mover in group if mover.weight >= _LEAST_SAY * usual)]


def _groups(ordered: Sequence[Mover]) -> list[list[Mover]]:
    groups: list[list[Mover]] = []
    for mover in ordered:
        if groups and mover.begins - groups[-1][-1].begins <= _SPREADING_STEPS * mover.series.step:
            groups[-1].append(mover)
        else:
            groups.append([mover])
    return groups


def combine_onsets(estimates: Sequence[OnsetEstimate]) -> Onset:
    """Combine the sources' estimates, in any order, into one interval.

    One that comes too early to say counts only where another source bears it out, or where there is no other.

    Where they overlap the interval is what they share; else it is the earliest estimate that a second one supports
    within five minutes, or the earliest of all, and ``agree`` is False.
    """
    certain = [one for one in estimates if not one.too_early or _is_borne_out(one, estimates)] or estimates
    ordered = tuple(sorted(certain, key=lambda one: (one.earliest, one.latest, one.by)))
    if not ordered:
        return Onset()
    too_early = next((one.too_early for one in ordered), "") if all(one.too_early for one in ordered) else ""
    start = max(one.earliest for one in ordered)
    end = min(one.latest for one in ordered)
    if start <= end:
        return Onset(earliest=start, latest=end, estimates=ordered, agree=True, too_early=too_early)
    chosen = next((one for one in ordered if _supported(one, ordered)), ordered[0])
    spread = max(one.earliest for one in ordered) - min(one.latest for one in ordered)
    return Onset(
        earliest=chosen.earliest,
        latest=chosen.latest,
        estimates=ordered,
        agree=spread <= timedelta(seconds=_DISAGREE_S),
        too_early=too_early,
    )


def _is_borne_out(one: OnsetEstimate, others: Sequence[OnsetEstimate]) -> bool:
    near = timedelta(seconds=_BORNE_OUT_S)
    return any(
        not other.too_early and other.earliest - near <= one.latest and one.earliest <= other.latest + near
        for other in others
    )


def _supported(one: OnsetEstimate, others: Sequence[OnsetEstimate]) -> bool:
    near = timedelta(seconds=_DISAGREE_S)
    return any(
        other is not one and other.earliest - near <= one.latest and one.earliest <= other.latest + near
        for other in others
    )


def _has_onset(one: ShapedSeries) -> bool:
    """What moves from the first samples on began before them, nobody knows when."""
    if not one.breaks or one.shape in {"none", "periodic", "unclear"}:
        return False
    return int(np.isfinite(one.series.values[: one.breaks[0]]).sum()) >= _FEWEST_BEFORE


def _mover(one: ShapedSeries, alert: Alert) -> Mover:
    worsens = (one.rise > 0) == rises_mean_trouble(one.series.metric)
    alerted = one.series.service == alert.service and alert.service is not None
    weight = one.score * (1.0 if worsens else 0.5) * (1.5 if alerted else 1.0)
    end = one.breaks[1] if one.shape == "spike" else len(one.series.values)
    return Mover(one.series, one.breaks[0], weight, end)


def _latest(mover: Mover, fired_at: datetime) -> float:
    return fired_at.timestamp() + _AFTER_ALERT_STEPS * mover.series.step
