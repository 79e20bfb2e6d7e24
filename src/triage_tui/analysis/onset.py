"""When did it start? One interval a source, a vote among the metrics, and a combination that shows disagreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from triage_tui.analysis.metric_shapes import shapes_in
from triage_tui.analysis.metric_shapes_model import ShapedSeries
from triage_tui.analysis.series import Series, rises_mean_trouble
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


@dataclass(frozen=True, slots=True, eq=False)
class Mover:
    """A series and the row at which it leaves its past; ``weight`` is its say in the vote."""

    series: Series
    row: int
    weight: float

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
    return OnsetEstimate(by=METRICS, earliest=first.series.at(first.row - 1), latest=first.series.at(first.row))


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

    Where they overlap the interval is what they share; else it is the earliest estimate that a second one supports
    within five minutes, or the earliest of all, and ``agree`` is False.
    """
    ordered = tuple(sorted(estimates, key=lambda one: (one.earliest, one.latest, one.by)))
    if not ordered:
        return Onset()
    start = max(one.earliest for one in ordered)
    end = min(one.latest for one in ordered)
    if start <= end:
        return Onset(earliest=start, latest=end, estimates=ordered, agree=True)
    chosen = next((one for one in ordered if _supported(one, ordered)), ordered[0])
    spread = max(one.earliest for one in ordered) - min(one.latest for one in ordered)
    return Onset(
        earliest=chosen.earliest,
        latest=chosen.latest,
        estimates=ordered,
        agree=spread <= timedelta(seconds=_DISAGREE_S),
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
    return Mover(one.series, one.breaks[0], one.score * (1.0 if worsens else 0.5) * (1.5 if alerted else 1.0))


def _latest(mover: Mover, fired_at: datetime) -> float:
    return fired_at.timestamp() + _AFTER_ALERT_STEPS * mover.series.step
