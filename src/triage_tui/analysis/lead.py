"""Who moved first: latency or a resource before the errors; and whether errors only follow the traffic."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import polars as pl

from triage_tui.analysis.metric_shapes import shapes_in
from triage_tui.analysis.metric_shapes_model import ShapedSeries
from triage_tui.analysis.series import FloatArray, rises_mean_trouble
from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Alert, Lead, Traffic
from triage_tui.investigation.time_window import TimeWindow

_LEAST_LEAD_STEPS = 2.0
_RATIO_NAME = re.compile(r"ratio|pct|percent|rate$|%|share")
# Traffic explains errors where it grew by a fifth and the ratio of the two stayed within these bounds.
_LEAST_GROWTH = 1.2
_STEADY_RATIO = 1.5
_LEAST_FOLLOWING = 0.5


def find_lead(
    metrics: pl.DataFrame,
    *,
    alert: Alert,
    window: TimeWindow | None,
    baseline: TimeWindow | None,
    hints: Sequence[SignalHint] = (),
) -> Lead | None:
    """Name the latency or saturation signal that moved before errors did, and by how much; None where none did.

    ``metrics`` follows ``frame_schema(METRICS)``. ``uncertainty_s`` is one scrape step of each of the two, or a fifth
    of the rise where one of them creeps. The project's own rule: the onsets of two fitted shapes are compared.
    """
    shaped = [one for one in shapes_in(metrics, window, baseline, hints) if one.breaks]
    errors = _errors(shaped, alert)
    if errors is None:
        return None
    earlier = [one for one in shaped if _may_lead(one, errors)]
    first = max(earlier, key=lambda one: _explains(one, errors), default=None)
    if first is None:
        return None
    return Lead(
        first=(first.series.service, first.series.metric),
        then=(errors.series.service, errors.series.metric),
        seconds=_begins(errors) - _begins(first),
        uncertainty_s=_uncertainty(first) + _uncertainty(errors),
    )


def traffic_driven(
    metrics: pl.DataFrame,
    *,
    alert: Alert,
    window: TimeWindow | None,
    baseline: TimeWindow | None,
    hints: Sequence[SignalHint] = (),
) -> Traffic | None:
    """Tell whether errors rose in proportion to requests; None where either is not measured for the service.

    The ratios are errors per request before and after the change of traffic, or of the errors where traffic did not
    change.
    """
    shaped = shapes_in(metrics, window, baseline, hints)
    requests = _of_role(shaped, "traffic", alert)
    errors = _error_rate(shaped, requests, alert) if requests is not None else None
    if requests is None or errors is None:
        return None
    return _traffic(requests, errors)


def _traffic(requests: ShapedSeries, errors: FloatArray) -> Traffic | None:
    rates = requests.series.values
    split = requests.breaks[0] if requests.breaks else len(rates) // 2
    end = requests.breaks[1] if len(requests.breaks) > 1 and requests.breaks[1] > split + 1 else len(rates)
    after = slice(split, end if requests.shape == "spike" else len(rates))
    both = np.isfinite(rates) & np.isfinite(errors)
    totals = [
        (float(errors[part][both[part]].sum()), float(rates[part][both[part]].sum()), int(both[part].sum()))
        for part in (slice(0, split), after)
    ]
    if any(requests_sum <= 0 for _, requests_sum, _ in totals):
        return None
    before, later = (error_sum / request_sum for error_sum, request_sum, _ in totals)
    growth = (totals[1][1] / totals[1][2]) / (totals[0][1] / totals[0][2])
    followed = (totals[1][0] / totals[1][2]) / max(totals[0][0] / totals[0][2], 1e-12)
    steady = 1 / _STEADY_RATIO <= later / max(before, 1e-12) <= _STEADY_RATIO
    follows = followed >= 1 + _LEAST_FOLLOWING * (growth - 1)
    driven = requests.shape in {"step", "spike", "creep"} and growth >= _LEAST_GROWTH and steady and follows
    return Traffic(driven=driven, ratio_before=before, ratio_after=later)


def _of_role(shaped: Sequence[ShapedSeries], role: str, alert: Alert) -> ShapedSeries | None:
    of_role = [one for one in shaped if one.series.role == role and not _RATIO_NAME.search(one.series.metric.lower())]
    return max(
        of_role,
        key=lambda one: (
            one.series.service == alert.service,
            "request" in one.series.metric.lower(),
            one.score,
            one.series.key,
        ),
        default=None,
    )


def _error_rate(shaped: Sequence[ShapedSeries], requests: ShapedSeries, alert: Alert) -> FloatArray | None:
    """Errors a second on the grid of the requests; a ratio is multiplied out."""
    same = [one for one in shaped if one.series.role == "errors" and one.series.service == requests.series.service]
    same = [one for one in same if rises_mean_trouble(one.series.metric) and len(one.series.values)]
    best = max(
        same,
        key=lambda one: (not _RATIO_NAME.search(one.series.metric), one.series.metric == alert.metric, one.series.key),
        default=None,
    )
    if best is None:
        return None
    rows = np.rint(
        (best.series.start - requests.series.start) / requests.series.step
        + np.arange(len(best.series.values)) * best.series.step / requests.series.step
    ).astype(int)
    inside = (rows >= 0) & (rows < len(requests.series.values))
    aligned = np.full(len(requests.series.values), np.nan)
    aligned[rows[inside]] = best.series.values[inside]
    return aligned * requests.series.values if _RATIO_NAME.search(best.series.metric.lower()) else aligned


def _errors(shaped: Sequence[ShapedSeries], alert: Alert) -> ShapedSeries | None:
    errors = [one for one in shaped if one.series.role == "errors" and _worsens(one)]
    return max(
        errors,
        key=lambda one: (
            one.series.metric == alert.metric and one.series.service == alert.service,
            one.series.service == alert.service,
            one.score,
            one.series.key,
        ),
        default=None,
    )


def _may_lead(one: ShapedSeries, errors: ShapedSeries) -> bool:
    if one.series.role not in {"latency", "saturation"} or not _worsens(one) or one.shape == "periodic":
        return False
    return _begins(errors) - _begins(one) > _LEAST_LEAD_STEPS * max(one.series.step, errors.series.step)


def _explains(one: ShapedSeries, errors: ShapedSeries) -> tuple[bool, bool, float, tuple[str, ...]]:
    """Order the earlier signals: of the failing service, at a cap that is known, by how much they moved."""
    capped = one.series.cap is not None and one.at_cap_row is not None
    return one.series.service == errors.series.service, capped, one.score, one.series.key


def _worsens(one: ShapedSeries) -> bool:
    return (one.rise > 0) == rises_mean_trouble(one.series.metric)


def _begins(one: ShapedSeries) -> float:
    return one.series.epoch(one.breaks[0])


def _uncertainty(one: ShapedSeries) -> float:
    slow = one.shape in {"creep", "saturated"} and len(one.breaks) > 1
    rows = max(1.0, 0.2 * (one.breaks[1] - one.breaks[0])) if slow else 1.0
    return rows * one.series.step
