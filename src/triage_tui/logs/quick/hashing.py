"""A 64-bit hash of text that stays the same from one version of any library to the next.

The UTF-8 bytes are taken as little-endian words of 8. Each word is mixed with a key of its place, and the sum of all is
mixed with the length: one text is hashed as quickly as many slices of a buffer at once, and a word that a shorter text
does not have adds nothing. Beyond ``HASHED_BYTES``, a text counts through its length and its last word.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from triage_tui.logs.quick.texts import Texts
from triage_tui.logs.quick.words import WORD, Places, words_at, words_of

HASHED_BYTES = 256
_ALL = (1 << 64) - 1
# Odd numbers without a pattern: the bits of the golden ratio, of pi and of e.
_PLACE, _SPREAD, _LAST = 0x9E3779B97F4A7C15, 0xC90FDAA22168C235, 0xADF85458A2BB4A9B
_LENGTH_KEY, _TAIL_KEY = 0x243F6A8885A308D3, 0xB7E151628AED2A6B
_KEYS = tuple((_PLACE * (2 * place + 1)) & _ALL for place in range(HASHED_BYTES // WORD))
# The low bytes of a word that a text of 0 to 8 more bytes fills.
_FILLED = np.array([(1 << (8 * count)) - 1 for count in range(WORD + 1)], dtype=np.uint64)
Hashes = npt.NDArray[np.uint64]


def hash_of(text: str) -> int:
    """Hash one text; 0 for "", and for nothing else."""
    data = text.encode("utf-8", "replace")
    if not data:
        return 0
    total = len(data) * _LENGTH_KEY
    for place, key in enumerate(_KEYS[: -(-len(data) // WORD)]):
        total += _mixed(int.from_bytes(data[place * WORD : (place + 1) * WORD], "little"), key)
    if len(data) > HASHED_BYTES:
        total += _mixed(int.from_bytes(data[-WORD:], "little"), _TAIL_KEY)
    total &= _ALL
    return _mixed(total ^ (total >> 29), _LAST) or 1


def hashes(texts: Sequence[str | None]) -> Hashes:
    """Hash each text as ``hash_of`` does; 0 for None."""
    return hashes_of(*side_by_side(texts))


def side_by_side(texts: Sequence[str | None]) -> tuple[Texts, Places]:
    """Texts in a buffer of their own, with their lengths in bytes; None is empty."""
    encoded = [text.encode("utf-8", "replace") if text else b"" for text in texts]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    data = np.frombuffer(b"".join((*encoded, bytes(HASHED_BYTES + WORD))), np.uint8)
    return Texts(data, np.cumsum(lengths) - lengths), lengths


def hashes_of(texts: Texts, lengths: Places) -> Hashes:
    """Hash texts of UTF-8 of these lengths in bytes as ``hash_of`` does; 0 for an empty one.

    The buffer goes on behind the beginning of each for as many bytes as the longest has, at most ``HASHED_BYTES``.
    """
    total = lengths.astype(np.uint64) * np.uint64(_LENGTH_KEY)
    longest, shortest = int(lengths.max(initial=0)), int(lengths.min(initial=HASHED_BYTES))
    is_empty = lengths == 0 if not shortest else None
    if is_empty is not None:
        # What is added for a text of which nothing is kept does not count.
        shortest = int(np.where(is_empty, longest, lengths).min(initial=HASHED_BYTES))
    for number, key in enumerate(_KEYS[: -(-longest // WORD)]):
        place = number * WORD
        if place + WORD <= shortest:
            total += _mixed_words(texts.words(place), key)
        else:
            _add_shorter_words(total, texts, lengths, place, key)
    if longest > HASHED_BYTES:
        long = np.flatnonzero(lengths > HASHED_BYTES)
        total[long] += _mixed_words(words_at(words_of(texts.data), (texts.begins + lengths)[long] - WORD), _TAIL_KEY)
    total ^= total >> np.uint64(29)
    mixed = np.maximum(_mixed_words(total, _LAST), np.uint64(1))
    if is_empty is not None:
        mixed[is_empty] = 0
    return mixed


def _add_shorter_words(total: Hashes, texts: Texts, lengths: Places, place: int, key: int) -> None:
    """Add the word at one place of the texts that reach it, of some of them a part."""
    left = lengths - place
    if 2 * np.count_nonzero(left > 0) < len(left):
        rows = np.flatnonzero(left > 0)
        total[rows] += _mixed_words(texts.words(place, rows) & _FILLED[np.minimum(left[rows], WORD)], key)
        return
    # Nothing is left of the word behind a text that is shorter, and a word of zeros adds nothing.
    total += _mixed_words(texts.words(place) & _FILLED[np.clip(left, 0, WORD)], key)


def _mixed(word: int, key: int) -> int:
    word = (word * key) & _ALL
    return ((word ^ (word >> 32)) * _SPREAD) & _ALL


def _mixed_words(words: Hashes, key: int) -> Hashes:
    words = words * np.uint64(key)
    words ^= words >> np.uint64(32)
    words *= np.uint64(_SPREAD)
    return words
