"""A first ``triage.toml``, commented, from what the environment names and what the metrics server knows."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from triage_tui.cli.live import metrics_server
from triage_tui.config.settings import Server, Settings
from triage_tui.investigation.time_window import TimeWindow

if TYPE_CHECKING:
    from triage_tui.sources.common.metrics_server import MetricsServer

LOOK_BACK = timedelta(minutes=15)
MOST_SERVICES, MOST_METRICS = 50, 60
_GAUGE = re.compile(r"in_use|checked_out|in_flight|active|busy|pending|queue|backlog")
_COUNTED = ("_total", "_bucket", "_count", "_sum", "_created")
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
    parts += [_service(name, known, folder) for name, known in sorted(services.items())]
    return "\n".join(parts if services else [*parts, _service("my-service", _Known(), folder)])


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


class _Known(NamedTuple):
    """What the metrics server knows of a service: the label that names it, the sets that fit, its metrics."""

    label: str = "service"
    sets: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


async def _services(settings: Settings) -> Mapping[str, _Known]:
    """Return each service that the metrics server knows."""
    if settings.prometheus is None or not settings.prometheus.url:
        return {}
    server = metrics_server(settings.prometheus)
    label = "service" if await server.label_values("service") else "job"
    names = [name for name in await server.label_values(label) if _PLAIN.fullmatch(name)][:MOST_SERVICES]
    fitting = await _fitting_sets(server, label)
    found = {}
    for name in names:
        metrics = await server.label_values("__name__", f"{{{label}={json.dumps(name, ensure_ascii=False)}}}")
        sets = tuple(one for one, having in fitting.items() if name in having)
        found[name] = _Known(label, sets, tuple(one for one in metrics if _PLAIN.fullmatch(one)))
    return found


async def _fitting_sets(server: MetricsServer, label: str) -> Mapping[str, set[str]]:
    """Return which services have the metric that each ready-made set needs."""
    from triage_tui.sources.common.series_naming import SeriesNaming
    from triage_tui.sources.common.signal_queries import metric_sets

    now = datetime.now(UTC)
    known = set(await server.metric_names())
    fitting: dict[str, set[str]] = {}
    probed: set[str] = set()
    for name, one in metric_sets().items():
        # Of two sets that ask for the same metrics the first is the more general one.
        if one.probe in known - probed:
            probed.add(one.probe)
            counted = await server.query_range(
                f"count by ({label}) ({one.probe})", TimeWindow(now - LOOK_BACK, now), SeriesNaming(name)
            )
            fitting[name] = set(counted.frame["service"].drop_nulls().to_list())
    return fitting


def _service(name: str, known: _Known, folder: Path) -> str:
    key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
    repo = 'repo = "."' if (folder / ".git").exists() else '# repo = "/srv/my-service"'
    selector = f"{known.label}={json.dumps(name, ensure_ascii=False)}"
    metrics = f"metrics = {json.dumps(list(known.sets))}" if known.sets else '# metrics = ["red"]  # see docs/live.md'
    gauge = next((one for one in known.metrics if _GAUGE.search(one) and not one.endswith(_COUNTED)), "db_pool_in_use")
    return f"""\
[services.{key}]
{metrics}
selector = {json.dumps(selector, ensure_ascii=False)}
{repo}
# logs = ["/var/log/{re.sub(r"[^A-Za-z0-9_-]+", "-", name)}/*.log"]
# health = ["https://my-service.example/health"]
# probes = 'instance="https://my-service.example/health"'  # the blackbox exporter's series, asked from outside
# status_pages = ["https://status.provider.example/api/v2/summary.json"]
# deploys = "/var/log/deploys.jsonl"
{_metrics_comment(known.metrics)}# [[services.{key}.signals]]
# metric = {json.dumps(gauge)}
# promql = {json.dumps(f"{gauge}{{{selector}}}", ensure_ascii=False)}
# role = "saturation"
# cap = 20
"""


def _metrics_comment(names: Sequence[str]) -> str:
    """Name the metrics of a service, a few lines of them, for signals of its own."""
    if not names:
        return ""
    more = f" and {len(names) - MOST_METRICS} more" if len(names) > MOST_METRICS else ""
    text = f"its metrics: {', '.join(names[:MOST_METRICS])}{more}"
    lines = textwrap.wrap(text, 110, initial_indent="# ", subsequent_indent="#   ", break_long_words=False)
    return "\n".join([*lines, ""])
