"""A first ``triage.toml``, commented, from what the environment names and what the metrics server knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from triage_tui.cli.live import metrics_server
from triage_tui.config.settings import Server, Settings
from triage_tui.investigation.time_window import TimeWindow

if TYPE_CHECKING:
    from triage_tui.sources.common.metrics_server import MetricsServer

LOOK_BACK = timedelta(minutes=15)
MOST_SERVICES = 50
_PLAIN = re.compile(r"[\w .:/@+-]{1,100}")
"""A name that is written as it stands: what a server calls its labels is not trusted further."""

_HEAD = """\
# What triage reads, for this project. Flags and environment variables go before it; ~/.config/triage/config.toml
# holds what is yours alone. Secrets are named, never written here: { env = "NAME" }, { file = "/path" } with mode 600,
# or { command = ["pass", "show", "prometheus"] }.
"""


async def first_settings(settings: Settings, folder: Path) -> str:
    """Return the text of a settings file; raises ``SourceError`` where a configured metrics server does not answer."""
    services = await _services(settings)
    parts = [_HEAD, *(_server(name, server) for name, server in _servers(settings))]
    parts += [_service(name, label, sets, folder) for name, (label, sets) in sorted(services.items())]
    return "\n".join(parts if services else [*parts, _service("my-service", "service", (), folder)])


def _servers(settings: Settings) -> Iterator[tuple[str, Server | None]]:
    yield from (
        ("prometheus", settings.prometheus),
        ("alertmanager", settings.alertmanager),
        ("grafana", settings.grafana),
    )


def _server(name: str, server: Server | None) -> str:
    if server is None or not server.url:
        return f'# [{name}]\n# url = "https://{name}.example"\n# token = {{ env = "{name.upper()}_TOKEN" }}\n'
    lines = [f"[{name}]", f"url = {json.dumps(_without_user(server.url))}"]
    for key in ("token", "password"):
        reference = getattr(server, key)
        if reference is not None and reference.env:
            lines.append(f"{key} = {{ env = {json.dumps(reference.env)} }}")
    return "\n".join([*lines, ""])


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


async def _services(settings: Settings) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Return the label and the fitting metric sets of each service that the metrics server knows."""
    if settings.prometheus is None or not settings.prometheus.url:
        return {}
    server = metrics_server(settings.prometheus)
    label = "service" if await server.label_values("service") else "job"
    names = [name for name in await server.label_values(label) if _PLAIN.fullmatch(name)][:MOST_SERVICES]
    fitting = await _fitting_sets(server, label)
    return {name: (label, tuple(sets for sets, having in fitting.items() if name in having)) for name in names}


async def _fitting_sets(server: MetricsServer, label: str) -> Mapping[str, set[str]]:
    """Return which services have the metric that each ready-made set needs."""
    from triage_tui.sources.common.series_naming import SeriesNaming
    from triage_tui.sources.common.signal_queries import metric_sets

    now = datetime.now(UTC)
    known = set(await server.metric_names())
    fitting = {}
    for name, one in metric_sets().items():
        if one.probe in known:
            counted = await server.query_range(
                f"count by ({label}) ({one.probe})", TimeWindow(now - LOOK_BACK, now), SeriesNaming(name)
            )
            fitting[name] = set(counted.frame["service"].drop_nulls().to_list())
    return fitting


def _service(name: str, label: str, sets: tuple[str, ...], folder: Path) -> str:
    key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
    repo = 'repo = "."' if (folder / ".git").exists() else '# repo = "/srv/my-service"'
    selector = json.dumps(f"{label}={json.dumps(name, ensure_ascii=False)}", ensure_ascii=False)
    metrics = f"metrics = {json.dumps(list(sets))}" if sets else '# metrics = ["fastapi"]  # see docs/live.md'
    return f"""\
[services.{key}]
{metrics}
selector = {selector}
{repo}
# logs = ["/var/log/{re.sub(r"[^A-Za-z0-9_-]+", "-", name)}/*.log"]
# health = ["https://my-service.example/health"]
# status_pages = ["https://status.provider.example/api/v2/summary.json"]
# deploys = "/var/log/deploys.jsonl"
# [[services.{key}.signals]]
# metric = "pool_in_use"
# promql = 'db_pool_in_use{{{label}="{name}"}}'
# role = "saturation"
# cap = 20
"""
