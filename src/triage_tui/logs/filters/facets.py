"""How often a field has each of its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import isfinite
from typing import NamedTuple

import numpy as np

from triage_tui.logs.filters.row_set import RowSet
from triage_tui.logs.formats.durations import number_of, stated_ms
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.store import LogStore

SAMPLE_ROWS = 20_000
STEP_ROWS = 1_000
_DIGITS = re.compile(r"(\d+)")
_MOST_DIGITS = 300


class ValueOrder(StrEnum):
    """How the values of a field are listed."""

    FREQUENT_FIRST = "most frequent first"
    LOWEST_FIRST = "lowest first"
    HIGHEST_FIRST = "highest first"

    @property
    def next(self) -> ValueOrder:
        """The order after this one, after the last the first."""
        orders = list(ValueOrder)
        return orders[(orders.index(self) + 1) % len(orders)]


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

    def in_order(self, order: ValueOrder) -> ValueCounts:
        """Return them in an order: numbers as numbers, times with units in whichever unit, digits in texts as numbers.

        Records without the field come last.
        """
        if order is ValueOrder.FREQUENT_FIRST:
            return self
        ordered = sorted(
            (one for one in self.values if one[0] is not None),
            key=lambda one: _rank(one[0] or ""),
            reverse=order is ValueOrder.HIGHEST_FIRST,
        )
        return self._replace(values=(*ordered, *(one for one in self.values if one[0] is None)))


def _rank(value: str) -> tuple[int, float, tuple[tuple[int, int, str], ...]]:
    """What values are compared by: numbers first, then lengths of time, then texts."""
    number = number_of(value)
    length = stated_ms(value) if number is None else None
    for place, one in enumerate((number, length)):
        if one is not None and isfinite(one):
            return place, one, ()
    parts = _DIGITS.split(value[:_MOST_DIGITS].casefold())
    return 2, 0.0, tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def value_counts(
    store: LogStore, name: str, rows: Sequence[int] | None = None, most_rows: int = SAMPLE_ROWS
) -> Iterator[ValueCounts]:
    """Count the values of a field over rows, all where None, step by step; the last step has all of them.

    Hosts are counted by the index once it has them all. Of other fields' rows, if they are more than ``most_rows``, as
    many are looked at, at even distances.
    """
    total = len(store) if rows is None else len(rows)
    hosts = host_counts(store, rows) if name == "host" else None
    if hosts is not None:
        yield _counted(hosts, total, total)
        return
    places = np.unique(np.linspace(0, max(total - 1, 0), min(total, most_rows)).round().astype(np.int64))
    counts: Counter[str | None] = Counter()
    for number, place in enumerate(places, 1):
        counts[store.fields.text(int(place) if rows is None else rows[int(place)], name)] += 1
        if number % STEP_ROWS == 0 and number < len(places):
            yield _counted(counts, number, total)
    yield _counted(counts, len(places), total)


def host_counts(store: LogStore, rows: Sequence[int] | None = None) -> Counter[str | None] | None:
    """Count the hosts of rows, all where None, by the index; None while it has not read them all."""
    if any(len(log.later_by_now("names")) < len(log) for log in store.logs):
        return None
    counts: Counter[str | None] = Counter()
    for log, codes in _host_codes(store, rows):
        names = (None, *log.names.hosts.texts)
        there = np.bincount(codes)
        counts.update({names[code]: int(there[code]) for code in np.flatnonzero(there).tolist()})
    return counts


def _host_codes(store: LogStore, rows: Sequence[int] | None) -> Iterator[tuple[FileRows, Numbers]]:
    if rows is None:
        for log in store.logs:
            hosts = log.later_by_now("names")
            yield from ((log, hosts.read("host", *span)) for span in hosts.spans(0, len(log)))
        return
    for piece in (rows if isinstance(rows, RowSet) else RowSet.of(rows, len(store))).pieces():
        for source, _, local in store.order.places(piece):
            log = store.logs[source]
            yield log, log.later_by_now("names").take("host", np.sort(local))


def _counted(counts: Counter[str | None], counted: int, total: int) -> ValueCounts:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0] is None, one[0] or ""))
    return ValueCounts(tuple(ordered), counted, total)
