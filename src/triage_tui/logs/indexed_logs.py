"""Logs of any size: their indexes are built in the background, kept for the next time, and grow with the files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import Completeness
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.byte_source import ByteSource, FileBytes
from triage_tui.logs.chunk_reader import IndexOptions
from triage_tui.logs.error_scan import FoundErrors, together
from triage_tui.logs.excerpts import Excerpts, excerpts_of
from triage_tui.logs.expanding import ExpandingBytes
from triage_tui.logs.follow import whichever
from triage_tui.logs.followed_log import FollowedLog
from triage_tui.logs.formats import version_of
from triage_tui.logs.freed_memory import return_freed_memory
from triage_tui.logs.index import FileIndex
from triage_tui.logs.index_cache import IndexCache
from triage_tui.logs.index_room import IndexRoom
from triage_tui.logs.index_rows import LATER
from triage_tui.logs.index_workers import IndexWorkers
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput, LogOptions
from triage_tui.logs.log_sources import Unpacked, open_gradually
from triage_tui.logs.progress import Progress
from triage_tui.logs.record_reader import RecordReader
from triage_tui.logs.store import LogStore

if TYPE_CHECKING:
    import polars as pl

# Analysis holds its records in memory, at about three times the bytes of their text.
FRAME_BYTES_CAP = 32 << 20
# Of less, the workers' threads read all themselves before their processes have started.
PROCESS_BYTES = 256 << 20


class IndexedLogs:
    """Several logs and their indexes. Any thread may take a ``store`` while another one builds.

    Raises ``UnreadableInput`` where a log cannot be opened.
    """

    def __init__(
        self,
        inputs: Sequence[LogInput],
        options: LogOptions = DEFAULT_OPTIONS,
        cache_folder: Path | None = None,
    ) -> None:
        self._options, self._lock = options, Lock()
        self._reading = IndexOptions(options.assumed_zone, options.id_fields, options.today)
        self._cache = IndexCache(cache_folder) if cache_folder else None
        self._inputs = sorted(inputs, key=lambda one: one.name)
        self._room = IndexRoom(len(inputs), self._cache.ready_folder() if self._cache else None)
        self._expanding: dict[str, Unpacked] = {}
        self._files = [self._index_of(one) for one in self._inputs]
        self._workers: IndexWorkers | None = None
        self._followed: list[FollowedLog] = []
        self._goes_on: Callable[[Path], bool] = whichever
        self._store: LogStore | None = None

    @property
    def text_bytes(self) -> int:
        """How many bytes of text are indexed by now, as they are without compression."""
        return sum(file.indexed_to for file in self._all())

    def find_errors(self, cancelled: Event) -> FoundErrors | None:
        """Search logs that are not indexed yet for their errors; None where that would miss those of one of them."""
        parts: list[FoundErrors] = []
        for file in self._files:
            found = file.find_errors(cancelled)
            if found is None:
                return None
            parts.append(found)
        return together(parts) if parts else None

    def build(self, on_progress: Callable[[Progress], None], cancelled: Event) -> bool:
        """Index what is there now and not indexed yet, with a report after some chunks; False where it was cancelled.

        What was built before a cancel stays usable, and the next call goes on from there.
        """
        began = time.monotonic()
        workers = self._working()
        try:
            for file in self._files:
                for _ in _up_to_now(file, workers):
                    on_progress(self._progress(time.monotonic() - began))
                    if cancelled.is_set():
                        return False
                file.settle()
        finally:
            self._stop_working()
        return not cancelled.is_set()

    def complete(self, cancelled: Event, kinds: Iterable[str] = LATER) -> None:
        """Read the IDs, hosts and templates of the records, and keep the indexes for the next time."""
        wanted = [(kind, file) for kind in kinds for file in self._files]
        workers = self._working() if wanted else None
        try:
            for kind, file in wanted:
                while not cancelled.is_set() and file.advance_later(kind, workers):
                    pass
                file.settle()
        finally:
            self._stop_working()
        self._keep()

    def _working(self) -> IndexWorkers:
        """The workers that build the index, as long as it takes: each process holds some forty megabytes."""
        if self._workers is None:
            self._workers = IndexWorkers([file.chunks for file in self._files if file.bytes_left >= PROCESS_BYTES])
        return self._workers

    def _stop_working(self) -> None:
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()
            self._room.buffers.give_back()
            return_freed_memory()

    def follow(self, goes_on: Callable[[Path], bool] = whichever) -> None:
        """From now on ``extend`` follows the files over rotation and truncation; call it when they are indexed.

        Compressed logs and logs in memory stay as they are. ``goes_on`` tells whether a file that took a name is read;
        it is called by the thread that extends.
        """
        self._goes_on = goes_on
        with self._lock:
            self._followed = [
                FollowedLog(one.path, file, self._reading, goes_on)
                for one, file in zip(self._inputs, self._files, strict=True)
                if one.path is not None and _is_log_itself(file.reader.source)
            ]

    def add(self, one: LogInput) -> None:
        """Index a log that has come since the others are followed, and follow it too."""
        file = self._index_of(one)
        for _ in _up_to_now(file):
            pass
        _read_later(file)
        with self._lock:
            self._inputs.append(one)
            self._files.append(file)
            self._store = None
            if one.path is not None and _is_log_itself(file.reader.source):
                self._followed.append(FollowedLog(one.path, file, self._reading, self._goes_on))

    def read_from(self, source: ByteSource) -> None:
        """Read the records that a log of this name had when it was indexed from elsewhere: its file was truncated."""
        with self._lock:
            for file in self._files:
                if file.reader.source.name == source.name:
                    file.reader.source = source
            self._store = None

    def extend(self) -> int:
        """Index whole lines that were appended since; returns how many records are new."""
        before = self._count()
        with self._lock:
            for log in self._followed:
                log.take_new_lines()
            followed = [log.before for log in self._followed]
            for file in self._all():
                while file not in followed and file.advance():
                    pass
            for log in self._followed:
                _read_later(log.appended)
        return self._count() - before

    def store(self) -> LogStore:
        """All records that are indexed by now, in time order."""
        with self._lock:
            followed = [log.before for log in self._followed]
            files = [file.rows(torn=file not in followed) for file in self._all()]
            self._store = LogStore(files, self._options.id_fields, self._store)
            return self._store

    def close(self) -> None:
        """Close the files that are followed; stores that were taken can still be read."""
        self._stop_working()
        for log in self._followed:
            log.close()

    def _all(self) -> list[FileIndex]:
        return [*self._files, *(log.appended for log in self._followed)]

    def records(
        self,
        window: TimeWindow | None,
        bytes_cap: int = FRAME_BYTES_CAP,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> tuple[pl.DataFrame, Completeness]:
        """Parse the records of a window into a LOGS frame, in time order; where they exceed a cap, a part of them.

        The cap counts bytes of text over all files; the completeness says what was left out. Of logs that are followed,
        the part is the latest, of others the one around the rise of errors. Progress is that of this part alone.
        """
        from triage_tui.logs.parsed_parts import (  # an index needs no frames, and is begun before they are loaded
            Part,
            parsed,
        )

        files = self._all()
        followed = [log.before for log in self._followed]
        logs = [file.rows(torn=file not in followed) for file in files]
        chosen = excerpts_of(logs, window, bytes_cap, at_rise=not self._followed)
        parts = [Part(logs[part.log], part.start, part.stop) for part in chosen.parts]
        frame = parsed(parts, self._options, window, on_progress)
        return frame, self._completeness(chosen)

    def _completeness(self, chosen: Excerpts) -> Completeness:
        unreadable = [file.reader for file in self._all() if file.reader.unreadable.count]
        notes = [_counted(chosen)]
        if unreadable:
            count = sum(reader.unreadable.count for reader in unreadable)
            first = f"{unreadable[0].source.name}:{unreadable[0].unreadable.first_line}"
            notes.append(f"{count:,} lines unreadable, first at {first}")
        if without_zone := sum(file.without_zone for file in self._all()):
            notes.append(f"zone {self._options.assumed_zone} assumed for {without_zone:,} times")
        notes += [f"{name}: {one.damage}" for name, one in self._expanding.items() if one.damage]
        is_damaged = any(one.damage for one in self._expanding.values())
        troubled = [f"{log.before.reader.source.name}: {log.problem}" for log in self._followed if log.problem]
        return Completeness(
            chosen.kept == chosen.found and not unreadable and not troubled and not is_damaged,
            "; ".join((*notes, *troubled)),
        )

    def _index_of(self, one: LogInput) -> FileIndex:
        opened = open_gradually(one)
        reader = RecordReader(opened.content, self._options.user_formats)
        if opened.expanding is not None:
            self._expanding[opened.content.name] = opened.expanding
        known = None
        if self._cache is not None and one.path is not None and opened.expanding is None:
            known = self._cache.load(one.path, opened.content, self._kind(reader))
        return FileIndex(reader, self._reading, known, room=self._room)

    def _kind(self, reader: RecordReader) -> str:
        """What an index depends on beside the log itself."""
        zone, ids = self._options.assumed_zone, sorted(self._options.id_fields)
        return f"{reader.formats.name} {version_of(self._options.user_formats)} {zone} {' '.join(ids)}"

    def _count(self) -> int:
        return sum(file.record_count for file in self._all())

    def _progress(self, seconds: float) -> Progress:
        done = sum(file.indexed_to for file in self._files)
        return Progress(done, sum(map(self._expected_size, self._files)), self._count(), seconds)

    def _expected_size(self, file: FileIndex) -> int:
        """The bytes of a log; of one that is being decompressed, as many as there are if the rest is like the first."""
        expanding = self._expanding.get(file.reader.source.name)
        size = file.reader.source.size
        return round(size / max(expanding.stored_share, 1e-3)) if expanding is not None else size

    def _keep(self) -> None:
        if self._cache is None:
            return
        for one, file in zip(self._inputs, self._files, strict=True):
            if one.path is not None and file.has_news and one.name not in self._expanding:
                self._cache.save(one.path, file.reader.source, self._kind(file.reader), file.kept())


def _counted(chosen: Excerpts) -> str:
    if chosen.kept == chosen.found:
        return f"{chosen.found:,} records"
    if chosen.rise is None:
        return f"{chosen.found:,} records, findings from the latest {chosen.kept:,}"
    return f"{chosen.found:,} records, findings from {chosen.kept:,} around {chosen.rise:%H:%M:%S}Z where errors rise"


def _up_to_now(file: FileIndex, workers: IndexWorkers | None = None) -> Iterator[None]:
    """Index chunk by chunk what a log holds now: one that is written to all the time would have no end."""
    source = file.reader.source
    goal = None if isinstance(source, ExpandingBytes) else source.size
    while (goal is None or file.indexed_to < goal) and file.advance(workers):
        yield


def _read_later(file: FileIndex) -> None:
    for kind in LATER:
        while file.advance_later(kind):
            pass


def _is_log_itself(source: ByteSource) -> bool:
    """Whether a source is the file that was named, and not its decompressed copy, which no folder knows."""
    return isinstance(source, FileBytes) and source.status().st_nlink > 0
