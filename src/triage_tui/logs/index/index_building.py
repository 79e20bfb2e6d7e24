"""Builds the indexes of some logs, with workers that are there as long as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from threading import Event

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.expanding import ExpandingBytes
from triage_tui.logs.freed_memory import return_freed_memory, use_freed_memory_again
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.index_rows import LATER
from triage_tui.logs.index.index_workers import IndexWorkers
from triage_tui.logs.index.log_indexes import LogIndexes
from triage_tui.logs.progress import Progress

# Of less, the workers' threads read all themselves before their processes have started.
PROCESS_BYTES = 256 << 20


class IndexBuilding:
    """Builds indexes; one thread at a time, while any may stop its workers.

    ``unread`` are all logs of which building was cancelled before it came to what was their end when it began.
    """

    def __init__(self, indexes: LogIndexes) -> None:
        self._indexes = indexes
        self._workers: IndexWorkers | None = None
        self.unread: list[FileIndex] = []

    def build(self, files: Sequence[FileIndex], on_progress: Callable[[Progress], None], cancelled: Event) -> bool:
        """Index what is there now and not indexed yet; False where it was cancelled."""
        began = time.monotonic()
        workers = self.working(files)
        others = [file for file in self.unread if file not in files]
        self.unread = [*others, *files]
        try:
            for file in files:
                for _ in up_to_now(file, workers):
                    on_progress(self._progress(files, time.monotonic() - began))
                    if cancelled.is_set():
                        return False
                # What one that was cut still had may be in a copy, which is large too.
                if not file.beginning.is_cut:
                    self.unread.remove(file)
                file.settle()
                return_freed_memory()
        finally:
            self.stop_working()
        if cancelled.is_set():
            return False
        self.unread = others
        return True

    def build_later(self, files: Sequence[FileIndex], kinds: Iterable[str], cancelled: Event) -> None:
        """Read the columns of some kinds in ``LATER``, as far as there is room for them."""
        wanted = [(kind, file) for kind in kinds for file in files if file.lacks(kind)]
        workers = self.working(files) if wanted else None
        try:
            with suppress(UnreadableInput):
                for kind, file in wanted:
                    while not cancelled.is_set() and file.advance_later(kind, workers):
                        pass
                    file.settle()
        finally:
            self.stop_working()

    def working(self, files: Sequence[FileIndex]) -> IndexWorkers:
        """The workers that build the indexes, as long as it takes: each process holds some forty megabytes."""
        if self._workers is None:
            use_freed_memory_again()
            self._workers = IndexWorkers([file.chunks for file in files if file.bytes_left >= PROCESS_BYTES])
        return self._workers

    def stop_working(self) -> None:
        """End the workers, and give back what they needed."""
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()
            self._indexes.room.buffers.give_back()
            return_freed_memory()

    def _progress(self, files: Sequence[FileIndex], seconds: float) -> Progress:
        done, records = sum(file.indexed_to for file in files), sum(file.record_count for file in files)
        return Progress(done, sum(map(self._indexes.expected_size, files)), records, seconds)


def up_to_now(file: FileIndex, workers: IndexWorkers | None = None) -> Iterator[None]:
    """Index chunk by chunk what a log holds now: one that is written to all the time would have no end."""
    source = file.reader.source
    goal = None if isinstance(source, ExpandingBytes) else source.size
    while (goal is None or file.indexed_to < goal) and file.advance(workers):
        yield


def read_later(file: FileIndex) -> None:
    """Read all columns of the kinds in ``LATER`` that a log lacks, without workers."""
    for kind in LATER:
        while file.advance_later(kind):
            pass
