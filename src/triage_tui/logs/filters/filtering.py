"""The rows that meet all of several conditions, found step by step, so that the first are seen before the last."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from triage_tui.logs.filters.conditions import CHEAPEST_FIRST, AnyCondition
from triage_tui.logs.filters.record_sets import FoundRows, RecordSet
from triage_tui.logs.filters.row_set import RowSet
from triage_tui.logs.store import LogStore

SHARE_OF_STEP, STEP_SECONDS, STEP_ROWS = 0.01, 0.1, 1 << 20
# Putting what was found in time order may take a fifth of the time.
TIMES_AS_LONG = 4.0


class FilterStep(NamedTuple):
    """How far filtering is.

    Attributes:
        rows: the rows that are known to match by now; None while none can be known, or they are soon told.
        share: how much of the work is done, 0 to 1.
    """

    rows: RowSet | None
    share: float


def matches_in_steps(store: LogStore, conditions: Sequence[AnyCondition], first: int = 0) -> Iterator[FilterStep]:
    """Find the rows from ``first`` on that meet every condition; the last step has all of them.

    Conditions on the index go first, so that those on the text read little. A step is a hundredth of a condition's
    work, a tenth of a second, or a million rows. Raises ``ValueError`` for a bad pattern.
    """
    records, known = store.search.records_from(first), _KnownRows(store, first)
    ordered = sorted(conditions, key=lambda one: CHEAPEST_FIRST.index(type(one)))
    for number, condition in enumerate(ordered):
        can_be_shown = number == len(ordered) - 1 and not condition.excluded
        found = store.search.gathered(())
        for parts in _in_fewer_parts(condition.found(store, records)):
            found |= store.search.gathered((part.log, part.rows) for part in parts)
            rows = known.soon(found & records) if can_be_shown else None
            yield FilterStep(rows, (number + parts[-1].share) / len(ordered))
        records = records.without(found) if condition.excluded else records & found
    yield FilterStep(known.now(records), 1.0)


class _KnownRows:
    """What is known by now, in time order, which takes long where many records are out of it."""

    def __init__(self, store: LogStore, first: int) -> None:
        self._store, self._first, self._again_at = store, first, 0.0

    def now(self, records: RecordSet) -> RowSet:
        """The rows of records."""
        rows = self._store.search.rows_of(records)
        return rows & RowSet.rest(self._first, rows.size) if self._first else rows

    def soon(self, records: RecordSet) -> RowSet | None:
        """The same; None where this was asked a moment ago."""
        began = time.monotonic()
        if began < self._again_at:
            return None
        rows, ended = self.now(records), time.monotonic()
        self._again_at = ended + (ended - began) * TIMES_AS_LONG
        return rows


def _in_fewer_parts(found: Iterator[FoundRows]) -> Iterator[list[FoundRows]]:
    """Put parts together until they are worth a step."""
    waiting, told, told_at, rows = list[FoundRows](), 0.0, time.monotonic(), 0
    for part in found:
        waiting.append(part)
        rows += len(part.rows)
        is_much = rows >= STEP_ROWS or part.share - told >= SHARE_OF_STEP
        if is_much or time.monotonic() - told_at >= STEP_SECONDS:
            yield waiting
            waiting, told, told_at, rows = [], part.share, time.monotonic(), 0
    if waiting:
        yield waiting
