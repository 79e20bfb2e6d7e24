"""Conditions on log records, as data that can be listed, removed and saved, and the rows that meet all of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.durations import duration_ms
from triage_tui.logs.fields import DURATION_UNITS
from triage_tui.logs.store import LogStore, Rows

Mask = npt.NDArray[np.bool_]
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_BATCH_ROWS = 20_000


class Condition(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """The base of all conditions; ``excluded`` keeps the records that do not meet it."""

    excluded: bool = False

    def mask(self, store: LogStore, candidates: Mask) -> Mask:
        """Which rows meet the condition; rows that are no candidates may say anything."""
        raise NotImplementedError


class HoldsText(Condition, frozen=True, kw_only=True, tag="text"):
    """The record's text holds this, ignoring the case of ASCII letters."""

    text: str

    def mask(self, store: LogStore, candidates: Mask) -> Mask:
        """Scan the bytes of all files."""
        return _mask_of(store.rows_holding(self.text), len(candidates))


class MatchesPattern(Condition, frozen=True, kw_only=True, tag="pattern"):
    """The record's text matches a regular expression of Rust's syntax, which takes linear time whatever it says."""

    pattern: str

    def mask(self, store: LogStore, candidates: Mask) -> Mask:
        """Read the text of the candidates; raises ``ValueError`` where the pattern is none."""
        mask = np.zeros(len(candidates), bool)
        for rows in _batches(np.flatnonzero(candidates)):
            texts = pl.Series([store.text(int(row)) for row in rows], dtype=pl.String)
            try:
                mask[rows] = texts.str.contains(self.pattern).to_numpy()
            except pl.exceptions.ComputeError as error:
                raise ValueError(f"not a regular expression: {self.pattern!r}") from error
        return mask


class HasLevel(Condition, frozen=True, kw_only=True, tag="level"):
    """The record's level is one of these."""

    levels: tuple[str, ...]

    def mask(self, store: LogStore, candidates: Mask) -> Mask:
        """Look into the index."""
        return _mask_of(store.rows_with_level(frozenset(self.levels)), len(candidates))


class IsWithin(Condition, frozen=True, kw_only=True, tag="time"):
    """The record's time is in a half-open window; a record without a time counts with the one before it."""

    window: TimeWindow

    def mask(self, store: LogStore, candidates: Mask) -> Mask:
        """Look into the index."""
        start, end = store.row_range(self.window)
        mask = np.zeros(len(candidates), bool)
        mask[start:end] = True
        return mask


class FieldIs(Condition, frozen=True, kw_only=True, tag="field"):
    """A field of the record has this value; ``name`` is a column of the frame or the field's own name."""

    name: str
    value: str

    def mask(self, store: LogStore, candidates: Mask) -> Mask:
        """Parse the candidates whose text holds the value at all."""
        holding = _mask_of(store.rows_holding(self.value), len(candidates)) & candidates
        mask = np.zeros(len(candidates), bool)
        rows = np.flatnonzero(holding)
        mask[rows] = [store.field(int(row), self.name) == self.value for row in rows]
        return mask


class FieldCompares(Condition, frozen=True, kw_only=True, tag="number"):
    """A field of the record is a number that is ``sign``, one of ``COMPARISONS``, ``bound``; without one, it is not.

    ``bound`` is in milliseconds where ``is_duration``, and else in the record's own unit. A record's value that names
    its unit, such as ``1.5s``, is always taken in milliseconds, and so is the column ``duration``.
    """

    name: str
    sign: str
    bound: float
    is_duration: bool = False

    def mask(self, store: LogStore, candidates: Mask) -> Mask:
        """Parse the candidates."""
        mask = np.zeros(len(candidates), bool)
        rows = np.flatnonzero(candidates)
        mask[rows] = [self._holds(*store.keyed_field(int(row), self.name)) for row in rows]
        return mask

    def _holds(self, key: str, value: object) -> bool:
        if self.is_duration or self.name == "duration":
            number = duration_ms(value, DURATION_UNITS.get(key.lower(), 1.0))
        else:
            number = duration_ms(value, 1.0)
        return number is not None and COMPARISONS[self.sign](number, self.bound)


AnyCondition = HoldsText | MatchesPattern | HasLevel | IsWithin | FieldIs | FieldCompares
CHEAPEST_FIRST = (IsWithin, HasLevel, HoldsText, FieldIs, FieldCompares, MatchesPattern)


def matching_rows(store: LogStore, conditions: Sequence[AnyCondition]) -> Rows:
    """The rows that meet every condition, in time order; all rows where there is none.

    Conditions on the index go first, so that those on the text read little. Raises ``ValueError`` for a bad pattern.
    """
    mask = np.ones(len(store), bool)
    for condition in sorted(conditions, key=lambda one: CHEAPEST_FIRST.index(type(one))):
        mask &= condition.mask(store, mask) ^ condition.excluded
    return np.flatnonzero(mask)


def with_context(rows: Rows, lines: int, count: int) -> Rows:
    """Add the rows up to ``lines`` before and after each row; ``count`` is how many rows there are in all."""
    mask = _mask_of(rows, count)
    near = mask.copy()
    for distance in range(1, lines + 1):
        near[distance:] |= mask[:-distance]
        near[:-distance] |= mask[distance:]
    return np.flatnonzero(near)


def _mask_of(rows: Rows, count: int) -> Mask:
    mask = np.zeros(count, bool)
    mask[rows] = True
    return mask


def _batches(rows: Rows) -> Iterable[Rows]:
    return (rows[start : start + _BATCH_ROWS] for start in range(0, len(rows), _BATCH_ROWS))
