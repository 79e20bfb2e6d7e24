"""The part of the app that shows logs growing: often enough to be watched, never faster than the link takes it."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from textual.worker import WorkType

from triage_tui.investigation.source import FollowedSource
from triage_tui.ui.case_app import CaseApp
from triage_tui.ui.messages import LinesGrew

FOLLOWING = "follow:"
SECONDS_BETWEEN_FRAMES = 0.4
# To take lines in and to merge them takes longer the more there are: it may take this share of the time.
SHARE_OF_TIME = 0.25
# 5 kB a second at 80x24, 25 kB at 200x50.
BYTES_A_CELL_AND_SECOND = 2.5


class FollowingApp(CaseApp):
    """Between two fetches, which are for the analysis, the log pane gets the lines alone."""

    def follow_logs(self) -> None:
        """Watch every log of the case that may grow, each in a worker of its own."""
        for source in self.case.sources if self.case else ():
            if isinstance(source, FollowedSource):
                work: WorkType[None] = partial(self._keep_following, source)
                group = f"{FOLLOWING}{source.name}"
                self.run_worker(work, name=source.name, group=group, exclusive=True, exit_on_error=False)

    async def _keep_following(self, source: FollowedSource) -> None:
        while self.case is not None:
            began, sent = time.monotonic(), self.sent
            lines = await asyncio.to_thread(source.newer_lines)
            took = time.monotonic() - began
            if lines is not None:
                self.post_message(LinesGrew(source.name, lines))
            await asyncio.sleep(max(SECONDS_BETWEEN_FRAMES, took / SHARE_OF_TIME))
            await asyncio.sleep(self._seconds_of_link(self.sent - sent) - (time.monotonic() - began))

    def _seconds_of_link(self, sent: int) -> float:
        """Return how long the link may take for what was sent."""
        return sent / (BYTES_A_CELL_AND_SECOND * max(1, self.size.area))

    def on_lines_grew(self, message: LinesGrew) -> None:
        """Take the lines in."""
        if self.investigation is not None:
            self.investigation = self.investigation.with_grown_lines(message.source, message.lines)
