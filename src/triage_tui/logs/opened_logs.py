"""Open logs of any format: the records as a frame, their text by row, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

import polars as pl

from triage_tui.investigation.evidence import Completeness
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.byte_source import ByteSource, MemoryBytes, open_file
from triage_tui.logs.columns import Columns
from triage_tui.logs.decompressors import compression_of
from triage_tui.logs.expanding import ExpandingBytes
from triage_tui.logs.exports import as_lines
from triage_tui.logs.file_rows import FileRows
from triage_tui.logs.index_rows import LogNames, flags_of, later_rows
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput, LogOptions, log_inputs
from triage_tui.logs.record_frame import SCHEMA, FrameBuilder, in_time_order, time_filled
from triage_tui.logs.record_reader import RecordReader
from triage_tui.logs.store import LogStore
from triage_tui.logs.transcoding import as_utf8, refuse_binary

__all__ = ["DEFAULT_OPTIONS", "LogInput", "LogOptions", "OpenedLogs", "log_inputs", "open_logs", "open_source"]

# Logs are seldom compressed more than this.
USUAL_RATIO = 20


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
        records=in_time_order([part.frame for part in parts]).select(SCHEMA.names()),
        store=LogStore([_indexed(part) for part in parts], options.id_fields),
        completeness=_completeness(parts, options.assumed_zone),
        files=tuple(reader.source.name for reader in readers),
        formats=tuple(reader.formats.name for reader in readers),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    reader: RecordReader
    frame: pl.DataFrame
    without_zone: int
    damage: str


def _read(one: LogInput, options: LogOptions) -> _Part:
    source, damage = open_source(one)
    reader = RecordReader(source, options.user_formats)
    builder = FrameBuilder(source.name, options.assumed_zone, options.id_fields, options.today)
    frames = [builder.frame(batch) for batch in reader.batches()]
    if not frames:
        raise UnreadableInput(one.name, "only blank lines; is it the right file?")
    return _Part(reader, pl.concat(frames), builder.without_zone, damage)


def _indexed(part: _Part) -> FileRows:
    """The index of a log that was parsed whole."""
    frame, names = part.frame, LogNames()
    order = time_filled(frame["time"]).cast(pl.Int64).to_numpy()
    timed = {
        "offset": frame["offset"].to_numpy(),
        "line": frame["line"].to_numpy(),
        "order": order,
        "flags": flags_of(frame["time"], frame["level"]),
    }
    later = later_rows(names, *(frame[name].to_list() for name in ("request_id", "host", "event")))
    end = int(frame["offset"][-1] + frame["length"][-1])
    return FileRows(
        part.reader,
        names,
        Columns([], timed),
        lambda kind: Columns([], later[kind]),
        end,
        bool((order[1:] >= order[:-1]).all()),
    )


def expected_bytes(one: LogInput) -> int:
    """How many bytes of text a log may have, guessed of a compressed one; 0 for a file that cannot be read."""
    try:
        source = open_file(one.path, one.name) if one.path else MemoryBytes(one.name, one.data or b"")
    except UnreadableInput:
        return 0
    return one.size * (USUAL_RATIO if compression_of(source) else 1)


class OpenedSource(NamedTuple):
    """The text of a log as UTF-8, and what decompresses it, None for a plain one."""

    content: ByteSource
    expanding: ExpandingBytes | None

    @property
    def damage(self) -> str:
        """In words what of the file was lost, "" for nothing that is known by now."""
        return self.expanding.damage if self.expanding else ""

    @property
    def expected_size(self) -> int:
        """The bytes of the text; while it is decompressed, as many as there are if the rest is like the first."""
        share = self.expanding.stored_share if self.expanding else 1.0
        return round(self.content.size / max(share, 1e-3))


def open_gradually(one: LogInput) -> OpenedSource:
    """Open the text of a log, which is decompressed no further than it is read; raises ``UnreadableInput``."""
    source: ByteSource = open_file(one.path, one.name) if one.path else MemoryBytes(one.name, one.data or b"")
    if source.size == 0:
        raise UnreadableInput(one.name, "empty; is it the right file?")
    kind = compression_of(source)
    expanding = ExpandingBytes(source, kind) if kind else None
    source = as_utf8(expanding or source)
    refuse_binary(source)
    return OpenedSource(as_lines(source), expanding)


def open_source(one: LogInput) -> tuple[ByteSource, str]:
    """Open the text of a log: decompressed, as UTF-8; returns with it what of the file was lost, "" for nothing.

    Raises ``UnreadableInput``.
    """
    opened = open_gradually(one)
    if opened.expanding is not None:
        opened.expanding.finish()
    return opened.content, opened.damage


def _completeness(parts: Sequence[_Part], assumed_zone: tzinfo) -> Completeness:
    total = sum(part.reader.line_count for part in parts)
    bad = [part for part in parts if part.reader.unreadable.count]
    count = sum(part.reader.unreadable.count for part in bad)
    notes = [f"{total - count:,} of {total:,} lines"]
    if bad:
        notes.append(
            f"{count:,} unreadable, first at {bad[0].reader.source.name}:{bad[0].reader.unreadable.first_line}"
        )
    notes += [f"{part.reader.source.name}: {part.damage}" for part in parts if part.damage]
    if without_zone := sum(part.without_zone for part in parts):
        notes.append(f"zone {assumed_zone} assumed for {without_zone:,} times")
    complete = not bad and not any(part.damage for part in parts)
    return Completeness(complete, "; ".join(notes))
