"""Keeping a live investigation fresh: each source asked again and again, the window with now."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from random import random
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.worker import Worker, WorkerState, WorkType

from triage_tui.investigation.refresh import RefreshPolicy
from triage_tui.investigation.source import FollowedSource, PacedSource, Source
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.ui.growing_logs import FOLLOWING, follow_log, follow_logs
from triage_tui.ui.loading import LOADING, ask
from triage_tui.ui.messages import EvidenceLoaded, Said, SourceFailed
from triage_tui.ui.source_notes import cause_of
from triage_tui.ui.source_thread import SourceThread

if TYPE_CHECKING:
    from triage_tui.investigation.evidence import Evidence
    from triage_tui.ui.case_app import CaseApp

FOLLOWS_WITHIN = timedelta(minutes=1)


class LiveAsking:
    """Asks each source of an app's case when its wait is over, never twice at once.

    Attributes:
        moves_on: whether the window ends with now.
        sources: the loop of the sources.
    """

    def __init__(self, app: CaseApp, ends: datetime | None) -> None:
        self._app = app
        self.moves_on = ends is not None and datetime.now(UTC) - ends < FOLLOWS_WITHIN
        self.sources = SourceThread()
        self._now_wanted = asyncio.Event()

    def begin_all(self) -> None:
        """Ask every source for as long as the program runs, and watch the logs that grow."""
        for source in self._app.case.sources if self._app.case is not None else ():
            self.begin(source)
        follow_logs(self._app)

    def begin(self, source: Source) -> None:
        """Ask a source again and again, from now on."""
        work: WorkType[None] = partial(self._keep_asking, source)
        group = f"{LOADING}{source.name}"
        self._app.run_worker(work, name=source.name, group=group, exclusive=True, exit_on_error=False)

    async def _keep_asking(self, source: Source) -> None:
        failures, known = 0, None
        while self._app.case is not None:
            answer = await self.sources.run(ask(source, self.window()))
            failed = isinstance(answer, SourceFailed) and not answer.failure.waiting
            failures = failures + 1 if failed else 0
            told = _asked_to_wait(answer)
            wait = self._policy_of(source, failed=failed).next_delay(failures, told, random())  # noqa: S311 - no secret
            if isinstance(answer, SourceFailed):
                retry_at = datetime.now(UTC) + timedelta(seconds=wait)
                answer = SourceFailed(replace(answer.failure, retry_at=retry_at))
                if failures == 1:
                    self._app.post_message(Said(f"{source.name}: {cause_of(answer.failure)}", wrong=True))
            else:
                same = known is not None and await asyncio.to_thread(_brings_nothing_new, known, answer.evidence)
                known, answer = answer.evidence, EvidenceLoaded(answer.evidence, changed=not same)
            self._app.post_message(answer)
            await (self._wait(wait) if told is None else asyncio.sleep(wait))

    def _policy_of(self, source: Source, *, failed: bool) -> RefreshPolicy:
        """Return how often a source is asked; one that fails is asked again without regard to what its answer costs."""
        policy = self._app.case.refresh if self._app.case is not None else RefreshPolicy()
        return policy.at_least(source.interval_s) if isinstance(source, PacedSource) and not failed else policy

    async def _wait(self, seconds: float) -> None:
        """Wait, at most until someone wants to know what is now."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._now_wanted.wait()

    def window(self) -> TimeWindow | None:
        """From where the case began until now; what was asked for in the past stays there until now is followed."""
        window = self._app.case.window if self._app.case is not None else None
        return TimeWindow(window.start, datetime.now(UTC)) if window is not None and self.moves_on else window

    def follow_now(self) -> None:
        """Ask the sources what is now, after looking back."""
        self.moves_on = True
        self._now_wanted.set()
        self._now_wanted = asyncio.Event()

    def take_up(self, event: Worker.StateChanged) -> None:
        """Ask a source again, or watch its log again, where that broke down."""
        case = self._app.case
        if event.state is WorkerState.ERROR and case is not None:
            for source in case.sources:
                if event.worker.group == f"{LOADING}{source.name}":
                    self._app.set_timer(case.refresh.longest_s, partial(self.begin, source))
                elif event.worker.group == f"{FOLLOWING}{source.name}" and isinstance(source, FollowedSource):
                    self._app.set_timer(case.refresh.longest_s, partial(follow_log, self._app, source))


def _asked_to_wait(answer: EvidenceLoaded | SourceFailed) -> float | None:
    if isinstance(answer, EvidenceLoaded) or answer.failure.retry_at is None:
        return None
    return (answer.failure.retry_at - answer.failure.failed_at).total_seconds()


def _brings_nothing_new(known: Evidence, arrived: Evidence) -> bool:
    """Compare the content; takes a while for large logs, so it runs in a thread."""
    return known.completeness == arrived.completeness and known.says_the_same(arrived)
