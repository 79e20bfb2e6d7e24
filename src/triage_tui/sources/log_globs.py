"""Logs that are written to, named by globs: files that come later join, what rotation renames does not come twice."""

from __future__ import annotations

import asyncio
import contextlib
import glob
import weakref
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from msgspec.structs import replace

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.packed_frame import PackedFrame, packed_if_large
from triage_tui.investigation.source import SourceWaiting, UnreadableInput
from triage_tui.sources.common.format_notes import with_format_problems
from triage_tui.sources.common.log_generations import HEAD_BYTES, LogGenerations

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.investigation.source import LogLines
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.logs.chosen_records import ChosenRecords
    from triage_tui.logs.indexed_logs import IndexedLogs
    from triage_tui.logs.log_input import LogInput, LogOptions


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
        self._names: dict[Path, str] = {}
        self._copies: dict[Path, Path | None] = {}
        self._take_part: Callable[[Evidence], None] | None = None
        self._looked_at: dict[tuple[Path, Path], tuple[int, ...]] = {}
        self._one_at_a_time = Lock()
        self._stopped = Event()
        self._has_more = False
        self._rest: Thread | None = None
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
        has_grown = indexed.extend() > 0
        if self._one_at_a_time.acquire(blocking=False):
            try:
                self._generations.note_beginnings()
                if indexed.lacking_lines:
                    has_grown |= self._take_copies(indexed, self._expand())
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
        with self._one_at_a_time:
            indexed = self._by_now()
        chosen = indexed.records(window)
        # Not before, since the computation that it waits for is the one of these records.
        if self._has_more:
            self._has_more = False
            self._rest = Thread(target=indexed.complete, args=(self._stopped,), name="index names", daemon=True)
        return Evidence(
            kind=self.kind,
            source=self.name,
            window=window,
            query=" ".join(self.patterns),
            fetched_at=datetime.now(UTC),
            completeness=with_format_problems(self._with_files(chosen.completeness), self._options),
            held=self._held(chosen),
            lines=indexed.store(),
        )

    def _held(self, chosen: ChosenRecords) -> pl.DataFrame | PackedFrame:
        """The frame of some records, the same one as before where nothing has come: a log may be idle for hours."""
        known = self._known
        if known is None or known[0] != chosen.identity:
            known = self._known = chosen.identity, packed_if_large(chosen.frame())
        return known[1]

    def _by_now(self) -> IndexedLogs:
        paths = self._expand()
        new = [self._input(path) for path in self._generations.newcomers(paths)]
        if self._indexed is None:
            if not new:
                # While nothing is read, there is nothing to stop.
                self._stopped.clear()
                raise self._nothing_yet()
            self._indexed = self._opened(new)
        else:
            self._add(self._indexed, new)
        self._indexed.extend()
        self._take_copies(self._indexed, paths)
        return self._indexed

    def _add(self, indexed: IndexedLogs, new: Sequence[LogInput]) -> None:
        for one in new:
            try:
                indexed.add(one)
            except UnreadableInput as error:
                self._forget([one], str(error))
            else:
                self._note_opened(indexed, one)

    def _forget(self, inputs: Sequence[LogInput], problem: str) -> None:
        """Take logs for new at the next fetch: rotation may have taken one away before it was opened."""
        for path in filter(None, [one.path for one in inputs]):
            del self._names[path]
            self._generations.forget(path, problem)

    def _note_opened(self, indexed: IndexedLogs, one: LogInput) -> None:
        from triage_tui.logs.byte_source import FileBytes

        source = indexed.source_of(one.path) if one.path is not None else None
        if one.path is not None and isinstance(source, FileBytes):
            self._generations.note_opened(one.path, source.status(), source.read_at(0, HEAD_BYTES))

    def _take_copies(self, indexed: IndexedLogs, paths: Sequence[Path]) -> bool:
        """Read what logs held that were truncated from the copies that rotation has left; tells whether there are any.

        The last lines of a log may have been written after the last look at it.
        """
        self._generations.look_for_copies(_beside)
        has_copies = self._read_copies(indexed)
        for log in indexed.lacking_lines:
            for path in sorted({*paths, *_beside(log)} - {log}):
                has_copies |= self._read_end_from(path, log, indexed)
        return has_copies

    def _read_end_from(self, path: Path, log: Path, indexed: IndexedLogs) -> bool:
        """Read the last lines of a log from a file that may be a copy of it, once as long as it does not change."""
        from triage_tui.logs.log_input import LogInput
        from triage_tui.logs.log_sources import open_source

        with contextlib.suppress(OSError, UnreadableInput):
            status = path.stat()
            looked_at = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if self._looked_at.get((log, path)) != looked_at:
                self._looked_at[log, path] = looked_at
                indexed.take_from(open_source(LogInput(path.name, path=path))[0])
                return indexed.extend() > 0
        return False

    def _input(self, path: Path) -> LogInput:
        """Name a file by its own name, and by its whole path where that is taken."""
        from triage_tui.logs.log_input import LogInput

        self._names[path] = path.name if path.name not in self._names.values() else str(path)
        return LogInput(self._names[path], path=path)

    def _read_copies(self, indexed: IndexedLogs) -> bool:
        """Read what a log held that was truncated from the copy that rotation has left; without one, it is gone."""
        from triage_tui.logs.byte_source import MemoryBytes
        from triage_tui.logs.log_input import LogInput
        from triage_tui.logs.log_sources import open_source

        found = {log: copy for log, copy in self._generations.truncated.items() if self._copies.get(log, log) != copy}
        for log, copy in found.items():
            name = self._names[log]
            try:
                source = open_source(LogInput(name, path=copy))[0] if copy else MemoryBytes(name, b"")
            except UnreadableInput:
                # Rotation has moved it on by now; it is looked for again.
                self._generations.truncated[log] = None
                continue
            indexed.read_from(source)
            self._copies[log] = copy
        return bool(found)

    def _opened(self, inputs: Sequence[LogInput]) -> IndexedLogs:
        try:
            return self._built(inputs)
        except UnreadableInput as error:
            self._forget(inputs, str(error))
            raise

    def _built(self, inputs: Sequence[LogInput]) -> IndexedLogs:
        from triage_tui.logs.indexed_logs import IndexedLogs
        from triage_tui.sources.common.reading_parts import ReadingParts

        indexed = IndexedLogs(inputs, self._options)
        for one in inputs:
            self._note_opened(indexed, one)
        tell = ReadingParts(self.name, indexed, self._take_part).tell if self._take_part else lambda _: None
        self._has_more = indexed.build(tell, self._stopped)
        indexed.follow(self._generations.goes_on)
        weakref.finalize(self, indexed.close)
        return indexed

    def _nothing_yet(self) -> SourceWaiting | UnreadableInput:
        if self._generations.problems:
            path, problem = next(iter(self._generations.problems.items()))
            return UnreadableInput(str(path), problem.partition(": ")[2] or problem)
        return SourceWaiting(f"no line in a file that matches {' or '.join(self.patterns)} yet; it is looked for again")

    def _with_files(self, known: Completeness) -> Completeness:
        """Say how many files there are, which could not be read, and what was left out when reading was stopped."""
        stopped = self._left_out()
        files = f"{len(self._names)} file{'s' if len(self._names) != 1 else ''}"
        notes = [*stopped, f"{files}, {known.note}"]
        lost = [path.name for path, copy in self._generations.truncated.items() if copy is None]
        notes += [f"{name} was truncated: what it held before is gone" for name in lost]
        notes += self._generations.problems.values()
        complete = known.complete and not stopped and not lost and not self._generations.problems
        return replace(known, complete=complete, note="; ".join(notes))

    def _left_out(self) -> list[str]:
        indexed = self._indexed
        if indexed is None or indexed.left_out is None:
            return []
        followed = ["new lines are followed"] if indexed.are_followed else []
        return [f"reading was stopped: {indexed.left_out}", *followed]


def _beside(log: Path) -> list[Path]:
    """The files whose names begin as that of a log does: rotation leaves its copies there."""
    return sorted(log.parent.glob(f"{glob.escape(log.name)}?*"))
