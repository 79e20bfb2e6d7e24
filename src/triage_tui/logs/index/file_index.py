"""The index of one log: a few numbers for each record, built chunk by chunk with memory that the chunk bounds.

It is usable while it grows, goes on where a file has grown, and never holds the text. Where lines have a layout, their
times come first, then their IDs, then their hosts and templates, so that the log can soon be seen in time.
"""

from __future__ import annotations

from functools import partial
from threading import Event, Lock

from triage_tui.logs.content.beginning import Beginning
from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.content.expanding import ExpandingBytes
from triage_tui.logs.index.chunk_reader import Chunk, ChunkReader
from triage_tui.logs.index.columns import GrowingColumns
from triage_tui.logs.index.file_order import FileOrder
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.index.index_options import DEFAULT_INDEX_OPTIONS, IndexOptions
from triage_tui.logs.index.index_room import IndexRoom
from triage_tui.logs.index.index_rows import LATER, NO_TIME, TIMED, LogNames
from triage_tui.logs.index.index_workers import IndexWorkers
from triage_tui.logs.index.known_index import IndexState, KnownIndex
from triage_tui.logs.index.last_line import LastLine
from triage_tui.logs.index.later_columns import LaterColumns
from triage_tui.logs.index.look_ahead import LookAhead
from triage_tui.logs.quick.codes import Names
from triage_tui.logs.records.batches import Unreadable
from triage_tui.logs.records.record_reader import RecordReader
from triage_tui.logs.search.error_scan import FoundErrors, find_errors

# Longer steps of numpy are fewer, but leave the cache.
QUICK_BYTES, SLOW_BYTES = 4 << 20, 1 << 20
# So many that a worker need not wait for the other one, whose chunk is to be taken first.
CHUNKS_AT_ONCE = 8


class FileIndex:
    """The index of one log up to the byte ``indexed_to``; ``has_news`` tells that it holds more than it began with.

    Any thread may build it or take ``rows``. The indexes of several logs may share a ``room``. One that goes on
    ``after`` another has later records of the same log, and counts its lines on.
    """

    def __init__(
        self,
        reader: RecordReader,
        options: IndexOptions = DEFAULT_INDEX_OPTIONS,
        known: KnownIndex | None = None,
        room: IndexRoom | None = None,
        after: FileIndex | None = None,
    ) -> None:
        self.reader, self._lock, self._building = reader, Lock(), Lock()
        self.names = LogNames(Names(known.state.hosts), Names(known.state.templates)) if known else LogNames()
        room = room or IndexRoom()
        storage = room.storage(reader.source.name)
        blocks = known.blocks if known else {}
        self.chunks = ChunkReader(reader, options, self.names, buffers=room.buffers)
        self._timed = GrowingColumns(TIMED, storage, blocks.get("timed", ()))
        self._later = LaterColumns(self.chunks, storage, blocks)
        self.indexed_to, self.has_news, self._ends_cut = 0, False, False
        self.next_line: int = after.next_line if after else 1
        self._order, self.without_zone = FileOrder(after.last_order if after else 0), 0
        self.beginning, self._last_line = Beginning(reader), LastLine(self.chunks)
        self._ahead = LookAhead[Chunk]()
        if known:
            self._go_on_after(known.state)

    @property
    def bytes_left(self) -> int:
        """How much of the log is still to be read for the columns that are furthest behind."""
        rows, timed = self._later.fewest, self._timed.now()
        return self.reader.source.size - (timed.at("offset", rows) if rows < len(timed) else self.indexed_to)

    def lacks(self, kind: str) -> bool:
        """Tell whether columns of a kind in ``LATER`` are still to be read of some records."""
        return self._later.count(kind) < len(self._timed)

    @property
    def record_count(self) -> int:
        """How many records are indexed by now."""
        return len(self._timed)

    @property
    def last_order(self) -> int:
        """The time of the last record, in microseconds since 1970 UTC."""
        return self._order.last

    def rows(self, *, torn: bool = False) -> FileRows:
        """The records by now; with ``torn``, so is a last line that has no newline yet."""
        with self._lock:
            timed, end, in_order = self._timed.now(), self.indexed_to, self._order.holds
        whole = FileRows(self.reader, self.names, timed, self._later.now, end, in_order)
        is_torn = torn and self._last_line.is_torn_at(end)
        return self._last_line.added_to(whole, self.next_line, self._order) if is_torn else whole

    def find_errors(self, cancelled: Event) -> FoundErrors | None:
        """Search the log for errors before any of it is indexed; None where the index is as quick, or knows them."""
        if self.indexed_to or isinstance(self.reader.source, ExpandingBytes):
            return None
        return find_errors(self.reader.source, self.chunks, cancelled)

    def advance(self, workers: IndexWorkers | None = None) -> bool:
        """Index the next chunks of whole lines; False where there are none yet."""
        with self._building:
            if isinstance(self.reader.source, ExpandingBytes):
                self.reader.source.reach(self.indexed_to + CHUNKS_AT_ONCE * QUICK_BYTES)
            self._read_cut_line_again()
            limit = self._look_ahead(workers)
            read: list[tuple[int, Chunk]] = []
            while self._ahead and (not read or self._ahead.is_ready):
                read.append(self._ahead.take())
            # Asked after they were read: what the chunks hold was there before.
            if not read or self.beginning.stops_at_cut():
                self._ahead.drop()
                return False
            for stop, chunk in read:
                with self._lock:
                    self._take(chunk, stop)
            self._ends_cut = self.indexed_to >= limit and self._last_line.is_cut_at(limit)
            return True

    def _read_cut_line_again(self) -> None:
        """Take out the last record where more has come of a line that was cut: only the whole line has its fields."""
        has_more = self._ends_cut and self._last_line.whole_end(self.indexed_to) > self.indexed_to
        if has_more and not self.beginning.stops_at_cut():
            self._take_out_last()

    def go_on_in(self, source: ByteSource, *, leaves_rest: bool = False) -> None:
        """Read the records that there are, and all that a file that was cut has lacked since, from a copy of it."""
        # Not while a step reads from the file that was cut.
        with self._building:
            self.reader.source, was_cut = source, self.beginning.is_cut and not leaves_rest
            self._ahead.drop()
            self._later.drop_what_is_read()
            # An empty one stands for a copy that may still be found.
            self.beginning.is_cut = self.beginning.is_cut and (leaves_rest or source.size == 0)
        while was_cut and self.advance():
            pass

    def _look_ahead(self, workers: IndexWorkers | None) -> int:
        """Let the workers read the next chunks while the ones before are taken in; without any, read one here.

        Returns where the whole lines end by now.
        """
        limit = self._last_line.whole_end(self.indexed_to)
        most = CHUNKS_AT_ONCE if workers and self.chunks.is_quick else 1
        size = QUICK_BYTES if self.chunks.is_quick else SLOW_BYTES
        start = self._ahead.stops_at(self.indexed_to)
        while start < limit and len(self._ahead) < most:
            stop = min(start + size, limit)
            read = self.chunks.read if workers is None else partial(workers.read, self.chunks)
            chunk = read(start, stop, limit, follows_one=start > self.indexed_to or self.record_count > 0)
            self._ahead.add(stop, chunk)
            start = stop
        return limit

    def advance_later(self, kind: str, workers: IndexWorkers | None = None) -> bool:
        """Read the columns of a kind in ``LATER`` of the next records; False where none is missing.

        So it is where the file was cut: they are read when its copy is found.
        """
        with self._building:
            found = self._later.read_next(kind, self.rows(), QUICK_BYTES, CHUNKS_AT_ONCE, workers)
            if found is None or self.beginning.is_overwritten:
                self._later.drop_what_is_read()
                return False
            self._later.append(kind, found)
            self.has_news = True
            return True

    def take_out_last(self) -> bytes:
        """Take the last record out again, to be read on elsewhere with what goes on it; b"" where it stays."""
        with self._building:
            return self._take_out_last()

    def _take_out_last(self) -> bytes:
        rows = self.rows()
        text = rows.whole_last_record()
        if not text:
            return b""
        start = rows.end - len(text)
        counted = self.chunks.read(start, start + 1, rows.end, follows_one=len(rows) > 1)
        with self._lock:
            self._timed.drop_last()
            self._later.drop_what_is_read()
            self._later.drop_beyond(len(self._timed))
            self.indexed_to, self.next_line = start, rows.timed.at("line", len(rows) - 1)
            self._order.last = rows.timed.at("order", len(rows) - 2) if len(rows) > 1 else 0
            self.reader.unreadable.take_back(counted.unreadable)
            self.without_zone -= counted.without_zone
            self.reader.line_count = self.next_line - 1
        return text

    def settle(self) -> None:
        """Hold as little as possible, where the log will not grow soon."""
        with self._building, self._lock:
            self._timed.settle()
            self._later.settle()

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
        timed["order"] = self._order.continued(timed["order"], (timed["flags"] & NO_TIME) != 0)
        self._later.add(len(self._timed), chunk.later)
        self._timed.append(timed)
        self.reader.unreadable.add(chunk.unreadable, self.next_line)
        self.without_zone += chunk.without_zone
        # The last line goes on behind the span; a span in which none begins lies within one.
        self.indexed_to = max(self.indexed_to, chunk.end or stop)
        self.next_line, self.has_news = self.next_line + chunk.lines, True
        self.reader.line_count = self.next_line - 1

    def _go_on_after(self, known: IndexState) -> None:
        self.indexed_to, self.next_line, self.without_zone = known.end, known.next_line, known.without_zone
        self._order.last, self._order.holds = known.last_order, known.in_order
        self.reader.unreadable = Unreadable(known.unreadable, known.first_unreadable)
        self.reader.line_count = known.next_line - 1
