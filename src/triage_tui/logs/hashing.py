"""A 64-bit hash of text that stays the same from one version of any library to the next.

The UTF-8 bytes are taken as little-endian words of 8. Each word is mixed with a key of its place, and the sum of all is
mixed with the length: one text is hashed as quickly as many slices of a buffer at once, and a word that a shorter text
does not have adds nothing. Beyond ``HASHED_BYTES``, a text counts through its length and its last word.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

HASHED_BYTES = 256
_WORD = 8
_ALL = (1 << 64) - 1
# Odd numbers without a pattern: the bits of the golden ratio, of pi and of e.
_PLACE, _SPREAD, _LAST = 0x9E3779B97F4A7C15, 0xC90FDAA22168C235, 0xADF85458A2BB4A9B
_LENGTH_KEY, _TAIL_KEY = 0x243F6A8885A308D3, 0xB7E151628AED2A6B
_KEYS = tuple((_PLACE * (2 * place + 1)) & _ALL for place in range(HASHED_BYTES // _WORD))
# The low bytes of a word that a text of 0 to 8 more bytes fills.
_FILLED = np.array([(1 << (8 * count)) - 1 for count in range(_WORD + 1)], dtype=np.uint64)
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


def hash_of(text: str) -> int:
    """Hash one text; 0 for "", and for nothing else."""
    data = text.encode("utf-8", "replace")
    if not data:
        return 0
    total = len(data) * _LENGTH_KEY
    for place, key in enumerate(_KEYS[: -(-len(data) // _WORD)]):
        total += _mixed(int.from_bytes(data[place * _WORD : (place + 1) * _WORD], "little"), key)
    if len(data) > HASHED_BYTES:
        total += _mixed(int.from_bytes(data[-_WORD:], "little"), _TAIL_KEY)
    total &= _ALL
    return _mixed(total ^ (total >> 29), _LAST) or 1


def hashes(texts: Sequence[str | None]) -> Hashes:
    """Hash each text as ``hash_of`` does; 0 for None."""
    encoded = [text.encode("utf-8", "replace") if text else b"" for text in texts]
    ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), dtype=np.int64)
    begins = np.concatenate((np.zeros(1, np.int64), ends[:-1])) if encoded else ends
    return hashes_at(np.frombuffer(b"".join(encoded), np.uint8), begins, ends)


def hashes_at(data: npt.NDArray[np.uint8], begins: Places, ends: Places) -> Hashes:
    """Hash the UTF-8 text of each slice of a contiguous buffer as ``hash_of`` does; 0 for an empty slice."""
    lengths = ends - begins
    total = lengths.astype(np.uint64) * np.uint64(_LENGTH_KEY)
    longest = int(lengths.max(initial=0))
    if longest == 0:
        return total
    buffer = data if len(data) >= _WORD else np.concatenate((data, np.zeros(_WORD, np.uint8)))
    for place, key in enumerate(_KEYS[: -(-longest // _WORD)]):
        _add_word(total, buffer, begins + place * _WORD, ends, key)
    if longest > HASHED_BYTES:
        long = np.flatnonzero(lengths > HASHED_BYTES)
        total[long] += _mixed_words(words_at(buffer, ends[long] - _WORD), _TAIL_KEY)
    total ^= total >> np.uint64(29)
    mixed = np.maximum(_mixed_words(total, _LAST), np.uint64(1))
    mixed[lengths == 0] = 0
    return mixed


def words_at(data: npt.NDArray[np.uint8], places: Places) -> Hashes:
    """The 8 bytes from each place on as a little-endian number; places may be odd, and must be 8 bytes from the end."""
    return np.ndarray((len(data) - _WORD + 1,), "<u8", buffer=data, strides=(1,))[places]


def _add_word(total: Hashes, data: npt.NDArray[np.uint8], places: Places, ends: Places, key: int) -> None:
    """Add the word of one place to the slices that reach it."""
    left = ends - places
    fewest = int(left.min())
    if fewest <= 0:
        reached = np.flatnonzero(left > 0)
        if len(reached):
            part = total[reached]
            _add_word(part, data, places[reached], ends[reached], key)
            total[reached] = part
        return
    last = len(data) - _WORD
    if int(places.max()) <= last:
        words = words_at(data, places)
    else:
        # A word that the buffer does not hold to its end is read from further left.
        inside = np.minimum(places, last)
        words = words_at(data, inside) >> ((places - inside) * 8).astype(np.uint64)
    if fewest < _WORD:
        words &= _FILLED[np.minimum(left, _WORD)]
    total += _mixed_words(words, key)


def _mixed(word: int, key: int) -> int:
    word = (word * key) & _ALL
    return ((word ^ (word >> 32)) * _SPREAD) & _ALL


def _mixed_words(words: Hashes, key: int) -> Hashes:
    words = words * np.uint64(key)
    words ^= words >> np.uint64(32)
    words *= np.uint64(_SPREAD)
    return words
