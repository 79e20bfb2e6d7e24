"""Conditions on log records, as data that can be listed, removed and saved."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.durations import duration_ms
from triage_tui.logs.fields import DURATION_UNITS
from triage_tui.logs.row_set import Rows, RowSet
from triage_tui.logs.store import LogStore

Mask = npt.NDArray[np.bool_]
Found = tuple[Rows, float]
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
PARSED_AT_ONCE = 2_000


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
        """Parse the candidates whose text holds the value at all."""
        for rows, share in store.scan_for(self.value, candidates.first):
            near = candidates.among(rows)
            for part in _parts(near):
                yield part[[store.field(row, self.name) == self.value for row in part.tolist()]], share
            yield near[:0], share


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
        done = 0
        for piece in candidates.pieces():
            for part in _parts(piece):
                done += len(part)
                held = [self._holds(*store.keyed_field(row, self.name)) for row in part.tolist()]
                yield part[held], done / len(candidates)

    def _holds(self, key: str, value: object) -> bool:
        if self.is_duration or self.name == "duration":
            number = duration_ms(value, DURATION_UNITS.get(key.lower(), 1.0))
        else:
            number = duration_ms(value, 1.0)
        return number is not None and COMPARISONS[self.sign](number, self.bound)


AnyCondition = HoldsText | MatchesPattern | HasLevel | IsWithin | FieldIs | FieldCompares
CHEAPEST_FIRST = (IsWithin, HasLevel, HoldsText, FieldIs, FieldCompares, MatchesPattern)


def _all_of(rows: RowSet) -> Iterator[Found]:
    done = 0
    for piece in rows.pieces():
        done += len(piece)
        yield piece, done / len(rows)


def _parts(rows: Rows) -> Iterator[Rows]:
    return (rows[start : start + PARSED_AT_ONCE] for start in range(0, len(rows), PARSED_AT_ONCE))
