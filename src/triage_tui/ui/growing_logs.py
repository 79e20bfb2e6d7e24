"""Showing logs as they grow: often enough to be watched, never faster than the link takes it."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from triage_tui.investigation.source import FollowedSource
from triage_tui.ui.messages import LinesGrew

if TYPE_CHECKING:
    from textual.worker import WorkType

    from triage_tui.ui.case_app import CaseApp

FOLLOWING = "follow:"
SECONDS_BETWEEN_FRAMES = 0.4
# To take lines in and to merge them takes longer the more there are: it may take this share of the time.
SHARE_OF_TIME = 0.25
# 5 kB a second at 80x24, 25 kB at 200x50.
BYTES_A_CELL_AND_SECOND = 2.5


def follow_logs(app: CaseApp) -> None:
    """Watch every log of an app's case that may grow, each in a worker of its own.

    Between two fetches, which are for the analysis, the log pane gets the lines alone.
    """
    for source in app.case.sources if app.case else ():
        if isinstance(source, FollowedSource):
            follow_log(app, source)


def follow_log(app: CaseApp, source: FollowedSource) -> None:
    """Watch one log from now on."""
    work: WorkType[None] = partial(_keep_following, app, source)
    group = f"{FOLLOWING}{source.name}"
    app.run_worker(work, name=source.name, group=group, exclusive=True, exit_on_error=False)


async def _keep_following(app: CaseApp, source: FollowedSource) -> None:
    while app.case is not None:
        began, sent = time.monotonic(), app.sent
        lines = await asyncio.to_thread(source.newer_lines)
        took = time.monotonic() - began
        if lines is not None:
            app.post_message(LinesGrew(source.name, lines))
        await asyncio.sleep(max(SECONDS_BETWEEN_FRAMES, took / SHARE_OF_TIME))
        await asyncio.sleep(seconds_of_link(app.sent - sent, app.size.area) - (time.monotonic() - began))


def seconds_of_link(sent: int, cells: int) -> float:
    """Return how many seconds the link may take for so many bytes, on a screen of so many cells."""
    return sent / (BYTES_A_CELL_AND_SECOND * max(1, cells))
