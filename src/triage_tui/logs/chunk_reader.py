"""The records that begin in a span of a log, as rows of an index: by layouts where there are any, else by lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import NamedTuple

import numpy as np

from triage_tui.logs.batches import Unreadable
from triage_tui.logs.columns import Numbers
from triage_tui.logs.continuation import is_indented
from triage_tui.logs.framing import CLIPPED_BYTES, LINE_BYTES_CAP
from triage_tui.logs.index_rows import LATER, TIMED, FieldRows, LogNames, empty_rows
from triage_tui.logs.layouts import Layout, common, learn
from triage_tui.logs.line_formats import Fields
from triage_tui.logs.quick_rows import BUFFER_MARGIN, MOST_LAYOUTS, LineReader, QuickRows
from triage_tui.logs.record_places import RecordPlaces
from triage_tui.logs.record_reader import RecordReader, line_text
from triage_tui.logs.text_layouts import learn_text
from triage_tui.logs.words import Bytes, Places, holding, places_of, words_at, words_of

Read = Callable[[LineReader, Bytes, Places, Places], QuickRows]
_TAIL_BYTES = 64 << 10
_NEWLINE = ord("\n")
_MOST_HELD_BYTES = 32 << 20
# So many lines that fit no layout are worth learning another one.
_WORTH_LEARNING, _SAMPLE_LINES = 32, 64


class IndexOptions(NamedTuple):
    """How records are read: the zone of times without an offset, further names of IDs, and the day of reading."""

    zone: tzinfo = UTC
    id_fields: frozenset[str] = frozenset()
    today: datetime | None = None


DEFAULT_INDEX_OPTIONS = IndexOptions()


class Chunk(NamedTuple):
    """The records that begin in a span of bytes.

    ``timed`` has the columns ``TIMED``, with lines counted from 0 in the span; ``later`` those of ``LATER``, or None
    where they are left for later; ``lines`` is how many lines begin in the span, and ``end`` the
    byte behind the last of them, 0 where none does.
    """

    timed: dict[str, Numbers]
    later: dict[str, dict[str, Numbers]] | None
    lines: int
    end: int
    unreadable: Unreadable
    without_zone: int


class _Lines(NamedTuple):
    """The lines that begin in a span: the buffer they are in, the byte of the log it begins at, and their places."""

    data: Bytes
    base: int
    starts: Places
    ends: Places


class _Found(NamedTuple):
    """The lines that fit no layout, and how many times of the others had no offset."""

    left: Places
    without_zone: int


class ChunkReader:
    """Reads spans of one log; several threads may. It learns the layouts of lines as it meets them."""

    def __init__(
        self, reader: RecordReader, options: IndexOptions, names: LogNames, layouts: Sequence[Layout] | None = None
    ) -> None:
        self.reader, self.options, self.names = reader, options, names
        self._fields = FieldRows(names, *options)
        self._buffers: list[bytearray] = []
        self._readers: list[LineReader] = []
        if layouts is None:
            self._learn([line.encode() for line in reader.sample])
        else:
            self._read_by(layouts)

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layouts that are known by now."""
        return tuple(one.layout for one in self._readers)

    @property
    def is_quick(self) -> bool:
        """Whether there is a layout by which lines are read many at once."""
        return bool(self._readers)

    def read(self, start: int, stop: int, limit: int, *, follows_one: bool) -> Chunk:
        """Read the records whose first byte is in ``[start, stop)``; nothing is read from ``limit`` on.

        Where it ``follows_one``, a line such as those of a stack trace goes on the record before the span.
        """
        buffer = self._buffers.pop() if self._buffers else bytearray()
        try:
            return self._rows_of(self._lines(buffer, start, stop, limit), follows_one=follows_one)
        finally:
            self._buffers.append(buffer)

    def read_apart(self, lines: Sequence[bytes], *, follows_one: bool) -> Chunk:
        """Read the records among lines from anywhere in the log, without newlines, each of them by itself.

        Offsets count in the lines, a newline behind each. Only the first one may be the first of the log.
        """
        text = b"".join(part for line in lines for part in (line, b"\n"))
        ends = np.cumsum(np.fromiter(map(len, lines), np.int64, len(lines)) + 1) - 1
        starts = np.append(0, ends[:-1] + 1)
        data = np.frombuffer(text + bytes(BUFFER_MARGIN), np.uint8)
        return self._rows_of(_Lines(data, 0, starts, ends), follows_one=follows_one)

    def _lines(self, buffer: bytearray, start: int, stop: int, limit: int) -> _Lines:
        base = max(0, start - 1)
        tail = _TAIL_BYTES
        while True:
            end = min(stop + tail, limit)
            got = self._fill(buffer, base, end)
            data = np.frombuffer(buffer, np.uint8)
            ends = places_of(_NEWLINE, data[:got])
            starts = ends + 1 if start else np.concatenate((np.zeros(1, np.int64), ends + 1))
            starts = starts[: int(np.searchsorted(starts, min(stop, base + got) - base))]
            ends = ends[1:] if start else ends
            if len(ends) >= len(starts) or end >= limit or tail >= LINE_BYTES_CAP:
                break
            del data
            tail = LINE_BYTES_CAP
        ends = ends[: len(starts)] if len(ends) >= len(starts) else np.append(ends, got)
        return _Lines(data, base, starts, ends)

    def _fill(self, buffer: bytearray, base: int, end: int) -> int:
        wanted = end - base
        if len(buffer) < wanted + BUFFER_MARGIN:
            buffer.extend(bytes(wanted + BUFFER_MARGIN - len(buffer)))
        return self.reader.source.read_into(memoryview(buffer)[:wanted], base)

    def later_of(self, kind: str, offsets: Places, end: int) -> dict[str, Numbers]:
        """The columns of a kind in ``LATER`` of the records that begin at these bytes; the last one ends at ``end``."""
        parts = [self._later_of(kind, offsets[first:after], stop) for first, after, stop in _held_at_once(offsets, end)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _later_of(self, kind: str, offsets: Places, end: int) -> dict[str, Numbers]:
        buffer = self._buffers.pop() if self._buffers else bytearray()
        try:
            base = int(offsets[0])
            got = self._fill(buffer, base, end)
            starts = offsets - base
            lines = _Lines(np.frombuffer(buffer, np.uint8), base, starts, np.append(starts[1:], got))
            rows = empty_rows(LATER[kind], len(offsets))

            def read(reader: LineReader, data: Bytes, starts: Places, ends: Places) -> QuickRows:
                return reader.later(kind, data, starts, ends)

            # A line with an ID may begin as others do that have none.
            readers = sorted(self._readers, key=lambda one: -one.knows(kind))
            left = self._by_layouts(readers, read, lines, rows, np.arange(len(offsets))).left
            self._parse_later(kind, lines, rows, left)
            return rows
        finally:
            self._buffers.append(buffer)

    def _rows_of(self, lines: _Lines, *, follows_one: bool) -> Chunk:
        count = len(lines.starts)
        rows = empty_rows(TIMED, count)
        rows["offset"], rows["line"] = lines.starts + lines.base, np.arange(count, dtype=np.int64)
        found = self._by_layouts(self._readers, LineReader.timed, lines, rows, np.arange(count))
        if len(found.left) > _WORTH_LEARNING and len(self._readers) < MOST_LAYOUTS:
            known = len(self._readers)
            self._learn([_line(lines, int(row)) for row in found.left[:_SAMPLE_LINES]])
            more = self._by_layouts(self._readers[known:], LineReader.timed, lines, rows, found.left)
            found = _Found(more.left, found.without_zone + more.without_zone)
        return self._with_parsed(lines, rows, found, follows_one=follows_one)

    def _by_layouts(
        self, readers: Sequence[LineReader], read: Read, lines: _Lines, rows: dict[str, Numbers], left: Places
    ) -> _Found:
        """Fill the rows of the lines that fit a layout."""
        without_zone = 0
        for reader in readers:
            if not len(left):
                break
            whole = len(left) == len(lines.starts)
            starts, ends = (lines.starts, lines.ends) if whole else (lines.starts[left], lines.ends[left])
            found = read(reader, lines.data, starts, ends)
            without_zone += found.without_zone
            whole = whole and bool(found.read.all())
            for name, numbers in found.rows.items():
                if whole:
                    rows[name] = numbers
                else:
                    rows[name][left[found.read]] = numbers[found.read]
            left = left[~found.read]
        return _Found(left, without_zone)

    def _with_parsed(self, lines: _Lines, rows: dict[str, Numbers], found: _Found, *, follows_one: bool) -> Chunk:
        """Parse the lines that are left, and leave out those that begin no record."""
        left, unreadable, without_zone = found.left, Unreadable(), found.without_zone
        records: dict[int, Fields] = {}
        first, last = -1 if follows_one else _first_without(left), -1
        for row in _not_indented(lines, left, first).tolist():
            text = line_text(_line(lines, row))
            above = partial(self._above, lines, left, row, last)
            fields = self.reader.begins_record(text, row, unreadable, above, follows_one=row > first)
            if fields is not None:
                records[row] = fields
                first, last = min(first, row), row
        places, parsed = list(records), list(records.values())
        if parsed:
            timed, naive = self._fields.timed(parsed)
            without_zone += naive
            for name, numbers in timed.items():
                rows[name][places] = numbers
        if len(places) < len(left):
            is_record = np.ones(len(lines.starts), bool)
            is_record[left] = False
            is_record[places] = True
            rows = {name: numbers[is_record] for name, numbers in rows.items()}
        # Lines without a layout are parsed once, for all columns.
        later = None if self.is_quick else self._fields.later(parsed)
        end = int(lines.ends[-1]) + lines.base + 1 if len(lines.ends) else 0
        return Chunk(rows, later, len(lines.starts), end, unreadable, without_zone)

    def _above(self, lines: _Lines, left: Places, row: int, last: int) -> str:
        """The first line of the record before a row; ``last`` is the record that was parsed last, -1 for none.

        A line that was read by a layout has no prefix, and is as good as none.
        """
        parsed_between = int(np.searchsorted(left, row)) - int(np.searchsorted(left, last, side="right"))
        if row - last - 1 > parsed_between:
            return ""
        if last >= 0:
            return line_text(_line(lines, last))
        before = RecordPlaces(RecordReader(self.reader.source, formats=self.reader.formats))
        return before.first_line_above(lines.base + int(lines.starts[row]))

    def _parse_later(self, kind: str, lines: _Lines, rows: dict[str, Numbers], left: Places) -> None:
        texts = (_line(lines, row).partition(b"\n")[0] for row in left.tolist())
        parsed = [self.reader.fields_of(line_text(text)) for text in texts]
        if parsed:
            for name, numbers in self._fields.later(parsed)[kind].items():
                rows[name][left] = numbers

    def _learn(self, sample: Sequence[bytes]) -> None:
        known = self.layouts
        found = common(filter(None, map(self._layout_of, sample)))
        self._read_by([one for one in found if not any(one.has_keys_of(other) for other in known)])

    def _read_by(self, layouts: Sequence[Layout]) -> None:
        for layout in layouts[: MOST_LAYOUTS - len(self._readers)]:
            self._readers.append(LineReader(layout, self.names, self.options.zone, self.options.today))

    def _layout_of(self, line: bytes) -> Layout | None:
        if line.startswith(b"{"):
            return learn(line, self.options.id_fields)
        text = line_text(line)
        found = None if is_indented(text) or "\x1b" in text else self.reader.formats.match(text)
        return learn_text(text, found, self.options.id_fields) if found else None


def _first_without(left: Places) -> int:
    """The first number that is not among some sorted ones."""
    return int(np.count_nonzero(left == np.arange(len(left))))


def _not_indented(lines: _Lines, left: Places, first: int) -> Places:
    """Leave out lines that go on the record before them by their very first character, as most of a stack trace do.

    ``first`` is the first line that is a record.
    """
    begins = lines.starts[left]
    # np.isin would load numpy's masked arrays first, which takes as long as to index 30 MB.
    indented = (lines.data[begins] == ord(" ")) | (lines.data[begins] == ord("\t"))
    may_be_json = holding(b"{")(words_at(words_of(lines.data), begins)) != 0
    kept: Places = left[~indented | may_be_json | (left < first)]
    return kept


def _held_at_once(offsets: Places, end: int) -> Iterator[tuple[int, int, int]]:
    """Parts of records that fit into a buffer: the first, the one after the last, and up to which byte they are read.

    Of a record that alone is too long, the beginning is read.
    """
    ends = np.append(offsets[1:], end)
    first = 0
    while first < len(offsets):
        most = int(offsets[first]) + _MOST_HELD_BYTES
        after = int(np.searchsorted(ends, most, side="right"))
        if after > first:
            yield first, after, int(ends[after - 1])
        else:
            yield first, first + 1, int(offsets[first]) + CLIPPED_BYTES
        first = max(after, first + 1)


def _line(lines: _Lines, row: int) -> bytes:
    """The bytes of a line; of one that is too long to hold, its beginning, which is no record of any format."""
    begin, end = int(lines.starts[row]), int(lines.ends[row])
    return lines.data[begin : begin + CLIPPED_BYTES if end - begin > LINE_BYTES_CAP else end].tobytes()
