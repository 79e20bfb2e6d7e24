"""Small numbers for texts of which a log has few, such as levels, hosts and the beginnings of messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.quick.hashing import HASHED_BYTES, Hashes, hash_of, hashes_of
from triage_tui.logs.quick.texts import Texts
from triage_tui.logs.quick.words import WORD, Places, Words

MOST_CODES = 65_535
# So many short texts are compared one after the other, in less time than it takes to hash all of them.
_MOST_SHORT = 8
# The low bytes of a word that a text of 0 to 8 bytes fills, and what tells texts of different lengths apart.
_FILLED = np.array([(1 << (8 * count)) - 1 for count in range(WORD + 1)], np.uint64)
_LENGTHS = np.arange(WORD + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


class _Known(NamedTuple):
    """The hashes that are known, sorted, and the code of each."""

    hashes: Hashes
    codes: npt.NDArray[np.uint16]

    def with_one(self, place: int, hashed: int, code: int) -> _Known:
        """The same and one more at its place; ``numpy.insert`` takes twenty times as long."""
        hashes, codes = (np.empty(len(self.hashes) + 1, one.dtype) for one in self)
        for longer, before, added in ((hashes, self.hashes, hashed), (codes, self.codes, code)):
            longer[:place], longer[place], longer[place + 1 :] = before[:place], added, before[place:]
        return _Known(hashes, codes)


class _Short(NamedTuple):
    """The few texts of a word or less that are known, each as one number, and their codes."""

    texts: tuple[int, ...] = ()
    codes: tuple[int, ...] = ()

    def at(self, words: Words) -> npt.NDArray[np.uint16] | None:
        """The codes of some; None where one of them is not known."""
        codes, found = np.zeros(len(words), np.uint16), 0
        for text, code in zip(self.texts, self.codes, strict=True):
            is_it = words == np.uint64(text)
            found += int(np.count_nonzero(is_it))
            codes += is_it * np.uint16(code)
        return codes if found == len(words) else None

    def with_those(self, words: Words, codes: npt.NDArray[np.uint16]) -> _Short | None:
        """The same and some more; None where there are too many."""
        found, firsts = np.unique(words, return_index=True)
        known = dict(zip(self.texts, self.codes, strict=True))
        known |= dict(zip(found.tolist(), codes[firsts].tolist(), strict=True))
        return _Short(tuple(known), tuple(known.values())) if len(known) <= _MOST_SHORT else None


class Codes:
    """The code of each text of a kind; 0 for "" and for what has none. Several threads may ask."""

    def __init__(self, code_of: Callable[[str], int]) -> None:
        self._code_of, self._lock = code_of, Lock()
        self._known = _Known(np.empty(0, np.uint64), np.empty(0, np.uint16))
        self._by_text: dict[str, int] = {}
        self._short: _Short | None = _Short()

    def at(self, texts: Texts, ends: Places) -> npt.NDArray[np.uint16]:
        """The codes of texts that end at these places."""
        lengths = np.minimum(ends - texts.begins, HASHED_BYTES)
        short = self._short
        if short is None or not len(lengths) or int(lengths.max()) > WORD:
            return self._at(texts, lengths)
        words = (texts.words(0) & _FILLED[lengths]) + _LENGTHS[lengths]
        codes = short.at(words)
        if codes is None:
            codes = self._at(texts, lengths)
            self._short = short.with_those(words, codes)
        return codes

    def _at(self, texts: Texts, lengths: Places) -> npt.NDArray[np.uint16]:
        hashes = hashes_of(texts, lengths)
        codes, missing = self._look_up(hashes)
        if len(missing):
            _, firsts = np.unique(hashes[missing], return_index=True)
            for row in missing[firsts].tolist():
                begin = int(texts.begins[row])
                text = texts.data[begin : begin + int(lengths[row])].tobytes().decode("utf-8", "replace")
                self._learn(int(hashes[row]), text)
            codes, _ = self._look_up(hashes)
        return codes

    def of(self, text: str) -> int:
        """The code of one text."""
        if not text:
            return 0
        code = self._by_text.get(text)
        if code is None:
            code = self._learn(hash_of(text), text)
        return code

    def remember(self, text: str, code: int) -> None:
        """Give a text a code that it had before."""
        self._learn(hash_of(text), text, code)

    def _look_up(self, hashes: Hashes) -> tuple[npt.NDArray[np.uint16], Places]:
        known = self._known
        if not len(known.hashes):
            return np.zeros(len(hashes), np.uint16), np.flatnonzero(hashes)
        place = np.minimum(np.searchsorted(known.hashes, hashes), len(known.hashes) - 1)
        is_known = known.hashes[place] == hashes
        codes = np.where(is_known, known.codes[place], np.uint16(0))
        full = len(known.hashes) >= MOST_CODES
        return codes, np.empty(0, np.int64) if full else np.flatnonzero(~is_known & (hashes != 0))

    def _learn(self, hashed: int, text: str, code: int | None = None) -> int:
        with self._lock:
            known = self._known
            place = int(np.searchsorted(known.hashes, np.uint64(hashed)))
            if place < len(known.hashes) and int(known.hashes[place]) == hashed:
                return int(known.codes[place])
            if len(known.hashes) >= MOST_CODES:
                return 0
            if code is None:
                # Bytes that are no UTF-8 are shown as the same text as others are, which have another hash.
                code = self._by_text.get(text)
            code = self._by_text[text] = self._code_of(text) if code is None else code
            self._known = known.with_one(place, hashed, code)
            return code


class Names:
    """Texts in the order in which they came first; a text's code is its place, counted from 1."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._texts = list(texts)
        self.codes = Codes(self._number)
        for code, text in enumerate(texts, 1):
            self.codes.remember(text, code)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts by now; that of code n is number n - 1."""
        return tuple(self._texts)

    def first(self, count: int) -> Sequence[str]:
        """The first texts by now."""
        return self._texts[:count]

    def _number(self, text: str) -> int:
        self._texts.append(text)
        return len(self._texts)
