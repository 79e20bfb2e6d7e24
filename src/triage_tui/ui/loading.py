"""The work behind the screen: asking sources, and computing what their answers say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import SourceFailure
from triage_tui.investigation.source import SourceError, SourceUnavailable, SourceWaiting
from triage_tui.ui.messages import EvidenceLoaded, SourceFailed

if TYPE_CHECKING:
    from triage_tui.investigation.case import Case
    from triage_tui.investigation.evidence import Evidence
    from triage_tui.investigation.findings import Findings
    from triage_tui.investigation.source import Source
    from triage_tui.investigation.time_window import TimeWindow


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
        message=str(error) if known else f"{type(error).__name__}: {error}",
        failed_at=now,
        retry_at=now + timedelta(seconds=wait) if wait is not None else None,
        waiting=isinstance(error, SourceWaiting),
    )


def recorded_span(evidence: Mapping[str, Evidence]) -> TimeWindow | None:
    """Return what the evidence covers, None where nothing of it has a time."""
    from triage_tui.analysis.spans import extent

    return extent(one.frame for one in evidence.values())


def analyse(case: Case, evidence: Mapping[str, Evidence], fixed_at: datetime | None) -> Findings:
    """Compute the findings; takes seconds on large evidence, so it runs in a thread.

    ``fixed_at`` (UTC) is when a fix was in place, None where none was taken.
    """
    from triage_tui.analysis.diagnosis import diagnose

    return diagnose(
        tuple(evidence.values()),
        case.alert,
        window=case.window,
        baseline=case.baseline,
        hints=case.hints,
        fixed_at=fixed_at,
        before=case.onset,
    )
