"""Running the app in tests, and waiting for what it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec
from textual.pilot import Pilot
from textual.widgets import Input
from textual.worker import WorkerCancelled, WorkerState

from tests.ui.story import findings, story
from triage_tui.investigation.case import Case, Choice, DemoStory, Lobby, Resumable
from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.findings import Findings, Recovery
from triage_tui.investigation.state import Investigation
from triage_tui.ui.app import TriageApp
from triage_tui.ui.loading import Analysis

NARROW, USUAL, LARGE = (80, 24), (120, 36), (200, 50)
DEMOS = (
    DemoStory("connection-pool", "DatabaseError: connection pool exhausted", "a deploy, a gauge at its cap"),
    DemoStory("slow-dependency", "Payments time out", "no change to blame"),
)


def fixed_findings(case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
    """What the analysis of the story says, whatever it is given; a fix is said to have worked."""
    del case, evidence
    recovery = Recovery(
        verdict="recovered", fixed_at=fixed_at, errors_before=47, requests_before=409, errors_after=0,
        requests_after=900, because=("before: 47 errors in 409 requests", "after: none in 900, at most 0.4 %"),
    )  # fmt: skip
    return msgspec.structs.replace(findings(), recovery=recovery if fixed_at else None)


def lobby(*waiting: Resumable, opened: Callable[[Choice], Case] | None = None) -> Lobby:
    return Lobby(resumable=lambda: waiting, demos=DEMOS, open_case=opened or (lambda _: story()))


def program(
    root: Path,
    case: Case | None,
    *,
    compute: Analysis = fixed_findings,
    start: Lobby | None = None,
) -> TriageApp:
    return TriageApp(case, lobby=start or lobby(), journal_root=root, compute=compute)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fails after half a minute or more."""
    for _ in range(3000):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"never came true: {condition}")


def state(pilot: Pilot[None]) -> Investigation:
    app = pilot.app
    assert isinstance(app, TriageApp)
    assert app.investigation is not None
    return app.investigation


@asynccontextmanager
async def running(app: TriageApp, size: tuple[int, int] = USUAL) -> AsyncIterator[Pilot[None]]:
    """Run the app until its findings are there; afterwards, no worker may have failed."""
    async with app.run_test(size=size, notifications=True) as pilot:
        if app.screen_stack and app.investigation is not None:
            await until(pilot, lambda: app.investigation is not None and app.investigation.findings is not None)
        await settled(pilot)
        yield pilot
        await settled(pilot)
        failed = [worker for worker in app.workers if worker.state is WorkerState.ERROR]
    assert not failed, failed


async def settled(pilot: Pilot[None]) -> None:
    """Wait until no worker runs and all is drawn; one that another took the place of has not failed."""
    with suppress(WorkerCancelled):
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await asyncio.sleep(0)


async def still(pilot: Pilot[None], frames: int = 4) -> None:
    """Wait until the screen is the same for some frames: what workers draw comes after their last message."""
    before, same = "", 0
    while same < frames:
        await settled(pilot)
        await pilot.pause(0.05)
        now = screen_text(pilot)
        same = same + 1 if now == before else 0
        before = now


async def keys(pilot: Pilot[None], *names: str) -> None:
    """Press keys, drawing after each."""
    for name in names:
        await pilot.press(name)
        await settled(pilot)


async def write(pilot: Pilot[None], text: str) -> None:
    """Write a text behind what the prompt suggests, and press Enter."""
    line = pilot.app.screen.query_one(Input)
    line.value += text
    await keys(pilot, "enter")


async def shows(pilot: Pilot[None], text: str) -> None:
    """Wait until a text is on the screen."""
    await until(pilot, lambda: text in screen_text(pilot))


def screen_text(pilot: Pilot[None]) -> str:
    """What the terminal shows, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
