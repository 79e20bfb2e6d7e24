"""The next record in time that holds a text, found by reading no more of the files than where it can be.

A file is searched block by block. The times of each are known, so that the blocks can be taken in the order in which
what they hold may come next, whatever the order in the files, until none that is left can hold anything nearer.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from threading import Event, Lock
from typing import NamedTuple

import numpy as np

from triage_tui.logs.filters.row_set import RowSet
from triage_tui.logs.search.scanner import Stretch, offsets_in
from triage_tui.logs.store import LogStore, Standing


class _Block(NamedTuple):
    """A block of a log, and what no record in it stands before, and none behind, as ``LogStore.standing`` gives it."""

    log: int
    stretch: Stretch
    first: Standing
    last: Standing

    def may_be_before(self, standing: Standing, step: int) -> bool:
        """Whether something in it may be met no later than a record, by who goes in direction ``step``."""
        return self.first <= standing if step > 0 else self.last >= standing


class TextHits:
    """The records that hold a text, ignoring the case of ASCII letters, as far as they were looked for.

    Several threads may look.
    """

    def __init__(self, store: LogStore, text: str) -> None:
        self.store, self.text, self._lock = store, text, Lock()
        self._rows = RowSet.of([], len(store))
        self._left = set(_blocks_of(store))

    def next(
        self,
        row: int,
        step: int,
        shown: RowSet | None = None,
        tell: Callable[[float], None] = lambda _: None,
        stopped: Event | None = None,
    ) -> int | None:
        """The nearest row after (step 1) or before (-1) a row that holds the text, of those that are shown.

        ``tell`` is called with the share of the bytes that were read, 0 to 1, of all that may have to be. None where
        there is no such row, or when it was ``stopped``.
        """
        blocks = self._ahead_of(self.store.standing(row), step)
        # Only now, for another thread may just have searched what is no more among the blocks.
        nearest = self._nearest(row, step, shown)
        total, done = sum(block.stretch.size for block in blocks), 0
        with closing(self._searched(blocks)) as searched:
            for block in blocks:
                if nearest is not None and not block.may_be_before(self.store.standing(nearest), step):
                    break
                if stopped is not None and stopped.is_set():
                    return None
                if next(searched):
                    nearest = self._nearest(row, step, shown)
                done += block.stretch.size
                tell(done / total)
        return nearest

    def _nearest(self, row: int, step: int, shown: RowSet | None) -> int | None:
        rows = self._rows
        return (rows if shown is None else rows & shown).next(row, step)

    def _ahead_of(self, standing: Standing, step: int) -> Sequence[_Block]:
        """The blocks that were not searched and in which there may be something ahead, the nearest first."""
        with self._lock:
            ahead = [block for block in self._left if block.may_be_before(standing, -step)]
        if step > 0:
            return sorted(ahead, key=lambda block: block.first)
        return sorted(ahead, key=lambda block: block.last, reverse=True)

    def _searched(self, blocks: Sequence[_Block]) -> Generator[bool]:
        """Search blocks one after the other; tells of each whether there is anything in it."""
        found = offsets_in((part for block in blocks for part in block.stretch.cut()), self.text.encode())
        with closing(found):
            for block in blocks:
                offsets = [place for _ in block.stretch.cut() for place in next(found)[1]]
                self._take(block, offsets)
                yield bool(offsets)

    def _take(self, block: _Block, offsets: Sequence[int]) -> None:
        rows = self.store.logs[block.log].rows_at(np.array(offsets, np.int64))
        found = self.store.search.rows_of([(block.log, rows)]) if len(rows) else None
        with self._lock:
            self._rows = self._rows if found is None else self._rows | found
            self._left.discard(block)


def _blocks_of(store: LogStore) -> Iterator[_Block]:
    for number, log in enumerate(store.logs):
        for start, stop in log.timed.spans():
            stretch = Stretch(log.source, log.timed.at("offset", start), log.byte_after(stop - 1))
            least, most = log.timed.range_at("order", start)
            yield _Block(number, stretch, Standing(least, number, start), Standing(most, number, stop - 1))
