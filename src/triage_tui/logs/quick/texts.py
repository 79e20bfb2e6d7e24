"""What stands from a place on in each of many lines, of which the next bytes are looked at many times.

They are copied side by side first: a word of each line is then read at one distance from the other, in a quarter of the
time that it takes to gather it from all over a buffer.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from triage_tui.logs.quick.words import WORD, Bytes, Places, Words, first_hits, holding, words_at, words_of

Mask = npt.NDArray[np.bool_]
SEARCHED_AT_ONCE = 64
"""The bytes of each text that are searched in one step: as many as there are bits in a number."""
SEARCHED_FIRST = 32
"""Half as many, where texts are short."""
_MOST_BESIDE = 192


class Texts:
    """The texts that begin at some places of a buffer; ``beside`` is how many bytes of each are copied side by side.

    The buffer goes on behind each place for as many bytes, and for a word behind all that is asked for.
    """

    def __init__(self, data: Bytes, begins: Places, beside: int = 0) -> None:
        self.data, self._near, self._skipped = data, _Near(data, begins, min(beside, _MOST_BESIDE)), 0
        self._kept: dict[int, Words] | None = None

    @cached_property
    def begins(self) -> Places:
        """Where each of them begins in the buffer."""
        return self._near.begins + self._skipped if self._skipped else self._near.begins

    def after(self, count: int) -> Texts:
        """The texts without some bytes at their beginning."""
        rest = object.__new__(Texts)
        rest.data, rest._near, rest._skipped, rest._kept = self.data, self._near, self._skipped + count, None
        return rest

    def kept_close(self) -> Texts:
        """The same texts, for short ones of which each word is read several times: it is put in a place of its own."""
        same = object.__new__(Texts)
        same.data, same._near, same._skipped, same._kept = self.data, self._near, self._skipped, {}
        return same

    def move(self, rows: Places, begins: Places) -> None:
        """Let some of the texts, of which nothing was left out yet, begin elsewhere."""
        self._near.move(rows, begins)

    def words(self, place: int, rows: Places | None = None) -> Words:
        """The eight bytes from a place on in all texts, or in some."""
        if rows is not None:
            return words_at(self._near.words, self.begins[rows] + place)
        if self._kept is not None and place in self._kept:
            return self._kept[place]
        found = self._near.beside(self._skipped + place)
        if found is None:
            found = words_at(self._near.words, self.begins + place)
        if self._kept is not None:
            found = self._kept[place] = np.ascontiguousarray(found)
            found.flags.writeable = False
        return found

    def begin_with(self, literal: bytes, *, whole: bool = True) -> Mask:
        """Tell which begin with these bytes; not ``whole`` compares their last eight alone."""
        found: Mask = np.ones(len(self._near.begins), bool)
        for end in range(len(literal), 0, -WORD):
            begin = max(0, end - WORD)
            piece = literal[begin : begin + WORD]
            there = self.words(begin)
            known = there if len(piece) == WORD else there & np.uint64((1 << (8 * len(piece))) - 1)
            found &= known == np.uint64(int.from_bytes(piece, "little"))
            if not whole:
                break
        return found

    def first_of(self, stops: bytes, most_bytes: int, skipped: int = 0, at_once: int = SEARCHED_AT_ONCE) -> Places:
        """Where the first of some bytes is in each text, from behind the ``skipped`` ones on.

        It is the place ``most_bytes`` on from there where there is none before it. The first ``at_once`` bytes are
        searched in one step.
        """
        begins = self.begins + skipped
        bits = self._near.bits_of(stops, self._skipped + skipped, at_once)
        if bits is None or most_bytes < at_once:
            return first_hits(self._near.words, begins, holding(stops), most_bytes)
        ends: Places = begins + np.bitwise_count((bits - bits.dtype.type(1)) & ~bits)
        far = np.flatnonzero(bits == 0)
        if len(far):
            ends[far] = first_hits(self._near.words, ends[far], holding(stops), most_bytes - at_once)
        return ends


class _Near:
    """The bytes from some places on, copied side by side when they are asked for first."""

    def __init__(self, data: Bytes, begins: Places, width: int) -> None:
        self.words, self.begins, self._data, self._width = words_of(data), begins, data, width

    @property
    def _all(self) -> npt.NDArray[np.void]:
        return np.ndarray((len(self._data) - self._width + 1,), f"V{self._width}", self._data, strides=(1,))

    @cached_property
    def _table(self) -> npt.NDArray[np.void]:
        return self._all[self.begins]

    def move(self, rows: Places, begins: Places) -> None:
        """Let some of the places be others."""
        self.begins[rows] = begins
        if "_table" in self.__dict__:
            self._table[rows] = self._all[begins]

    def beside(self, place: int) -> Words | None:
        """The words at one place; None where they are not side by side."""
        if place + WORD > self._width or not len(self.begins):
            return None
        return np.ndarray((len(self.begins),), "<u8", self._table, place, (self._width,))

    def bits_of(self, stops: bytes, place: int, count: int) -> npt.NDArray[np.uint64 | np.uint32] | None:
        """A bit for each of the bytes from a place on, set where it is one of some; None where they are not beside."""
        if place + count > self._width or not len(self.begins):
            return None
        there = np.ndarray((len(self.begins), count), np.uint8, self._table, place, (self._width, 1))
        found = there == stops[0]
        for one in stops[1:]:
            found |= there == one
        return np.packbits(found, bitorder="little").view(f"<u{count // 8}")
