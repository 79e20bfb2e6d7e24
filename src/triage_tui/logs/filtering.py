"""The rows that meet all of several conditions, found step by step, so that the first are seen before the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from triage_tui.logs.filters import CHEAPEST_FIRST, AnyCondition
from triage_tui.logs.row_set import Rows, RowSet
from triage_tui.logs.store import LogStore

SHARE_OF_STEP = 0.01


class FilterStep(NamedTuple):
    """How far filtering is.

    Attributes:
        rows: the rows that are known to match by now; None while none can be known yet.
        share: how much of the work is done, 0 to 1.
    """

    rows: RowSet | None
    share: float


def matches_in_steps(store: LogStore, conditions: Sequence[AnyCondition], first: int = 0) -> Iterator[FilterStep]:
    """Find the rows from ``first`` on that meet every condition; the last step has all of them.

    Conditions on the index go first, so that those on the text read little. A step is a hundredth of a condition's
    work. Raises ``ValueError`` for a bad pattern.
    """
    rows = RowSet.between(first, len(store), len(store))
    ordered = sorted(conditions, key=lambda one: CHEAPEST_FIRST.index(type(one)))
    for number, condition in enumerate(ordered):
        can_be_shown = number == len(ordered) - 1 and not condition.excluded
        found = RowSet.of([], len(store))
        for more, share in _in_fewer_parts(condition.found(store, rows)):
            found |= RowSet.gathered(len(store), more)
            yield FilterStep(found & rows if can_be_shown else None, (number + share) / len(ordered))
        rows = rows.without(found) if condition.excluded else rows & found
    yield FilterStep(rows, 1.0)


def matching_rows(store: LogStore, conditions: Sequence[AnyCondition]) -> RowSet:
    """The rows that meet every condition; all rows where there is none. Raises ``ValueError`` for a bad pattern."""
    *_, last = matches_in_steps(store, conditions)
    return RowSet.of([], len(store)) if last.rows is None else last.rows


def _in_fewer_parts(found: Iterator[tuple[Rows, float]]) -> Iterator[tuple[list[Rows], float]]:
    """Put parts together until they are worth a step."""
    waiting, told, share = list[Rows](), 0.0, 0.0
    for rows, share in found:
        waiting.append(rows)
        if share - told >= SHARE_OF_STEP:
            yield waiting, share
            waiting, told = [], share
    if waiting:
        yield waiting, share
