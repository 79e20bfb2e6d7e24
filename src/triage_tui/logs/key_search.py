"""Which keys stand anywhere in lines: searched for by four of their bytes at a time, at the speed of memory.

A word of four bytes is looked for at each fourth byte, which the C library's ``wmemchr`` does many times as fast as it
finds a text anywhere. So the lines are copied four times, each time a byte further on, with letters made small.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import numpy as np

from triage_tui.logs.words import Bytes

# As much as stays in the cache.
_BLOCK_BYTES = 256 << 10
_WORD, _SMALL = 4, np.uint8(0x20)
# More hits that are none, and other bytes of the key are looked for.
_MOST_WRONG = 16
Find = Callable[[int, int, int], int]


class KeySearch:
    """A search for some keys, in any case of their letters; ``is_json`` tells how they are written.

    ``usual`` is text of which other lines have much too. Several threads may search.
    """

    def __init__(self, keys: Iterable[str], usual: bytes, *, is_json: bool) -> None:
        names = sorted(keys, key=len)
        self._longest = max(map(len, names)) + _WORD
        # A pair may have no value.
        ends = [b'"' if is_json else b"" if len(name) >= _WORD - 1 else b"=" for name in names]
        begin = b'"' if is_json else b" "
        self._spelled = [_small(begin + name.encode() + end) for name, end in zip(names, ends, strict=True)]
        either = b"|".join(re.escape(name.encode()) for name in reversed(names))
        self._key = re.compile(rb'(?i)"(?:%s)"\s*:' % either if is_json else rb"(?i)(?<=\s)(?:%s)(?=[=\s]|\Z)" % either)
        self._words = self._words_but_in(_small(usual))

    def places(self, data: Bytes) -> list[int]:
        """Where such keys begin, each more than once perhaps; ``data`` goes on for a few bytes behind what counts."""
        found: list[int] = []
        for begin in range(0, len(data), _BLOCK_BYTES):
            block = data[begin : begin + _BLOCK_BYTES + self._longest]
            is_last = begin + len(block) == len(data)
            hits = self._hits(block, is_last=is_last)
            if hits is None:
                # What was looked for is frequent in these lines.
                self._words = self._words_but_in(_small(block.tobytes()))
                hits = self._hits(block, is_last=is_last, most_wrong=len(block))
            found += [begin + hit for hit in hits or ()]
        return found

    def _hits(self, block: Bytes, *, is_last: bool, most_wrong: int = _MOST_WRONG) -> list[int] | None:
        """Where keys are in a block; None where too much of what was found is none."""
        found, wrong = list[int](), 0
        for place in _places_of_words(block, self._words):
            near, behind = max(0, place - self._longest), place + self._longest + _WORD
            there = [match.span() for match in self._key.finditer(block[near:behind].tobytes())]
            # What is cut off there may be the beginning of a longer key.
            cut = len(block) + is_last if behind >= len(block) else behind
            whole = [near + begin for begin, end in there if near + end < cut]
            found += whole
            wrong += not whole
            if wrong > most_wrong:
                return None
        return found

    def _words_but_in(self, usual: bytes) -> tuple[int, ...]:
        """A word of each key which is not in some text; one that several keys have where there is one."""
        words = dict[bytes, None]()
        for spelled in self._spelled:
            if any(word in spelled for word in words):
                continue
            pieces = [spelled[place : place + _WORD] for place in range(len(spelled) - _WORD + 1)]
            # A word at the end of a key stands in longer ones too.
            chosen = next((one for one in pieces if one not in usual), pieces[-1] if pieces else spelled)
            words[chosen] = None
        return tuple(int.from_bytes(word.ljust(_WORD, b":"), "little") for word in words)


def _small(text: bytes) -> bytes:
    return bytes(np.frombuffer(text, np.uint8) | _SMALL)


class _Scratch(threading.local):
    """Where a thread copies a block to, with room for a word behind it."""

    def __init__(self) -> None:
        self.copy = np.empty(_BLOCK_BYTES + 1024, np.uint8)
        self.address = self.copy.ctypes.data


_SCRATCH = _Scratch()


def _places_of_words(block: Bytes, words: tuple[int, ...]) -> Iterator[int]:
    """Where any of some words stand in a block whose letters are made small."""
    find, copy, address = _finder(), _SCRATCH.copy, _SCRATCH.address
    for shift in range(_WORD):
        count = (len(block) - shift) // _WORD
        if count <= 0:
            return
        np.bitwise_or(block[shift : shift + count * _WORD], _SMALL, out=copy[: count * _WORD])
        for word in words:
            at = find(address, word, count)
            while at >= 0:
                yield at * _WORD + shift
                behind = at + 1
                at = find(address + behind * _WORD, word, count - behind)
                at = at + behind if at >= 0 else -1


@cache
def _finder() -> Find:
    """Find a word in an array of so many at an address: its number, -1 where it is not there."""
    try:
        # Each call is too short for another thread to take the interpreter meanwhile.
        wmemchr = ctypes.PyDLL(None).wmemchr
    except (AttributeError, OSError, TypeError):
        return _find_slowly
    if ctypes.sizeof(ctypes.c_wchar) != _WORD:
        return _find_slowly
    wmemchr.restype, wmemchr.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_size_t]

    def find(address: int, word: int, count: int) -> int:
        found = wmemchr(address, word, count)
        return (found - address) // _WORD if found else -1

    return find


def _find_slowly(address: int, word: int, count: int) -> int:
    words = np.ctypeslib.as_array((ctypes.c_uint32 * count).from_address(address))
    hits = np.flatnonzero(words == word)
    return int(hits[0]) if len(hits) else -1
