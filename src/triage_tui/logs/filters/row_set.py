"""A set of row numbers in an eighth of a byte each, so that a filter on any log takes a few megabytes at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
PIECE_ROWS = 65_536


class RowSet(Sequence[int]):
    """Sorted row numbers out of ``0 .. count - 1``; reads like a list of them. Never changes."""

    def __init__(self, count: int, pieces: Sequence[Bits | None]) -> None:
        """Take bits for each ``PIECE_ROWS`` rows; None for a piece with no row."""
        self.size = count
        self._pieces = list(pieces)
        sizes = [0 if piece is None else int(np.bitwise_count(piece).sum()) for piece in self._pieces]
        self._begins = np.cumsum(np.array([0, *sizes], dtype=np.int64), dtype=np.int64)
        self._unpacked: tuple[int, Rows] = (-1, np.empty(0, np.int64))

    @classmethod
    def of(cls, rows: Rows | Sequence[int], count: int) -> RowSet:
        """The set of these rows, in any order."""
        return cls.gathered(count, [np.asarray(rows, dtype=np.int64)])

    @classmethod
    def gathered(cls, count: int, parts: Iterable[Rows]) -> RowSet:
        """The set of the rows of all parts."""
        pieces: list[Bits | None] = [None] * (-(-count // PIECE_ROWS))
        for rows in parts:
            ordered = np.sort(rows)
            edges = np.arange(len(pieces) + 1) * PIECE_ROWS
            cuts = np.searchsorted(ordered, edges)
            for number in np.flatnonzero(np.diff(cuts)).tolist():
                mask = np.zeros(PIECE_ROWS, bool)
                mask[ordered[cuts[number] : cuts[number + 1]] - number * PIECE_ROWS] = True
                bits, known = np.packbits(mask), pieces[number]
                pieces[number] = bits if known is None else known | bits
        return cls(count, pieces)

    @classmethod
    def rest(cls, first: int, count: int) -> RowSet:
        """The rows from ``first`` on; all whole pieces of them are one."""
        whole = np.full(PIECE_ROWS // 8, 255, np.uint8)
        pieces: list[Bits | None] = []
        for low in range(0, count, PIECE_ROWS):
            if first <= low <= count - PIECE_ROWS:
                pieces.append(whole)
            else:
                mask = np.zeros(PIECE_ROWS, bool)
                mask[max(first - low, 0) : count - low] = True
                pieces.append(_or_none(np.packbits(mask)))
        return cls(count, pieces)

    def __len__(self) -> int:
        return int(self._begins[-1])

    @overload
    def __getitem__(self, position: int) -> int: ...
    @overload
    def __getitem__(self, position: slice) -> list[int]: ...
    def __getitem__(self, position: int | slice) -> int | list[int]:
        if isinstance(position, slice):
            return [self[one] for one in range(*position.indices(len(self)))]
        place = position + len(self) if position < 0 else position
        if not 0 <= place < len(self):
            raise IndexError(f"position {position} of {len(self)}")
        number = int(np.searchsorted(self._begins, place, side="right")) - 1
        return int(self._piece(number)[place - self._begins[number]])

    def __iter__(self) -> Iterator[int]:
        for rows in self.pieces():
            yield from rows.tolist()

    def __contains__(self, row: object) -> bool:
        if not isinstance(row, int) or not 0 <= row < self.size:
            return False
        piece = self._pieces[row // PIECE_ROWS]
        inside = row % PIECE_ROWS
        return piece is not None and bool(piece[inside >> 3] >> (7 - (inside & 7)) & 1)

    def __and__(self, other: RowSet) -> RowSet:
        """The rows in both."""
        return self._combined(other, lambda one, two: None if one is None or two is None else _or_none(one & two))

    def __or__(self, other: RowSet) -> RowSet:
        """The rows in either."""
        return self._combined(other, lambda one, two: two if one is None else one if two is None else one | two)

    def without(self, other: RowSet) -> RowSet:
        """The rows in this one alone."""
        return self._combined(other, lambda one, two: one if one is None or two is None else _or_none(one & ~two))

    def _combined(self, other: RowSet, combine: Callable[[Bits | None, Bits | None], Bits | None]) -> RowSet:
        return RowSet(self.size, [combine(*both) for both in zip(self._pieces, other._pieces, strict=True)])

    def pieces(self) -> Iterator[Rows]:
        """All rows, in parts of at most ``PIECE_ROWS``."""
        for number, piece in enumerate(self._pieces):
            if piece is not None:
                yield self._piece(number)

    def bits(self) -> Bits:
        """A bit for each row and some more, the first row's highest."""
        empty = np.zeros(PIECE_ROWS // 8, np.uint8)
        return np.concatenate([empty[:0], *(empty if piece is None else piece for piece in self._pieces)])

    def among(self, rows: Rows) -> Rows:
        """Those of some rows, in their order, that are in the set."""
        if not len(rows):
            return rows
        kept = np.zeros(len(rows), bool)
        pieces = rows // PIECE_ROWS
        for number in np.unique(pieces).tolist():
            bits = self._pieces[number]
            if bits is not None:
                here = np.flatnonzero(pieces == number)
                inside = rows[here] % PIECE_ROWS
                kept[here] = (bits[inside >> 3] >> (7 - (inside & 7)).astype(np.uint8)) & 1
        return rows[kept]

    def rank(self, row: int) -> int:
        """How many rows of the set are before this one."""
        number = min(max(row, 0) // PIECE_ROWS, len(self._pieces))
        if number >= len(self._pieces):
            return len(self)
        inside = int(np.searchsorted(self._piece(number), row)) if self._pieces[number] is not None else 0
        return int(self._begins[number]) + inside

    def next(self, row: int, step: int) -> int | None:
        """The nearest row of the set after (step 1) or before (-1) a row, which need not be in it."""
        place = self.rank(row + 1) if step > 0 else self.rank(row) - 1
        return self[place] if 0 <= place < len(self) else None

    def _piece(self, number: int) -> Rows:
        """The rows of a piece; the last one that was asked for is kept unpacked."""
        known, rows = self._unpacked
        if known != number:
            piece = self._pieces[number]
            rows = np.empty(0, np.int64) if piece is None else _numbered(piece) + number * PIECE_ROWS
            self._unpacked = (number, rows)
        return rows


def _numbered(bits: Bits) -> Rows:
    """The numbers of the bits that are set."""
    held = np.flatnonzero(bits)
    if len(held) > len(bits) // 4:
        return np.flatnonzero(np.unpackbits(bits))
    # Of few rows, only the bytes that hold them are unpacked.
    found = np.flatnonzero(np.unpackbits(bits[held]))
    numbers: Rows = held[found >> 3] * 8 + (found & 7)
    return numbers


def _or_none(bits: Bits) -> Bits | None:
    return bits if bits.any() else None
