"""Logs of any size: their indexes are built in the background, kept for the next time, and grow with the files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Lock
from typing import NamedTuple

import polars as pl

from triage_tui.investigation.evidence import Completeness
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.byte_source import ByteSource, FileBytes
from triage_tui.logs.followed_log import FollowedLog
from triage_tui.logs.index import FileIndex, in_time_order
from triage_tui.logs.index_cache import IndexCache
from triage_tui.logs.opened_logs import DEFAULT_OPTIONS, LogInput, LogOptions, open_source
from triage_tui.logs.record_frame import SCHEMA, FrameBuilder
from triage_tui.logs.record_reader import RecordReader
from triage_tui.logs.store import LogStore

# Analysis holds its records in memory, at about four times the bytes of their text.
FRAME_BYTES_CAP = 64 << 20


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
        self._followed: list[FollowedLog] = []

    def build(self, on_progress: Callable[[Progress], None], cancelled: Event) -> bool:
        """Index what is not indexed yet, with a report after each chunk; False where it was cancelled.

        What was built before a cancel stays usable, and the next call goes on from there.
        """
        began = time.monotonic()
        for file in self._files:
            while not cancelled.is_set() and self._advance(file):
                on_progress(self._progress(time.monotonic() - began))
        with self._lock:
            for file in self._files:
                file.consolidate()
        self._keep()
        return not cancelled.is_set()

    def follow(self) -> None:
        """From now on ``extend`` follows the files over rotation and truncation; call it when they are indexed.

        Compressed logs and logs in memory stay as they are.
        """
        with self._lock:
            self._followed = [
                FollowedLog(one.path, file, self._builder(file.reader))
                for one, file in zip(self._inputs, self._files, strict=True)
                if one.path is not None and _is_log_itself(file.reader.source)
            ]

    def extend(self) -> int:
        """Index whole lines that were appended since; returns how many records are new."""
        before = self._count()
        with self._lock:
            for log in self._followed:
                log.take_new_lines()
        followed = [log.before for log in self._followed]
        for file in self._all():
            while file not in followed and self._advance(file):
                pass
        return self._count() - before

    def store(self) -> LogStore:
        """All records that are indexed by now, in time order."""
        followed = [log.before for log in self._followed]
        with self._lock:
            files = self._all()
            frames = [file.whole_lines if file in followed else file.frame for file in files]
        return LogStore([file.reader for file in files], in_time_order(frames), self._options.id_fields)

    def close(self) -> None:
        """Close the files that are followed; stores that were taken can still be read."""
        for log in self._followed:
            log.close()

    def _all(self) -> list[FileIndex]:
        return [*self._files, *(log.appended for log in self._followed)]

    def records(self, window: TimeWindow | None, bytes_cap: int = FRAME_BYTES_CAP) -> tuple[pl.DataFrame, Completeness]:
        """Parse the records of a window into a LOGS frame, in time order, the latest ones where they exceed a cap.

        The cap counts bytes of text over all files; the completeness says what was left out.
        """
        files = self._all()
        found = [self._within(file, window) for file in files]
        share = bytes_cap // max(1, sum(1 for rows in found if rows.height))
        kept = [_latest(rows, share) for rows in found]
        frames = [self._parsed(file, rows) for file, rows in zip(files, kept, strict=True) if rows.height]
        frame = in_time_order(frames).select(SCHEMA.names()) if frames else pl.DataFrame(schema=SCHEMA)
        if window is not None:
            frame = frame.filter(pl.col("time").is_between(window.start, window.end, closed="left"))
        return frame, self._completeness(sum(map(len, kept)), sum(map(len, found)))

    def _within(self, file: FileIndex, window: TimeWindow | None) -> pl.DataFrame:
        """A file's records from the first to the last one of a window, in the order of the file."""
        with self._lock:
            rows = file.whole_lines if file in [log.before for log in self._followed] else file.frame
        if window is None:
            return rows
        inside = rows["time"].is_between(window.start, window.end, closed="left").arg_true()
        return rows[inside[0] : inside[-1] + 1] if len(inside) else rows.clear()

    def _parsed(self, file: FileIndex, rows: pl.DataFrame) -> pl.DataFrame:
        first, last = rows.row(0, named=True), rows.row(-1, named=True)
        reader = RecordReader(file.reader.source, formats=file.reader.formats.copied())
        builder = self._builder(reader)
        batches = reader.batches(first["offset"], last["offset"] + last["length"], first["line"])
        return pl.concat([builder.frame(batch) for batch in batches])

    def _completeness(self, kept: int, found: int) -> Completeness:
        unreadable = [file.reader for file in self._all() if file.reader.unreadable.count]
        notes = [f"the latest {kept:,} of {found:,} records" if kept < found else f"{found:,} records"]
        if unreadable:
            count = sum(reader.unreadable.count for reader in unreadable)
            first = f"{unreadable[0].source.name}:{unreadable[0].unreadable.first_line}"
            notes.append(f"{count:,} lines unreadable, first at {first}")
        return Completeness(kept == found and not unreadable, "; ".join(notes))

    def _builder(self, reader: RecordReader) -> FrameBuilder:
        options = self._options
        return FrameBuilder(reader.source.name, options.assumed_zone, options.id_fields, options.today)

    def _index_of(self, one: LogInput) -> FileIndex:
        source, _ = open_source(one)
        reader = RecordReader(source, self._options.user_formats)
        known = self._cache.load(one.path, source, reader.formats.name) if self._cache and one.path else None
        return FileIndex(reader, self._builder(reader), known)

    def _advance(self, file: FileIndex) -> bool:
        with self._lock:
            return file.advance()

    def _count(self) -> int:
        return sum(file.record_count for file in self._all())

    def _progress(self, seconds: float) -> Progress:
        done = sum(file.indexed_to for file in self._files)
        return Progress(done, sum(file.reader.source.size for file in self._files), self._count(), seconds)

    def _keep(self) -> None:
        if self._cache is None:
            return
        for one, file in zip(self._inputs, self._files, strict=True):
            if one.path is not None and file.has_news:
                self._cache.save(one.path, file.reader.source, file.reader.formats.name, file.whole_lines)


def _latest(rows: pl.DataFrame, share: int) -> pl.DataFrame:
    """The last rows of a file that take at most ``share`` bytes."""
    if not rows.height:
        return rows
    end = rows["offset"][-1] + rows["length"][-1]
    return rows.filter(pl.col("offset") >= end - share)


def _is_log_itself(source: ByteSource) -> bool:
    """Whether a source is the file that was named, and not its decompressed copy, which no folder knows."""
    return isinstance(source, FileBytes) and source.status().st_nlink > 0
