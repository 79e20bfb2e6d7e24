"""The headless answers: the same evidence and the same analysis as on the screen, printed."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from msgspec.structs import replace

from triage_tui.cli.progress_line import ProgressLine
from triage_tui.investigation.block import SourceNote
from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.findings import Findings
from triage_tui.investigation.source import Source, SourceError, UnreadableInput

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.investigation.case import Case
    from triage_tui.investigation.time_window import TimeWindow


class NoSourceAnswered(SourceError):
    """Every source failed; the message holds what each one said."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the sources brought, and what the others said instead."""

    evidence: tuple[Evidence, ...]
    failures: tuple[SourceNote, ...]


def gather(case: Case, *, verbose: bool = False, quiet: bool = False) -> Gathered:
    """Ask every source of a case; a file that cannot be read ends it, a server that fails is noted.

    How far it is stands on the terminal, if standard error is one, unless it is to be ``quiet``. Raises
    ``UnreadableInput``, and ``NoSourceAnswered`` where nothing came at all.
    """
    with _ended_by_interrupt(), _progress_of(case, quiet=quiet):
        return asyncio.run(_gathered(case, verbose=verbose))


def gather_request(case: Case, correlation_id: str, *, verbose: bool = False, quiet: bool = False) -> Gathered:
    """Ask the logs of a case for one request; large files are searched for it. Raises what ``gather`` does."""
    logs = [source for source in case.sources if source.kind is EvidenceKind.LOGS]
    with _ended_by_interrupt(), _progress_of(case, quiet=quiet):
        # Of a window that was asked for, all records tell what is normal.
        found = [_found_request(source, correlation_id) if case.window is None else None for source in logs]
    others = tuple(source for source, one in zip(logs, found, strict=True) if one is None)
    evidence = tuple(one for one in found if one is not None)
    if not others:
        return Gathered(evidence, ())
    gathered = gather(replace(case, sources=others), verbose=verbose, quiet=quiet)
    return Gathered((*evidence, *gathered.evidence), gathered.failures)


def _found_request(source: Source, correlation_id: str) -> Evidence | None:
    from triage_tui.sources.log_files import LogFileSource

    return source.find_request(correlation_id) if isinstance(source, LogFileSource) else None


@contextmanager
def _progress_of(case: Case, *, quiet: bool) -> Iterator[None]:
    from triage_tui.sources.log_files import LogFileSource

    line = ProgressLine(quiet=quiet)
    for source in case.sources:
        if isinstance(source, LogFileSource):
            source.say_progress_to(line.say)
    try:
        yield
    finally:
        line.take_away()


@contextmanager
def _ended_by_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the program at once: the threads that read files would be waited for otherwise."""
    # When it is loaded, polars takes the signal for itself.
    import polars  # noqa: F401

    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _gathered(case: Case, *, verbose: bool) -> Gathered:
    """Ask for the changes last: which of a long history matter is told by when the rest was recorded."""
    first = [source for source in case.sources if source.kind is not EvidenceKind.CHANGES]
    changes = [source for source in case.sources if source.kind is EvidenceKind.CHANGES]
    answers = await _all_asked([(source, case.span_for(source.kind)) for source in first], verbose=verbose)
    span = case.window or _recorded(answers)
    answers += await _all_asked([(source, span) for source in changes], verbose=verbose)
    evidence = tuple(one for one in answers if isinstance(one, Evidence))
    failures = tuple(one for one in answers if isinstance(one, SourceNote))
    if not evidence:
        raise NoSourceAnswered("; ".join(one.note for one in failures))
    return Gathered(evidence, failures)


def _recorded(answers: Sequence[Evidence | SourceNote]) -> TimeWindow | None:
    from triage_tui.analysis.spans import extent

    return extent(one.frame for one in answers if isinstance(one, Evidence))


async def _all_asked(
    asked: Sequence[tuple[Source, TimeWindow | None]], *, verbose: bool
) -> list[Evidence | SourceNote]:
    answers = await asyncio.gather(
        *(_asked(source, window, verbose=verbose) for source, window in asked), return_exceptions=True
    )
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]


async def _asked(source: Source, window: TimeWindow | None, *, verbose: bool) -> Evidence | SourceNote:
    began = monotonic()
    try:
        evidence = await source.fetch(window)
    except UnreadableInput:
        raise
    except SourceError as error:
        return SourceNote(source.name, complete=False, note=str(error))
    if verbose:
        took = monotonic() - began
        sys.stderr.write(f"triage: {source.name}: {evidence.frame.height:,} rows of {source.kind} in {took:.2f} s\n")
    return evidence


def findings_of(case: Case, gathered: Gathered) -> Findings:
    """Compute the findings of a case from its evidence."""
    import msgspec

    from triage_tui.analysis.diagnosis import diagnose

    found = diagnose(gathered.evidence, case.alert, window=case.window, baseline=case.baseline, hints=case.hints)
    return msgspec.structs.replace(found, sources=(*found.sources, *gathered.failures))


def frame_of(gathered: Gathered, *kinds: EvidenceKind) -> pl.DataFrame:
    """Return the frame of kinds of one schema, of all their sources; raises ``UnreadableInput`` where there is none."""
    import polars as pl

    frames = [one.frame for one in gathered.evidence if one.kind in kinds]
    if not frames:
        raise UnreadableInput("input", f"holds no {kinds[0]}")
    return pl.concat(frames, how="diagonal_relaxed")


def notes_of(gathered: Gathered) -> Sequence[str]:
    """Say of each incomplete source what is missing."""
    incomplete = [
        f"{one.source}: {one.completeness.note}" for one in gathered.evidence if not one.completeness.complete
    ]
    return [*incomplete, *(f"{one.name}: {one.note}" for one in gathered.failures)]
