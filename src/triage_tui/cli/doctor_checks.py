"""What ``triage doctor`` asks of each source: reachable, authorised, its clock, its latency, and what it lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from triage_tui.cli.doctor_metrics import metrics_check
from triage_tui.cli.doctor_servers import Check, State, server_check
from triage_tui.cli.live import (
    change_sources,
    health_sources,
    log_files,
    matching_files,
    metrics_server,
    service_series,
)
from triage_tui.config.settings import Service, Settings
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.source import Source, SourceError, SourceUnavailable
from triage_tui.investigation.time_window import TimeWindow

LOOK_BACK = timedelta(minutes=15)


async def examined(settings: Settings) -> list[Check]:
    """Ask every configured source: the servers at the same time, then what is asked for each service."""
    servers = (
        ("prometheus", settings.prometheus),
        ("alertmanager", settings.alertmanager),
        ("grafana", settings.grafana),
    )
    checks = list(await asyncio.gather(*(server_check(name, server) for name, server in servers)))
    lost = next((check for check in checks if check.name == "prometheus" and check.state == "failed"), None)
    services = [_service(settings, name, described, lost) for name, described in sorted(settings.services.items())]
    of_services = await asyncio.gather(*services)
    return [*checks, *(check for found in of_services for check in found)]


async def _service(settings: Settings, name: str, described: Service, lost: Check | None) -> list[Check]:
    """Check what is configured for a service; ``lost`` is the metrics server where that does not do."""
    window = TimeWindow(datetime.now(UTC) - LOOK_BACK, datetime.now(UTC))
    found = [_logs(name, described)] if described.logs else []
    asked = [_fetched(name, source, window) for source in _sources(settings, name, described, lost)]
    if settings.prometheus is not None and settings.prometheus.url and (described.metrics or described.signals):
        asked.append(metrics_check(settings, settings.prometheus, name, lost, window))
    return [*found, *await asyncio.gather(*asked)]


def _sources(settings: Settings, name: str, described: Service, lost: Check | None) -> Iterator[Source]:
    yield from change_sources(settings, name, described)
    yield from health_sources(settings, described)
    server = settings.prometheus
    if server is not None and server.url and lost is None and described.selector and described.ranked_series:
        yield service_series(metrics_server(server), described, ())


async def _fetched(service: str, source: Source, window: TimeWindow) -> Check:
    import polars  # noqa: F401 - loading it is not the source's latency

    began = monotonic()
    try:
        evidence = await source.fetch(window)
    except SourceError as error:
        reached = False if isinstance(error, SourceUnavailable) else None
        return Check(name=source.name, service=service, state="failed", said=str(error), reachable=reached)
    lost = _lost_probes(evidence.frame.to_dicts()) if evidence.kind is EvidenceKind.HEALTH else []
    return Check(
        name=source.name,
        service=service,
        state="warning" if lost or not evidence.completeness.complete else "ok",
        said="; ".join(lost) or evidence.completeness.note or f"{evidence.frame.height} found",
        reachable=True,
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
