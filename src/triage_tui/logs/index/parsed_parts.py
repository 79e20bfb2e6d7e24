"""Parts of indexed logs as one frame of records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.log_input import LogOptions
from triage_tui.logs.progress import Progress
from triage_tui.logs.records.batches import Batch
from triage_tui.logs.records.record_frame import SCHEMA, FrameBuilder, in_time_order
from triage_tui.logs.records.record_reader import RecordReader


class Part(NamedTuple):
    """Some rows of a log, in the order of its file."""

    log: FileRows
    start: int
    stop: int

    @property
    def text_bytes(self) -> int:
        """How many bytes of text they have."""
        return self.log.bytes_between(self.start, self.stop)


def parsed(
    parts: Sequence[Part],
    options: LogOptions,
    window: TimeWindow | None,
    on_progress: Callable[[Progress], None] | None = None,
) -> pl.DataFrame:
    """Parse parts into a LOGS frame, in time order; of records outside a half-open window none is left."""
    told = _Parsing(sum(part.text_bytes for part in parts), on_progress)
    frames = [_frame_of(part, options, told) for part in parts]
    frame = in_time_order(frames) if frames else pl.DataFrame(schema=SCHEMA)
    if window is not None:
        frame = frame.filter(pl.col("time").is_between(window.start, window.end, closed="left"))
    return frame


def _frame_of(part: Part, options: LogOptions, told: _Parsing) -> pl.DataFrame:
    rows = part.log
    reader = RecordReader(rows.source, formats=rows.reader.formats.copied())
    builder = FrameBuilder(rows.source.name, options.assumed_zone, options.id_fields, options.today)
    first, end = rows.timed.at("offset", part.start), rows.byte_after(part.stop - 1)
    batches = reader.batches(first, end, rows.timed.at("line", part.start))
    frames = [builder.frame(batch) for batch in told.through(batches)]
    # A log that was truncated has nothing there any more.
    return pl.concat(frames) if frames else builder.frame(Batch())


class _Parsing:
    """Tells how far the records of several logs are parsed, whose text has so many bytes in all."""

    def __init__(self, total_bytes: int, on_progress: Callable[[Progress], None] | None) -> None:
        self._total, self._tell, self._began = total_bytes, on_progress, time.monotonic()
        self._bytes = self._records = 0

    def through(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Hand batches on, and tell of each when the next one is asked for."""
        for batch in batches:
            yield batch
            self._bytes, self._records = self._bytes + sum(batch.lengths), self._records + len(batch)
            if self._tell is not None:
                self._tell(Progress(self._bytes, self._total, self._records, time.monotonic() - self._began))
