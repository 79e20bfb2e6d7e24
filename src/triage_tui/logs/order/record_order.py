"""What an order in time of the records of several logs answers: which record of which log is the n-th of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from triage_tui.logs.filters.record_sets import RecordSet
from triage_tui.logs.filters.row_set import Rows, RowSet

EARLIEST, LATEST = int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max)


class Place(NamedTuple):
    """The log of a record, by its number, and the record's row in it."""

    source: int
    local: int


class TimeOrder(Protocol):
    """An order of records. Equal times stand in the order of the logs, and in that of each file."""

    def __len__(self) -> int:
        """How many records there are."""

    def place(self, row: int) -> Place:
        """Where the record of a row is."""

    def first_at(self, micros: int) -> int:
        """The first row whose time is not before this one; the number of rows where there is none."""

    def rows_of(self, records: RecordSet) -> RowSet:
        """The rows of some records."""

    def same_rows(self, before: TimeOrder) -> int:
        """How many of the first rows stand as they do in the order of the same logs when they were shorter."""

    def locals_from(self, row: int) -> Sequence[int]:
        """For each log, a row of its own before which none stands at ``row`` or behind it."""

    def places(self, rows: Rows) -> Iterator[tuple[int, Rows, Rows]]:
        """Where the records of sorted rows are, log by log: its number, its share of the rows, and the rows in it."""
