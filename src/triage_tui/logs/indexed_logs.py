"""Logs of any size: their indexes are built in the background, kept for the next time, and grow with the files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock

from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.byte_source import ByteSource
from triage_tui.logs.chosen_records import ChosenRecords
from triage_tui.logs.completeness import LeftOut, completeness_of
from triage_tui.logs.error_scan import FoundErrors, together
from triage_tui.logs.excerpts import excerpts_of
from triage_tui.logs.expanding import ExpandingBytes
from triage_tui.logs.file_rows import FileRows
from triage_tui.logs.follow import whichever
from triage_tui.logs.followed_log import FollowedLogs
from triage_tui.logs.freed_memory import return_freed_memory
from triage_tui.logs.index import FileIndex
from triage_tui.logs.index_rows import LATER
from triage_tui.logs.index_workers import IndexWorkers
from triage_tui.logs.log_indexes import LogIndexes
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput, LogOptions
from triage_tui.logs.progress import Progress
from triage_tui.logs.store import LogStore

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
        self._indexes = LogIndexes(options, cache_folder, len(inputs))
        self._inputs = sorted(inputs, key=lambda one: one.name)
        self._files = [self._indexes.opened(one) for one in self._inputs]
        self._workers: IndexWorkers | None = None
        self._followed = FollowedLogs(self._indexes.reading)
        self._store: LogStore | None = None
        # Of these, reading was stopped before it came to what was their end then.
        self._stopped: list[FileIndex] = []
        self.left_out: LeftOut | None = None

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
        self._stopped = list(self._files)
        try:
            for file in self._files:
                for _ in _up_to_now(file, workers):
                    on_progress(self._progress(time.monotonic() - began))
                    if cancelled.is_set():
                        return False
                # What one that was cut still had may be in a copy, which is large too.
                if not file.beginning.is_cut:
                    self._stopped.remove(file)
                file.settle()
                return_freed_memory()
        finally:
            self._stop_working()
        if cancelled.is_set():
            return False
        self._stopped.clear()
        return True

    def complete(self, cancelled: Event, kinds: Iterable[str] = LATER) -> None:
        """Read the IDs, hosts and templates of the records, and keep the indexes for the next time.

        What there is no room for is found without an index too.
        """
        wanted = [(kind, file) for kind in kinds for file in self._files if file.lacks(kind)]
        workers = self._working() if wanted else None
        try:
            with suppress(UnreadableInput):
                for kind, file in wanted:
                    while not cancelled.is_set() and file.advance_later(kind, workers):
                        pass
                    file.settle()
        finally:
            self._stop_working()
        with self._lock:
            known = list(zip(self._inputs, self._files, strict=True))
        for one, file in known:
            self._indexes.keep(one, file)

    def _working(self) -> IndexWorkers:
        """The workers that build the index, as long as it takes: each process holds some forty megabytes."""
        if self._workers is None:
            self._workers = IndexWorkers([file.chunks for file in self._files if file.bytes_left >= PROCESS_BYTES])
        return self._workers

    def _stop_working(self) -> None:
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()
            self._indexes.room.buffers.give_back()
            return_freed_memory()

    def follow(self, goes_on: Callable[[Path], bool] = whichever) -> None:
        """From now on ``extend`` follows the files over rotation and truncation; call it when they are indexed.

        Compressed logs and logs in memory stay as they are. ``goes_on`` tells whether a file that took a name is read;
        it is called by the thread that extends. Of logs whose indexing was cancelled, what is not indexed now is never
        read: they are followed as ``FollowedLog`` says, and ``left_out`` tells how much that is.
        """
        with self._lock:
            self._followed.goes_on = goes_on
            for one, file in zip(self._inputs, self._files, strict=True):
                self._followed.add(one.path, file, leaves_rest=file in self._stopped)
            self.left_out = self._left_out()

    def _left_out(self) -> LeftOut | None:
        sizes = {file: self._indexes.expected_size(file) for file in self._files}
        followed = {file: self._followed.left_out_of(file) for file in self._stopped}
        unread = sum(sizes[file] - file.indexed_to if left is None else left for file, left in followed.items())
        return LeftOut(unread, sum(sizes.values())) if unread > 0 else None

    def add(self, one: LogInput) -> None:
        """Index a log that has come since the others are followed, and follow it too."""
        file = self._indexes.opened(one)
        for _ in _up_to_now(file):
            pass
        _read_later(file)
        with self._lock:
            self._inputs.append(one)
            self._files.append(file)
            self._store = None
            self._followed.add(one.path, file)

    def source_of(self, path: Path) -> ByteSource | None:
        """What was opened under a path."""
        opened = zip(self._inputs, self._files, strict=True)
        return next((file.reader.source for one, file in opened if one.path == path), None)

    def read_from(self, source: ByteSource) -> None:
        """Read the records that a log of this name had when it was indexed from elsewhere: its file was truncated."""
        for file in self._files:
            if file.reader.source.name != source.name:
                continue
            if file in self._stopped:
                file.reader.source = source
            else:
                file.go_on_in(source)
                _read_later(file)
        with self._lock:
            self._store = None

    @property
    def are_followed(self) -> bool:
        """Whether some log is followed."""
        return bool(self._followed)

    @property
    def lacking_lines(self) -> list[Path]:
        """The logs that were truncated, of which some lines may be in a copy alone."""
        return self._followed.lacking_lines

    def take_from(self, copy: ByteSource) -> None:
        """Take what a copy that rotation has left has beyond what was read of its log; nothing from other files."""
        with self._lock:
            self._followed.take_from(copy)

    def extend(self) -> int:
        """Index whole lines that were appended since; returns how many records are new."""
        before = self._count()
        with self._lock:
            self._followed.take_new_lines()
            resting = [*self._followed.before, *self._stopped]
            for file in self._all():
                while file not in resting and file.advance():
                    pass
            for file in self._followed.appended:
                _read_later(file)
        return self._count() - before

    def store(self) -> LogStore:
        """All records that are indexed by now, in time order."""
        with self._lock:
            self._store = LogStore(self._rows(), self._options.id_fields, self._store)
            return self._store

    def close(self) -> None:
        """Close the files that are followed; stores that were taken can still be read."""
        self._stop_working()
        self._followed.close()

    def _all(self) -> list[FileIndex]:
        return [*self._files, *self._followed.appended]

    def _rows(self) -> list[FileRows]:
        followed = self._followed.before
        return [file.rows(torn=file not in followed) for file in self._all()]

    def records(self, window: TimeWindow | None, bytes_cap: int = FRAME_BYTES_CAP) -> ChosenRecords:
        """Choose the records of a window; where they exceed a cap, a part of them.

        The cap counts bytes of text over all files; the completeness says what was left out. Of logs that are followed,
        the part is the latest, of others the one around the rise of errors.
        """
        logs = self._rows()
        chosen = excerpts_of(logs, window, bytes_cap, at_rise=not self._followed)
        wanting = [*self._indexes.damage, *self._followed.problems]
        completeness = completeness_of(chosen, self._all(), wanting, self._options.assumed_zone)
        return ChosenRecords(logs, chosen, window, self._options, completeness)

    def _count(self) -> int:
        return sum(file.record_count for file in self._all())

    def _progress(self, seconds: float) -> Progress:
        done = sum(file.indexed_to for file in self._files)
        return Progress(done, sum(map(self._indexes.expected_size, self._files)), self._count(), seconds)


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
