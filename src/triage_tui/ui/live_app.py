"""The part of the app that keeps a live investigation fresh: each source asked again and again, the window with now."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from random import random
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.worker import Worker, WorkerState, WorkType

from triage_tui.investigation.case import Case
from triage_tui.investigation.refresh import RefreshPolicy
from triage_tui.investigation.source import PacedSource, Questionable, Source
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.ui.case_app import ANALYSIS, CaseApp
from triage_tui.ui.ledger import Ledger
from triage_tui.ui.loading import LOADING, Analysis, ask
from triage_tui.ui.messages import EvidenceLoaded, NowFollowed, QueryWanted, Said, SourceFailed
from triage_tui.ui.source_notes import cause_of

if TYPE_CHECKING:
    from triage_tui.investigation.evidence import Evidence
    from triage_tui.ui.metric_questions import MetricQuestions
    from triage_tui.ui.source_thread import SourceThread

FIRST_ANALYSIS_AFTER_S = 2.0
FOLLOWS_WITHIN = timedelta(minutes=1)


class LiveApp(CaseApp):
    """A source is asked again when its wait is over, never twice at once; the analysis runs once at a time."""

    def __init__(self, compute: Analysis) -> None:
        super().__init__(compute)
        self._computing = False
        self._outdated = False
        self._moves_on = False
        self._now_wanted = asyncio.Event()
        self._questions: MetricQuestions | None = None
        self._thread: SourceThread | None = None

    def take_over(self, case: Case, ledger: Ledger) -> None:
        """Make a case the one that is investigated; a live one goes on from now."""
        super().take_over(case, ledger)
        self._questions = None
        if case.live and case.window is not None and self.investigation is not None:
            self._moves_on = datetime.now(UTC) - case.window.end < FOLLOWS_WITHIN
            self.investigation = replace(self.investigation, following=self._moves_on).until(case.window.end)

    def load_all(self) -> None:
        """Ask every source: once in a replay, for as long as the program runs in a live case."""
        if self.case is None or not self.case.live:
            super().load_all()
            return
        from triage_tui.ui.growing_logs import follow_logs

        for source in self.case.sources:
            self.begin_asking(source)
        follow_logs(self)
        self.set_timer(FIRST_ANALYSIS_AFTER_S, self._wait_no_longer)

    def on_unmount(self) -> None:
        """Wait for no server."""
        if self._thread is not None:
            self._thread.stop()

    @property
    def sources(self) -> SourceThread:
        """The loop of the sources; a replay needs none."""
        from triage_tui.ui.source_thread import SourceThread

        self._thread = self._thread or SourceThread()
        return self._thread

    def begin_asking(self, source: Source) -> None:
        """Ask a source again and again, from now on."""
        work: WorkType[None] = partial(self._keep_asking, source)
        self.run_worker(work, name=source.name, group=f"{LOADING}{source.name}", exclusive=True, exit_on_error=False)

    async def _keep_asking(self, source: Source) -> None:
        failures, known = 0, None
        while self.case is not None:
            answer = await self.sources.run(ask(source, self.window_to_ask()))
            failed = isinstance(answer, SourceFailed) and not answer.failure.waiting
            failures = failures + 1 if failed else 0
            told = _asked_to_wait(answer)
            wait = self._policy_of(source, failed=failed).next_delay(failures, told, random())  # noqa: S311 - no secret
            if isinstance(answer, SourceFailed):
                retry_at = datetime.now(UTC) + timedelta(seconds=wait)
                answer = SourceFailed(replace(answer.failure, retry_at=retry_at))
                if failures == 1:
                    self.post_message(Said(f"{source.name}: {cause_of(answer.failure)}", wrong=True))
            else:
                same = known is not None and await asyncio.to_thread(_brings_nothing_new, known, answer.evidence)
                known, answer = answer.evidence, EvidenceLoaded(answer.evidence, changed=not same)
            self.post_message(answer)
            await (self._wait(wait) if told is None else asyncio.sleep(wait))

    def _policy_of(self, source: Source, *, failed: bool) -> RefreshPolicy:
        """Return how often a source is asked; one that fails is asked again without regard to what its answer costs."""
        policy = self.case.refresh if self.case is not None else RefreshPolicy()
        return policy.at_least(source.interval_s) if isinstance(source, PacedSource) and not failed else policy

    async def _wait(self, seconds: float) -> None:
        """Wait, at most until someone wants to know what is now."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._now_wanted.wait()

    def window_to_ask(self) -> TimeWindow | None:
        """From where the case began until now; what was asked for in the past stays there until now is followed."""
        window = self.case.window if self.case is not None else None
        return TimeWindow(window.start, datetime.now(UTC)) if window is not None and self._moves_on else window

    def at_present(self, investigation: Investigation, arrived: Evidence) -> Investigation:
        """Let the window follow what arrived."""
        live = self.case is not None and self.case.live and arrived.window is not None
        return investigation.until(arrived.window.end) if live and arrived.window is not None else investigation

    def on_now_followed(self, message: NowFollowed) -> None:
        """Go back to now after looking back, and ask the sources what is now."""
        del message
        self._now_wanted.set()
        self._now_wanted = asyncio.Event()
        if self.investigation is not None:
            self._moves_on = True
            self.investigation = self.investigation.followed(datetime.now(UTC))

    def on_query_wanted(self, message: QueryWanted) -> None:
        """Ask for a question and put it to the first source that takes one."""
        source = next((one for one in self.case.sources if isinstance(one, Questionable)), None) if self.case else None
        if source is None:
            self.say("there is no metrics server to ask here")
            return
        from triage_tui.ui.metric_questions import MetricQuestions

        self._questions = self._questions or MetricQuestions(self, source)
        self._questions.ask(message.then)

    def _wait_no_longer(self) -> None:
        """Compute from what has answered by now; whoever hangs is taken in later."""
        if self._awaited.names and self.investigation is not None and self.investigation.evidence:
            self._awaited.wait_no_longer()
            self.start_analysis()

    def start_analysis(self) -> None:
        """Compute anew, after the computation that runs where one does."""
        if self._computing:
            self._outdated = True
            return
        if self.case is not None and self.case.live and self.investigation is not None:
            found = self.investigation.findings
            onset = found.onset if found is not None else None
            self.case = replace(self.case, window=self.investigation.full_window, onset=onset)
        self._computing = not self._awaited.names
        super().start_analysis()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Compute again what changed during a computation; take up a source whose asking broke down."""
        ended = event.state in {WorkerState.SUCCESS, WorkerState.ERROR, WorkerState.CANCELLED}
        if event.worker.group == ANALYSIS and ended:
            self._computing = False
            if self._outdated:
                self._outdated = False
                self.start_analysis()
        if event.state is WorkerState.ERROR and self.case is not None and self.case.live:
            for source in self.case.sources:
                if event.worker.group == f"{LOADING}{source.name}":
                    self.set_timer(self.case.refresh.longest_s, partial(self.begin_asking, source))


def _asked_to_wait(answer: EvidenceLoaded | SourceFailed) -> float | None:
    if isinstance(answer, EvidenceLoaded) or answer.failure.retry_at is None:
        return None
    return (answer.failure.retry_at - answer.failure.failed_at).total_seconds()


def _brings_nothing_new(known: Evidence, arrived: Evidence) -> bool:
    """Compare the content; takes a while for large logs, so it runs in a thread."""
    return known.completeness == arrived.completeness and known.says_the_same(arrived)
