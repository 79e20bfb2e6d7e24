"""The order in time of the records of several logs.

Logs that are in order and do not overlap need no more than where each begins; the others are merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from triage_tui.logs.filters.record_sets import RecordSet
from triage_tui.logs.filters.row_set import Rows, RowSet
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.order.merged_order import Merged
from triage_tui.logs.order.record_order import Place, TimeOrder


def time_order(files: Sequence[FileRows], before: TimeOrder | None = None) -> TimeOrder:
    """Order the records of logs; ``before`` is the order of the same logs when they were shorter.

    Raises ``UnreadableInput`` where there is no room for it.
    """
    sequence = sorted((number for number, file in enumerate(files) if len(file)), key=lambda one: _first(files[one]))
    follows = all(_last(files[one]) <= _first(files[two]) - (one > two) for one, two in pairwise(sequence))
    if follows and all(file.in_order for file in files):
        return OneAfterTheOther(files, sequence)
    return Merged(files, before if isinstance(before, Merged) else None)


class OneAfterTheOther:
    """The order of logs of which each begins when the one before it has ended: ``sequence`` has their numbers."""

    def __init__(self, files: Sequence[FileRows], sequence: Sequence[int]) -> None:
        self.files, self.sequence = files, tuple(sequence)
        counts = [len(files[number]) for number in sequence]
        self._begins = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.array(counts, dtype=np.int64))))

    def __len__(self) -> int:
        return int(self._begins[-1])

    def place(self, row: int) -> Place:
        """Count from where the log begins."""
        number = int(np.searchsorted(self._begins, row, side="right")) - 1
        return Place(self.sequence[number], row - int(self._begins[number]))

    def first_at(self, micros: int) -> int:
        """Look in the first log that has such a time."""
        for begin, number in zip(self._begins.tolist(), self.sequence, strict=False):
            if _last(self.files[number]) >= micros:
                return int(begin) + self.files[number].timed.position("order", micros)
        return len(self)

    def rows_of(self, records: RecordSet) -> RowSet:
        """Count on from where each log begins."""
        if len(records.sets) == 1:
            return records.sets[0]
        begins = dict(zip(self.sequence, self._begins.tolist(), strict=False))
        return RowSet.gathered(len(self), (rows + begins[number] for number, rows in records.pieces()))

    def same_rows(self, before: TimeOrder) -> int:
        """Count up to the last record, which may have been torn, of the last log."""
        if not isinstance(before, OneAfterTheOther) or before.sequence != self.sequence[: len(before.sequence)]:
            return 0
        pairs = [(self.files[number], before.files[number]) for number in before.sequence]
        are_same = all(new.reader is old.reader for new, old in pairs)
        return max(0, len(before) - 1) if are_same and all(len(new) == len(old) for new, old in pairs[:-1]) else 0

    def locals_from(self, row: int) -> Sequence[int]:
        """All of the logs behind, nothing of those before."""
        begins = dict(zip(self.sequence, self._begins.tolist(), strict=False))
        return [
            min(max(row - begins[number], 0), len(file)) if number in begins else 0
            for number, file in enumerate(self.files)
        ]

    def places(self, rows: Rows) -> Iterator[tuple[int, Rows, Rows]]:
        """Cut the rows where logs begin."""
        cuts = np.searchsorted(rows, self._begins)
        for number, source in enumerate(self.sequence):
            inside = rows[cuts[number] : cuts[number + 1]]
            if len(inside):
                yield source, inside, inside - self._begins[number]


def _first(file: FileRows) -> int:
    return file.timed.at("order", 0)


def _last(file: FileRows) -> int:
    return file.timed.at("order", len(file) - 1)
