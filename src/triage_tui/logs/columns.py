"""Columns of whole numbers with one entry a record, appended in blocks and read block by block.

A block is kept as the distance of each number from the block's least, in as few bytes as that takes; a constant, or
numbers that go up by one, take none. Beyond a few megabytes the blocks lie in an unnamed temporary file and are read
with pread, so that the memory does not grow with the log.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

BLOCK_ROWS = 65_536
MOST_TALLIED = 24
# int64, or uint64 for hashes
Numbers = npt.NDArray[Any]
_WHOLE = 8
_SIGNED = np.dtype(np.int64).char
_WIDEST = {1: 2**8 - 1, 2: 2**16 - 1, 4: 2**32 - 1, _WHOLE: 2**64 - 1}


class StoredBytes(Protocol):
    """Where the bytes of blocks lie."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Read bytes by position."""


class BlockBytes(StoredBytes, Protocol):
    """Where the bytes of further blocks go."""

    size: int

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""


class Packed(NamedTuple):
    """One column of one block.

    Attributes:
        kind: the code of the numbers' type in numpy.
        least, most: the least and the greatest of them.
        width: how many bytes each number's distance from the least takes; in 8, it is the number itself. Nothing is
            kept, 0, of a constant, and of numbers that go up by one.
        place: where the bytes begin.
        tally: how often each number is there, where the block has few.
    """

    kind: str
    least: int
    most: int
    width: int
    place: int = 0
    tally: Mapping[int, int] | None = None

    def without(self, number: int) -> Packed:
        """The same column with a number less, at its end."""
        if self.tally is None:
            return self
        return self._replace(
            tally={one: count - (one == number) for one, count in self.tally.items() if count > (one == number)}
        )


class Block(NamedTuple):
    """Some records: how many there are, each column packed, and what holds the bytes."""

    rows: int
    packed: Mapping[str, Packed]
    storage: StoredBytes

    def moved_to(self, storage: BlockBytes) -> Block:
        """The same block with its bytes in another storage."""
        return self._replace(packed={name: self._moved(one, storage) for name, one in self.packed.items()})

    def without_last(self) -> Block:
        """The same block with a row less; the least and the greatest numbers may be those of that row still."""
        packed = {name: one.without(number_at(self, name, self.rows - 1)) for name, one in self.packed.items()}
        return Block(self.rows - 1, packed, self.storage)

    def _moved(self, packed: Packed, storage: BlockBytes) -> Packed:
        if not packed.width:
            return packed
        place = storage.size
        storage.append(self.storage.read_at(packed.place, self.rows * packed.width))
        return packed._replace(place=place)


def pack(numbers: Numbers, storage: BlockBytes) -> Packed:
    """Append the numbers of a block to a storage."""
    kind, least, most = numbers.dtype.char, int(numbers.min()), int(numbers.max())
    if least == most:
        return Packed(kind, least, most, 0, tally={least: len(numbers)})
    if int(numbers[0]) == least and most - least == len(numbers) - 1 and bool((np.diff(numbers) == 1).all()):
        return Packed(kind, least, most, 0)
    width = next(width for width, limit in _WIDEST.items() if most - least <= limit)
    kept = numbers if width == _WHOLE else (numbers - numbers.dtype.type(least)).astype(f"u{width}")
    place = storage.size
    storage.append(kept.tobytes())
    return Packed(kind, least, most, width, place, _tally(kept, least) if width == 1 else None)


def _tally(kept: Numbers, least: int) -> dict[int, int] | None:
    counts = np.bincount(kept)
    there = np.flatnonzero(counts)
    return {int(one) + least: int(counts[one]) for one in there} if len(there) <= MOST_TALLIED else None


def unpack(block: Block, name: str, start: int, stop: int, picked: npt.NDArray[np.int64] | None = None) -> Numbers:
    """Read a part of one column of a block, or some numbers of that part."""
    packed = block.packed[name]
    kept = distances(block, name, start, stop)
    if picked is not None:
        kept = kept[picked]
    if packed.width == _WHOLE:
        return kept
    kind = np.dtype(packed.kind)
    numbers: Numbers = kept.astype(kind)
    numbers += kind.type(packed.least)
    return numbers


def distances(block: Block, name: str, start: int, stop: int) -> Numbers:
    """Read how far numbers are from the least one, in the type that they are kept in; whole numbers as they are."""
    packed = block.packed[name]
    if not packed.width:
        # Of numbers that go up by one, the distance is the row.
        return np.arange(start, stop) if packed.least < packed.most else np.zeros(stop - start, np.int64)
    raw = block.storage.read_at(packed.place + start * packed.width, (stop - start) * packed.width)
    return np.frombuffer(raw, packed.kind if packed.width == _WHOLE else f"u{packed.width}")


def number_at(block: Block, name: str, row: int) -> int:
    """Read one number of a block, which numpy would take longer for."""
    packed = block.packed[name]
    width = packed.width
    if not width:
        return packed.least + (row if packed.least < packed.most else 0)
    raw = block.storage.read_at(packed.place + row * width, width)
    number = int.from_bytes(raw, "little", signed=width == _WHOLE and packed.kind == _SIGNED)
    return number if width == _WHOLE else packed.least + number


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
            least = 0 if block.packed[name].width == _WHOLE else block.packed[name].least
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
