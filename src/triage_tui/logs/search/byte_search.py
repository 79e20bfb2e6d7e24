"""Searches blocks of memory for a text by StringZilla, at the speed of memory whatever the text.

The C library's memmem and strstr are up to four times as slow for short texts of frequent letters.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import stringzilla

_LibraryFind = Callable[[int, int, bytes, int], int | None]


class Finder:
    """Searches a block, which keeps its size, for a text."""

    def __init__(self, block: bytearray, needle: bytes) -> None:
        self.block, self.needle = block, needle
        self._search, self._address = _search_without_lock(), 0
        if self._search is not None:
            self._address = ctypes.addressof(ctypes.c_char.from_buffer(block))

    def first(self, end: int) -> int:
        """The first place in the first ``end`` bytes, -1 for none; other threads run meanwhile."""
        if self._search is None:
            return self.next(0, end)
        found = self._search(self._address, end, self.needle, len(self.needle))
        return found - self._address if found else -1

    def next(self, start: int, end: int) -> int:
        """The first place from ``start`` up to ``end``, -1 for none.

        From match to match it takes less to keep the interpreter's lock than to give it back.
        """
        return int(stringzilla.find(self.block, self.needle, start, end))

    def places(self, end: int) -> list[int]:
        """Every place in the first ``end`` bytes, overlapping ones left out."""
        found, at = list[int](), self.first(end)
        block, needle, size = self.block, self.needle, len(self.needle)
        while at >= 0:
            found.append(at)
            at = stringzilla.find(block, needle, at + size, end)
        return found


@cache
def _search_without_lock() -> _LibraryFind | None:
    """The library's own function, which its module calls with the interpreter's lock held; None where it is hidden."""
    try:
        search = ctypes.CDLL(stringzilla.__file__).sz_find
    except (AttributeError, OSError, TypeError):
        return None
    search.restype = ctypes.c_void_p
    search.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    return search
