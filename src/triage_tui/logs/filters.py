"""Conditions on log records, as data that can be listed, removed and saved."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.durations import duration_ms, number_of
from triage_tui.logs.field_reading import KeyedField
from triage_tui.logs.fields import DURATION_UNITS, text_of
from triage_tui.logs.row_set import Rows, RowSet
from triage_tui.logs.store import LogStore

Mask = npt.NDArray[np.bool_]
Found = tuple[Rows, float]
COMPARISONS: dict[str, Callable[[Any, float], Any]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_ENOUGH_TO_TELL, _MOST_SHARE = 1000, 4
_PLAIN = re.compile(r"[\w .,:;=@#$%()*+-]+", re.ASCII)


class Condition(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """The base of all conditions; ``excluded`` keeps the records that do not meet it."""

    excluded: bool = False

    def found(self, store: LogStore, candidates: RowSet) -> Iterator[Found]:
        """The rows that meet the condition, part by part, each with the share of the work that is done by then.

        Rows that are no candidates may be among them.
        """
        raise NotImplementedError


class HoldsText(Condition, frozen=True, kw_only=True, tag="text"):
    """The record's text holds this, ignoring the case of ASCII letters."""

    text: str

    def found(self, store: LogStore, candidates: RowSet) -> Iterator[Found]:
        """Scan the bytes of all files, from the first candidate on."""
        return store.scan_for(self.text, candidates.first)


class MatchesPattern(Condition, frozen=True, kw_only=True, tag="pattern"):
    """The record's text matches a regular expression of Rust's syntax, which takes linear time whatever it says."""

    pattern: str

    def found(self, store: LogStore, candidates: RowSet) -> Iterator[Found]:
        """Read the text of the candidates; raises ``ValueError`` where the pattern is none."""
        done = 0
        for piece in candidates.pieces():
            for rows, texts in store.texts(piece):
                done += len(rows)
                yield rows[self._matches(texts)], done / len(candidates)

    def _matches(self, texts: Sequence[str]) -> Mask:
        import polars as pl

        try:
            return pl.Series(texts, dtype=pl.String).str.contains(self.pattern).to_numpy()
        except pl.exceptions.ComputeError as error:
            raise ValueError(f"not a regular expression: {self.pattern!r}") from error


class HasLevel(Condition, frozen=True, kw_only=True, tag="level"):
    """The record's level is one of these."""

    levels: tuple[str, ...]

    def found(self, store: LogStore, candidates: RowSet) -> Iterator[Found]:
        """Look into the index."""
        del candidates
        return _all_of(store.rows_with_level(frozenset(self.levels)))


class IsWithin(Condition, frozen=True, kw_only=True, tag="time"):
    """The record's time is in a half-open window; a record without a time counts with the one before it."""

    window: TimeWindow

    def found(self, store: LogStore, candidates: RowSet) -> Iterator[Found]:
        """Look into the index."""
        del candidates
        return _all_of(RowSet.between(*store.row_range(self.window), len(store)))


class FieldIs(Condition, frozen=True, kw_only=True, tag="field"):
    """A field of the record has this value; ``name`` is a column of the frame or the field's own name."""

    name: str
    value: str

    def found(self, store: LogStore, candidates: RowSet) -> Iterator[Found]:
        """Parse the candidates whose text may hold the value: where it stands literally, or a character is escaped.

        A number may be written in several ways, so that all are parsed where the value is one with a fraction.
        """
        if _is_written_in_several_ways(self.value):
            yield from _parsed(store, candidates, self.name, self._hold)
            return
        for literal in _literals(self.value):
            for rows, share in store.scan_for(literal, candidates.first):
                near = candidates.among(rows)
                if _is_in_most(near):
                    yield from _parsed(store, candidates, self.name, self._hold)
                    return
                yield near[:0], share
                for part, fields in store.keyed_fields(near, self.name):
                    yield part[self._hold(fields)], share

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

    def found(self, store: LogStore, candidates: RowSet) -> Iterator[Found]:
        """Parse the candidates."""
        return _parsed(store, candidates, self.name, self._hold)

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


def _all_of(rows: RowSet) -> Iterator[Found]:
    done = 0
    for piece in rows.pieces():
        done += len(piece)
        yield piece, done / len(rows)


_known_ms = lru_cache(maxsize=1 << 16)(duration_ms)


def _number_text(value: object) -> str | None:
    return str(value) if type(value) is int else text_of(value)


def _parsed(
    store: LogStore, candidates: RowSet, name: str, hold: Callable[[Sequence[KeyedField]], Mask | list[bool]]
) -> Iterator[Found]:
    done = 0
    for piece in candidates.pieces():
        for part, fields in store.keyed_fields(piece, name):
            done += len(part)
            yield part[hold(fields)], done / len(candidates)


def _is_in_most(rows: Rows) -> bool:
    """Whether a text is in so many records that to search the others for it saves nothing."""
    return len(rows) > _ENOUGH_TO_TELL and len(rows) * _MOST_SHARE > int(rows.max()) - int(rows.min())


def _literals(value: str) -> tuple[str, str]:
    """Texts of which a record holds one if a field has this value: its longest part without escapes, or an escape."""
    return max(_PLAIN.findall(value), key=len, default=value), "\\"


def _is_written_in_several_ways(value: str) -> bool:
    """Whether the text of a field may be another one in the record: that of a fraction, a list or an object."""
    return value[:1] in {"[", "{"} or (not value.isdecimal() and number_of(value) is not None)
