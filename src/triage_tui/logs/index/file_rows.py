"""The records of one log by their place in it: what its index knows of them, and their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.filters.row_set import Rows
from triage_tui.logs.formats.continuation import RECORD_BYTES_CAP
from triage_tui.logs.formats.flat_json import record_text
from triage_tui.logs.formats.line_formats import Fields
from triage_tui.logs.formats.timestamps import micros_of
from triage_tui.logs.index.columns import Columns
from triage_tui.logs.index.index_rows import LEVEL_BITS, NO_TIME, LogNames
from triage_tui.logs.records.record_reader import RecordReader

READ_AT_ONCE = 4 << 20
# Decoding so many records for one that is wanted takes no longer than parsing that alone.
SPARSE = 6
_ALL_FLAGS = (*range(LEVEL_BITS + 1), *range(NO_TIME, NO_TIME + LEVEL_BITS + 1))


@dataclass(frozen=True, slots=True, eq=False)
class FileRows:
    """A log as it was when this was taken; rows are in the order of the file, and each goes on to the next one.

    Attributes:
        timed: the columns ``TIMED`` of each record.
        later_by_now: gives the columns of a kind in ``LATER``, of the first records only while others are to come.
        end: the byte behind the last record.
        in_order: whether no record has an earlier time than the one before it.
    """

    reader: RecordReader
    names: LogNames
    timed: Columns
    later_by_now: Callable[[str], Columns]
    end: int
    in_order: bool

    def __len__(self) -> int:
        return len(self.timed)

    @property
    def source(self) -> ByteSource:
        """What holds the text."""
        return self.reader.source

    def byte_after(self, row: int) -> int:
        """Where a record ends."""
        return self.timed.at("offset", row + 1) if row + 1 < len(self) else self.end

    def span(self, row: int) -> tuple[int, int]:
        """Where a record begins and ends."""
        return self.timed.at("offset", row), self.byte_after(row)

    def bytes_between(self, start: int, stop: int) -> int:
        """How many bytes the rows from ``start`` up to before ``stop`` have; there is one at least."""
        return self.byte_after(stop - 1) - self.timed.at("offset", start)

    def text(self, row: int) -> str:
        """The raw text of a record, cut after 1 MiB."""
        start, end = self.span(row)
        raw = self.source.read_at(start, min(end - start, RECORD_BYTES_CAP))
        return record_text(raw).rstrip("\r\n")

    def line_at(self, offset: int) -> int | None:
        """The number of the line that begins at a byte; None where there is no record."""
        row = self.timed.position("offset", offset, after=True) - 1
        if row < 0 or offset >= self.end:
            return None
        start = self.timed.at("offset", row)
        return self.timed.at("line", row) + self.source.read_at(start, offset - start).count(b"\n")

    def whole_last_record(self) -> bytes:
        """The bytes of the last record, b"" where there is none, it exceeds 1 MiB, or its file was cut."""
        start, end = self.span(len(self) - 1) if len(self) else (0, 0)
        raw = self.source.read_at(start, end - start) if end - start <= RECORD_BYTES_CAP else b""
        return raw if len(raw) == end - start and raw.endswith(b"\n") else b""

    def texts(self, rows: Rows) -> list[str]:
        """The raw texts of some records, each cut after 1 MiB; those that lie close together are read at once."""
        if not len(rows):
            return []
        first_row, last_row = int(rows.min()), int(rows.max())
        first, last = self.timed.at("offset", first_row), self.byte_after(last_row)
        if last - first > READ_AT_ONCE:
            return [self.text(int(row)) for row in rows]
        data = self.source.read_at(first, last - first)
        edges = np.append(self.timed.read("offset", first_row, last_row + 1), last) - first
        begins, ends = edges[rows - first_row].tolist(), edges[rows - first_row + 1].tolist()
        raw = (data[begin : min(end, begin + RECORD_BYTES_CAP)] for begin, end in zip(begins, ends, strict=True))
        return [record_text(one).rstrip("\r\n") for one in raw]

    def fields(self, rows: Rows) -> list[Fields]:
        """All fields of some records; many JSON records that lie close together are decoded at once."""
        if not len(rows):
            return []
        first, last = int(rows.min()), int(rows.max()) + 1
        if len(rows) * SPARSE >= last - first and self.bytes_between(first, last) <= READ_AT_ONCE:
            data = self.source.read_at(self.timed.at("offset", first), self.bytes_between(first, last))
            found = self.reader.fields_of_lines(data, last - first)
            if found is not None:
                return [found[row] for row in (rows - first).tolist()]
        return [self.reader.fields_of(text) for text in self.texts(rows)]

    def rows_at(self, offsets: Rows) -> Rows:
        """The rows whose bytes hold these sorted offsets, each once; bytes before the first record are in none."""
        if not len(offsets) or not len(self):
            return np.empty(0, np.int64)
        found = []
        first = max(0, self.timed.position("offset", int(offsets[0]), after=True) - 1)
        for start, stop in self.timed.spans(first):
            begins = self.timed.read("offset", start, stop)
            ends = np.searchsorted(offsets, [int(begins[0]), self.byte_after(stop - 1)])
            inside = offsets[ends[0] : ends[1]]
            if len(inside):
                found.append(np.unique(np.searchsorted(begins, inside, side="right") - 1 + start))
            if ends[1] == len(offsets):
                break
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def rows_with_hash(self, wanted: int) -> Rows:
        """The rows whose correlation ID has this hash, of those whose IDs are known by now."""
        ids = self.later_by_now("ids")
        found = [
            np.flatnonzero(ids.read("id_hash", start, stop) == np.uint64(wanted)) + start
            for start, stop in ids.spans(0, len(self))
        ]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def rows_with_level(self, codes: Sequence[int]) -> Iterator[Rows]:
        """The rows that have one of these levels, in parts."""
        for start, stop in self.timed.spans():
            tally = self.timed.tally_at("flags", start)
            wanted = [flags for flags in tally or _ALL_FLAGS if flags & LEVEL_BITS in codes]
            if wanted:
                yield self.timed.rows_with("flags", wanted, start, stop)

    def rows_between(self, start: int, end: int) -> Iterator[Rows]:
        """The rows of a half-open time, in microseconds since 1970 UTC, in parts."""
        for low, high in self.timed.spans():
            least, most = self.timed.range_at("order", low)
            if start <= least and most < end:
                yield np.arange(low, high)
            elif least < end and most >= start:
                order = self.timed.read("order", low, high)
                yield np.flatnonzero((order >= start) & (order < end)) + low

    def rows_within(self, window: TimeWindow | None) -> tuple[int, int]:
        """The first row in a half-open window, and the one after the last; all rows where it is None."""
        if window is None:
            return 0, len(self)
        start, end = map(micros_of, (window.start, window.end))
        first, stop = len(self), 0
        # All parts at once would be eight bytes for each record of a log that may have a hundred million.
        for part in self.rows_between(start, end):
            if len(part):
                first, stop = min(first, int(part[0])), int(part[-1]) + 1
        return (first, stop) if stop else (0, 0)

    def times(self) -> tuple[int, int] | None:
        """The least and the greatest time in microseconds since 1970 UTC; None where no record has one."""
        ends = []
        for start, stop in self.timed.spans():
            tally = self.timed.tally_at("flags", start)
            if tally is not None and not any(flags & NO_TIME for flags in tally):
                ends.append(self.timed.range_at("order", start))
                continue
            known = (self.timed.read("flags", start, stop) & NO_TIME) == 0
            order = self.timed.read("order", start, stop)[known]
            if len(order):
                ends.append((int(order.min()), int(order.max())))
        return (min(end[0] for end in ends), max(end[1] for end in ends)) if ends else None
