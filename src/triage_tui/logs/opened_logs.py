"""Open logs of any format: the records as a frame, their text by row, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import polars as pl

from triage_tui.investigation.evidence import Completeness
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.content.log_sources import open_source
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.index.columns import Columns
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.index.index_rows import LATER, LogNames, flags_of, later_rows
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput, LogOptions
from triage_tui.logs.records.record_frame import FrameBuilder, in_time_order, time_filled
from triage_tui.logs.records.record_reader import RecordReader
from triage_tui.logs.store import LogStore


@dataclass(frozen=True, slots=True, eq=False)
class OpenedLogs:
    """Logs after they were read once.

    Attributes:
        records: the LOGS frame, in time order; its row n is row n of ``store``.
        store: random access to the text.
        completeness: how many lines were records, and where the first one stands that was none.
        formats: the name of each file's format, in the order of ``files``.
    """

    records: pl.DataFrame
    store: LogStore
    completeness: Completeness
    files: tuple[str, ...]
    formats: tuple[str, ...]

    def records_in(self, window: TimeWindow | None) -> pl.DataFrame:
        """The records of a half-open window, all where it is None; without a time a record is in no window."""
        if window is None:
            return self.records
        return self.records.filter(pl.col("time").is_between(window.start, window.end, closed="left"))


def open_logs(inputs: Sequence[LogInput], options: LogOptions = DEFAULT_OPTIONS) -> OpenedLogs:
    """Read logs, plain or compressed, and merge them by time; the order of ``inputs`` does not matter.

    Raises ``UnreadableInput`` for a file that is missing, forbidden, no regular file, empty or no text.
    """
    parts = sorted((_read(one, options) for one in inputs), key=lambda part: part.reader.source.name)
    readers = [part.reader for part in parts]
    return OpenedLogs(
        records=in_time_order([part.frame for part in parts]),
        store=LogStore([part.rows for part in parts], options.id_fields),
        completeness=_completeness(parts, options.assumed_zone),
        files=tuple(reader.source.name for reader in readers),
        formats=tuple(reader.formats.name for reader in readers),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    rows: FileRows
    frame: pl.DataFrame
    without_zone: int
    damage: str

    @property
    def reader(self) -> RecordReader:
        """What read the log."""
        return self.rows.reader


def _read(one: LogInput, options: LogOptions) -> _Part:
    source, damage = open_source(one)
    reader, names = RecordReader(source, options.user_formats), LogNames()
    builder = FrameBuilder(source.name, options.assumed_zone, options.id_fields, options.today)
    frames, later = list[pl.DataFrame](), list[dict[str, dict[str, Numbers]]]()
    for batch in reader.batches():
        frames.append(builder.frame(batch))
        later.append(later_rows(names, *(frames[-1][name].to_list() for name in ("request_id", "host", "event"))))
    if not frames:
        raise UnreadableInput(one.name, "only blank lines; is it the right file?")
    frame = pl.concat(frames)
    return _Part(_indexed(reader, names, frame, later), frame, builder.without_zone, damage)


def _indexed(
    reader: RecordReader, names: LogNames, frame: pl.DataFrame, later: Sequence[dict[str, dict[str, Numbers]]]
) -> FileRows:
    """The index of a log that was parsed whole; ``later`` are the columns of ``LATER``, batch by batch."""
    order = time_filled(frame["time"]).cast(pl.Int64).to_numpy()
    timed = {
        "offset": frame["offset"].to_numpy(),
        "line": frame["line"].to_numpy(),
        "order": order,
        "flags": flags_of(frame["time"], frame["level"]),
    }
    joined = {
        kind: {name: np.concatenate([part[kind][name] for part in later]) for name in names_of_kind}
        for kind, names_of_kind in LATER.items()
    }
    end = int(frame["offset"][-1] + frame["length"][-1])
    is_in_order = bool((order[1:] >= order[:-1]).all())
    return FileRows(reader, names, Columns([], timed), lambda kind: Columns([], joined[kind]), end, is_in_order)


def _completeness(parts: Sequence[_Part], assumed_zone: tzinfo) -> Completeness:
    total = sum(part.reader.line_count for part in parts)
    bad = [part for part in parts if part.reader.unreadable.count]
    count = sum(part.reader.unreadable.count for part in bad)
    notes = [f"{total - count:,} of {total:,} line{'s' if total != 1 else ''}"]
    if bad:
        notes.append(
            f"{count:,} unreadable, first at {bad[0].reader.source.name}:{bad[0].reader.unreadable.first_line}"
        )
    notes += [f"{part.reader.source.name}: {part.damage}" for part in parts if part.damage]
    if without_zone := sum(part.without_zone for part in parts):
        notes.append(f"zone {assumed_zone} assumed for {without_zone:,} time{'s' if without_zone != 1 else ''}")
    complete = not bad and not any(part.damage for part in parts)
    return Completeness(complete, "; ".join(notes))
