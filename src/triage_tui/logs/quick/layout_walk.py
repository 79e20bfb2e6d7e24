"""Goes through all lines of a buffer at once, step by step of a layout, and says where each line's fields are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage_tui.logs.content.framing import CLIPPED_BYTES
from triage_tui.logs.quick.layouts import BARE_STOPS, MOST_REACH, SEARCHED_BYTES, Layout
from triage_tui.logs.quick.texts import SEARCHED_AT_ONCE, SEARCHED_FIRST, Texts
from triage_tui.logs.quick.words import WORD, Bytes, Places

Mask = npt.NDArray[np.bool_]
_QUOTE, _BACKSLASH, _RETURN, _NEWLINE = ord('"'), ord("\\"), ord("\r"), ord("\n")
# Values of the same field are rarely shorter than the shortest sample by more than this.
_SLACK = 8
# Fewer bytes between two values stand within one too, such as a blank.
_LEAST_TELLING = 3
_NULL = b"null"
_BEGINS_ANOTHER = np.zeros(256, bool)
_BEGINS_ANOTHER[list(b'"[{')] = True
_BRACE, _BLANKS = ord("}"), b" \t\r"
# The columns that keep a value as it is written, and what a number has that may be written in several ways.
_KEPT_AS_WRITTEN, _WRITTEN_IN_WAYS = ("request_id", "host"), b".eE"
_FIRST_LINE = re.compile(rb"[^\n]*")
_REST_OF_TEXT = re.compile(rb'(?:[^"\\]|\\.)*')


class Span(NamedTuple):
    """The text of one field in each line, and where it ends."""

    texts: Texts
    ends: Places


class Walked(NamedTuple):
    """Which lines fit the layout, and the fields of these; those of the others are empty."""

    fits: Mask
    spans: Mapping[str, Span]


class Walk:
    """A walk over lines of a layout in one buffer, which holds its reach and a little more beyond the last start.

    Values are first taken to be hardly narrower than those of the samples.
    """

    def __init__(self, data: Bytes, layout: Layout) -> None:
        self._data, self._layout = data, layout
        self._indexed = set(layout.columns.values())
        # Of a message only the beginning counts, of the others every character, as it is after unescaping.
        self._exact = self._indexed - {layout.columns.get("event")}
        # No quoted time is a number.
        bare = {number for number, step in enumerate(layout.steps) if step.stops == BARE_STOPS}
        self._bare_kept = bare & self._indexed - {layout.columns.get("time")} if layout.is_json else set[int]()

    def go(self, starts: Places, ends: Places) -> Walked:
        """Find the fields of the lines that fit."""
        layout, fits, values = self._layout, np.ones(len(starts), bool), list[Span]()
        texts = self._texts(0, starts)
        fits &= texts.begin_with(layout.steps[0].literal, whole=0 in self._indexed)
        for number, step in enumerate(layout.steps):
            value = texts.after(len(step.literal))
            if number in self._bare_kept:
                # A text, a list or an object stands there that was a number, or null, in the samples.
                fits &= ~_BEGINS_ANOTHER[self._data[value.begins]]
            # What nothing ends goes to the end of the line.
            texts = self._behind(number, value, fits) if step.stops else Texts(self._data, ends)
            values.append(Span(value, texts.begins))
        fits &= texts.begins <= ends
        if layout.is_whole:
            fits &= (texts.begins + len(layout.after) == self._bare(ends)) & texts.begin_with(layout.after)
        if layout.is_json:
            self._keep_objects(starts, ends, fits)
        for name in layout.columns.keys() & _KEPT_AS_WRITTEN:
            fits &= self._is_as_written(layout.columns[name], values)
        for name in layout.columns.keys() & layout.filled:
            fits &= self._is_filled(layout.columns[name], values)
        spans = {name: self._known_text(values[number], number, fits) for name, number in layout.columns.items()}
        return Walked(fits, spans)

    def _keep_objects(self, starts: Places, ends: Places, fits: Mask) -> None:
        """Leave only lines that end as objects do, and not those that were cut off while they were written.

        Others may be behind a record's first line. Of a line that is too long to hold, no end is seen.
        """
        last = self._data[ends - 1]
        if (last == _BRACE).all():
            return
        behind = ends - (last == _NEWLINE)
        odd = (self._data[self._bare(behind) - 1] != _BRACE) & (ends - starts < CLIPPED_BYTES)
        for line in np.flatnonzero(odd & fits).tolist():
            first = _FIRST_LINE.match(self._data, int(starts[line]), int(ends[line]))  # type: ignore[call-overload]  # takes any buffer
            fits[line] = first is not None and first[0].rstrip(_BLANKS).endswith(b"}")

    def _bare(self, ends: Places) -> Places:
        """The ends of lines without what stands before a newline on Windows."""
        bare: Places = ends - (self._data[ends - 1] == _RETURN)
        return bare

    def _is_filled(self, number: int, values: Sequence[Span]) -> Mask:
        """Tell in which lines a value is not empty."""
        texts, ends = values[number]
        found: Mask = (ends > texts.begins) & ~self._is_null(number, values[number])
        return found

    def _is_null(self, number: int, span: Span) -> Mask | np.bool_:
        """Tell in which lines a value without quotes is null."""
        if self._layout.steps[number].stops != BARE_STOPS:
            return np.False_
        found: Mask = (span.ends - span.texts.begins == len(_NULL)) & span.texts.begin_with(_NULL)
        return found

    def _is_as_written(self, number: int, values: Sequence[Span]) -> Mask | np.bool_:
        """Tell of which lines the text of a value is that of its bytes: 1.50 is 1.5, and true is True."""
        if self._layout.steps[number].stops != BARE_STOPS or not self._layout.is_json:
            return np.True_
        texts, ends = values[number]
        return texts.first_of(_WRITTEN_IN_WAYS, SEARCHED_BYTES) >= ends

    def _texts(self, number: int, begins: Places) -> Texts:
        """What stands from before a step on, as far as values have one width, and as one of another is searched."""
        beside = len(self._layout.after) + WORD
        for ahead, step in enumerate(self._layout.steps[number:], number):
            beside += len(step.literal) + step.least
            if step.least < step.most:
                beside += self._at_once(ahead, self._skipped(ahead))
                break
        return Texts(self._data, begins, beside)

    def _skipped(self, number: int) -> int:
        """How many bytes of a value are taken to belong to it; none where what is behind it may stand anywhere."""
        steps = self._layout.steps
        is_told = number + 1 < len(steps) and len(steps[number + 1].literal) >= _LEAST_TELLING
        return max(0, steps[number].least - _SLACK) if is_told else 0

    def _at_once(self, number: int, skipped: int) -> int:
        """How many bytes of a value are searched in one step: about as many as samples have."""
        return (
            SEARCHED_FIRST if self._layout.steps[number].most - skipped < SEARCHED_FIRST - _SLACK else SEARCHED_AT_ONCE
        )

    def _behind(self, number: int, value: Texts, fits: Mask) -> Texts:
        """What stands behind the value of a step.

        ``fits`` loses the lines of which that is not known, and those that do not go on with the next step.

        A value of one width in all samples is taken to end there if what follows does.
        """
        step, after = self._layout.steps[number], self._literal_behind(number)
        if step.least < step.most or not after:
            return self._behind_searched(number, value, fits)
        behind = value.after(step.most)
        wrong = np.flatnonzero(fits & ~behind.begin_with(after, whole=self._counts_whole(number)))
        if not len(wrong):
            return behind
        ends = behind.begins.copy()
        ends[wrong] = self._ends_again(number, value, fits, wrong)
        return self._texts(number + 1, ends)

    def _behind_searched(self, number: int, value: Texts, fits: Mask) -> Texts:
        """As ``_behind``, of a value of any width.

        It is at least as wide as the narrowest sample less a slack: a wrong end is noticed by the literal behind it.
        """
        skipped = self._skipped(number)
        ends, known = self._ends(number, value, fits, skipped)
        behind = self._texts(number + 1, ends)
        goes_on = known & self._goes_on(number, behind)
        if not skipped:
            fits &= goes_on
            return behind
        wrong = np.flatnonzero(fits & ~goes_on)
        if len(wrong):
            behind.move(wrong, self._ends_again(number, value, fits, wrong))
        return behind

    def _ends_again(self, number: int, value: Texts, fits: Mask, wrong: Places) -> Places:
        """The ends of those values that are not as they were taken to be."""
        some = Texts(self._data, value.begins[wrong], SEARCHED_AT_ONCE)
        ends, known = self._ends(number, some, fits[wrong])
        fits[wrong] = known & self._goes_on(number, Texts(self._data, ends))
        return ends

    def _goes_on(self, number: int, behind: Texts) -> Mask | np.bool_:
        """Tell where the next step begins behind a value; the last one may be followed by anything."""
        if number + 1 == len(self._layout.steps):
            return np.True_
        return behind.begin_with(self._literal_behind(number), whole=self._counts_whole(number))

    def _literal_behind(self, number: int) -> bytes:
        steps = self._layout.steps
        return steps[number + 1].literal if number + 1 < len(steps) else self._layout.after

    def _counts_whole(self, number: int) -> bool:
        """Whether all of the literal behind a value counts: where that is narrower, a list may make up for it."""
        return number in self._exact or number + 1 in self._indexed

    def _known_text(self, span: Span, number: int, fits: Mask) -> Span:
        """Leave nothing of a null, and of the lines that do not fit."""
        texts, ends = span
        if self._layout.steps[number].stops == BARE_STOPS:
            ends = np.where(self._is_null(number, span), texts.begins, ends)
        return Span(texts, ends if fits.all() else np.where(fits, ends, texts.begins))

    def _ends(self, number: int, value: Texts, fits: Mask, skipped: int = 0) -> tuple[Places, Mask]:
        """Look for the end of each value, behind what is ``skipped``, and tell of which of those that fit it is known.

        One that counts to its last character does not fit where it has an escape in it, or is very long.
        """
        stops, exact = self._layout.steps[number].stops, number in self._exact
        quoted = _BACKSLASH in stops
        searched = stops[:1] if quoted and not exact else stops
        ends = value.first_of(searched, SEARCHED_BYTES, skipped, self._at_once(number, skipped))
        if exact or not quoted:
            known = (self._data[ends] == _QUOTE) if quoted else (ends < value.begins + skipped + SEARCHED_BYTES)
            return ends, fits & known
        unclear = (self._data[ends] != _QUOTE) | (self._data[ends - 1] == _BACKSLASH)
        # A text that was cut off ends nowhere, but the steps behind it look further.
        last = len(self._data) - MOST_REACH
        for line in np.flatnonzero(unclear & fits).tolist():
            # A text that is long, or whose quote may be escaped.
            begin = int(value.begins[line])
            rest = _REST_OF_TEXT.match(self._data, begin, last)  # type: ignore[call-overload]  # takes any buffer
            ends[line] = rest.end() if rest else begin
        return ends, fits
