"""Hashes of correlation IDs: of a UUID, or of hexadecimal digits alone, the case of the letters does not count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from triage_tui.investigation.id_values import DASHES, HEX_LENGTHS, UUID_LENGTH, without_case
from triage_tui.logs.quick.hashing import Hashes, hash_of, hashes_of, side_by_side
from triage_tui.logs.quick.texts import Texts
from triage_tui.logs.quick.words import WORD, Places

_IS_HEX = np.zeros(256, bool)
_IS_HEX[list(b"0123456789abcdefABCDEF")] = True
_SMALL = np.uint8(0x20)
# The bit that digits, dashes and small letters have in each byte of a word, and capital letters have not.
_ALL_MARKED = 0x2020202020202020


def id_hash_of(text: str) -> int:
    """Hash one ID; 0 for "", and for nothing else."""
    return hash_of(without_case(text))


def id_hashes(texts: Sequence[str | None]) -> Hashes:
    """Hash each ID as ``id_hash_of`` does; 0 for None."""
    return id_hashes_of(*side_by_side(texts))


def id_hashes_of(texts: Texts, lengths: Places) -> Hashes:
    """Hash IDs of UTF-8 of these lengths in bytes as ``id_hash_of`` does; see ``hashing.hashes_of``."""
    found = hashes_of(texts, lengths)
    for length in (*HEX_LENGTHS, UUID_LENGTH):
        rows = _with_capitals(texts, lengths, length)
        if len(rows):
            written = texts.data[texts.begins[rows][:, np.newaxis] + np.arange(length)]
            is_hex = _are_hex(written)
            found[rows[is_hex]] = _of_small_letters(written[is_hex])
    return found


def _with_capitals(texts: Texts, lengths: Places, length: int) -> Places:
    """Which texts of one length have a byte that may be a capital letter; hardly any, as a rule."""
    is_long = lengths == length
    count = np.count_nonzero(is_long)
    if not count:
        return np.empty(0, np.int64)
    places = (*range(0, length - WORD, WORD), length - WORD)
    # To read all words from side by side takes less than to gather those of some rows.
    rows = np.flatnonzero(is_long) if 2 * count < len(lengths) else None
    if count == len(lengths) and all(
        int(np.bitwise_and.reduce(texts.words(place))) & _ALL_MARKED == _ALL_MARKED for place in places
    ):
        return np.empty(0, np.int64)
    marks = texts.words(0, rows).copy()
    for place in places[1:]:
        marks &= texts.words(place, rows)
    found = (marks & np.uint64(_ALL_MARKED)) != _ALL_MARKED
    return np.flatnonzero(found & is_long) if rows is None else rows[found]


def _are_hex(written: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Tell which rows of bytes are hexadecimal digits, with dashes where a UUID has them."""
    digits = _IS_HEX[written]
    if written.shape[1] == UUID_LENGTH:
        digits[:, DASHES] = written[:, DASHES] == ord("-")
    found: npt.NDArray[np.bool_] = np.logical_and.reduce(digits, axis=1)
    return found


def _of_small_letters(written: npt.NDArray[np.uint8]) -> Hashes:
    count, length = written.shape
    # Digits and dashes have this bit already.
    held = np.concatenate(((written | _SMALL).ravel(), np.zeros(length + WORD, np.uint8)))
    return hashes_of(Texts(held, np.arange(count) * length), np.full(count, length))
