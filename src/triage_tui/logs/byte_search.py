"""Searches a block of memory for a text by the C library, which needs no lock of Python's."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from time import thread_time
from typing import NamedTuple

Find = Callable[[int, int], int]
_TRIED_BYTES, _TRIES = 32 << 10, 4


def finder(block: bytearray, needle: bytes) -> Find:
    """Search a block between two of its bytes, -1 for no match; the block must go on for one byte behind them.

    By Python, which keeps the interpreter's lock, where the C library lacks what it takes.
    """
    library = _library()
    if library is None:
        return lambda start, end: block.find(needle, start, end)
    by_memmem = _by_memmem(library, block, needle)
    return by_memmem if b"\0" in needle else _quicker([by_memmem, _by_strstr(library, block, needle, by_memmem)])


def _quicker(ways: list[Find]) -> Find:
    """The way that takes less time for the first bytes: it depends on processor, library and text, up to tenfold."""
    chosen = list[Find]()

    def find(start: int, end: int) -> int:
        if not chosen and end - start >= _TRIED_BYTES:
            chosen.append(min(ways, key=lambda way: _seconds(way, start, start + _TRIED_BYTES)))
        return (chosen or ways)[0](start, end)

    return find


def _seconds(way: Find, start: int, end: int) -> float:
    """How long a search takes at least; the first time, nothing is in the cache."""
    moments = [thread_time() for _ in range(_TRIES) if way(start, end) is not None]
    return min(later - earlier for earlier, later in pairwise(moments))


def _by_memmem(library: _Library, block: bytearray, needle: bytes) -> Find:
    address = _address_of(block)

    def find(start: int, end: int) -> int:
        found = library.memmem(address + start, max(0, end - start), needle, len(needle))
        return found - address if found else -1

    return find


def _by_strstr(library: _Library, block: bytearray, needle: bytes, otherwise: Find) -> Find:
    address = _address_of(block)

    def find(start: int, end: int) -> int:
        behind, block[end] = block[end], 0
        found = library.strstr(address + start, needle)
        block[end] = behind
        if found is not None:
            return found - address
        # A NUL, such as those of a file that was truncated while it was written to, ends what strstr reads.
        is_cut = library.memchr(address + start, 0, max(0, end - start)) is not None
        return otherwise(start, end) if is_cut else -1

    return find


def _address_of(block: bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(block))


class _Library(NamedTuple):
    """What of the C library searches."""

    strstr: Callable[[int, bytes], int | None]
    memmem: Callable[[int, int, bytes, int], int | None]
    memchr: Callable[[int, int, int], int | None]


@cache
def _library() -> _Library | None:
    try:
        library = ctypes.CDLL(None)
        strstr, memmem, memchr = library.strstr, library.memmem, library.memchr
    except (AttributeError, OSError):
        return None
    strstr.restype = memmem.restype = memchr.restype = ctypes.c_void_p
    strstr.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    memchr.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    return _Library(strstr, memmem, memchr)
