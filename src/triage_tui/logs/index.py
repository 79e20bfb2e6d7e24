"""The index of one log: a few numbers for each record, built chunk by chunk with memory that the chunk bounds.

It is usable while it grows, goes on where a file has grown, and never holds the text. Where lines have a layout, their
times come first, then their IDs, then their hosts and templates, so that the log can soon be seen in time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Event, Lock

import numpy as np
import numpy.typing as npt

from triage_tui.logs.batches import Unreadable
from triage_tui.logs.byte_source import ByteSource, FileBytes
from triage_tui.logs.chunk_reader import DEFAULT_INDEX_OPTIONS, Chunk, ChunkReader, IndexOptions
from triage_tui.logs.codes import Names
from triage_tui.logs.columns import BLOCK_ROWS, Columns, GrowingColumns, Numbers
from triage_tui.logs.error_scan import FoundErrors, find_errors
from triage_tui.logs.expanding import ExpandingBytes
from triage_tui.logs.file_rows import FileRows
from triage_tui.logs.framing import after_last_newline
from triage_tui.logs.index_room import IndexRoom
from triage_tui.logs.index_rows import LATER, NO_TIME, TIMED, LogNames
from triage_tui.logs.index_workers import IndexWorkers
from triage_tui.logs.known_index import IndexState, KnownIndex
from triage_tui.logs.look_ahead import LookAhead
from triage_tui.logs.record_reader import RecordReader

# Longer steps of numpy are fewer, but leave the cache.
QUICK_BYTES, SLOW_BYTES = 4 << 20, 1 << 20
# So many that a worker need not wait for the other one, whose chunk is to be taken first.
CHUNKS_AT_ONCE = 8
_HEAD_BYTES = 1024
Mask = npt.NDArray[np.bool_]
LaterAhead = LookAhead[dict[str, Numbers]]


class FileIndex:
    """The index of one log up to the byte ``indexed_to``; ``has_news`` tells that it holds more than it began with.

    ``is_cut`` tells that the file was truncated or overwritten before all of it was read.

    Any thread may build it or take ``rows``. The indexes of several logs may share a ``room``.
    """

    def __init__(
        self,
        reader: RecordReader,
        options: IndexOptions = DEFAULT_INDEX_OPTIONS,
        known: KnownIndex | None = None,
        first_line: int = 1,
        room: IndexRoom | None = None,
    ) -> None:
        self.reader, self._lock, self._building = reader, Lock(), Lock()
        self.names = LogNames(Names(known.state.hosts), Names(known.state.templates)) if known else LogNames()
        room = room or IndexRoom()
        storage = room.storage(reader.source.name)
        blocks = known.blocks if known else {}
        self.chunks = ChunkReader(reader, options, self.names, buffers=room.buffers)
        self._timed = GrowingColumns(TIMED, storage, blocks.get("timed", ()))
        self._later = {kind: GrowingColumns(kinds, storage, blocks.get(kind, ())) for kind, kinds in LATER.items()}
        self.indexed_to, self.next_line, self.has_news = 0, first_line, False
        self._last_order, self._in_order, self.without_zone = 0, True, 0
        self._head, self.is_cut = reader.source.read_at(0, _HEAD_BYTES), False
        self._whole = (-1, 0)
        self._ahead = LookAhead[Chunk]()
        self._later_ahead = {kind: LaterAhead() for kind in LATER}
        if known:
            self._go_on_after(known.state)

    @property
    def bytes_left(self) -> int:
        """How much of the log is still to be read for the columns that are furthest behind."""
        rows, timed = min(map(len, self._later.values())), self._timed.now()
        return self.reader.source.size - (timed.at("offset", rows) if rows < len(timed) else self.indexed_to)

    def lacks(self, kind: str) -> bool:
        """Tell whether columns of a kind in ``LATER`` are still to be read of some records."""
        return len(self._later[kind]) < len(self._timed)

    @property
    def record_count(self) -> int:
        """How many records are indexed by now."""
        return len(self._timed)

    def rows(self, *, torn: bool = False) -> FileRows:
        """The records by now; with ``torn``, so is a last line that has no newline yet."""
        with self._lock:
            timed, end, in_order = self._timed.now(), self.indexed_to, self._in_order
        whole = FileRows(self.reader, self.names, timed, self._later_by_now, end, in_order)
        return self._with_torn(whole) if torn and self._is_torn_at(end) else whole

    def find_errors(self, cancelled: Event) -> FoundErrors | None:
        """Search the log for errors before any of it is indexed; None where the index is as quick, or knows them."""
        if self.indexed_to or isinstance(self.reader.source, ExpandingBytes):
            return None
        return find_errors(self.reader.source, self.chunks, cancelled)

    def advance(self, workers: IndexWorkers | None = None) -> bool:
        """Index the next chunks of whole lines; False where there are none yet."""
        with self._building:
            return self._advance(workers)

    def _advance(self, workers: IndexWorkers | None) -> bool:
        if isinstance(self.reader.source, ExpandingBytes):
            self.reader.source.reach(self.indexed_to + CHUNKS_AT_ONCE * QUICK_BYTES)
        self._look_ahead(workers)
        read: list[tuple[int, Chunk]] = []
        while self._ahead and (not read or self._ahead.is_ready):
            read.append(self._ahead.take())
        # Asked after they were read: what the chunks hold was there before.
        if not read or self.stops_at_cut():
            return False
        for stop, chunk in read:
            with self._lock:
                self._take(chunk, stop)
        return True

    @property
    def is_overwritten(self) -> bool:
        """Whether the file begins with something else than when it was opened, as one does that was truncated."""
        source = self.reader.source
        return isinstance(source, FileBytes) and source.read_at(0, len(self._head)) != self._head

    def stops_at_cut(self) -> bool:
        """Tell whether the file was truncated or overwritten before all of it was read, and read no more of it."""
        if self.is_overwritten:
            self.is_cut = True
            self._ahead.drop()
        return self.is_cut

    def go_on_in(self, source: ByteSource) -> None:
        """Read the records that there are, and all that a file that was cut has lacked since, from a copy of it."""
        self.reader.source, was_cut = source, self.is_cut
        # An empty one stands for a copy that may still be found.
        self.is_cut = was_cut and source.size == 0
        while was_cut and self.advance():
            pass

    def _look_ahead(self, workers: IndexWorkers | None) -> None:
        """Let the workers read the next chunks while the ones before are taken in; without any, read one here."""
        limit = self._whole_end()
        most = CHUNKS_AT_ONCE if workers and self.chunks.is_quick else 1
        size = QUICK_BYTES if self.chunks.is_quick else SLOW_BYTES
        start = self._ahead.stops_at(self.indexed_to)
        while start < limit and len(self._ahead) < most:
            stop = min(start + size, limit)
            read = self.chunks.read if workers is None else partial(workers.read, self.chunks)
            chunk = read(start, stop, limit, follows_one=start > self.indexed_to or self.record_count > 0)
            self._ahead.add(stop, chunk)
            start = stop

    def advance_later(self, kind: str, workers: IndexWorkers | None = None) -> bool:
        """Read the columns of a kind in ``LATER`` of the next records; False where none is missing."""
        with self._building:
            return self._advance_later(kind, workers)

    def _advance_later(self, kind: str, workers: IndexWorkers | None) -> bool:
        ahead = self._later_ahead[kind]
        self._look_ahead_later(kind, ahead, workers)
        if not ahead:
            return False
        _, columns = ahead.take()
        with self._lock:
            self._later[kind].append(columns)
        self.has_news = True
        return True

    def _look_ahead_later(self, kind: str, ahead: LaterAhead, workers: IndexWorkers | None) -> None:
        rows = self.rows()
        step = int(np.clip(QUICK_BYTES * max(1, len(rows)) // max(1, rows.end), 1, BLOCK_ROWS))
        start = ahead.stops_at(len(self._later[kind]))
        while start < len(rows) and len(ahead) < (CHUNKS_AT_ONCE if workers else 1):
            stop = min(start + step, len(rows))
            read = self.chunks.later_of if workers is None else partial(workers.later_of, self.chunks)
            columns = read(kind, rows.timed.read("offset", start, stop), rows.byte_after(stop - 1))
            ahead.add(stop, columns)
            start = stop

    def settle(self) -> None:
        """Hold as little as possible, where the log will not grow soon."""
        with self._building, self._lock:
            for columns in (self._timed, *self._later.values()):
                columns.settle()

    def _later_by_now(self, kind: str) -> Columns:
        return self._later[kind].now()

    def kept(self) -> KnownIndex:
        """All that another ``FileIndex`` needs to go on; the last few rows, which are in no block, are left out."""
        rows = self.rows()
        whole = sum(block.rows for block in rows.timed.blocks)
        partial = whole < len(rows)
        state = IndexState(
            self.names.hosts.texts,
            self.names.templates.texts,
            rows.timed.at("offset", whole) if partial else rows.end,
            rows.timed.at("line", whole) if partial else self.next_line,
            rows.timed.at("order", whole - 1) if whole else 0,
            rows.in_order,
            self.reader.unreadable.count,
            self.reader.unreadable.first_line,
            self.without_zone,
        )
        return KnownIndex(
            {"timed": rows.timed.blocks, **{kind: rows.later_by_now(kind).blocks for kind in LATER}}, state
        )

    def _take(self, chunk: Chunk, stop: int) -> None:
        """Append the records of a span, with the line numbers and the order that only all before them tell."""
        timed = dict(chunk.timed)
        timed["line"] = timed["line"] + self.next_line
        timed["order"] = self._ordered(timed["order"], (timed["flags"] & NO_TIME) != 0)
        for kind, columns in chunk.later.items():
            if len(self._later[kind]) == len(self._timed):
                self._later[kind].append(columns)
        self._timed.append(timed)
        self.reader.unreadable.add(chunk.unreadable, self.next_line)
        self.without_zone += chunk.without_zone
        # The last line goes on behind the span; a span in which none begins lies within one.
        self.indexed_to = max(self.indexed_to, chunk.end or stop)
        self.next_line, self.has_news = self.next_line + chunk.lines, True
        self.reader.line_count = self.next_line - 1

    def _ordered(self, order: Numbers, unknown: Mask) -> Numbers:
        """Give a record without a time that of the one before it, at the beginning of the log that of the next."""
        if not len(order):
            return order
        if unknown.any():
            place = np.maximum.accumulate(np.where(unknown, -1, np.arange(len(order))))
            first = int(order[np.argmin(unknown)]) if not unknown.all() else 0
            order = np.where(place >= 0, order[place], self._last_order or first)
        self._in_order = self._in_order and int(order[0]) >= self._last_order and bool((order[1:] >= order[:-1]).all())
        self._last_order = int(order[-1])
        return order

    def _is_torn_at(self, end: int) -> bool:
        """Whether all there is behind a byte is a line without its newline."""
        source = self.reader.source
        is_whole = not isinstance(source, ExpandingBytes) or source.is_whole
        return is_whole and end < source.size and end == self._whole_end()

    def _whole_end(self) -> int:
        """The byte behind the last newline."""
        source = self.reader.source
        size = source.size
        if self._whole[0] != size:
            self._whole = (size, after_last_newline(source, self.indexed_to, size))
        return self._whole[1]

    def _with_torn(self, rows: FileRows) -> FileRows:
        size = rows.source.size
        chunk = self.chunks.read(rows.end, rows.end + 1, size, follows_one=len(rows) > 0)
        torn = dict(chunk.timed)
        torn["line"] = torn["line"] + self.next_line
        unknown = (torn["flags"] & NO_TIME) != 0
        torn["order"] = np.where(unknown, self._last_order, torn["order"])
        in_order = rows.in_order and bool((torn["order"] >= self._last_order).all())
        return replace(rows, timed=rows.timed.followed_by(torn), end=size, in_order=in_order)

    def _go_on_after(self, known: IndexState) -> None:
        self.indexed_to, self.next_line, self._last_order = known.end, known.next_line, known.last_order
        self._in_order, self.without_zone = known.in_order, known.without_zone
        self.reader.unreadable = Unreadable(known.unreadable, known.first_unreadable)
        self.reader.line_count = known.next_line - 1
