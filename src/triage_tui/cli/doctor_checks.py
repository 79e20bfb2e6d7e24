"""What ``triage doctor`` asks of each source: reachable, authorised, its clock, its latency, and what it lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from triage_tui.cli.live import (
    change_sources,
    endpoint_of,
    health_sources,
    log_files,
    matching_files,
    metrics_server,
    queries_of,
    service_series,
)
from triage_tui.config.settings import Prometheus, Server, Service, Settings
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.source import Source, SourceError
from triage_tui.investigation.time_window import TimeWindow, utc_from_epoch

if TYPE_CHECKING:
    from triage_tui.sources.common.http import Answer, Endpoint
    from triage_tui.sources.prometheus import PrometheusSource

State = Literal["ok", "warning", "failed", "not configured"]

CLOCK_TOLERANCE_S = 2.0
"""The Date header counts whole seconds; beyond this, "since when" would be wrong."""
LOOK_BACK = timedelta(minutes=15)
_HOW = {
    "prometheus": "set PROMETHEUS_URL, or url under [prometheus] in triage.toml",
    "alertmanager": "set ALERTMANAGER_URL, or url under [alertmanager] in triage.toml",
    "grafana": "set GRAFANA_URL, or url under [grafana] in triage.toml",
}
_ASKED = {
    "prometheus": "/api/v1/query?query=time()",
    "alertmanager": "/api/v2/status",
    "grafana": "/api/annotations?limit=1",
}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the answer.

    ``clock_offset_s`` is how far the server's clock is ahead, ``way`` the proxy and the authorities that are used.
    """

    name: str
    state: State
    said: str = ""
    service: str | None = None
    latency_ms: float | None = None
    clock_offset_s: float | None = None
    way: str = ""
    lacks: tuple[str, ...] = ()


async def examined(settings: Settings) -> list[Check]:
    """Ask every configured source once, all at the same time."""
    servers = (
        ("prometheus", settings.prometheus),
        ("alertmanager", settings.alertmanager),
        ("grafana", settings.grafana),
    )
    asked = [_server(name, server) for name, server in servers]
    services = [_service(settings, name, described) for name, described in sorted(settings.services.items())]
    checks = list(await asyncio.gather(*asked))
    of_services = await asyncio.gather(*services)
    return [*checks, *(check for found in of_services for check in found)]


async def _server(name: str, server: Server | None) -> Check:
    from triage_tui.sources.common.http import exchange, json_body, require_success

    if server is None or not server.url:
        return Check(name=name, state="not configured", said=_HOW[name])
    endpoint = endpoint_of(name, server)
    if problem := _secret_problem(server):
        return Check(name=name, state="failed", said=problem, way=_way(endpoint))
    try:
        answer = require_success(endpoint, await exchange(endpoint, "GET", _ASKED[name]))
        body = json_body(endpoint, answer)
    except SourceError as error:
        return Check(name=name, state="failed", said=str(error), way=_way(endpoint))
    offset = _clock_offset(answer, body)
    wrong = offset is not None and abs(offset) > CLOCK_TOLERANCE_S
    said = f"its clock is {abs(offset or 0):.1f} s {'ahead' if (offset or 0) > 0 else 'behind'}" if wrong else ""
    return Check(
        name=name,
        state="warning" if wrong else "ok",
        said=said or endpoint.shown,
        latency_ms=round(answer.seconds * 1000, 1),
        clock_offset_s=offset,
        way=_way(endpoint),
    )


def _secret_problem(server: Server) -> str | None:
    """Say why a token or password cannot be read; one that a command gives is read with the first request."""
    problems = [one.problem() for one in (server.token, server.password) if one is not None]
    return next((problem for problem in problems if problem), None)


def _way(endpoint: Endpoint) -> str:
    ca = f", authorities of {endpoint.ca_file}" if endpoint.ca_file else ""
    return (f"by the proxy {endpoint.proxy}" if endpoint.proxy else "direct") + ca


class _Scalar(msgspec.Struct):
    result: tuple[float, str]


class _Time(msgspec.Struct):
    data: _Scalar


def _clock_offset(answer: Answer, body: object) -> float | None:
    """Return by how many seconds the server's clock is ahead: from what it says is now, else from its Date header."""
    half_way = datetime.now(UTC) - timedelta(seconds=answer.seconds / 2)
    try:
        server_time: datetime | None = utc_from_epoch(msgspec.convert(body, _Time).data.result[0])
    except msgspec.ValidationError:
        server_time = answer.date
    return None if server_time is None else round((server_time - half_way).total_seconds(), 1)


async def _service(settings: Settings, name: str, described: Service) -> list[Check]:
    window = TimeWindow(datetime.now(UTC) - LOOK_BACK, datetime.now(UTC))
    found = [_logs(name, described)] if described.logs else []
    asked = [_fetched(name, source, window) for source in _sources(settings, name, described)]
    if settings.prometheus is not None and settings.prometheus.url and (described.metrics or described.signals):
        asked.append(_metrics(settings, settings.prometheus, name, described, window))
    return [*found, *await asyncio.gather(*asked)]


def _sources(settings: Settings, name: str, described: Service) -> Iterator[Source]:
    yield from change_sources(settings, name, described)
    yield from health_sources(settings, described)
    if settings.prometheus is not None and settings.prometheus.url and described.selector and described.ranked_series:
        yield service_series(metrics_server(settings.prometheus), described, ())


async def _fetched(service: str, source: Source, window: TimeWindow) -> Check:
    began = monotonic()
    try:
        evidence = await source.fetch(window)
    except SourceError as error:
        return Check(name=source.name, service=service, state="failed", said=str(error))
    lost = _lost_probes(evidence.frame.to_dicts()) if evidence.kind is EvidenceKind.HEALTH else []
    return Check(
        name=source.name,
        service=service,
        state="warning" if lost or not evidence.completeness.complete else "ok",
        said="; ".join(lost) or evidence.completeness.note or f"{evidence.frame.height} found",
        latency_ms=round((monotonic() - began) * 1000, 1),
    )


def _lost_probes(rows: list[dict[str, Any]]) -> list[str]:
    """Say which targets do not do at present, from wherever they are asked."""
    latest = {(row["target"], row["vantage"]): row for row in rows}
    return [_lost(row) for row in latest.values() if row["ok"] is False]


def _lost(row: dict[str, Any]) -> str:
    answer = "no answer" if row["status"] is None else f"answered {row['status']}"
    return (
        row["note"] if row["vantage"] == "here" and row["note"] else f"{row['target']} from {row['vantage']}: {answer}"
    )


def _logs(service: str, described: Service) -> Check:
    empty = tuple(f"no file matches {pattern}" for pattern in described.logs if not list(matching_files(pattern)))
    paths = log_files(described)
    unreadable = tuple(f"{path} cannot be read" for path in paths if not _can_read(path))
    said = f"{len(paths)} file{'s' if len(paths) != 1 else ''}"
    state: State = "failed" if unreadable or not paths else "warning" if empty else "ok"
    return Check(name="logs", service=service, state=state, said=said, lacks=(*empty, *unreadable))


def _can_read(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


async def _metrics(
    settings: Settings, server: Prometheus, service: str, described: Service, window: TimeWindow
) -> Check:
    """Ask each query of a service, and for the metric that tells whether a ready-made set can answer."""
    from triage_tui.sources.prometheus import PrometheusSource

    try:
        queries = list(queries_of(settings, service, described))
        source = PrometheusSource(metrics_server(server), queries)
        lacks = [*await _lacking_probes(source, described), *await _silent_queries(source, window)]
    except SourceError as error:
        return Check(name="metrics", service=service, state="failed", said=str(error))
    said = f"{len(queries) - sum(1 for one in lacks if one.startswith('query'))} of {len(queries)} queries answered"
    return Check(name="metrics", service=service, state="warning" if lacks else "ok", said=said, lacks=tuple(lacks))


async def _lacking_probes(source: PrometheusSource, described: Service) -> list[str]:
    from triage_tui.sources.common.signal_queries import metric_sets

    if not described.metrics:
        return []
    known = set(await source.server.metric_names())
    probes = {name: metric_sets()[name].probe for name in described.metrics}
    return [
        f"the set {name} needs {probe}, which the server lacks" for name, probe in probes.items() if probe not in known
    ]


async def _silent_queries(source: PrometheusSource, window: TimeWindow) -> list[str]:
    lacks = []
    for query in source.queries:
        try:
            answer = await source.query_range(query, window)
        except SourceError as error:
            lacks.append(f"query {query.metric}: {error}")
        else:
            if not answer.frame.height:
                lacks.append(f"query {query.metric} gives no series: {query.promql}")
    return lacks
