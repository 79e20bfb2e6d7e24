"""Play a story with the program on it: service, load, Prometheus and Alertmanager run for as long as it is open."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.lab.processes import ServerProcess, ServiceProcess
from tests.lab.settings import write_settings
from tests.lab.stage import Stage, stage, watched_under_load
from tests.lab.stories import Clock, Story, warm_up

QUICK_PACE = 0.1
COMES_BACK_AFTER_S = 10.0
PAGED_BY = "HighErrorRate"
_ADDRESSES = ("PROMETHEUS_URL", "ALERTMANAGER_URL", "GRAFANA_URL")


@dataclass(frozen=True)
class Watch:
    """How a story is watched: in a tenth of its time, from the page on, and what the program is called with.

    Without ``program`` the story is played until Ctrl-C and only says where everything is.
    """

    quick: bool = False
    paged: bool = False
    program: bool = True
    folder: Path | None = None

    @property
    def pace(self) -> float:
        """What a second of the story takes."""
        return QUICK_PACE if self.quick else 1.0


def live(story: Story, watch: Watch) -> None:
    """Play a story while somebody watches; everything has ended when this returns."""
    with _folder(watch) as folder, stage(folder, story.name) as lab:
        _say(_WHERE.format(lab=lab, settings=write_settings(lab)))
        if watch.quick:
            lab.traffic.report_weight, lab.traffic.mistaken = 40, 0.6
        asyncio.run(_played(lab, story, watch))


@contextlib.contextmanager
def _folder(watch: Watch) -> Iterator[Path]:
    if watch.folder is None:
        with tempfile.TemporaryDirectory(prefix="orders-lab-") as name:
            yield Path(name)
        return
    watch.folder.mkdir(parents=True)
    yield watch.folder.absolute()


_WHERE = """\
service       {lab.service.url}
prometheus    {lab.prometheus}
alertmanager  {lab.alertmanager}
deploy log    {lab.deploy_log}
status page   {lab.status_page}
errors        {lab.receiver}
logs          {lab.service.log_file}
repository    {lab.repository.folder}
process IDs   {lab.folder}/*.pid; what is killed comes back after ten seconds
watch it      XDG_CONFIG_HOME={settings} triage open --service orders-api
"""


async def _played(lab: Stage, story: Story, watch: Watch) -> None:
    """Let the story go on beside the program, and end it with the program."""
    await lab.roll_out(story.set_up[0])
    async with watched_under_load(lab), _brought_back(lab):
        playing = asyncio.create_task(_play(lab, story, watch))
        try:
            await (_watched(lab, watch) if watch.program else playing)
        finally:
            if not playing.done():
                playing.cancel()
            await asyncio.gather(playing, return_exceptions=not playing.done())


async def _play(lab: Stage, story: Story, watch: Watch) -> None:
    await warm_up(lab, story, watch.pace)
    await story.play(lab, Clock(watch.pace))
    await asyncio.Event().wait()


async def _watched(lab: Stage, watch: Watch) -> None:
    """Run the program in this terminal until it is left."""
    asked = ["--service", "orders-api"]
    if watch.paged:
        _say(f"waiting for {PAGED_BY} to fire\n")
        await _fired(lab)
        asked = [PAGED_BY]
    environment = {name: value for name, value in os.environ.items() if name not in _ADDRESSES}
    homes = {f"XDG_{name.upper()}_HOME": str(lab.folder / name) for name in ("config", "state", "cache")}
    played_s = (datetime.now(UTC) - lab.started).total_seconds()  # nothing was measured before
    command = [sys.executable, "-m", "triage_tui", "open", *asked, "--since", f"{played_s + 15:.0f}s"]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the program's
    try:
        program = await asyncio.create_subprocess_exec(*command, env={**environment, **homes})
        try:
            await program.wait()
        finally:
            if program.returncode is None:
                program.terminate()
                await program.wait()
    finally:
        signal.signal(signal.SIGINT, before)


async def _fired(lab: Stage) -> None:
    async with httpx.AsyncClient(base_url=lab.alertmanager) as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                alerts = (await client.get("/api/v2/alerts")).json()
                if any(one["labels"].get("alertname") == PAGED_BY for one in alerts):
                    return
            await asyncio.sleep(1.0)


@contextlib.asynccontextmanager
async def _brought_back(lab: Stage) -> AsyncIterator[None]:
    """Start what somebody ended again after a while, as an init system does."""
    known: list[ServerProcess | ServiceProcess] = [lab.service, *lab.servers.values()]
    watching = [asyncio.create_task(_bring_back(one)) for one in known]
    try:
        yield
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def _bring_back(server: ServerProcess | ServiceProcess) -> None:
    while True:
        await asyncio.sleep(0.5)
        if server.ended:
            await asyncio.sleep(COMES_BACK_AFTER_S)
            if server.ended:
                await asyncio.to_thread(server.begin)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
