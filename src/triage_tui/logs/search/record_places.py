"""Where single records begin and end in a log that has no index."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from triage_tui.logs.content.byte_source import BLOCK_BYTES, Excerpt
from triage_tui.logs.content.framing import LINE_BYTES_CAP, line_blocks, line_end
from triage_tui.logs.formats.flat_json import line_text
from triage_tui.logs.formats.wrapped_lines import NEAR_LINES
from triage_tui.logs.records.batches import Batch, Unreadable
from triage_tui.logs.records.record_reader import LinesAbove, RecordReader

if TYPE_CHECKING:
    from triage_tui.logs.search.scanner import Span

_TESTED_BYTES = 128 << 10
_READ_AT_FIRST, _READ_MORE, _READ_AT_MOST = 8 << 10, 8, 2 * LINE_BYTES_CAP


class _Counted(NamedTuple):
    """A byte, the number of the line that it is in, and where that line begins."""

    offset: int
    line: int
    begin: int


class RecordPlaces:
    """Finds records around bytes of a log, reading little."""

    def __init__(self, reader: RecordReader) -> None:
        self.reader = reader
        self._counted = [_Counted(0, 1, 0)]
        # Where no line begins a record, as a look back has found: the next one may go over the same lines.
        self._bare = range(0)

    def note_span(self, span: Span) -> None:
        """Remember the line at the end of a span, which begins where the one before it ends."""
        before = self._counted[-1]
        begin = before.begin if span.last_line is None else span.last_line
        self._counted.append(_Counted(span.end, before.line + span.newlines, begin))

    def line_at(self, offset: int) -> int:
        """The number of the line that a byte is in, counted on from the nearest one before it that was noted."""
        begin, line, _ = self._noted_before(offset)
        return line + self.reader.source.read_at(begin, offset - begin).count(b"\n")

    def _noted_before(self, offset: int) -> _Counted:
        return self._counted[bisect_right(self._counted, (offset, 1 << 62)) - 1]

    def record_with(self, offset: int, line: int) -> Batch:
        """The record that holds a byte, which is in a line of this number; nothing where only blank lines are there."""
        begin = self._sure_begin(offset)
        line -= self.reader.source.read_at(begin, offset - begin).count(b"\n")
        size = _READ_AT_FIRST
        while True:
            end = offset + size
            # The size of what is being decompressed is not known before its end.
            is_all = size > _READ_AT_MOST or not self.reader.source.read_at(end, 1)
            batch = self._batch(begin, end, line, torn=is_all)
            place = bisect_right(batch.offsets, offset) - 1
            if is_all or place + 1 < len(batch):
                return batch.only(max(0, place))
            size *= _READ_MORE

    def begin_of(self, offset: int) -> int:
        """Where the record begins that holds a byte; it is looked for 8 MiB back at the most."""
        begin = self._sure_begin(offset)
        if begin == self.line_begin(offset):
            return begin
        return max(self._batch(begin, line_end(self.reader.source, offset), 0, torn=True).offsets, default=begin)

    def first_line_above(self, offset: int) -> str:
        """The first line of the record that ends where a line begins; "" at the beginning of the log."""
        line = self.reader.source.read_at(self.begin_of(offset - 1), _TESTED_BYTES) if offset > 0 else b""
        return line_text(line.partition(b"\n")[0])

    def _batch(self, begin: int, end: int, line: int, *, torn: bool) -> Batch:
        batch = Batch()
        for block in line_blocks(Excerpt(self.reader.source, end), begin, line, torn=torn):
            self.reader.read_block(block, batch)
        return batch

    def _sure_begin(self, offset: int) -> int:
        """The nearest line up to a byte that begins a record whatever is before it."""
        begin = nearest = self.line_begin(offset)
        lowest = nearest + 1
        while begin > 0 and (begin in self._bare or not self._begins_record(begin)):
            lowest = self._bare.start if begin in self._bare else begin
            begin = self.line_begin(lowest - 1)
            if nearest - begin > LINE_BYTES_CAP:
                begin = nearest
                break
        if lowest <= nearest:
            self._bare = range(lowest, nearest + 1)
        return begin

    def _begins_record(self, begin: int) -> bool:
        line = self.reader.source.read_at(begin, _TESTED_BYTES)
        text = line_text(line.partition(b"\n")[0])
        above = LinesAbove(near=partial(self.lines_above, begin))
        return self.reader.begins_record(text, 0, Unreadable(), above, follows_one=True) is not None

    def lines_above(self, begin: int) -> Sequence[str]:
        """The lines right above one, as many as tell whether it goes on them, the nearest last."""
        lines = list[str]()
        while begin > 0 and len(lines) < NEAR_LINES:
            end, begin = begin, self.line_begin(begin - 1)
            lines.append(line_text(self.reader.source.read_at(begin, min(end - begin, _TESTED_BYTES))))
        return lines[::-1]

    def line_begin(self, offset: int) -> int:
        """Where the line begins that holds a byte."""
        noted = self._noted_before(offset)
        end, size = offset, _READ_AT_FIRST
        while end > noted.offset:
            begin = max(noted.offset, end - size)
            found = self.reader.source.read_at(begin, end - begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            end, size = begin, BLOCK_BYTES
        return noted.begin
