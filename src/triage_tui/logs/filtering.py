"""Filtering in steps: what matches is known piece by piece, and a caller may stop between two steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from triage_tui.logs.filters import (
    CHEAPEST_FIRST,
    AnyCondition,
    FieldCompares,
    FieldIs,
    HoldsText,
    Mask,
    MatchesPattern,
)
from triage_tui.logs.store import LogStore, Rows

STEP_ROWS = 5_000


class FilterStep(NamedTuple):
    """How far filtering is.

    Attributes:
        rows: the rows that are known to match by now, in time order; None while none can be known yet.
        share: how much of the work is done, 0 to 1.
    """

    rows: Rows | None
    share: float


def matches_in_steps(store: LogStore, conditions: Sequence[AnyCondition]) -> Iterator[FilterStep]:
    """Find the rows that meet every condition; the last step has all of them.

    A step takes some tens of milliseconds, however large the log is. Raises ``ValueError`` for a bad pattern.
    """
    mask = np.ones(len(store), bool)
    ordered = sorted(conditions, key=lambda one: CHEAPEST_FIRST.index(type(one)))
    for number, condition in enumerate(ordered):
        is_last = number == len(ordered) - 1 and not condition.excluded
        found = np.zeros(len(store), bool)
        for rows, share in _passes(store, condition, mask):
            found[rows] = True
            known = np.flatnonzero(found & mask) if is_last else None
            yield FilterStep(known, (number + share) / len(ordered))
        mask &= found ^ condition.excluded
    yield FilterStep(np.flatnonzero(mask), 1.0)


def _passes(store: LogStore, condition: AnyCondition, candidates: Mask) -> Iterator[tuple[Rows, float]]:
    """Find the rows of one condition, with the share of the work that is done."""
    if isinstance(condition, HoldsText):
        yield from store.scan_for(condition.text)
    elif isinstance(condition, FieldIs):
        for rows, share in store.scan_for(condition.value):
            near = rows[candidates[rows]]
            for part in _parts(near):
                held = [store.field(int(row), condition.name) == condition.value for row in part]
                yield part[np.array(held, bool)], share
            yield near[:0], share
    elif isinstance(condition, MatchesPattern | FieldCompares):
        rows = np.flatnonzero(candidates)
        for number, part in enumerate(parts := list(_parts(rows)), 1):
            within = np.zeros(len(candidates), bool)
            within[part] = True
            yield np.flatnonzero(condition.mask(store, within)), number / len(parts)
    else:
        yield np.flatnonzero(condition.mask(store, candidates)), 1.0


def _parts(rows: Rows) -> Iterator[Rows]:
    return (rows[start : start + STEP_ROWS] for start in range(0, len(rows), STEP_ROWS))
