"""What tells of lines that fit a layout that they may be read otherwise when they are parsed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.quick.texts import Texts
from triage_tui.logs.quick.words import WORD, Bytes, Places, places_of, words_at, words_of

Mask = npt.NDArray[np.bool_]
_HIGH, _HIGH_HALVES = np.uint64(0x8080808080808080), np.uint64(0xF0F0F0F0F0F0F0F0)
_DIGITS, _BEYOND_NINE, _CARRY = (
    np.uint64(0x3030303030303030),
    np.uint64(0x0606060606060606),
    np.uint64(0x1010101010101010),
)
_ONES = 0x0101010101010101
# What makes bytes that are higher than a blank, or a comma, too high for ASCII.
_BEYOND_BLANKS, _BEYOND_COMMA = np.uint64(0x5F5F5F5F5F5F5F5F), np.uint64(0x5353535353535353)
# The low bytes of a word that a text of 0 to 8 more bytes fills.
_FILLED = np.array([(1 << (8 * count)) - 1 for count in range(WORD + 1)], dtype=np.uint64)
_MOST_DIGITS = 18
_QUOTE, _BACKSLASH, _EQUALS, _ZERO, _BRACE, _COLON = b'"\\=0{:'
_BLANK = np.zeros(256, bool)
_BLANK[list(b" \t\r\n\f\v\0")] = True
# The ends of keys whose value may be a record of its own, with the quote before those that are short.
_WRAPPING = (b'"log', b'"msg', b'"line', b'"message', b'"MESSAGE', b"@message", b"tPayload")
_MOST_BLANKS = 4
# As long as lines that do not count take less than this part of the bytes, these are searched too.
_BETWEEN, _BEHIND = 1.25, 64


class CloseLines(NamedTuple):
    """Lines of a buffer with little else between them, in their order; the buffer goes on behind the last one."""

    data: Bytes
    starts: Places
    ends: Places

    @property
    def first(self) -> int:
        """Where the first one begins."""
        return int(self.starts[0])

    @property
    def text(self) -> Bytes:
        """All of them."""
        return self.data[self.first : int(self.ends[-1])]

    @property
    def has_others(self) -> bool:
        """Whether there are other lines between them."""
        return len(self.text) > int((self.ends - self.starts).sum()) + len(self.starts)

    def hold(self, places: Places) -> Mask:
        """Tell which of some places, none before the first line, are in one of them."""
        found: Mask = places < self.ends[np.searchsorted(self.starts, places, side="right") - 1]
        return found

    def with_any_of(self, places: Places) -> Places:
        """The numbers of those lines in which some places are."""
        lines = np.searchsorted(self.starts, places, side="right") - 1
        return lines[(lines >= 0) & (places < self.ends[lines])]


def close_together(data: Bytes, starts: Places, ends: Places) -> CloseLines:
    """Copy lines out of a buffer, unless they are most of what is there."""
    lengths = ends - starts
    if int(ends[-1]) - int(starts[0]) <= _BETWEEN * (float(lengths.sum()) + len(lengths)):
        return CloseLines(data, starts, ends)
    held = memoryview(data)  # type: ignore[arg-type]  # an array is a buffer
    lines = [held[begin:end] for begin, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    behind = np.cumsum(lengths + 1) - 1
    return CloseLines(np.frombuffer(b"\n".join([*lines, bytes(_BEHIND)]), np.uint8), behind - lengths, behind)


def are_plain(texts: Texts, lengths: Places, odd: bytes, *, as_words: bool = False) -> Mask:
    """Tell which texts of these lengths are ASCII with none of a few characters; words have no blanks either."""
    if not as_words or _BACKSLASH in odd:
        return _have_none(texts, lengths, odd, _BEYOND_BLANKS if as_words else None)
    # Most have no punctuation at all but what comes behind the quote.
    is_plain = _have_none(texts, lengths, b"", _BEYOND_COMMA)
    others = np.flatnonzero(~is_plain)
    if len(others):
        some = Texts(texts.data, texts.begins[others])
        is_plain[others] = _have_none(some, lengths[others], odd, _BEYOND_BLANKS)
    return is_plain


def _have_none(texts: Texts, lengths: Places, odd: bytes, beyond: np.uint64 | None) -> Mask:
    """Tell which have no byte that is not ASCII, none that is ``odd``, and only those that ``beyond`` lifts over it."""
    found, marks, less = np.zeros(len(lengths), np.uint64), *np.empty((2, len(lengths)), np.uint64)
    longest = int(lengths.max(initial=0))
    shortest = int(lengths.min(initial=longest))
    for place in range(0, longest, WORD):
        words = texts.words(place)
        if place + WORD > shortest:
            inside = _FILLED[np.clip(lengths - place, 0, WORD)]
            words = (words & inside) | (_DIGITS & ~inside)
        found |= words
        for one in odd:
            # As in ``words.holding``, in memory that is still in the cache.
            np.bitwise_xor(words, np.uint64(one * _ONES), out=marks)
            np.subtract(marks, np.uint64(_ONES), out=less)
            np.bitwise_and(less, np.invert(marks, out=marks), out=marks)
            found |= marks
        if beyond is not None:
            np.bitwise_and(words, ~_HIGH, out=marks)
            marks += beyond
            found |= np.invert(marks, out=marks)
    is_plain: Mask = (found & _HIGH) == 0
    return is_plain


def are_numbers(texts: Texts, lengths: Places) -> Mask:
    """Tell which texts are numbers as they are written without a need; nothing is taken for one."""
    found: Mask = (lengths <= _MOST_DIGITS) & ((lengths <= 1) | (texts.data[texts.begins] != _ZERO))
    for place in range(0, min(_MOST_DIGITS, int(lengths.max(initial=0))), WORD):
        inside = _FILLED[np.clip(lengths - place, 0, WORD)]
        words = (texts.words(place) & inside) | (_DIGITS & ~inside)
        halves = words & ~_HIGH_HALVES
        found &= ((words & _HIGH_HALVES) == _DIGITS) & (((halves + _BEYOND_NINE) & _CARRY) == 0)
    return found


def lines_misquoted(lines: CloseLines, *, escaped: bool) -> Places:
    """The lines of pairs in which quotes do not stand around values, or a backslash may be the last one within.

    One that begins a value stands behind an equals sign, and one that ends it before a blank. Where nothing is
    ``escaped``, there is no backslash.
    """
    data, none = lines.data, np.empty(0, np.int64)
    quotes, doubtful = places_of(_QUOTE, lines.text) + lines.first, none
    if lines.has_others:
        quotes = quotes[lines.hold(quotes)]
    if not escaped and _are_around_values(lines, quotes):
        return none
    before = data[np.maximum(quotes, 1) - 1]
    escaped_ones = before == _BACKSLASH
    if escaped_ones.any():
        doubtful = quotes[escaped_ones & (data[np.maximum(quotes, 2) - 2] == _BACKSLASH)]
        quotes, before = quotes[~escaped_ones], before[~escaped_ones]
    firsts = np.searchsorted(quotes, lines.starts)
    counts = np.diff(firsts, append=len(quotes))
    if ((firsts | counts) & 1).any():
        # One that is alone turns the meaning of those in the next lines.
        opens = (np.arange(len(quotes)) - np.repeat(firsts, counts)) & 1 == 0
    else:
        opens = np.arange(len(quotes)) & 1 == 0
    wrong = np.where(opens, before != _EQUALS, ~_BLANK[data[quotes + 1]])
    return np.concatenate((lines.with_any_of(np.concatenate((quotes[wrong], doubtful))), np.flatnonzero(counts & 1)))


def _are_around_values(lines: CloseLines, quotes: Places) -> bool:
    """Whether all quotes stand as they should, as nearly always."""
    if not _are_in_pairs(lines, quotes):
        return False
    begins, ends = lines.data[quotes[::2] - 1], lines.data[quotes[1::2] + 1]
    return bool((begins == _EQUALS).all() and _BLANK[ends].all())


def _are_in_pairs(lines: CloseLines, quotes: Places) -> bool:
    """Whether there are two of them in each line, or four, or any other even number."""
    in_each, rest = divmod(len(quotes), len(lines.starts))
    if not rest and not in_each & 1:
        # Nearly always as many in each line, which takes less to see than to look for each line's.
        by_line = quotes.reshape(len(lines.starts), in_each)
        if not in_each or ((by_line[:, 0] >= lines.starts).all() and (by_line[:, -1] < lines.ends).all()):
            return True
    return not len(quotes) & 1 and not (np.searchsorted(quotes, lines.starts) & 1).any()


def lines_wrapping_objects(lines: CloseLines) -> Places:
    """The lines of JSON of which a message may be an object of its own."""
    data, first = lines.data, lines.first
    at = _behind_blanks(data, places_of(_BACKSLASH, lines.text) + first)
    at = at[(data[at] == _BRACE) & (at >= first + 2 * WORD)]
    at = _behind_blanks(data, at[data[at - 1] == _QUOTE] - 1)
    at = _behind_blanks(data, at[data[at] == _COLON])
    at = at[data[at] == _QUOTE]
    keys, found = words_at(words_of(data), at - WORD), np.zeros(len(at), bool)
    for ending in _WRAPPING:
        shift = np.uint64(8 * (WORD - len(ending)))
        found |= (keys >> shift) == np.uint64(int.from_bytes(ending, "little"))
    return lines.with_any_of(at[found])


def _behind_blanks(data: Bytes, at: Places) -> Places:
    """The places right before some others, or before a few blanks that are there."""
    at = at - 1
    for _ in range(_MOST_BLANKS):
        at = at - (data[at] == ord(" "))
    return at
