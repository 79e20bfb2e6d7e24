"""The two stories: what happens when. Seconds are counted from the end of the warm-up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.lab.stage import Stage

WARM_UP_S = 75.0


@dataclass(frozen=True)
class Story:
    """A story, and how it reads in a manifest; ``error`` is the type of the exception that pages somebody.

    ``set_up`` are the releases that go out before the story, the first of them before there is any load.
    """

    name: str
    set_up: tuple[str, ...]
    title: str
    error: str
    note: str
    seconds: float
    play: Callable[[Stage, Clock], Awaitable[None]]
    calm_until: float
    looked_at: float


class Clock:
    """The story's own time, from the end of the warm-up; with a ``pace`` of 0.1 it takes a tenth."""

    def __init__(self, pace: float = 1.0) -> None:
        self.zero = datetime.now(UTC)
        self.pace = pace

    async def until(self, seconds: float) -> None:
        """Sleep up to a moment of the story."""
        due = self.zero + timedelta(seconds=seconds * self.pace)
        await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))


async def warm_up(lab: Stage, story: Story, pace: float = 1.0) -> None:
    """Roll out what is left of the set-up under load, and wait until the restarts are forgotten."""
    for release in story.set_up[1:]:
        await asyncio.sleep(5.0 * pace)
        await lab.roll_out(release)
    await asyncio.sleep(WARM_UP_S * pace)


async def _leak(lab: Stage, clock: Clock) -> None:
    await clock.until(240)
    await lab.roll_out("v1.4.2")
    lab.traffic.reports = True
    await clock.until(520)
    lab.traffic.reports = False
    await lab.roll_out("v1.4.1-config.2")


async def _slow_dependency(lab: Stage, clock: Clock) -> None:
    for step, median_s in enumerate((0.12, 0.2, 0.32, 0.5, 0.75, 1.0, 1.3)):
        await clock.until(240 + 12 * step)
        await lab.slow_provider(median_s, 0.35)
    await clock.until(330)
    await lab.slow_provider(3.4, 0.45)
    await clock.until(405)
    await lab.roll_out("v1.5.0")
    lab.admit("Elevated response times")
    await clock.until(520)
    await lab.slow_provider(0.06, 0.35)


STORIES = {
    "leak": Story(
        name="leak",
        set_up=("v1.4.1", "v1.4.1-config.2"),
        title="DatabaseError: connection pool exhausted",
        error="DatabaseError",
        note="Recorded from a running service: a deploy adds a report whose errors keep their database session, the "
        "pool fills up, the deploy is rolled back.",
        seconds=690,
        play=_leak,
        calm_until=235,
        looked_at=500,
    ),
    "slow-dependency": Story(
        name="slow-dependency",
        set_up=("v1.4.1-config.2",),
        title="PaymentTimeout: payment provider timed out after 3.0 s",
        error="PaymentTimeout",
        note="Recorded from a running service: its payment provider becomes slow, then answers too late, recovers; "
        "a deploy in between has nothing to do with it.",
        seconds=690,
        play=_slow_dependency,
        calm_until=235,
        looked_at=470,
    ),
}
