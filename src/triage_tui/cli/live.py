"""From settings and an alert to a case on running systems."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from triage_tui.config import config_folder
from triage_tui.config.paths import path_named
from triage_tui.config.settings import Prometheus, Server, Service, Settings
from triage_tui.config.zones import parse_zone
from triage_tui.investigation.case import Case
from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.journal import new_investigation_id
from triage_tui.investigation.refresh import RefreshPolicy
from triage_tui.investigation.source import Source, SourceRejected
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow

if TYPE_CHECKING:
    from triage_tui.sources.common.alert_list import ListedAlert
    from triage_tui.sources.common.http import Endpoint
    from triage_tui.sources.common.metrics_server import MetricsServer
    from triage_tui.sources.common.signal_queries import SignalQuery
    from triage_tui.sources.service_series import ServiceSeries

DEFAULT_SPAN = timedelta(minutes=90)
_RATE_SCRAPES = 4
"""How many scrape intervals a rate looks back: PromQL needs two samples, and one scrape may fail."""


def endpoint_of(name: str, server: Server, url: str | None = None) -> Endpoint:
    """Return a server as the sources want it; raises ``SourceRejected`` where it has no address."""
    from triage_tui.sources.common.http import Credentials, Endpoint

    address = url or server.url
    if not address:
        raise SourceRejected(f"{name}: no address; set url under [{name}] in triage.toml")
    headers = {"X-Scope-OrgID": server.org_id} if server.org_id else {}
    return Endpoint(
        name=name,
        url=address,
        credentials=Credentials(server.username, server.password, server.token, headers),
        deadline_s=server.deadline_s,
        ca_file=_expanded(server.ca_file),
        client_cert=_expanded(server.client_cert),
        client_key=_expanded(server.client_key),
    )


def _expanded(path: str | None) -> str | None:
    return str(path_named(path)) if path else None


def shown_address(url: str) -> str:
    """Name an address by its host and path: what may be secret, the user part and the query, is left away."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else "?"


def metrics_server(server: Prometheus) -> MetricsServer:
    """Return the metrics server of the settings; raises ``SourceRejected`` where it has no address."""
    from triage_tui.sources.common.metrics_server import MetricsServer

    return MetricsServer(
        endpoint_of("prometheus", server),
        scrape_interval_s=server.scrape_interval_s,
        max_samples=server.max_samples,
    )


class AmbiguousAlert(SourceRejected):
    """Several alerts are meant; the message names them by their fingerprints."""


def meant_alert(listed: Sequence[ListedAlert], wanted: str) -> Alert:
    """Return the alert that a person means, or else their own words; raises ``AmbiguousAlert``."""
    from triage_tui.sources.common.alert_decoding import alert_from_text

    matching = [one for one in listed if one.matches(wanted)]
    notifying = [one for one in matching if not one.muted_by] or matching
    if len(notifying) > 1:
        named = ", ".join(f"{one.fingerprint} ({one.alert.service or one.name})" for one in notifying[:5])
        raise AmbiguousAlert(f"{wanted!r} matches {len(notifying)} alerts: {named}; name one by its fingerprint")
    return notifying[0].alert if notifying else alert_from_text(wanted)


def listed_alerts(settings: Settings) -> tuple[ListedAlert, ...]:
    """Return what Alertmanager lists; nothing where none is configured. Raises ``SourceError``."""
    from triage_tui.sources.common.alert_list import AlertmanagerAlerts

    if settings.alertmanager is None:
        return ()
    return asyncio.run(AlertmanagerAlerts(endpoint_of("alertmanager", settings.alertmanager)).listed())


def compose_live(settings: Settings, alert: Alert, *, service: str | None = None, now: datetime | None = None) -> Case:
    """Return the case of a service that is running; its window ends now and follows it.

    Raises ``SourceRejected`` where nothing is configured for the service.
    """
    until = now or datetime.now(UTC)
    name, described = _service(settings, service or alert.service)
    alert = msgspec.structs.replace(alert, service=alert.service or name)
    sources = tuple(_sources(settings, name, described))
    if not sources:
        raise SourceRejected("no source is configured; `triage doctor --write-config` makes a first triage.toml")
    return Case(
        investigation_id=new_investigation_id(until),
        title=alert.title or name or "untitled",
        inputs=CaseInputs(live=name or ""),
        alert=alert,
        window=TimeWindow(_began(alert, until), until),
        hints=tuple(_hints(settings, name, described)),
        sources=(*sources, *_alert_sources(settings, alert)),
        live=True,
        refresh=RefreshPolicy(interval_s=settings.refresh_s),
    )


def _began(alert: Alert, until: datetime) -> datetime:
    """Look back far enough to see what was normal before the alert."""
    seen = alert.first_seen or alert.fired_at
    return (
        min(until - DEFAULT_SPAN, seen - DEFAULT_SPAN / 2)
        if seen is not None and seen < until
        else until - DEFAULT_SPAN
    )


def _service(settings: Settings, wanted: str | None) -> tuple[str | None, Service]:
    if wanted is not None and wanted in settings.services:
        return wanted, settings.services[wanted]
    if wanted is None and len(settings.services) == 1:
        return next(iter(settings.services.items()))
    return wanted, Service()


def queries_of(settings: Settings, name: str | None, described: Service) -> Iterator[SignalQuery]:
    """Give a service's own queries and those of its ready-made sets; raises ``SourceRejected`` for an unknown set."""
    from triage_tui.sources.common.signal_queries import SignalQuery, metric_sets, ready_made

    scrape = settings.prometheus.scrape_interval_s if settings.prometheus else 15.0
    for one in described.metrics:
        if one not in metric_sets():
            near = get_close_matches(one, metric_sets(), n=1)
            known = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(metric_sets()))}"
            raise SourceRejected(f"services.{name}.metrics: there is no set {one!r}; {known}")
        yield from ready_made(
            one,
            service=name or "",
            selector=described.selector,
            rate_window_s=rate_window_s(scrape),
            host_selector=described.hosts,
        )
    for own in described.signals:
        yield SignalQuery(own.metric, own.promql, name, own.role, own.unit, own.cap)


def _hints(settings: Settings, name: str | None, described: Service) -> Iterator[SignalHint]:
    for one in queries_of(settings, name, described):
        yield SignalHint(one.metric, one.service, one.role, one.unit, one.cap)


def _sources(settings: Settings, name: str | None, described: Service) -> Iterator[Source]:
    from triage_tui.sources.prometheus import PrometheusSource

    queries = tuple(queries_of(settings, name, described))
    if settings.prometheus is not None and settings.prometheus.url:
        server = metrics_server(settings.prometheus)
        if queries:
            yield PrometheusSource(server, queries)
        if described.selector and described.ranked_series > 0:
            yield service_series(server, described, [one.promql for one in queries])
    yield from _log_sources(settings, described)
    yield from change_sources(settings, name, described)
    yield from health_sources(settings, described)


def _alert_sources(settings: Settings, alert: Alert) -> Iterator[Source]:
    """Give the source that asks again how the alert fares, where it is one of Alertmanager's."""
    from triage_tui.sources.alertmanager import AlertWatch

    if settings.alertmanager is not None and settings.alertmanager.url and alert.fingerprint:
        rules = settings.prometheus if settings.prometheus is not None and settings.prometheus.url else None
        metrics = metrics_server(rules) if rules is not None else None
        yield AlertWatch(endpoint_of("alertmanager", settings.alertmanager), alert, metrics)


def health_sources(settings: Settings, described: Service) -> Iterator[Source]:
    """Give the source that probes a service's health addresses, and the one of its probes from outside."""
    from triage_tui.sources.blackbox import BlackboxProbes
    from triage_tui.sources.health import HealthSource

    if described.health:
        targets = [endpoint_of(shown_address(url), Server(), url) for url in described.health]
        yield HealthSource("health", targets)
    probed = described.probes or (described.selector if "blackbox" in described.metrics else "")
    if probed and settings.prometheus is not None and settings.prometheus.url:
        yield BlackboxProbes(metrics_server(settings.prometheus), probed, described.vantage)


def service_series(server: MetricsServer, described: Service, asked_already: Iterable[str]) -> ServiceSeries:
    """Return the source of all series that a service's selector chooses."""
    from triage_tui.sources.service_series import ServiceSeries

    return ServiceSeries(
        server,
        described.selector,
        most_series=described.ranked_series,
        rate_window_s=rate_window_s(server.scrape_interval_s),
        asked_already=asked_already,
    )


def rate_window_s(scrape_interval_s: float) -> float:
    """Return how many seconds a rate looks back."""
    return max(_RATE_SCRAPES * scrape_interval_s, 1.0)


def _log_sources(settings: Settings, described: Service) -> Iterator[Source]:
    from triage_tui.logs.log_input import LogOptions
    from triage_tui.sources.log_globs import LogGlobs

    if described.logs:
        options = LogOptions(
            assumed_zone=parse_zone(settings.timezone),
            id_fields=frozenset(described.correlation_fields),
            user_formats=config_folder() / "formats",
        )
        yield LogGlobs(described.logs, partial(log_files, described), options)


def log_files(described: Service) -> list[Path]:
    """Return the log files of a service that are there."""
    return sorted({path for pattern in described.logs for path in matching_files(pattern)})


def matching_files(pattern: str) -> Iterator[Path]:
    """Give the files that a glob matches, from the working folder on where it is relative.

    As in a shell, ``**`` beside other characters is one ``*``.
    """
    steps = (step if step == "**" else re.sub(r"\*+", "*", step) for step in pattern.split("/"))
    whole = path_named("/".join(steps)).absolute()
    found = Path(whole.anchor).glob(str(whole.relative_to(whole.anchor)))
    return (path for path in found if not path.is_dir())


def change_sources(settings: Settings, name: str | None, described: Service) -> Iterator[Source]:
    """Give the sources of a service's changes."""
    from triage_tui.sources.change_files import ChangeFile
    from triage_tui.sources.deploy_feed import DeployLogUrl, GrafanaAnnotations
    from triage_tui.sources.git_history import GitHistory
    from triage_tui.sources.kubernetes import KubernetesRollouts
    from triage_tui.sources.status_page import StatusPage

    if described.repo:
        yield GitHistory(path_named(described.repo), name)
    if described.deploys and "://" in described.deploys:
        yield DeployLogUrl(endpoint_of("deploys", Server(), described.deploys))
    elif described.deploys:
        yield ChangeFile(path_named(described.deploys))
    if settings.grafana is not None and settings.grafana.url:
        yield GrafanaAnnotations(endpoint_of("grafana", settings.grafana), settings.grafana.tags, name)
    if settings.kubernetes is not None:
        context = ["--context", settings.kubernetes.context] if settings.kubernetes.context else []
        yield KubernetesRollouts("kubernetes", settings.kubernetes.namespace, kubectl=("kubectl", *context))
    addresses = [shown_address(url) for url in described.status_pages]
    hosts = [address.partition("/")[0] for address in addresses]
    for url, address, host in zip(described.status_pages, addresses, hosts, strict=True):
        yield StatusPage(endpoint_of(host if hosts.count(host) == 1 else address, Server(), url))
