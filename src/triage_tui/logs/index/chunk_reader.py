"""The records that begin in a span of a log, as rows of an index: by layouts where there are any, else by lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from triage_tui.logs.formats.continuation import RECORD_BYTES_CAP, is_indented
from triage_tui.logs.formats.flat_json import line_text, record_text
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.index.chunk_lines import ChunkLines, LineBuffers, held_at_once, lines_apart
from triage_tui.logs.index.index_options import IndexOptions
from triage_tui.logs.index.index_rows import IDENTIFIED, LATER, TIMED, FieldRows, LogNames, empty_rows
from triage_tui.logs.index.lines_left import records_among
from triage_tui.logs.quick.layouts import Layout, common, learn
from triage_tui.logs.quick.quick_rows import MOST_LAYOUTS, LineReader, QuickRows
from triage_tui.logs.quick.text_layouts import learn_text
from triage_tui.logs.quick.words import Bytes, Places
from triage_tui.logs.records.batches import Unreadable
from triage_tui.logs.records.record_reader import RecordReader

Read = Callable[[LineReader, Bytes, Places, Places], QuickRows]
# So many lines that fit no layout are worth learning another one.
_WORTH_LEARNING, _SAMPLE_LINES = 32, 64
# Of more lines at the beginning and the end, some tell the same in less time.
_MOST_LEARNED_FROM = 64


class Chunk(NamedTuple):
    """The records that begin in a span of bytes.

    ``timed`` has the columns ``TIMED``, with lines counted from 0 in the span; ``later`` those kinds of ``LATER`` that
    are not left for later; ``lines`` is how many lines begin in the span, and ``end`` the byte behind the last of them,
    0 where none does.
    """

    timed: dict[str, Numbers]
    later: dict[str, dict[str, Numbers]]
    lines: int
    end: int
    unreadable: Unreadable
    without_zone: int


class _Found(NamedTuple):
    """The lines that fit no layout, and how many times of the others had no offset."""

    left: Places
    without_zone: int


def _without(places: Places, others: Places) -> Places:
    """Leave some out; ``numpy.setdiff1d`` would load masked arrays first, which takes as long as to index 30 MB."""
    kept = np.zeros(int(places[-1]) + 1, bool)
    kept[places] = True
    kept[others] = False
    return np.flatnonzero(kept)


def _all_of(lines: ChunkLines) -> _Found:
    return _Found(np.arange(len(lines.starts)), 0)


class ChunkReader:
    """Reads spans of one log; several threads may. It learns the layouts of lines as it meets them.

    Readers of several logs may share ``buffers``.
    """

    def __init__(
        self,
        reader: RecordReader,
        options: IndexOptions,
        names: LogNames,
        layouts: Sequence[Layout] | None = None,
        buffers: LineBuffers | None = None,
    ) -> None:
        self.reader, self.options, self.names = reader, options, names
        self._fields = FieldRows(names, *options)
        self._buffers = LineBuffers() if buffers is None else buffers
        self._readers: list[LineReader] = []
        if layouts is None:
            some = reader.sample[:: -(-len(reader.sample) // _MOST_LEARNED_FROM) or 1]
            self._learn([line.encode() for line in some])
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
        with self._buffers.span(self.reader.source, start, stop, limit) as lines:
            return self._rows_of(lines, follows_one=follows_one, identifying=self._identifying())

    def read_apart(self, lines: Sequence[bytes], *, follows_one: bool) -> Chunk:
        """Read the records among lines from anywhere in the log, without newlines, each of them by itself.

        Offsets count in the lines, a newline behind each. Only the first one may be the first of the log.
        """
        return self._rows_of(lines_apart(lines), follows_one=follows_one)

    def later_of(self, kind: str, offsets: Places, end: int) -> dict[str, Numbers]:
        """The columns of a kind in ``LATER`` of the records that begin at these bytes; the last one ends at ``end``."""
        parts = [self._later_of(kind, offsets[first:after], stop) for first, after, stop in held_at_once(offsets, end)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _later_of(self, kind: str, offsets: Places, end: int) -> dict[str, Numbers]:
        with self._buffers.records(self.reader.source, offsets, end) as lines:
            return self._later_rows(kind, lines)

    def _identifying(self) -> list[LineReader]:
        """What finds IDs as quickly as times; nothing where any line has to be searched for its ID."""
        # Another thread may learn of such lines meanwhile.
        readers = [*self._readers]
        if any(one.layout.pair for one in readers):
            return []
        # A line with an ID may begin as others do that have none.
        return sorted(readers, key=lambda one: -one.knows("ids"))

    def _later_rows(self, kind: str, records: ChunkLines) -> dict[str, Numbers]:
        def read(reader: LineReader, data: Bytes, starts: Places, ends: Places) -> QuickRows:
            return reader.later(kind, data, starts, ends)

        rows = empty_rows(LATER[kind], len(records.starts))
        # A line with an ID may begin as others do that have none.
        readers = sorted(self._readers, key=lambda one: -one.knows(kind))
        left = self._by_layouts(readers, read, records, rows, _all_of(records)).left
        self._parse_later(kind, records, rows, left)
        return rows

    def _rows_of(self, lines: ChunkLines, *, follows_one: bool, identifying: Sequence[LineReader] = ()) -> Chunk:
        """Read all lines; some readers tell their IDs while they are at hand, which takes less than to come again."""
        count = len(lines.starts)
        rows = empty_rows({**TIMED, **IDENTIFIED} if identifying else TIMED, count)
        rows["offset"], rows["line"] = lines.starts + lines.base, np.arange(count, dtype=np.int64)
        whole = self._by_layouts(identifying, LineReader.timed_with_ids, lines, rows, _all_of(lines))
        found = self._by_layouts(self._readers, LineReader.timed, lines, rows, whole)
        if len(found.left) > _WORTH_LEARNING and len(self._readers) < MOST_LAYOUTS:
            known = len(self._readers)
            self._learn([lines.line(int(row)) for row in found.left[:_SAMPLE_LINES]])
            found = self._by_layouts(self._readers[known:], LineReader.timed, lines, rows, found)
        if identifying and len(whole.left) > len(found.left):
            self._look_for_ids(lines, rows, _without(whole.left, found.left))
        return self._with_parsed(lines, rows, found, follows_one=follows_one)

    def _look_for_ids(self, lines: ChunkLines, rows: dict[str, Numbers], left: Places) -> None:
        """Read the IDs of lines that may have one, but not where the others do."""
        if len(left):
            rows["id_hash"][left] = self._later_rows("ids", lines.some(left))["id_hash"]

    def _by_layouts(
        self, readers: Sequence[LineReader], read: Read, lines: ChunkLines, rows: dict[str, Numbers], found: _Found
    ) -> _Found:
        """Fill the rows of those lines that are left and fit a layout."""
        left, without_zone = found
        for reader in readers:
            if not len(left):
                break
            whole = len(left) == len(lines.starts)
            some = lines if whole else lines.some(left)
            quick = read(reader, lines.data, some.starts, some.ends)
            without_zone += quick.without_zone
            whole = whole and bool(quick.read.all())
            for name, numbers in quick.rows.items():
                if whole:
                    rows[name] = numbers
                else:
                    rows[name][left[quick.read]] = numbers[quick.read]
            left = left[~quick.read]
        return _Found(left, without_zone)

    def _with_parsed(self, lines: ChunkLines, rows: dict[str, Numbers], found: _Found, *, follows_one: bool) -> Chunk:
        """Parse the lines that are left, and leave out those that begin no record."""
        left, unreadable, without_zone = found.left, Unreadable(), found.without_zone
        records = records_among(self.reader, lines, left, unreadable, follows_one=follows_one)
        places, parsed = list(records), list(records.values())
        if parsed:
            timed, naive = self._fields.timed(parsed)
            without_zone += naive
            for name, numbers in (timed | self._fields.ids(parsed)).items():
                if name in rows:
                    rows[name][places] = numbers
        if len(places) < len(left):
            is_record = np.ones(len(lines.starts), bool)
            is_record[left] = False
            is_record[places] = True
            rows = {name: numbers[is_record] for name, numbers in rows.items()}
        # Lines without a layout are parsed once, for all columns.
        later = {} if self.is_quick else self._fields.later(parsed)
        if "id_hash" in rows:
            later = {"ids": {"id_hash": rows.pop("id_hash")}}
        end = int(lines.ends[-1]) + lines.base + 1 if len(lines.ends) else 0
        return Chunk(rows, later, len(lines.starts), end, unreadable, without_zone)

    def _parse_later(self, kind: str, lines: ChunkLines, rows: dict[str, Numbers], left: Places) -> None:
        texts = {row: self._told_by(lines.line(row)) for row in left.tolist()}
        # Of a log that was truncated since, nothing is left of its records.
        parsed = {row: self.reader.fields_of(text) for row, text in texts.items() if text}
        if parsed:
            for name, numbers in self._fields.later(list(parsed.values()))[kind].items():
                rows[name][list(parsed)] = numbers

    def _told_by(self, record: bytes) -> str:
        """What tells the fields of a record: its first line, unless that is only a part."""
        first = line_text(record.partition(b"\n")[0])
        return record_text(record[:RECORD_BYTES_CAP]).rstrip("\r\n") if self.reader.is_part(first) else first

    def _learn(self, sample: Sequence[bytes]) -> None:
        known = self.layouts
        found = common(filter(None, map(self._layout_of, sample)))
        self._read_by([one for one in found if not any(one.has_keys_of(other) for other in known)])

    def _read_by(self, layouts: Sequence[Layout]) -> None:
        for layout in layouts[: MOST_LAYOUTS - len(self._readers)]:
            self._readers.append(LineReader(layout, self.names, self.options))

    def _layout_of(self, line: bytes) -> Layout | None:
        if line.startswith(b"{"):
            return learn(line, self.options.id_fields)
        text = line_text(line)
        found = None if is_indented(text) or "\x1b" in text else self.reader.formats.match(text)
        return learn_text(text, found, self.options.id_fields) if found else None
