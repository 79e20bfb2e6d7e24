"""Columns of whole numbers with one entry a record, appended in blocks and read block by block.

Beyond a few megabytes the blocks lie in an unnamed temporary file and are read with pread, so that the memory does not
grow with the log.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.index.blocks import WHOLE, Block, BlockBytes, Numbers, distances, number_at, pack, unpack

BLOCK_ROWS = 65_536


class Columns:
    """Records as they were when this was taken: whole blocks, and the last few in memory. Never changes."""

    def __init__(self, blocks: Sequence[Block], last: Mapping[str, Numbers]) -> None:
        self.blocks = tuple(blocks)
        self.last = last
        self._starts = np.array([0, *accumulate(block.rows for block in self.blocks)], dtype=np.int64)
        self._begins: list[int] = self._starts.tolist()
        self._whole: int = self._begins[-1]
        self._rows: int = self._whole + len(next(iter(last.values()), ()))

    def __len__(self) -> int:
        return self._rows

    def followed_by(self, rows: Mapping[str, Numbers]) -> Columns:
        """These rows and some more."""
        return Columns(self.blocks, {name: np.concatenate((old, rows[name])) for name, old in self.last.items()})

    def at(self, name: str, row: int) -> int:
        """One number."""
        if row >= self._whole:
            return int(self.last[name][row - self._whole])
        number = bisect_right(self._begins, row) - 1
        return number_at(self.blocks[number], name, row - self._begins[number])

    def spans(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int]]:
        """Cut rows at the edges of blocks: pairs of the first row and the one after the last."""
        stop = self._rows if stop is None else min(stop, self._rows)
        edges = [*self._starts.tolist(), self._rows]
        first = max(0, int(np.searchsorted(self._starts, start, side="right")) - 1)
        for low, high in pairwise(edges[first:]):
            if max(low, start) < min(high, stop):
                yield max(low, start), min(high, stop)
            if high >= stop:
                return

    def range_at(self, name: str, row: int) -> tuple[int, int]:
        """The least and the greatest number of the block that a row is in."""
        if row >= self._whole:
            last = self.last[name]
            return int(last.min()), int(last.max())
        packed = self.blocks[int(np.searchsorted(self._starts, row, side="right")) - 1].packed[name]
        return packed.least, packed.most

    def tally_at(self, name: str, row: int) -> Mapping[int, int] | None:
        """How often each number is in the block that a row is in; None where that is not known."""
        if row >= self._whole:
            return None
        return self.blocks[int(np.searchsorted(self._starts, row, side="right")) - 1].packed[name].tally

    def read(self, name: str, start: int, stop: int) -> Numbers:
        """The numbers of some rows, which may lie in several blocks."""
        parts = [self._part(name, low, high) for low, high in self.spans(start, stop)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty(0, np.int64)

    def take(self, name: str, rows: npt.NDArray[np.int64]) -> Numbers:
        """The numbers of rows, which must be sorted; reads only the blocks that they are in."""
        if not len(rows):
            return np.empty(0, np.int64)
        edges = np.append(self._starts, self._rows)
        cuts = np.searchsorted(rows, edges)
        parts = []
        for number in np.flatnonzero(np.diff(cuts)).tolist():
            inside = rows[cuts[number] : cuts[number + 1]]
            low, high = int(inside[0]), int(inside[-1]) + 1
            parts.append(self._part(name, low, high, inside - low))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def position(self, name: str, value: int, *, after: bool = False) -> int:
        """Where a value is in a sorted column: before the rows that are equal, or after them."""
        low, high = 0, self._rows
        while high - low > BLOCK_ROWS:
            middle = (low + high) // 2
            here = self.at(name, middle)
            low, high = (middle + 1, high) if here < value or (after and here == value) else (low, middle)
        return low + int(np.searchsorted(self.read(name, low, high), value, side="right" if after else "left"))

    def rows_with(self, name: str, wanted: Sequence[int], start: int, stop: int) -> npt.NDArray[np.int64]:
        """The rows of a span, which lies in one block, whose number is one of these."""
        if start >= self._whole:
            numbers, least = self._part(name, start, stop), 0
        else:
            number = bisect_right(self._begins, start) - 1
            block, begin = self.blocks[number], self._begins[number]
            numbers = distances(block, name, start - begin, stop - begin)
            least = 0 if block.packed[name].width == WHOLE else block.packed[name].least
        found = np.zeros(stop - start, bool)
        for one in wanted:
            found |= numbers == one - least if one >= least else False
        return np.flatnonzero(found) + start

    def _part(self, name: str, low: int, high: int, picked: npt.NDArray[np.int64] | None = None) -> Numbers:
        if low >= self._whole:
            part = self.last[name][low - self._whole : high - self._whole]
            return part if picked is None else part[picked]
        number = bisect_right(self._begins, low) - 1
        begin = self._begins[number]
        return unpack(self.blocks[number], name, low - begin, high - begin, picked)


class GrowingColumns:
    """Columns to which one thread appends while others read what ``now`` gave them."""

    def __init__(self, kinds: Mapping[str, npt.DTypeLike], storage: BlockBytes, blocks: Sequence[Block] = ()) -> None:
        self._kinds, self._storage = dict(kinds), storage
        # One tuple, so that a reader never sees rows twice or not at all while they are put away.
        self._state: _State = _State(tuple(blocks), (), sum(block.rows for block in blocks), 0)
        self._known = (self._state, Columns(blocks, self._joined(())))

    def __len__(self) -> int:
        return self._state.whole + self._state.waiting

    def append(self, rows: Mapping[str, Numbers]) -> None:
        """Add rows; the columns are as long as each other. Raises ``OSError`` where there is no room for them."""
        count = len(next(iter(rows.values())))
        if not count:
            return
        blocks, parts, whole, waiting = self._state
        state = _State(blocks, (*parts, rows), whole, waiting + count)
        self._state = self._put_away(state) if state.waiting >= BLOCK_ROWS else state

    def drop_last(self) -> None:
        """Take back the last row, also where it was packed."""
        blocks, parts, whole, waiting = self._state
        if waiting:
            rest = {name: numbers[:-1] for name, numbers in self._joined(parts).items()}
            self._state = _State(blocks, (rest,) if waiting > 1 else (), whole, waiting - 1)
        else:
            shorter = (blocks[-1].without_last(),) if blocks[-1].rows > 1 else ()
            self._state = _State((*blocks[:-1], *shorter), (), whole - 1, 0)

    def settle(self) -> None:
        """Pack the rows that wait, few as they are, where no more will come soon; ``OSError`` as for ``append``."""
        blocks, parts, whole, waiting = self._state
        if waiting:
            packed = self._packed(self._joined(parts), 0, waiting)
            self._state = _State((*blocks, packed), (), whole + waiting, 0)

    def now(self) -> Columns:
        """The rows that there are by now."""
        state, (known, columns) = self._state, self._known
        if known is not state:
            columns = Columns(state.blocks, self._joined(state.parts))
            self._known = (state, columns)
        return columns

    def _joined(self, parts: Sequence[Mapping[str, Numbers]]) -> dict[str, Numbers]:
        if len(parts) == 1:
            return dict(parts[0])
        return {
            name: np.concatenate([part[name] for part in parts]) if parts else np.empty(0, kind)
            for name, kind in self._kinds.items()
        }

    def _put_away(self, state: _State) -> _State:
        """Make whole blocks of the rows that wait; the rest goes on waiting."""
        joined = self._joined(state.parts)
        done = state.waiting // BLOCK_ROWS * BLOCK_ROWS
        blocks = [self._packed(joined, start, start + BLOCK_ROWS) for start in range(0, done, BLOCK_ROWS)]
        rest = {name: numbers[done:].copy() for name, numbers in joined.items()}
        parts = (rest,) if state.waiting > done else ()
        return _State((*state.blocks, *blocks), parts, state.whole + done, state.waiting - done)

    def _packed(self, rows: Mapping[str, Numbers], start: int, stop: int) -> Block:
        storage = self._storage
        return Block(stop - start, {name: pack(one[start:stop], storage) for name, one in rows.items()}, storage)


class _State(NamedTuple):
    """Whole blocks, the rows that wait for theirs, and how many there are of each."""

    blocks: tuple[Block, ...]
    parts: tuple[Mapping[str, Numbers], ...]
    whole: int
    waiting: int
