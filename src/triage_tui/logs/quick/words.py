"""Eight bytes of text at a time: many places of a buffer are looked at in one step of numpy.

A word is its bytes as a little-endian number. What is looked for in a word is answered by the high bit of each byte
(Warren, Hacker's Delight, 2nd edition, section 6-1).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

WORD = 8
_BITS = 64
_BLOCK_BYTES = 1 << 20
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Hits = Callable[[Words], Words]
_LOW7 = np.uint64(0x7F7F7F7F7F7F7F7F)
_HIGH = np.uint64(0x8080808080808080)
_ONES = 0x0101010101010101
_ONE = np.uint64(_ONES)


def is_in(byte: int, data: Bytes) -> bool:
    """Whether a byte stands anywhere."""
    memchr = _memchr()
    return bool((data == byte).any()) if memchr is None else memchr(data.ctypes.data, byte, len(data)) is not None


@cache
def _memchr() -> Callable[[int, int, int], int | None] | None:
    try:
        # It takes less time than another thread needs to take the interpreter.
        memchr = ctypes.PyDLL(None).memchr
    except (AttributeError, OSError, TypeError):
        return None
    memchr.restype, memchr.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    return memchr


def places_of(byte: int, data: Bytes) -> Places:
    """Where a byte stands; quicker than asking numpy where it is seldom, such as the end of a line."""
    scratch = _SCRATCH.is_there
    found = [
        begin + _places_in(byte, data[begin : begin + len(scratch)], scratch)
        for begin in range(0, len(data), len(scratch))
    ]
    return np.concatenate(found or [np.empty(0, np.int64)])


def _places_in(byte: int, block: Bytes, scratch: npt.NDArray[np.bool_]) -> Places:
    is_there = scratch[: -(-len(block) // _BITS) * _BITS]
    is_there[len(block) :] = False
    np.equal(block, byte, out=is_there[: len(block)])
    bits = np.packbits(is_there, bitorder="little")
    for kind in ("<u8", "<u1"):
        groups = bits.view(kind)
        some = np.flatnonzero(groups != 0)
        if 2 * len(some) > len(groups):
            # Several are in one.
            continue
        found = groups[some]
        before = found - found.dtype.type(1)
        if not (found & before).any():
            places: Places = some * (8 * groups.itemsize) + np.bitwise_count(before)
            return places
    return np.flatnonzero(is_there)


class _Scratch(threading.local):
    """What a thread needs each time: memory that is new to it each time takes longer than what is done in it."""

    def __init__(self) -> None:
        self.is_there = np.empty(_BLOCK_BYTES, bool)


_SCRATCH = _Scratch()


def words_of(data: Bytes) -> npt.NDArray[np.void]:
    """All words of a buffer, one from each byte on; index it and view what comes as ``<u8``."""
    # As items without an alignment they are gathered more than twice as fast as numbers at odd places.
    return np.ndarray((len(data) - WORD + 1,), "V8", buffer=data, strides=(1,))


def words_at(words: npt.NDArray[np.void], places: Places) -> Words:
    """The word from each place on; raises ``IndexError`` for a place beyond the last word."""
    return words[places].view("<u8")


@cache
def holding(wanted: bytes) -> Hits:
    """Mark the first byte that is one of these."""
    repeated = [_repeated(one) for one in wanted]

    def hits(words: Words) -> Words:
        # A byte above the first hit may be marked in error, which nobody looks at.
        found = _zero_bytes(words ^ repeated[0])
        for one in repeated[1:]:
            found |= _zero_bytes(words ^ one)
        return found & _HIGH

    return hits


def _zero_bytes(words: Words) -> Words:
    return (words - _ONE) & ~words


def holding_none_of_a_name(words: Words) -> Words:
    """Mark digits, quotes, backslashes, control characters and what is not ASCII."""
    low = words & _LOW7
    digits = (low + _repeated(0x80 - 0x30)) & ~(low + _repeated(0x80 - 0x3A))
    quotes = ~((low ^ _repeated(0x22)) + _LOW7) | ~((low ^ _repeated(0x5C)) + _LOW7)
    controls = ~(low + _repeated(0x80 - 0x20)) | ~((low ^ _LOW7) + _LOW7)
    return (digits | quotes | controls | words) & _HIGH


def first_hits(words: npt.NDArray[np.void], begins: Places, hits: Hits, most_bytes: int) -> Places:
    """Where the first hit is from each place on; the place ``most_bytes`` on where there is none before it."""
    marks = hits(words_at(words, begins))
    ends = begins + _bytes_before(marks)
    searched = np.flatnonzero(marks == 0)
    for _ in range(WORD, most_bytes, WORD):
        if not len(searched):
            break
        at = ends[searched]
        marks = hits(words_at(words, at))
        ends[searched] = at + _bytes_before(marks)
        searched = searched[marks == 0]
    found: Places = np.minimum(ends, begins + most_bytes)
    return found


def _bytes_before(marks: Words) -> npt.NDArray[np.uint8]:
    """How many bytes are before the lowest one whose high bit is set; 8 where there is none."""
    counts: npt.NDArray[np.uint8] = np.bitwise_count((marks - np.uint64(1)) & ~marks) >> 3
    return counts


def _repeated(byte: int) -> np.uint64:
    return np.uint64(byte * _ONES)
