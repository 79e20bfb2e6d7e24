"""The order in time of logs that overlap, or are out of order.

They are merged piece by piece, as many records at a time as fit into a few megabytes, and the order lies in columns
whose memory does not grow with the logs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

import numpy as np

from triage_tui.logs.content.temporary_bytes import WorkingBytes
from triage_tui.logs.filters.record_sets import RecordLookup, RecordSet
from triage_tui.logs.filters.row_set import Rows, RowSet
from triage_tui.logs.index.blocks import Block, BlockBytes, Numbers
from triage_tui.logs.index.columns import BLOCK_ROWS, GrowingColumns
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.order.record_order import EARLIEST, LATEST, Place, TimeOrder

MERGED_AT_ONCE = 2 * BLOCK_ROWS
IN_MEMORY_BYTES = 4 << 20
FEW_RECORDS = BLOCK_ROWS
_KINDS = {"order": np.int64, "source": np.int64, "local": np.int64}


class Merged:
    """The order of logs that overlap, or are out of order, which ``columns`` hold in blocks."""

    def __init__(self, files: Sequence[FileRows], before: Merged | None = None) -> None:
        kept = before.blocks_before_news(files) if before else ()
        goes_on = before if kept else None
        # What cannot be taken over goes with the order that it belongs to.
        self.storage: BlockBytes = goes_on.storage if goes_on else _new_storage()
        done = goes_on.done_in(len(kept)) if goes_on else _Done(np.zeros(len(files), np.int64))
        growing = GrowingColumns(_KINDS, self.storage, kept)
        for start, end in _pieces(files, done):
            for part in _by_blocks(_sorted(files, done, start, end)):
                growing.append(part)
        self._files, self.columns = tuple(files), growing.now()

    def __len__(self) -> int:
        return len(self.columns)

    def place(self, row: int) -> Place:
        """Look it up."""
        return Place(self.columns.at("source", row), self.columns.at("local", row))

    def first_at(self, micros: int) -> int:
        """Search in the times, which are sorted."""
        return self.columns.position("order", micros)

    def rows_of(self, records: RecordSet) -> RowSet:
        """Look each record up of the blocks in whose times some of these are."""
        lookup = records.lookup()
        return RowSet.gathered(len(self), (self._among(lookup, *span) for span in self._spans_near(records)))

    def _among(self, lookup: RecordLookup, start: int, stop: int) -> Rows:
        held = lookup.holds(self.columns.read("source", start, stop), self.columns.read("local", start, stop))
        return np.flatnonzero(held) + start

    def _spans_near(self, records: RecordSet) -> Iterator[tuple[int, int]]:
        """The blocks in whose times some records are; all of them where that takes longer to tell."""
        spans = list(self.columns.spans())
        if len(records) > FEW_RECORDS:
            yield from spans
            return
        ranges = np.array([self.columns.range_at("order", start) for start, _ in spans], np.int64).reshape(-1, 2)
        parts = [self._files[number].timed.take("order", rows) for number, rows in records.pieces()]
        times = np.concatenate([np.empty(0, np.int64), *parts])
        firsts = np.searchsorted(ranges[:, 1], times, side="left")
        stops = np.searchsorted(ranges[:, 0], times, side="right")
        changes = np.bincount(firsts, minlength=len(spans) + 1) - np.bincount(stops, minlength=len(spans) + 1)
        yield from (spans[number] for number in np.flatnonzero(np.cumsum(changes)).tolist())

    def same_rows(self, before: TimeOrder) -> int:
        """Count the blocks that were taken over."""
        if not isinstance(before, Merged):
            return 0
        blocks = zip(self.columns.blocks, before.columns.blocks, strict=False)
        return BLOCK_ROWS * sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], blocks))

    def locals_from(self, row: int) -> Sequence[int]:
        """Of logs in order, as many as stand before the block that the row is in; of others, those before its time."""
        counts = self.records_in(row // BLOCK_ROWS).tolist()
        micros = self.columns.at("order", row) if row < len(self) else LATEST
        return [
            count if file.in_order else _first_from(file, micros)
            for file, count in zip(self._files, counts, strict=True)
        ]

    def places(self, rows: Rows) -> Iterator[tuple[int, Rows, Rows]]:
        """Take the rows apart by their logs."""
        sources, local = self.columns.take("source", rows), self.columns.take("local", rows)
        for source in np.unique(sources).tolist():
            yield source, rows[sources == source], local[sources == source]

    def blocks_before_news(self, files: Sequence[FileRows]) -> tuple[Block, ...]:
        """The blocks that stay as they are when logs have grown: those before the first record that may be new."""
        if len(files) != len(self._files):
            return ()
        pairs = list(zip(self._files, files, strict=True))
        if any(new.reader is not old.reader or len(new) < len(old) for old, new in pairs):
            return ()
        # Also the last record of a log grows, by lines that go on it.
        limit = min((_first_news(old, new) for old, new in pairs if old.end != new.end), default=LATEST)
        return tuple(block for block in self.columns.blocks if block.packed["order"].most < limit)

    def done_in(self, blocks: int) -> _Done:
        """What is in the first blocks, one at least."""
        last = blocks * BLOCK_ROWS - 1
        return _Done(self.records_in(blocks), self.columns.at("order", last), self.place(last))

    def records_in(self, blocks: int) -> Rows:
        """How many records of each log are in the first blocks."""
        counts = np.zeros(len(self._files), np.int64)
        for start, stop in self.columns.spans(0, blocks * BLOCK_ROWS):
            counts += np.bincount(self.columns.read("source", start, stop), minlength=len(counts))
        return counts


class _Done(NamedTuple):
    """The records that stand in an order already: how many of each log, and the time and the place of the last one."""

    counts: Rows
    micros: int = EARLIEST
    last: Place = Place(0, -1)

    def left_of(self, number: int, file: FileRows, start: int, end: int) -> Rows:
        """The rows of a log in a half-open time that are not among them."""
        if file.in_order:
            return _rows_between(file, int(self.counts[number]), start, end)
        rows = _rows_between(file, 0, start, end)
        order = file.timed.take("order", rows)
        behind = rows > self.last.local if number == self.last.source else number > self.last.source
        left: Rows = rows[(order > self.micros) | ((order == self.micros) & behind)]
        return left


def _new_storage() -> BlockBytes:
    return WorkingBytes("the order of the records", memory_bytes=IN_MEMORY_BYTES)


def _pieces(files: Sequence[FileRows], done: _Done) -> Iterator[tuple[int, int]]:
    """Half-open times in each of which there are ``MERGED_AT_ONCE`` records at most that are not done.

    There are more where logs are out of order, all of which each piece looks through, or many records have one time.
    """
    step = max(MERGED_AT_ONCE // (2 * len(files)), 1)
    samples = sorted(
        micros
        for file, first in zip(files, done.counts.tolist(), strict=True)
        for row in range(first if file.in_order else 0, len(file), step)
        if (micros := file.timed.at("order", row)) > done.micros
    )
    # Between two edges there are as many steps as logs, and of each log one more.
    steps = len(files) if all(file.in_order for file in files) else 4 * len(files)
    return pairwise(sorted({done.micros, *samples[::steps][1:], LATEST}))


def _sorted(files: Sequence[FileRows], done: _Done, start: int, end: int) -> dict[str, Numbers]:
    """The records of a half-open time that are not done yet, in order."""
    local = [done.left_of(number, file, start, end) for number, file in enumerate(files)]
    order = np.concatenate([file.timed.take("order", rows) for file, rows in zip(files, local, strict=True)])
    # A stable sort leaves equal times in the order of the logs.
    place = np.argsort(order, kind="stable")
    source = np.repeat(np.arange(len(files), dtype=np.int64), [len(rows) for rows in local])
    return {"order": order[place], "source": source[place], "local": np.concatenate(local)[place]}


def _by_blocks(rows: dict[str, Numbers]) -> Iterator[dict[str, Numbers]]:
    """Copies of a block of the rows after another: what waits for more rows does not hold all of them."""
    for start in range(0, len(rows["order"]), BLOCK_ROWS):
        yield {name: numbers[start : start + BLOCK_ROWS].copy() for name, numbers in rows.items()}


def _first_news(old: FileRows, new: FileRows) -> int:
    """The least time of a record that a log has more than before, or of its last one, which may have been torn."""
    last = len(old) - 1
    if last < 0:
        return EARLIEST
    return min(old.timed.at("order", last), int(new.timed.read("order", last, len(new)).min()))


def _rows_between(file: FileRows, first: int, start: int, end: int) -> Rows:
    if file.in_order:
        low, high = (file.timed.position("order", edge) if EARLIEST < edge < LATEST else None for edge in (start, end))
        return np.arange(max(first, low or 0), len(file) if high is None else high, dtype=np.int64)
    found = list(file.rows_between(start, end))
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _first_from(file: FileRows, micros: int) -> int:
    """The first row of a log whose time is not before this one; the number of its rows where there is none."""
    found = (rows for rows in file.rows_between(micros, LATEST) if len(rows))
    return next((int(rows[0]) for rows in found), len(file))
