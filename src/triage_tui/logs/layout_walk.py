"""Goes through all lines of a buffer at once, step by step of a layout, and says where each line's fields are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.layouts import BARE_STOPS, SEARCHED_BYTES, Layout, Step
from triage_tui.logs.words import WORD, Bytes, Places, first_hits, holding, words_at, words_of

Mask = npt.NDArray[np.bool_]
_QUOTE, _BACKSLASH = ord('"'), ord("\\")
# Values of the same field are rarely shorter than the shortest sample by more than this.
_SLACK = 8
_NULL = b"null"
_REST_OF_TEXT = re.compile(rb'(?:[^"\\]|\\.)*')


class Span(NamedTuple):
    """Where the text of one field begins and ends in each line."""

    begins: Places
    ends: Places


class Walked(NamedTuple):
    """Which lines fit the layout, and the fields of these."""

    fits: Mask
    spans: Mapping[str, Span]


def stands(words: npt.NDArray[np.void], literal: bytes, at: Places, *, whole: bool = True) -> Mask:
    """Tell where these bytes stand; not ``whole`` compares their last eight alone."""
    found: Mask = np.ones(len(at), bool)
    for end in range(len(literal), 0, -WORD):
        begin = max(0, end - WORD)
        piece = literal[begin : begin + WORD]
        there = words_at(words, at + begin)
        known = there if len(piece) == WORD else there & np.uint64((1 << (8 * len(piece))) - 1)
        found &= known == np.uint64(int.from_bytes(piece, "little"))
        if not whole:
            break
    return found


class Walk:
    """A walk over the lines of one buffer, which holds the reach of the layout and a word beyond the last start."""

    def __init__(self, data: Bytes) -> None:
        self._data, self._words = data, words_of(data)

    def go(self, layout: Layout, starts: Places, ends: Places) -> Walked:
        """Find the fields of the lines that fit; the others have empty ones at the beginning of the buffer."""
        fits, spans = self._walked(layout, starts, ends, _SLACK)
        if not fits.all() and layout.skips(_SLACK):
            # A value may be much shorter than the samples had it.
            others = np.flatnonzero(~fits)
            fits[others], late = self._walked(layout, starts[others], ends[others], None)
            for column, (begins, stops) in late.items():
                spans[column].begins[others], spans[column].ends[others] = begins, stops
        return Walked(fits, spans)

    def _walked(self, layout: Layout, starts: Places, ends: Places, slack: int | None) -> Walked:
        fits, at = np.ones(len(starts), bool), starts
        indexed, places = set(layout.columns.values()), []
        # Of a message only the beginning counts, of the others every character, as it is after unescaping.
        exact = indexed - {layout.columns.get("event")}
        for number, step in enumerate(layout.steps):
            fits &= self._stands(step.literal, at, whole=number in indexed)
            begins = at + len(step.literal)
            is_last = number + 1 == len(layout.steps)
            after = layout.after if is_last else layout.steps[number + 1].literal
            shortest = None if is_last else slack
            # What nothing ends goes to the end of the line.
            at = self._ends(step, after, begins, fits, shortest, exact=number in exact) if step.stops else ends
            places.append(Span(begins, at))
        fits &= at <= ends
        if layout.is_whole:
            fits &= (at + len(layout.after) == ends) & self._stands(layout.after, at, whole=True)
        spans = {
            column: self._known_text(places[number], layout.steps[number], fits)
            for column, number in layout.columns.items()
        }
        return Walked(fits, spans)

    def _known_text(self, span: Span, step: Step, fits: Mask) -> Span:
        """Leave nothing of a null, and of the lines that do not fit."""
        begins, ends = span
        if step.stops == BARE_STOPS:
            is_null = (ends - begins == len(_NULL)) & self._stands(_NULL, begins, whole=True)
            ends = np.where(is_null, begins, ends)
        if not fits.all():
            begins, ends = np.where(fits, begins, 0), np.where(fits, ends, 0)
        return Span(begins, ends)

    def _stands(self, literal: bytes, at: Places, *, whole: bool) -> Mask:
        """Tell where these bytes stand; not ``whole`` compares their last eight, which the width of the rest backs."""
        return stands(self._words, literal, at, whole=whole)

    def _ends(self, step: Step, after: bytes, begins: Places, fits: Mask, slack: int | None, *, exact: bool) -> Places:
        """Where each value ends; ``fits`` loses those of which that is not known.

        A value of one width in all samples is taken to end there if ``after`` follows. With a ``slack``, another one is
        at least as wide as the narrowest sample less that: a wrong end is noticed by the literal behind it.
        """
        if step.least < step.most or not after:
            skipped = 0 if slack is None else max(0, step.least - slack)
            return self._found_ends(step.stops, begins, fits, skipped, exact=exact)
        ends = begins + step.most
        wrong = np.flatnonzero(fits & ~self._stands(after, ends, whole=False))
        if len(wrong):
            part = np.ones(len(wrong), bool)
            ends[wrong] = self._found_ends(step.stops, begins[wrong], part, exact=exact)
            fits[wrong[~part]] = False
        return ends

    def _found_ends(self, stops: bytes, begins: Places, fits: Mask, skipped: int = 0, *, exact: bool) -> Places:
        """Look for the end of each value; an ``exact`` one with an escape in it, or a very long one, does not fit."""
        quoted = _BACKSLASH in stops
        ends = first_hits(
            self._words, begins + skipped, holding(stops[:1] if quoted and not exact else stops), SEARCHED_BYTES
        )
        if exact or not quoted:
            fits &= (self._data[ends] == _QUOTE) if quoted else (ends < begins + skipped + SEARCHED_BYTES)
            return ends
        unclear = (self._data[ends] != _QUOTE) | (self._data[ends - 1] == _BACKSLASH)
        for line in np.flatnonzero(unclear & fits).tolist():
            # A text that is long, or whose quote may be escaped.
            rest = _REST_OF_TEXT.match(self._data, int(begins[line]))  # type: ignore[call-overload]  # takes any buffer
            ends[line] = rest.end() if rest else begins[line]
        return ends
