"""Logs that are written to, named by globs: files that come later join, what rotation renames does not come twice."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from msgspec.structs import replace

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.packed_frame import PackedFrame, packed_if_large
from triage_tui.investigation.source import SourceWaiting, UnreadableInput
from triage_tui.sources.common.format_notes import with_format_problems
from triage_tui.sources.common.log_generations import LogGenerations, Newcomer
from triage_tui.sources.common.rotation_copies import RotationCopies

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.investigation.source import LogLines
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.logs.chosen_records import ChosenRecords
    from triage_tui.logs.indexed_logs import IndexedLogs
    from triage_tui.logs.log_input import LogInput, LogOptions
    from triage_tui.logs.progress import Progress


class LogGlobs:
    """The files that ``expand`` names at each fetch, indexed and followed over rotation, merged by time.

    Where there is none yet, they are waited for. One that cannot be read is noted and tried again.
    """

    kind = EvidenceKind.LOGS

    def __init__(self, patterns: Sequence[str], expand: Callable[[], Sequence[Path]], options: LogOptions) -> None:
        self.patterns = tuple(patterns)
        self._expand, self._options = expand, options
        self._generations = LogGenerations()
        self._indexed: IndexedLogs | None = None
        self._names: list[str] = []
        self._copies = RotationCopies(self._generations)
        self._take_part: Callable[[Evidence], None] | None = None
        self._one_at_a_time = Lock()
        self._stopped = Event()
        self._has_more = False
        self._rest: Thread | None = None
        self._answer: Evidence | None = None
        self._known: tuple[tuple[object, ...], pl.DataFrame | PackedFrame] | None = None

    @property
    def name(self) -> str:
        """The name shown in the pane border: what is asked for, since which files there are may change."""
        return Path(self.patterns[0]).name if len(self.patterns) == 1 else f"{len(self.patterns)} logs"

    def hand_parts_to(self, take: Callable[[Evidence], None]) -> None:
        """Call ``take``, from the thread that reads, with the lines that are there while large logs are indexed."""
        self._take_part = take

    def stop_reading(self) -> None:
        """Index no further; the answer has the records that were indexed by now, and what is written from then on."""
        self._stopped.set()

    def read_rest(self) -> None:
        """Read IDs, hosts and templates in a thread: IDs are found without it, if not as fast."""
        rest, self._rest = self._rest, None
        if rest is not None:
            rest.start()

    def newer_lines(self) -> LogLines | None:
        """Take in what was written to the files that are known; None before the first answer, and where none grew."""
        indexed = self._indexed
        if indexed is None:
            return None
        # Lines may have come that go on a record.
        before = indexed.text_bytes
        indexed.extend()
        has_grown = indexed.text_bytes > before
        if self._one_at_a_time.acquire(blocking=False):
            try:
                if indexed.followed.lacking_lines:
                    has_grown |= self._copies.take(indexed, self._expand())
            finally:
                self._one_at_a_time.release()
        return indexed.store() if has_grown else None

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Read what has come by now; a window narrows the frame, while ``lines`` always reach over everything.

        Raises ``SourceWaiting`` where there is no file yet, ``UnreadableInput`` where none can be read.
        """
        return await asyncio.to_thread(self.read, window)

    def read(self, window: TimeWindow | None = None) -> Evidence:
        """Do the work of ``fetch`` without an event loop."""
        from triage_tui.logs.completeness import with_time_told

        with self._one_at_a_time:
            indexed = self._by_now()
        chosen = indexed.records(window)
        # Not before, since the computation that it waits for is the one of these records.
        if self._has_more:
            self._has_more = False
            self._rest = Thread(target=indexed.complete, args=(self._stopped,), name="index names", daemon=True)
        known, lines = self._with_files(chosen.completeness, indexed), indexed.store()
        self._answer = Evidence(
            kind=self.kind,
            source=self.name,
            window=window,
            query=" ".join(self.patterns),
            fetched_at=datetime.now(UTC),
            completeness=with_time_told(with_format_problems(known, self._options), lines, window),
            held=self._held(chosen),
            lines=lines,
        )
        return self._answer

    def _held(self, chosen: ChosenRecords) -> pl.DataFrame | PackedFrame:
        """The frame of some records, the same one as before where nothing has come: a log may be idle for hours."""
        known = self._known
        if known is None or known[0] != chosen.identity:
            known = self._known = chosen.identity, packed_if_large(chosen.frame())
        return known[1]

    def _by_now(self) -> IndexedLogs:
        paths = self._expand()
        self._generations.pass_over_beside(paths)
        if self._indexed is None:
            self._indexed = self._opened(list(self._generations.newcomers(paths, [])))
        else:
            # What is still in an open file is known before copies of it are looked at.
            self._indexed.extend()
            followed = self._indexed.followed
            between = self._generations.between([*followed.rotations], paths)
            self._add(self._indexed, list(self._generations.newcomers([*paths, *between], followed.paths)))
        self._indexed.extend()
        self._copies.take(self._indexed, paths)
        return self._indexed

    def _add(self, indexed: IndexedLogs, new: Sequence[Newcomer]) -> None:
        # Who stopped the reading of others has not seen these.
        self._stopped = Event() if new else self._stopped
        for one in new:
            log = self._input(one)
            try:
                self._has_more |= indexed.add(log, self._telling(indexed), self._stopped)
                # Rotation may have truncated it between the first look and its opening.
                one.known.head = indexed.head_of(log.name)
            except UnreadableInput as error:
                self._forget(one, log, error)
            finally:
                one.file.close()

    def _telling(self, indexed: IndexedLogs) -> Callable[[Progress], None]:
        """Tell how far reading is, without taking away what other logs brought before."""
        from triage_tui.sources.common.reading_parts import ReadingParts

        take, known = self._take_part, self._answer

        def take_beside(part: Evidence) -> None:
            if take is not None:
                take(part if known is None else replace(part, held=known.held, window=known.window))

        return ReadingParts(self.name, indexed, take_beside).tell if take is not None else lambda _: None

    def _forget(self, one: Newcomer, log: LogInput, error: UnreadableInput) -> None:
        """Take a log that could not be read for a new one at the next fetch."""
        self._names.remove(log.name)
        self._generations.read.forget(one.known)
        self._generations.problems[one.path] = str(error)

    def _input(self, one: Newcomer) -> LogInput:
        """Name a file by its own name, and by its whole path where that is taken, numbered where that is too."""
        from triage_tui.logs.log_input import LogInput

        numbered = (f"{one.path} ({number})" for number in count(2))
        name = next(name for name in chain((one.path.name, str(one.path)), numbered) if name not in self._names)
        self._names.append(name)
        return LogInput(name, path=one.path, file=one.file)

    def _opened(self, new: Sequence[Newcomer]) -> IndexedLogs:
        from triage_tui.logs.indexed_logs import IndexedLogs

        if not new:
            # While nothing is read, there is nothing to stop.
            self._stopped.clear()
            raise _nothing_yet(self.patterns, self._generations.problems)
        inputs = [self._input(one) for one in new]
        try:
            indexed = IndexedLogs(inputs, self._options)
            for one, log in zip(new, inputs, strict=True):
                one.known.head = indexed.head_of(log.name)
            self._has_more = indexed.build(self._telling(indexed), self._stopped)
        except UnreadableInput as error:
            for one, log in zip(new, inputs, strict=True):
                self._forget(one, log, error)
            raise
        finally:
            for one in new:
                one.file.close()
        indexed.follow(self._generations.read)
        weakref.finalize(self, indexed.close)
        return indexed

    def _with_files(self, known: Completeness, indexed: IndexedLogs) -> Completeness:
        """Say how many files there are, which could not be read, and what was left out when reading was stopped."""
        left_out, lost, problems = _left_out(indexed), self._copies.lost, [*self._generations.problems.values()]
        files = f"{len(self._names)} file{'s' if len(self._names) != 1 else ''}"
        complete = known.complete and not left_out and not lost and not problems
        return replace(
            known, complete=complete, note="; ".join([*left_out, f"{files}, {known.note}", *lost, *problems])
        )


def _left_out(indexed: IndexedLogs) -> list[str]:
    if indexed.left_out is None:
        return []
    return [f"stopped, {indexed.left_out}", *(["new lines followed"] if indexed.followed else [])]


def _nothing_yet(patterns: Sequence[str], problems: Mapping[Path, str]) -> SourceWaiting | UnreadableInput:
    if problems:
        path, problem = next(iter(problems.items()))
        return UnreadableInput(str(path), problem.partition(": ")[2] or problem)
    return SourceWaiting(f"no line in a file that matches {' or '.join(patterns)} yet; it is looked for again")
