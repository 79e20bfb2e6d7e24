"""Which keys stand anywhere in lines: a piece of each is searched for, at the speed of memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
import stringzilla

from triage_tui.logs.quick.words import Bytes

# As much as stays in the cache.
_BLOCK_BYTES = 256 << 10
_PIECE, _SMALL = 4, np.uint8(0x20)
# More hits that are none, and other pieces of the keys are looked for.
_MOST_WRONG = 16


class KeySearch:
    """A search for some keys, in any case of their letters; ``is_json`` tells how they are written.

    ``usual`` is text of which other lines have much too: what of a key is in it is not looked for, nor what turns out
    to be frequent. Several threads may search.
    """

    def __init__(self, keys: Iterable[str], usual: bytes, *, is_json: bool) -> None:
        names = sorted(keys, key=len)
        self._longest = max(map(len, names)) + _PIECE
        # A pair may have no value.
        ends = [b'"' if is_json else b"" if len(name) >= _PIECE - 1 else b"=" for name in names]
        begin = b'"' if is_json else b" "
        self._spelled = [_small(begin + name.encode() + end) for name, end in zip(names, ends, strict=True)]
        either = b"|".join(re.escape(name.encode()) for name in reversed(names))
        self._key = re.compile(rb'(?i)"(?:%s)"\s*:' % either if is_json else rb"(?i)(?<=\s)(?:%s)(?=[=\s]|\Z)" % either)
        self._rare = tuple(dict.fromkeys(chain.from_iterable(map(_pieces_of, self._spelled))))
        self._pieces: tuple[bytes, ...] = ()
        self._look_for_others(_small(usual))

    def places(self, data: Bytes) -> list[int]:
        """Where such keys begin, each more than once perhaps; ``data`` goes on for a few bytes behind what counts."""
        found: list[int] = []
        for begin in range(0, len(data), _BLOCK_BYTES):
            block = data[begin : begin + _BLOCK_BYTES + self._longest]
            is_last = begin + len(block) == len(data)
            hits = self._hits(block, is_last=is_last)
            if hits is None:
                self._look_for_others(_small(block.tobytes()))
                hits = self._hits(block, is_last=is_last, most_wrong=len(block))
            found += [begin + hit for hit in hits or ()]
        return found

    def _hits(self, block: Bytes, *, is_last: bool, most_wrong: int = _MOST_WRONG) -> list[int] | None:
        """Where keys are in a block; None where too much of what was found is none."""
        found, wrong = list[int](), 0
        for place in _places_of(self._pieces, block):
            near, behind = max(0, place - self._longest), place + self._longest + _PIECE
            there = [match.span() for match in self._key.finditer(block[near:behind].tobytes())]
            # What is cut off there may be the beginning of a longer key.
            cut = len(block) + is_last if behind >= len(block) else behind
            whole = [near + begin for begin, end in there if near + end < cut]
            found += whole
            wrong += not whole
            if wrong > most_wrong:
                return None
        return found

    def _look_for_others(self, usual: bytes) -> None:
        """Look for pieces that are not in some text, from now on."""
        if not self._pieces or any(piece in usual for piece in set(self._pieces).intersection(self._rare)):
            self._rare = tuple(piece for piece in self._rare if piece not in usual)
            self._pieces = _fewest_in_each(self._spelled, self._rare)


def _fewest_in_each(keys: Sequence[bytes], pieces: Sequence[bytes]) -> tuple[bytes, ...]:
    """Few of some pieces, of which each key has one; a key that has none is one itself."""
    left, chosen = list(keys), list[bytes]()
    while left:
        count, piece = max(((sum(one in key for key in left), one) for one in pieces), default=(0, b""))
        if count <= 1:
            return (*chosen, *left)
        chosen.append(piece)
        left = [key for key in left if piece not in key]
    return tuple(chosen)


def _pieces_of(key: bytes) -> list[bytes]:
    return [key[place : place + _PIECE] for place in range(len(key) - _PIECE + 1)]


def _small(text: bytes) -> bytes:
    return bytes(np.frombuffer(text, np.uint8) | _SMALL)


class _Scratch(threading.local):
    """Where a thread copies a block to."""

    def __init__(self) -> None:
        self.text = bytearray(_BLOCK_BYTES + 1024)
        self.data = np.frombuffer(self.text, np.uint8)


_SCRATCH = _Scratch()


def _places_of(pieces: Iterable[bytes], block: Bytes) -> Iterator[int]:
    """Where any of some pieces stand in a block whose letters are made small."""
    text, count = _SCRATCH.text, len(block)
    np.bitwise_or(block, _SMALL, out=_SCRATCH.data[:count])
    for piece in pieces:
        at = stringzilla.find(text, piece, 0, count)
        while at >= 0:
            yield at
            at = stringzilla.find(text, piece, at + 1, count)
