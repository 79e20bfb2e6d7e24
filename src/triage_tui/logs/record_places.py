"""Where single records begin and end in a log that has no index."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, tzinfo

from triage_tui.logs.batches import Batch, Unreadable
from triage_tui.logs.byte_source import BLOCK_BYTES, Excerpt
from triage_tui.logs.framing import LINE_BYTES_CAP, line_blocks, line_end
from triage_tui.logs.record_reader import RecordReader, line_text

_TESTED_BYTES = 64 << 10
_READ_AT_FIRST, _READ_MORE, _READ_AT_MOST = 8 << 10, 8, 2 * LINE_BYTES_CAP
_NEAR_BYTES = 64 << 10


class RecordPlaces:
    """Finds records around bytes of a log, reading little."""

    def __init__(self, reader: RecordReader) -> None:
        self.reader = reader
        self._counted = [(0, 1)]

    def note_lines(self, end: int, line: int) -> None:
        """Remember the number of the line that a byte is in; later bytes come later."""
        self._counted.append((end, line))

    def line_at(self, offset: int) -> int:
        """The number of the line that a byte is in, counted on from the nearest one before it that was noted."""
        begin, line = self._counted[bisect_right(self._counted, (offset, 1 << 62)) - 1]
        return line + self.reader.source.read_at(begin, offset - begin).count(b"\n")

    def record_with(self, offset: int, line: int) -> Batch:
        """The record that holds a byte, which is in a line of this number; nothing where only blank lines are there."""
        begin = self._sure_begin(offset)
        line -= self.reader.source.read_at(begin, offset - begin).count(b"\n")
        size = _READ_AT_FIRST
        while True:
            end = offset + size
            is_all = end >= self.reader.source.size or size > _READ_AT_MOST
            batch = self._batch(begin, end, line, torn=is_all)
            place = bisect_right(batch.offsets, offset) - 1
            if is_all or place + 1 < len(batch):
                return batch.only(max(0, place))
            size *= _READ_MORE

    def begin_of(self, offset: int) -> int:
        """Where the record begins that holds a byte; it is looked for 8 MiB back at the most."""
        begin = self._sure_begin(offset)
        if begin == self._line_begin(offset):
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
        begin = self._line_begin(offset)
        nearest = begin
        while begin > 0 and not self._begins_record(begin):
            begin = self._line_begin(begin - 1)
            if nearest - begin > LINE_BYTES_CAP:
                return nearest
        return begin

    def nearest_to(self, moment: datetime, zone: tzinfo, today: datetime | None) -> int:
        """A byte near the records of a time, as far as the log is in order."""
        low, high = 0, self.reader.source.size
        while high - low > _NEAR_BYTES:
            middle = (low + high) // 2
            at = self.time_near(middle, zone, today)
            low, high = (middle, high) if at is not None and at < moment else (low, middle)
        return low

    def time_near(self, offset: int, zone: tzinfo, today: datetime | None) -> datetime | None:
        """The first time at or after the record that holds a byte; None where none is near."""
        begin = self.begin_of(offset)
        from triage_tui.logs.record_frame import FrameBuilder  # an index is built without frames

        builder = FrameBuilder(self.reader.source.name, zone, today=today)
        for size in (_READ_AT_FIRST, _NEAR_BYTES):
            for batch in self.reader.batches(begin, begin + size):
                first = builder.frame(batch)["time"].drop_nulls().first()
                if isinstance(first, datetime):
                    return first
        return None

    def _begins_record(self, begin: int) -> bool:
        line = self.reader.source.read_at(begin, _TESTED_BYTES)
        text = line_text(line.partition(b"\n")[0])
        return self.reader.begins_record(text, 0, Unreadable(), str, follows_one=True) is not None

    def _line_begin(self, offset: int) -> int:
        end, size = offset, _READ_AT_FIRST
        while end > 0:
            begin = max(0, end - size)
            found = self.reader.source.read_at(begin, end - begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            end, size = begin, BLOCK_BYTES
        return 0
