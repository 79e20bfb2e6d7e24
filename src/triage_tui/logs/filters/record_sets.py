"""Sets of records of several logs, by their places in the files: what reads text goes through it in this order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from triage_tui.logs.filters.row_set import Mask, Rows, RowSet


class FoundRows(NamedTuple):
    """Some rows of a log, given by its number, sorted; and how much of the work that finds them is done, 0 to 1."""

    log: int
    rows: Rows
    share: float


class RecordSet:
    """A set of rows of each of several logs. Never changes."""

    def __init__(self, sets: Sequence[RowSet]) -> None:
        self.sets = tuple(sets)

    @classmethod
    def gathered(cls, counts: Sequence[int], parts: Iterable[tuple[int, Rows]]) -> RecordSet:
        """The set of all parts, each the number of a log and rows of it; ``counts`` is how many rows each log has."""
        sets = [RowSet.of([], count) for count in counts]
        # Parts are taken one by one: all rows of a large log at once would be many times its set.
        for log, group in groupby(parts, key=itemgetter(0)):
            sets[log] |= RowSet.gathered(counts[log], (rows for _, rows in group))
        return cls(sets)

    @classmethod
    def from_rows(cls, counts: Sequence[int], begins: Sequence[int]) -> RecordSet:
        """The rows of each log from one on."""
        return cls([RowSet.rest(begin, count) for count, begin in zip(counts, begins, strict=True)])

    def __len__(self) -> int:
        return sum(map(len, self.sets))

    def __and__(self, other: RecordSet) -> RecordSet:
        """The records in both."""
        return RecordSet([one & two for one, two in zip(self.sets, other.sets, strict=True)])

    def __or__(self, other: RecordSet) -> RecordSet:
        """The records in either."""
        return RecordSet([one | two for one, two in zip(self.sets, other.sets, strict=True)])

    def without(self, other: RecordSet) -> RecordSet:
        """The records in this one alone."""
        return RecordSet([one.without(two) for one, two in zip(self.sets, other.sets, strict=True)])

    def pieces(self) -> Iterator[tuple[int, Rows]]:
        """All records, in parts of at most ``PIECE_ROWS``: the number of a log, and rows of it."""
        for log, rows in enumerate(self.sets):
            yield from ((log, piece) for piece in rows.pieces())

    def lookup(self) -> RecordLookup:
        """What tells of many records at once whether they are in the set."""
        return RecordLookup(self.sets)


class RecordLookup:
    """The bits of a set of records one after the other, to look up records that are in no order."""

    def __init__(self, sets: Sequence[RowSet]) -> None:
        parts = [rows.bits() for rows in sets]
        sizes = [len(part) * 8 for part in parts]
        self._begins = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
        self._bits = np.concatenate(parts)

    def holds(self, logs: Rows, rows: Rows) -> Mask:
        """Whether each record, by the number of its log and its row there, is in the set."""
        places = self._begins[logs] + rows
        found: Mask = (self._bits[places >> 3] >> (7 - (places & 7)).astype(np.uint8) & 1).astype(bool)
        return found
