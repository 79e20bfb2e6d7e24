"""The lab while it runs: service, provider, monitoring, error receiver and load, and what a story may do to them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.lab.commits import COMMITS
from tests.lab.load import Traffic, drive
from tests.lab.processes import (
    ServerProcess,
    ServiceProcess,
    alertmanager_command,
    announcements_command,
    prometheus_command,
)
from tests.lab.repository import ServiceRepository, build_repository, rolled_out_at
from tests.servers.ports import free_port

CALLS_PER_SECOND = 12.0
PROBE_EVERY_S = 2.0
SEED = 20261124
KENT = str(Path(sys.executable).parent / "kent-server")


@dataclass(frozen=True)
class Rollout:
    """A release that reached production."""

    release: str
    at: datetime


@dataclass
class Stage:
    """Everything that runs, and what was written down on the way; times are UTC."""

    folder: Path
    started: datetime
    repository: ServiceRepository
    service: ServiceProcess
    servers: dict[str, ServerProcess]
    traffic: Traffic
    rollouts: list[Rollout] = field(default_factory=list)
    health: list[dict[str, Any]] = field(default_factory=list)
    error_events: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def prometheus(self) -> str:
        """Its address."""
        return self.servers["prometheus"].url

    @property
    def alertmanager(self) -> str:
        """Its address."""
        return self.servers["alertmanager"].url

    @property
    def receiver(self) -> str:
        """The address of what receives error events."""
        return self.servers["receiver"].url

    @property
    def deploy_log(self) -> str:
        """The address of the deploy log."""
        return f"{self.servers['announcements'].url}/deploys.jsonl"

    @property
    def status_page(self) -> str:
        """The address of the payment provider's status page."""
        return f"{self.servers['announcements'].url}/status.json"

    async def roll_out(self, release: str) -> datetime:
        """Put a release into production and write down when; the first one was in production before."""
        at = datetime.now(UTC)
        folder = self.repository.check_out(release, self.folder / "releases")
        await asyncio.to_thread(self.service.roll_out, folder)
        if self.rollouts:
            self.announce(release, at)
        self.rollouts.append(Rollout(release, at))
        return at

    def announce(self, release: str, at: datetime) -> None:
        """Tag a deploy in the repository and append it to the deploy log, as a pipeline does."""
        self.repository.tag_deploy(release, at)
        record = {"time": at.isoformat(), "service": "orders-api", "release": release, "title": f"Deploy {release}"}
        with (self.folder / "announcements" / "deploys.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(record) + "\n")

    def admit(self, *incidents: str) -> None:
        """Let the provider's status page list these incidents, beginning now."""
        now = datetime.now(UTC).isoformat()
        listed = [
            {"id": f"incident-{number}", "name": name, "impact": "major", "started_at": now}
            for number, name in enumerate(incidents, start=1)
        ]
        page = {"page": {"name": "Payment provider"}, "incidents": listed}
        (self.folder / "announcements" / "status.json").write_text(json.dumps(page), encoding="utf-8")

    async def slow_provider(self, median_s: float, spread: float) -> None:
        """Change how long the payment provider takes."""
        async with httpx.AsyncClient() as client:
            await client.post(f"{self.servers['provider'].url}/pace", json={"median_s": median_s, "spread": spread})


@contextlib.contextmanager
def stage(folder: Path, story: str) -> Iterator[Stage]:
    """Start every process for a story; all of them are gone when the block ends."""
    started = datetime.now(UTC)
    repository = build_repository(folder / "repository", COMMITS[story], started)
    with contextlib.ExitStack() as processes:
        servers: dict[str, ServerProcess] = {}

        def begin(name: str, command: Callable[[int], list[str]], ready: str = "/") -> str:
            port = free_port()
            servers[name] = ServerProcess(name, command(port), port, folder, ready)
            processes.callback(servers[name].close)
            servers[name].begin()
            return servers[name].url

        provider = begin("provider", lambda port: [sys.executable, "-m", "tests.lab.payment_provider", str(port)])
        receiver = begin("receiver", lambda port: [KENT, "run", "--host", "127.0.0.1", "--port", str(port)])
        service = ServiceProcess(folder, provider, f"{receiver.replace('//', '//public@')}/1")
        processes.callback(service.close)
        begin("announcements", partial(announcements_command, folder / "announcements"))
        alerts = begin("alertmanager", partial(alertmanager_command, folder / "alertmanager"), "/-/ready")
        monitoring = partial(
            prometheus_command, folder / "prometheus", service_url=service.url, alertmanager_url=alerts
        )
        begin("prometheus", monitoring, "/-/ready")
        for server in servers.values():
            server.wait_until_ready()
        lab = Stage(folder, started, repository, service, servers, Traffic(SEED))
        lab.admit()
        for commit in COMMITS[story]:
            if not commit.live:
                lab.announce(commit.release, rolled_out_at(commit, started))
        yield lab


@contextlib.asynccontextmanager
async def watched_under_load(lab: Stage) -> AsyncIterator[None]:
    """Drive traffic, probe health and collect error events for the length of the block."""
    tasks = [
        asyncio.create_task(drive(lab.service.url, lab.traffic, CALLS_PER_SECOND)),
        asyncio.create_task(_probe_health(lab)),
        asyncio.create_task(_collect_errors(lab)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error


async def _probe_health(lab: Stage) -> None:
    async with httpx.AsyncClient(timeout=1.5) as client:
        while True:
            at = datetime.now(UTC)
            lab.health.append(await _probe(client, lab.service.url, at))
            await asyncio.sleep(max(0.0, PROBE_EVERY_S - (datetime.now(UTC) - at).total_seconds()))


async def _probe(client: httpx.AsyncClient, url: str, at: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"time": at.isoformat(), "target": "orders-api /healthz"}
    try:
        answer = await client.get(f"{url}/healthz")
    except httpx.TransportError as error:
        return {**row, "status": None, "latency_ms": None, "ok": False, "note": type(error).__name__}
    took = (datetime.now(UTC) - at).total_seconds() * 1000
    status = answer.status_code
    return {**row, "status": status, "latency_ms": round(took, 2), "ok": answer.is_success, "note": answer.text}


async def _collect_errors(lab: Stage) -> None:
    """Fetch each event once: the receiver keeps only the last hundred."""
    async with httpx.AsyncClient(base_url=lab.receiver, timeout=10.0) as client:
        while True:
            # A receiver that somebody ended on purpose comes back.
            with contextlib.suppress(httpx.TransportError):
                await _collect_new_errors(lab, client)
            await asyncio.sleep(2.0)


async def _collect_new_errors(lab: Stage, client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/eventlist/")).json()["events"]
    for event_id in [one["event_id"] for one in listed if one["event_id"] not in lab.error_events]:
        payload = (await client.get(f"/api/event/{event_id}")).json()["payload"]
        lab.error_events[event_id] = payload["body"]


def as_json_lines(rows: list[dict[str, Any]]) -> bytes:
    """Write rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
