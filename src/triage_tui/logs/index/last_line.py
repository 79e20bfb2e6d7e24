"""The last line of a log that is written to: it is whole where it has its newline, else torn."""

from __future__ import annotations

from dataclasses import replace

from triage_tui.logs.content.expanding import ExpandingBytes
from triage_tui.logs.content.framing import after_last_newline
from triage_tui.logs.index.chunk_reader import ChunkReader
from triage_tui.logs.index.file_order import FileOrder
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.index.index_rows import NO_TIME
from triage_tui.logs.search.record_places import RecordPlaces


class LastLine:
    """Tells where the whole lines of a log end; any thread may ask."""

    def __init__(self, chunks: ChunkReader) -> None:
        self._reader, self._chunks = chunks.reader, chunks
        self._places, self._known = RecordPlaces(chunks.reader), (-1, 0)

    def whole_end(self, start: int) -> int:
        """The byte behind the last newline; ``start`` where there is none behind that."""
        source = self._reader.source
        size = source.size
        if self._known[0] != size:
            self._known = (size, after_last_newline(source, start, size))
        return self._known[1]

    def is_cut_at(self, end: int) -> bool:
        """Whether the line that ends at a byte is a part of one that goes on in the next."""
        return any(map(self._reader.is_part, self._places.lines_above(end)[-1:]))

    def is_torn_at(self, end: int) -> bool:
        """Whether all there is behind a byte is a line without its newline."""
        source = self._reader.source
        is_whole = not isinstance(source, ExpandingBytes) or source.is_whole
        return is_whole and end < source.size and end == self.whole_end(end)

    def added_to(self, rows: FileRows, number: int, order: FileOrder) -> FileRows:
        """The records with that of the torn line behind them, which has this number."""
        size = rows.source.size
        chunk = self._chunks.read(rows.end, rows.end + 1, size, follows_one=len(rows) > 0)
        torn = dict(chunk.timed)
        torn["line"] = torn["line"] + number
        torn["order"] = order.of_torn(torn["order"], (torn["flags"] & NO_TIME) != 0)
        in_order = rows.in_order and bool((torn["order"] >= order.last).all())
        return replace(rows, timed=rows.timed.followed_by(torn), end=size, in_order=in_order)
