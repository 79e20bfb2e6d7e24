"""Conditions on log records, as data that can be listed, removed and saved."""

from __future__ import annotations

import operator
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.filters.field_reading import KeyedField
from triage_tui.logs.filters.needed_text import needed_text
from triage_tui.logs.filters.record_sets import FoundRows, RecordSet
from triage_tui.logs.filters.row_set import Mask, Rows
from triage_tui.logs.formats.durations import duration_ms, number_of
from triage_tui.logs.formats.fields import DURATION_UNITS, text_of
from triage_tui.logs.formats.timestamps import micros_of
from triage_tui.logs.store import LogStore

COMPARISONS: dict[str, Callable[[Any, float], Any]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_ENOUGH_TO_TELL, _MOST_SHARE = 1000, 4
_TEXTS_AT_ONCE, _ROWS_A_STEP = 4096, 8192
_PLAIN = re.compile(r"[\w .,:;=@#$%()*+-]+", re.ASCII)


class Condition(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """The base of all conditions; ``excluded`` keeps the records that do not meet it."""

    excluded: bool = False

    @abstractmethod
    def found(self, store: LogStore, candidates: RecordSet) -> Iterator[FoundRows]:
        """The records that meet the condition, part by part in the order of their files.

        Records that are no candidates may be among them.
        """


class HoldsText(Condition, frozen=True, kw_only=True, tag="text"):
    """The record's text holds this, ignoring the case of ASCII letters."""

    text: str

    def found(self, store: LogStore, candidates: RecordSet) -> Iterator[FoundRows]:
        """Scan the bytes of the files where candidates are."""
        return store.search.scan_for(self.text, candidates)


class MatchesPattern(Condition, frozen=True, kw_only=True, tag="pattern"):
    """The record's text matches a regular expression of Rust's syntax, which takes linear time whatever it says."""

    pattern: str

    def found(self, store: LogStore, candidates: RecordSet) -> Iterator[FoundRows]:
        """Read the text of the candidates; raises ``ValueError`` where the pattern is none.

        Where every match holds a certain text, only the records that hold it are read.
        """
        needed = needed_text(self.pattern)
        for log, rows, share in _holding(store, candidates, (needed,) if needed else ()):
            yield FoundRows(log, rows[:0], share)
            for start in range(0, len(rows), _TEXTS_AT_ONCE):
                part = rows[start : start + _TEXTS_AT_ONCE]
                yield FoundRows(log, part[self._matches(store.logs[log].texts(part))], share)

    def _matches(self, texts: Sequence[str]) -> Mask:
        import polars as pl

        try:
            return pl.Series(texts, dtype=pl.String).str.contains(self.pattern).to_numpy()
        except pl.exceptions.ComputeError as error:
            raise ValueError(f"not a regular expression: {self.pattern!r}") from error


class HasLevel(Condition, frozen=True, kw_only=True, tag="level"):
    """The record's level is one of these."""

    levels: tuple[str, ...]

    def found(self, store: LogStore, candidates: RecordSet) -> Iterator[FoundRows]:
        """Look into the index."""
        del candidates
        return (FoundRows(log, rows, 0.0) for log, rows in store.search.records_with_level(self.levels))


class IsWithin(Condition, frozen=True, kw_only=True, tag="time"):
    """The record's time is in a half-open window; a record without a time counts with the one before it."""

    window: TimeWindow

    def found(self, store: LogStore, candidates: RecordSet) -> Iterator[FoundRows]:
        """Look into the index."""
        del candidates
        edges = micros_of(self.window.start), micros_of(self.window.end)
        return (
            FoundRows(number, rows, 0.0) for number, log in enumerate(store.logs) for rows in log.rows_between(*edges)
        )


class FieldIs(Condition, frozen=True, kw_only=True, tag="field"):
    """A field of the record has this value; ``name`` is a column of the frame or the field's own name."""

    name: str
    value: str

    def found(self, store: LogStore, candidates: RecordSet) -> Iterator[FoundRows]:
        """Parse the candidates whose text may hold the value: where it stands literally, or a character is escaped.

        A number may be written in several ways, so that all are parsed where the value is one with a fraction. So are
        they for an empty value.
        """
        literals = _literals(self.value) if self.value and not _is_written_in_several_ways(self.value) else ()
        return _parsed(store, _holding(store, candidates, literals), self.name, self._hold)

    def _hold(self, fields: Sequence[KeyedField]) -> list[bool]:
        wanted = self.value
        return [(value if type(value) is str else _number_text(value)) == wanted for _, value in fields]


class FieldCompares(Condition, frozen=True, kw_only=True, tag="number"):
    """A field of the record is a number that is ``sign``, one of ``COMPARISONS``, ``bound``; without one, it is not.

    ``bound`` is in milliseconds where ``is_duration``, and else in the record's own unit. A record's value that names
    its unit, such as ``1.5s``, is always taken in milliseconds, and so is the column ``duration``.
    """

    name: str
    sign: str
    bound: float
    is_duration: bool = False

    def found(self, store: LogStore, candidates: RecordSet) -> Iterator[FoundRows]:
        """Parse the candidates."""
        return _parsed(store, _holding(store, candidates, ()), self.name, self._hold)

    def _hold(self, fields: Sequence[KeyedField]) -> Mask | list[bool]:
        values = [value for _, value in fields]
        if {type(value) for value in values} <= {int, float} and len({key for key, _ in fields}) == 1:
            numbers = np.array(values, np.float64) * self._unit(fields[0][0])
            return np.asarray(COMPARISONS[self.sign](numbers, self.bound))
        return [self._holds(*one) for one in fields]

    def _unit(self, key: str) -> float:
        return DURATION_UNITS.get(key.lower(), 1.0) if self.is_duration or self.name == "duration" else 1.0

    def _holds(self, key: str, value: object) -> bool:
        number = _known_ms(value, self._unit(key)) if type(value) is str else duration_ms(value, self._unit(key))
        return number is not None and COMPARISONS[self.sign](number, self.bound)


AnyCondition = HoldsText | MatchesPattern | HasLevel | IsWithin | FieldIs | FieldCompares
CHEAPEST_FIRST = (IsWithin, HasLevel, HoldsText, FieldIs, FieldCompares, MatchesPattern)


_known_ms = lru_cache(maxsize=1 << 16)(duration_ms)


def _number_text(value: object) -> str | None:
    return str(value) if type(value) is int else text_of(value)


def _parsed(
    store: LogStore, records: Iterable[FoundRows], name: str, hold: Callable[[Sequence[KeyedField]], Mask | list[bool]]
) -> Iterator[FoundRows]:
    for log, rows, share in records:
        yield FoundRows(log, rows[:0], share)
        for part, fields in store.fields.keyed_of(log, rows, name):
            yield FoundRows(log, part[hold(fields)], share)


def _holding(store: LogStore, candidates: RecordSet, literals: Sequence[str]) -> Iterator[FoundRows]:
    """The candidates that hold one of some texts; all where there is none, or it is in most of them."""
    for number, literal in enumerate(literals):
        for log, rows, share in store.search.scan_for(literal, candidates):
            near = candidates.sets[log].among(rows)
            if _is_in_most(near):
                yield from _all_of(candidates)
                return
            yield FoundRows(log, near, (number + share) / len(literals))
    if not literals:
        yield from _all_of(candidates)


def _all_of(candidates: RecordSet) -> Iterator[FoundRows]:
    done = 0
    for log, rows in candidates.pieces():
        for start in range(0, len(rows), _ROWS_A_STEP):
            part = rows[start : start + _ROWS_A_STEP]
            yield FoundRows(log, part, done / len(candidates))
            done += len(part)


def _is_in_most(rows: Rows) -> bool:
    """Whether a text is in so many records that to search the others for it saves nothing."""
    return len(rows) > _ENOUGH_TO_TELL and len(rows) * _MOST_SHARE > int(rows.max()) - int(rows.min())


def _literals(value: str) -> tuple[str, str]:
    """Texts of which a record holds one if a field has this value: its longest part without escapes, or an escape."""
    return max(_PLAIN.findall(value), key=len, default=value), "\\"


def _is_written_in_several_ways(value: str) -> bool:
    """Whether the text of a field may be another one in the record: that of a fraction, a list or an object."""
    return value[:1] in {"[", "{"} or (not value.isdecimal() and number_of(value) is not None)
