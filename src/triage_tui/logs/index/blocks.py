"""Blocks of whole numbers, packed.

A block is kept as the distance of each number from the block's least, in as few bytes as that takes; a constant, or
numbers that go up by one, take none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

MOST_TALLIED = 24
# int64, or uint64 for hashes
Numbers = npt.NDArray[Any]
WHOLE = 8
"""The width of numbers that are kept as they are."""
_SIGNED = np.dtype(np.int64).char
_WIDEST = {1: 2**8 - 1, 2: 2**16 - 1, 4: 2**32 - 1, WHOLE: 2**64 - 1}


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
    kept = numbers if width == WHOLE else (numbers - numbers.dtype.type(least)).astype(f"u{width}")
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
    if packed.width == WHOLE:
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
    return np.frombuffer(raw, packed.kind if packed.width == WHOLE else f"u{packed.width}")


def number_at(block: Block, name: str, row: int) -> int:
    """Read one number of a block, which numpy would take longer for."""
    packed = block.packed[name]
    width = packed.width
    if not width:
        return packed.least + (row if packed.least < packed.most else 0)
    raw = block.storage.read_at(packed.place + row * width, width)
    number = int.from_bytes(raw, "little", signed=width == WHOLE and packed.kind == _SIGNED)
    return number if width == WHOLE else packed.least + number
