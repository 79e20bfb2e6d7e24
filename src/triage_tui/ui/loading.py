"""The work behind the screen: asking sources, and computing what their answers say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import EvidenceKind, SourceFailure
from triage_tui.investigation.source import (
    GradualSource,
    PartialSource,
    SourceError,
    SourceUnavailable,
    SourceWaiting,
    ThoroughSource,
)
from triage_tui.ui.messages import EvidenceLoaded, Said, SourceFailed

if TYPE_CHECKING:
    from textual.worker import WorkType

    from triage_tui.investigation.case import Case
    from triage_tui.investigation.evidence import Evidence
    from triage_tui.investigation.findings import Findings
    from triage_tui.investigation.source import Source
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.ui.awaited_answers import AwaitedAnswers
    from triage_tui.ui.case_app import CaseApp

LOADING = "load:"
WINDOW_SETTLES_SECONDS = 0.4
Analysis = Callable[["Case", "Mapping[str, Evidence]", datetime | None], "Findings"]


async def ask(source: Source, window: TimeWindow | None) -> EvidenceLoaded | SourceFailed:
    """Ask a source for a window; a source that cannot answer is an answer too."""
    try:
        return EvidenceLoaded(await source.fetch(window))
    except SourceError as error:
        return SourceFailed(failure_of(source, error))


def failure_of(source: Source, error: BaseException) -> SourceFailure:
    """Return what the pane says of a source that failed."""
    now = datetime.now(UTC)
    known = isinstance(error, SourceError)
    wait = error.retry_after if isinstance(error, SourceUnavailable) else None
    return SourceFailure(
        source=source.name,
        kind=source.kind,
        message=str(error) if known else f"what it brought cannot be read ({type(error).__name__}: {error})",
        failed_at=now,
        retry_at=now + timedelta(seconds=wait) if wait is not None else None,
        waiting=isinstance(error, SourceWaiting),
    )


class SourceLoading:
    """Asks the sources of one case, each in a worker of its own; what they answer is posted to the app."""

    def __init__(self, app: CaseApp, case: Case, awaited: AwaitedAnswers) -> None:
        self._app, self._case, self._awaited = app, case, awaited
        self._gradual = [source for source in case.sources if isinstance(source, GradualSource)]
        for source in self._gradual:
            source.hand_parts_to(self._take_part)

    def ask_all(self) -> None:
        """Ask every source for what the case is about."""
        for source in self._case.sources:
            self._begin(source, partial(self._load, source))

    def ask_within(self, window: TimeWindow | None) -> None:
        """Ask the sources that could not bring everything for what is in a window; a live one is asked anyway."""
        for source in () if self._case.live else self._case.sources:
            if isinstance(source, PartialSource) and source.holds_more:
                self._begin(source, partial(self._load_window, source, window))

    def stop_reading(self) -> None:
        """Let the sources answer with what they have read."""
        for source in self._gradual:
            source.stop_reading()

    def read_rest(self) -> None:
        """Let the sources read on: beside the computation, both would take longer, and more memory at once."""
        for source in self._case.sources:
            if isinstance(source, ThoroughSource):
                source.read_rest()

    def _begin(self, source: Source, work: WorkType[None]) -> None:
        group = f"{LOADING}{source.name}"
        self._app.run_worker(work, name=source.name, group=group, exclusive=True, exit_on_error=False)

    async def _load(self, source: Source) -> None:
        window = self._case.span_for(source.kind)
        if source.kind is EvidenceKind.CHANGES and window is None:
            window = await self._recorded()
        answer = await ask(source, window)
        if isinstance(answer, SourceFailed):
            self._app.post_message(Said(answer.failure.message, wrong=True))
        self._app.post_message(answer)

    async def _recorded(self) -> TimeWindow | None:
        """Wait for the other sources: what they cover tells which part of a long history matters."""
        await self._awaited.others()
        evidence = dict(self._app.investigation.evidence) if self._app.investigation else {}
        return await asyncio.to_thread(recorded_span, evidence)

    async def _load_window(self, source: Source, window: TimeWindow | None) -> None:
        # Someone who narrows the window step by step is answered once.
        await asyncio.sleep(WINDOW_SETTLES_SECONDS)
        self._app.post_message(await ask(source, window))

    def _take_part(self, part: Evidence) -> None:
        """Show what a source has by now, and compute where it has other records; called from its thread."""
        known = self._app.investigation.evidence.get(part.source) if self._app.investigation else None
        is_other = known is None or known.held is not part.held
        self._app.post_message(EvidenceLoaded(part, changed=is_other and part.frame.height > 0))


def recorded_span(evidence: Mapping[str, Evidence]) -> TimeWindow | None:
    """Return what the evidence covers, None where nothing of it has a time."""
    from triage_tui.analysis.spans import extent

    return extent(one.frame for one in evidence.values())


def analyse(case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
    """Compute the findings; takes seconds on large evidence, so it runs in a thread.

    ``fixed_at`` (UTC) is when a fix was in place, None where none was taken.
    """
    from triage_tui.analysis.diagnosis import diagnose
    from triage_tui.logs.freed_memory import return_freed_memory

    found = diagnose(
        tuple(evidence.values()),
        case.alert,
        window=case.window,
        baseline=case.baseline,
        hints=case.hints,
        fixed_at=fixed_at,
        before=case.onset,
    )
    return_freed_memory()
    return found
