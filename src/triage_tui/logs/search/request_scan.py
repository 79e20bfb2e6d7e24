"""The records of one request, found by a scan of the bytes: nothing is indexed, and only what is found is parsed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import polars as pl

from triage_tui.investigation.id_values import spellings_of
from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.content.log_sources import OpenedSource, open_passing
from triage_tui.logs.content.passing import PassingBytes
from triage_tui.logs.log_input import LogInput, LogOptions
from triage_tui.logs.progress import Progress
from triage_tui.logs.records.record_frame import FrameBuilder
from triage_tui.logs.records.record_reader import RecordReader
from triage_tui.logs.search.own_records import OwnRecords
from triage_tui.logs.search.record_places import RecordPlaces
from triage_tui.logs.search.scanner import Span, is_whole_word, spans_with_lines
from triage_tui.logs.search.surroundings import STRETCH_BYTES
from triage_tui.logs.search.time_places import MARK_BYTES, TimePlaces

# Each keeps 16 MiB in memory.
_MOST_HOLDING = 4


class ScannedLog(NamedTuple):
    """One log after it was searched for a request.

    Attributes:
        times: finds and reads more of its records.
        found: the records of the request as a LOGS frame, in the order of the file.
        missing: in words what was lost of a compressed log, or not read since it was too much, "" for nothing.
    """

    times: TimePlaces
    found: pl.DataFrame
    missing: str


def scan_for_request(
    inputs: Sequence[LogInput], options: LogOptions, correlation_id: str, on_progress: Callable[[Progress], None]
) -> list[ScannedLog]:
    """Find the records of a request in each log, in the order of the logs' names.

    A record is the request's if one of its fields for correlation IDs holds this one, whatever the field is called, or
    if it has none and this one stands as a word in its text. Of a log with more than 5,000 such records the first ones
    count, and no more than 200,000 are read that hold the ID; ``missing`` says so. Raises ``UnreadableInput``, and
    ``ValueError`` for an empty ID.
    """
    if not correlation_id:
        raise ValueError("an empty ID is everywhere")
    opened = [open_passing(one) for one in sorted(inputs, key=lambda one: one.name)]
    scan = _Scan(opened, options, correlation_id, on_progress)
    return [scan.scanned(one) for one in opened]


class _Scan:
    """A scan of several logs, one after the other."""

    def __init__(
        self,
        opened: Sequence[OpenedSource],
        options: LogOptions,
        correlation_id: str,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._opened, self._options, self._id, self._tell = opened, options, correlation_id, on_progress
        self._needles = _spellings(spellings_of(correlation_id))
        self._began, self._done, self._records, self._holding = time.monotonic(), 0, 0, 0

    def scanned(self, opened: OpenedSource) -> ScannedLog:
        """Search one log from its beginning to its end."""
        done, records = self._done, self._records
        reader = RecordReader(opened.content, self._options.user_formats)
        found = self._searched(opened, reader)
        if isinstance(opened.content, PassingBytes):
            # Only now are the last lines known, which are a part of what tells the formats.
            whole = RecordReader(opened.content, self._options.user_formats)
            if not whole.formats.is_like(reader.formats):
                self._done, self._records = done, records
                found = self._searched(opened, whole)
            opened.content.let_go()
        return found

    def _searched(self, opened: OpenedSource, reader: RecordReader) -> ScannedLog:
        records, own = RecordPlaces(reader), OwnRecords(self._builder(reader), self._id)
        times = TimePlaces(records, self._options.assumed_zone, self._options.today)
        is_passing = isinstance(opened.content, PassingBytes)
        for span in spans_with_lines(opened.content, self._needles):
            before = own.read
            self._take(records, span, own)
            records.note_span(span)
            if is_passing:
                times.note_marks(span.begin, span.end)
            self._say(span.end - span.begin, own.read - before)
        if is_passing:
            times.ends()
        found = own.frame()
        return ScannedLog(times, found, "; ".join(filter(None, (own.missing, opened.damage))))

    def _take(self, places: RecordPlaces, span: Span, own: OwnRecords) -> None:
        """Add the records of a span; the one before it was noted."""
        source, counted, line = places.reader.source, span.begin, places.line_at(span.begin)
        for offset in span.offsets:
            if own.has(offset) or own.is_full or not self._is_alone(source, offset):
                continue
            line += source.read_at(counted, offset - counted).count(b"\n")
            counted = offset
            if not own.read:
                self._hold(source, offset)
            own.add(places.record_with(offset, line))

    def _is_alone(self, source: ByteSource, offset: int) -> bool:
        return any(
            source.read_at(offset, len(one)) == one and is_whole_word(source, offset, len(one)) for one in self._needles
        )

    def _hold(self, source: ByteSource, offset: int) -> None:
        """Keep the text around the first record, with which the surroundings begin."""
        if isinstance(source, PassingBytes) and self._holding < _MOST_HOLDING:
            begin = offset - offset % MARK_BYTES
            source.hold(max(0, begin - STRETCH_BYTES), begin + MARK_BYTES + STRETCH_BYTES)
            self._holding += 1

    def _builder(self, reader: RecordReader) -> FrameBuilder:
        options = self._options
        return FrameBuilder(reader.source.name, options.assumed_zone, options.id_fields, options.today)

    def _say(self, done_bytes: int, records: int) -> None:
        self._done, self._records = self._done + done_bytes, self._records + records
        total = sum(one.expected_size for one in self._opened)
        self._tell(Progress(self._done, total, self._records, time.monotonic() - self._began))


def _spellings(correlation_ids: Sequence[str]) -> list[bytes]:
    """Each ID as text has it, and as JSON may: with escapes for what is not ASCII, for slashes, or for HTML."""
    texts = list[str]()
    for one in correlation_ids:
        plain = json.dumps(one, ensure_ascii=False)[1:-1]
        html = plain.translate({ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&"})
        texts += (one, plain, json.dumps(one)[1:-1], plain.replace("/", "\\/"), html)
    return [text.encode("utf-8", "surrogateescape") for text in dict.fromkeys(texts)]
