"""The impact as far as metrics tell it, for services whose logs are not at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from triage_tui.analysis.series import Series, rises_mean_trouble, series_of
from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Alert, EndpointImpact
from triage_tui.investigation.time_window import TimeWindow

_ROUTE_LABELS = ("route", "http_route", "handler", "endpoint", "path", "uri", "url")
_METHOD_LABELS = ("method", "http_method", "http_request_method", "verb")


@dataclass(frozen=True, slots=True)
class MeteredImpact:
    """Errors and requests since the onset, counted from rates; ``requests`` is None where no rate of them is known."""

    errors: int
    requests: int | None
    endpoints: tuple[EndpointImpact, ...]


def metered_impact(
    metrics: pl.DataFrame,
    alert: Alert,
    *,
    since: datetime | None,
    window: TimeWindow | None,
    hints: Sequence[SignalHint] = (),
) -> MeteredImpact | None:
    """Count errors and requests from the rates per second of a metrics frame; None without a rate of errors.

    Ratios are left out, since they cannot be counted; of several services only the alert's own counts.
    """
    series = [one for one in series_of(metrics, hints) if alert.service in (None, one.service)]
    errors = [one for one in series if one.role == "errors" and rises_mean_trouble(one.metric) and _is_rate(one)]
    if not errors:
        return None
    requests = [one for one in series if one.role == "traffic" and _is_rate(one) and "byte" not in one.metric]
    per_route, totals = _counts(errors, since, window), _counts(requests, since, window)
    endpoints = [_endpoint(route, count, totals.get(route)) for route, count in per_route.items() if route and count]
    return MeteredImpact(
        errors=sum(per_route.values()),
        requests=sum(totals.values()) if requests else None,
        endpoints=tuple(sorted(endpoints, key=lambda one: (-one.errors, one.endpoint))),
    )


def _is_rate(one: Series) -> bool:
    name = one.metric.lower()
    return one.raised or any(word in name for word in ("per_second", "per_sec", "_rps", "_qps"))


def _counts(series: Sequence[Series], since: datetime | None, window: TimeWindow | None) -> dict[str | None, int]:
    sums: dict[str | None, float] = defaultdict(float)
    for one in series:
        rows = one.rows(window) if window is not None else slice(0, len(one.values))
        start = rows.start if since is None else max(one.row(since), rows.start)
        sums[_route(one)] += float(np.nansum(one.values[start : rows.stop]) * one.step)
    return {route: round(total) for route, total in sums.items()}


def _route(one: Series) -> str | None:
    labels = one.label_map
    route = next((labels[name] for name in _ROUTE_LABELS if name in labels), None)
    method = next((labels[name] for name in _METHOD_LABELS if name in labels), None)
    return f"{method} {route}" if route and method and " " not in route else route


def _endpoint(route: str, errors: int, requests: int | None) -> EndpointImpact:
    ratio = round(errors / requests, 4) if requests else None
    return EndpointImpact(endpoint=route, errors=errors, requests=requests, error_ratio=ratio)
