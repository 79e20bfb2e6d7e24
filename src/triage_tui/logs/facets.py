"""How often a field has each of its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from triage_tui.logs.store import LogStore

SAMPLE_ROWS = 20_000
STEP_ROWS = 1_000


class ValueCounts(NamedTuple):
    """The values of one field.

    Attributes:
        values: each value with how many records have it, the most frequent first; None for records without the field.
        counted: how many records were looked at.
        total: how many there are.
    """

    values: tuple[tuple[str | None, int], ...]
    counted: int
    total: int


def value_counts(
    store: LogStore, name: str, rows: Sequence[int] | None = None, most_rows: int = SAMPLE_ROWS
) -> Iterator[ValueCounts]:
    """Count the values of a field over rows, all where None, step by step; the last step has all of them.

    Of more than ``most_rows`` rows as many are looked at, at even distances.
    """
    total = len(store) if rows is None else len(rows)
    places = np.unique(np.linspace(0, max(total - 1, 0), min(total, most_rows)).round().astype(np.int64))
    counts: Counter[str | None] = Counter()
    for number, place in enumerate(places, 1):
        counts[store.field(int(place) if rows is None else rows[int(place)], name)] += 1
        if number % STEP_ROWS == 0 and number < len(places):
            yield _counted(counts, number, total)
    yield _counted(counts, len(places), total)


def _counted(counts: Counter[str | None], counted: int, total: int) -> ValueCounts:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0] is None, one[0] or ""))
    return ValueCounts(tuple(ordered), counted, total)
