"""Logs of any size: their indexes are built in the background, kept for the next time, and grow with the files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Lock
from typing import NamedTuple

from triage_tui.logs.index import FileIndex, in_time_order
from triage_tui.logs.index_cache import IndexCache
from triage_tui.logs.opened_logs import DEFAULT_OPTIONS, LogInput, LogOptions, open_source
from triage_tui.logs.record_frame import FrameBuilder
from triage_tui.logs.record_reader import RecordReader
from triage_tui.logs.store import LogStore


class Progress(NamedTuple):
    """How far an index is: bytes done and in all, records so far, and the seconds it took."""

    done_bytes: int
    total_bytes: int
    records: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """An estimate at the rate so far; None before there is a rate."""
        return self.seconds * (self.total_bytes - self.done_bytes) / self.done_bytes if self.done_bytes else None


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
        self._cache = IndexCache(cache_folder) if cache_folder else None
        self._inputs = sorted(inputs, key=lambda one: one.name)
        self._files = [self._index_of(one) for one in self._inputs]

    def build(self, on_progress: Callable[[Progress], None], cancelled: Event) -> bool:
        """Index what is not indexed yet, with a report after each chunk; False where it was cancelled.

        What was built before a cancel stays usable, and the next call goes on from there.
        """
        began = time.monotonic()
        for file in self._files:
            while not cancelled.is_set() and self._advance(file):
                on_progress(self._progress(time.monotonic() - began))
        self._keep()
        return not cancelled.is_set()

    def extend(self) -> int:
        """Index whole lines that were appended since; returns how many records are new."""
        before = self._count()
        for file in self._files:
            while self._advance(file):
                pass
        return self._count() - before

    def store(self) -> LogStore:
        """All records that are indexed by now, in time order."""
        with self._lock:
            frames = [file.frame for file in self._files]
        return LogStore([file.reader for file in self._files], in_time_order(frames), self._options.id_fields)

    def _index_of(self, one: LogInput) -> FileIndex:
        source, _ = open_source(one)
        reader = RecordReader(source, self._options.user_formats)
        builder = FrameBuilder(source.name, self._options.assumed_zone, self._options.id_fields, self._options.today)
        known = self._cache.load(one.path, source, reader.formats.name) if self._cache and one.path else None
        return FileIndex(reader, builder, known)

    def _advance(self, file: FileIndex) -> bool:
        with self._lock:
            return file.advance()

    def _count(self) -> int:
        return sum(file.record_count for file in self._files)

    def _progress(self, seconds: float) -> Progress:
        done = sum(file.indexed_to for file in self._files)
        return Progress(done, sum(file.reader.source.size for file in self._files), self._count(), seconds)

    def _keep(self) -> None:
        if self._cache is None:
            return
        for one, file in zip(self._inputs, self._files, strict=True):
            if one.path is not None:
                self._cache.save(one.path, file.reader.source, file.reader.formats.name, file.whole_lines)
