"""What a metrics server has of a service: which queries give series, and which ready-made sets can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage_tui.cli.doctor_servers import Check, State
from triage_tui.cli.live import metrics_server, queries_of
from triage_tui.config.settings import Prometheus, Service, Settings
from triage_tui.investigation.source import SourceError, SourceUnavailable
from triage_tui.investigation.time_window import TimeWindow

if TYPE_CHECKING:
    from triage_tui.sources.common.metrics_server import MetricsServer
    from triage_tui.sources.prometheus import PrometheusSource

MOST_NAMED = 8
_LABELS = ("service", "job")


async def metrics_check(
    settings: Settings, server: Prometheus, service: str, lost: Check | None, window: TimeWindow
) -> Check:
    """Ask each query of a service, and for the metric that tells whether a ready-made set can answer.

    Where the server is ``lost`` it is not asked.
    """
    from triage_tui.sources.prometheus import PrometheusSource

    if lost is not None:
        return Check(name="metrics", service=service, state="failed", said=f"not asked, since {lost.name} failed")
    described = settings.services[service]
    try:
        queries = list(queries_of(settings, service, described))
        source = PrometheusSource(metrics_server(server), queries)
        silent = await _silent_queries(source, window)
        lacks = [*await _lacking_probes(source, described), *silent]
        if len(silent) == len(queries):
            lacks = [f"any series of {service} in this time{await _known(source.server)}", *lacks]
    except SourceError as error:
        reached = False if isinstance(error, SourceUnavailable) else None
        return Check(name="metrics", service=service, state="failed", said=str(error), reachable=reached)
    said = f"{len(queries) - len(silent)} of {len(queries)} queries answered"
    state: State = "warning" if lacks else "ok"
    return Check(name="metrics", service=service, state=state, said=said, reachable=True, lacks=tuple(lacks))


async def _known(server: MetricsServer) -> str:
    """Name what the server knows instead; "" where it knows no service at all."""
    for label in _LABELS:
        values = await server.label_values(label)
        if values:
            more = ", …" if len(values) > MOST_NAMED else ""
            return f"; the values of {label} are {', '.join(values[:MOST_NAMED])}{more}"
    return ""


async def _lacking_probes(source: PrometheusSource, described: Service) -> list[str]:
    from triage_tui.sources.common.signal_queries import metric_sets

    if not described.metrics:
        return []
    known = set(await source.server.metric_names())
    probes = {name: metric_sets()[name].probe for name in described.metrics}
    return [f"{probe}, which the set {name} needs" for name, probe in probes.items() if probe not in known]


async def _silent_queries(source: PrometheusSource, window: TimeWindow) -> list[str]:
    """Say of each query that gives nothing why; raises ``SourceUnavailable`` where the server stops answering."""
    silent = []
    for query in source.queries:
        try:
            answer = await source.query_range(query, window)
        except SourceUnavailable:
            raise
        except SourceError as error:
            silent.append(f"an answer to {query.metric}: {error}")
        else:
            if not answer.frame.height:
                silent.append(f"series for {query.metric}: {query.promql}")
    return silent
