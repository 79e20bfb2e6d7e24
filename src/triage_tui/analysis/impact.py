"""Who and what is hurt, since when, and is it getting worse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp, log, sqrt

import numpy as np
import polars as pl

from triage_tui.analysis.findings_text import ratio
from triage_tui.analysis.impact_metrics import MeteredImpact
from triage_tui.analysis.probes import View, told, views_of
from triage_tui.analysis.request_outcomes import Outcomes
from triage_tui.analysis.surges import Surge
from triage_tui.analysis.templates import mine_templates
from triage_tui.investigation.findings import (
    Alert,
    EndpointImpact,
    Impact,
    Onset,
    OnsetEstimate,
    ServiceState,
    Trend,
)
from triage_tui.investigation.time_window import TimeWindow

_MOST_ENDPOINTS = 20
_OF_A_SIZE = 0.2  # of the main surge's rate
_LEAST_FOR_TREND = 12
_DUE_IN_SILENCE = 5
_MOST_TOLD = 100  # a rate that grew by more in ten minutes was carried on from a much shorter span
_STEADY = 0.1  # a relative change in ten minutes that nobody would call worsening
_DOWN, _DEGRADED = 0.9, 0.01  # of the requests fail
_Z = 1.96


def impact_of(
    found: Outcomes | None,
    health: pl.DataFrame | None,
    alert: Alert,
    *,
    onset: Onset,
    window: TimeWindow | None,
    metered: MeteredImpact | None,
) -> Impact:
    """Measure the impact since the onset, within the window; of all of it where nothing started.

    Requests are those that were read out of the logs; where there are none, errors and endpoints are ``metered``.
    ``health`` follows ``frame_schema(HEALTH)``. ``users`` falls back to the alert's own count.
    """
    since = onset.earliest
    requests = None if found is None else _hurt(found, since, window)
    probes = _probes(health, since, window)
    if requests is None or requests.is_empty():
        return _metered(metered, probes, alert)
    failures = requests.filter("failed")
    state, because = _state(failures.height, requests.height, probes)
    trend = _trend(failures, requests)
    return Impact(
        errors=failures.height,
        users=_users(failures, alert),
        endpoints=_endpoints(requests),
        trend=trend,
        state=state,
        because=because,
        over_since=None if state == "up" else _over_since(trend, probes),
    )


def _over_since(trend: Trend, probes: pl.DataFrame | None) -> datetime | None:
    """Return since when nothing fails any more, None while something does."""
    views = () if probes is None else views_of(probes)
    if trend.last_error_at is None or not all(view.last_ok for view in views):
        return None
    return max([trend.last_error_at, *(view.turned_at for view in views if view.hurt)])


def _metered(metered: MeteredImpact | None, probes: pl.DataFrame | None, alert: Alert) -> Impact:
    if metered is None:
        state, because = _state(None, None, probes)
        return Impact(errors=alert.count, users=alert.users, state=state, because=because)
    state, because = _state(metered.errors, metered.requests, probes)
    return Impact(
        errors=metered.errors,
        users=alert.users,
        endpoints=metered.endpoints[:_MOST_ENDPOINTS],
        state=state,
        because=because,
    )


def onset_of(found: Outcomes, surges: Sequence[Surge], alert: Alert | None = None) -> OnsetEstimate | None:
    """Estimate from requests that were read out of the logs when the trouble started; None in a calm log.

    The interval reaches from the last good request before the surge's first failure to that failure, and to its third
    one where the failures are sparse.
    The surge is the one that the alert names, else the most evident one; other surges count where they are of a size
    with it, so that the first sparse errors of another kind do not pass for the beginning.
    """
    if not surges:
        return None
    named = [surge for surge in surges if alert is not None and _names(alert, surge)]
    main = (named or list(surges))[0]
    alike = [
        surge for surge in surges if surge.after_per_min >= _OF_A_SIZE * main.after_per_min and surge.end >= main.start
    ]
    first = min((main, *alike), key=lambda surge: surge.start)
    return OnsetEstimate(by="log errors", earliest=_last_good(found, first), latest=first.start)


def _names(alert: Alert, surge: Surge) -> bool:
    told = [text for text in (alert.exception, alert.title) if text]
    return bool(told) and bool(set(mine_templates(pl.Series(told)).of_row.to_list()) & {surge.template})


def _last_good(found: Outcomes, surge: Surge) -> datetime:
    good = found.requests.filter(~pl.col("failed") & (pl.col("until") < surge.start))["until"].max()
    return max(good, surge.start - timedelta(minutes=2)) if isinstance(good, datetime) else surge.start


def _hurt(found: Outcomes, since: datetime | None, window: TimeWindow | None) -> pl.DataFrame:
    requests = found.requests
    if window is not None:
        requests = requests.filter(pl.col("until").is_between(window.start, window.end, closed="left"))
    return requests.filter(pl.col("until") >= since) if since is not None else requests


def _users(failures: pl.DataFrame, alert: Alert) -> int | None:
    for field in ("user", "client"):
        known = failures[field].drop_nulls()
        if len(known):
            return known.n_unique()
    return alert.users


def _endpoints(requests: pl.DataFrame) -> tuple[EndpointImpact, ...]:
    counts = (
        requests.filter(pl.col("route").is_not_null())
        .group_by("route")
        .agg(pl.col("failed").sum().alias("errors"), pl.len().alias("requests"))
        .filter(pl.col("errors") > 0)
        .sort(["errors", "route"], descending=[True, False])
    )
    return tuple(
        EndpointImpact(endpoint=route, errors=errors, requests=total, error_ratio=round(errors / total, 4))
        for route, errors, total in counts.head(_MOST_ENDPOINTS).iter_rows()
    )


def _trend(failures: pl.DataFrame, requests: pl.DataFrame) -> Trend:
    """Fit a log-linear rate to the error times (Cox and Lewis, 1966: the Laplace trend test of a Poisson process).

    Errors that have stopped are improving, whatever they did before: a silence in which five were due at their rate
    so far has a chance under one percent.
    """
    count = failures.height
    start, end = requests["time"].min(), requests["until"].max()
    if count < _LEAST_FOR_TREND or not isinstance(start, datetime) or not isinstance(end, datetime) or start >= end:
        return Trend(n=count)
    last = failures["error_time"].max()
    if isinstance(last, datetime) and _has_stopped(count, start, last, end):
        return Trend(verdict="improving", per_10_min=-1.0, n=count, last_error_at=last)
    span = (end - start).total_seconds()
    places = failures.select((pl.col("error_time") - start).dt.total_microseconds() / 1e6 / span).to_series().to_numpy()
    mean = float(np.mean(places))
    slope = _exponential_slope(mean)
    exponent = slope * 600 / span
    # Beyond that, and with all errors at one end, the rate says no more than that they began just now.
    per_10_min = exp(exponent) - 1 if abs(slope) < 50 and exponent < log(_MOST_TOLD) else None  # noqa: PLR2004
    certain = abs(mean - 0.5) > _Z / sqrt(12 * count)
    if per_10_min is not None and abs(per_10_min) < _STEADY:
        return Trend(verdict="steady", per_10_min=round(per_10_min, 4), n=count)
    shown = None if per_10_min is None else round(per_10_min, 4)
    if not certain:
        return Trend(verdict="unclear", per_10_min=shown, n=count)
    return Trend(verdict="worsening" if mean > 0.5 else "improving", per_10_min=shown, n=count)  # noqa: PLR2004 - the middle


def _has_stopped(count: int, start: datetime, last: datetime, end: datetime) -> bool:
    return last > start and count * ((end - last) / (last - start)) >= _DUE_IN_SILENCE


def _exponential_slope(mean: float) -> float:
    """The slope b of a density proportional to exp(b x) on [0, 1] that has this mean, by bisection."""
    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        if _mean_of(middle) < mean:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _mean_of(slope: float) -> float:
    if abs(slope) < 1e-6:  # noqa: PLR2004 - the limit of a flat density
        return 0.5
    return 1 / (1 - exp(-slope)) - 1 / slope


def _probes(health: pl.DataFrame | None, since: datetime | None, window: TimeWindow | None) -> pl.DataFrame | None:
    if health is None:
        return None
    probes = health.filter(pl.col("ok").is_not_null())
    if window is not None:
        probes = probes.filter(pl.col("time").is_between(window.start, window.end, closed="left"))
    return probes.filter(pl.col("time") >= since) if since is not None else probes


def _state(
    errors: int | None, requests: int | None, probes: pl.DataFrame | None
) -> tuple[ServiceState, tuple[str, ...]]:
    """Down needs both: nothing answers, from wherever it is asked, and nearly every request fails."""
    views = () if probes is None else views_of(probes)
    because = told(views)
    failing = None
    if errors is not None and requests:
        failing = errors / requests
        because.append(f"{errors:,} of {requests:,} requests failed ({ratio(failing)})")
    return _verdict(failing, views), tuple(because)


def _verdict(failing: float | None, views: Sequence[View]) -> ServiceState:
    if failing is None and not views:
        return "unknown"
    dead, silent = failing is None or failing >= _DOWN, all(view.silent for view in views)
    if dead and silent:
        return "down"
    hurt = (failing or 0) >= _DEGRADED or any(view.hurt or view.silent for view in views)
    return "degraded" if hurt else "up"
