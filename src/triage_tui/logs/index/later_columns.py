"""The columns of records that are read when it is known where the records are: their IDs, then hosts and templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from triage_tui.logs.index.blocks import Block, BlockBytes, Numbers
from triage_tui.logs.index.chunk_reader import ChunkReader
from triage_tui.logs.index.columns import BLOCK_ROWS, Columns, GrowingColumns
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.index.index_rows import LATER
from triage_tui.logs.index.index_workers import IndexWorkers
from triage_tui.logs.index.look_ahead import LookAhead


class LaterColumns:
    """The columns of each kind in ``LATER``, of the first records of a log; one thread reads on, any may look."""

    def __init__(self, chunks: ChunkReader, storage: BlockBytes, blocks: Mapping[str, Sequence[Block]]) -> None:
        self._chunks = chunks
        self._columns = {kind: GrowingColumns(kinds, storage, blocks.get(kind, ())) for kind, kinds in LATER.items()}
        self._ahead = {kind: LookAhead[dict[str, Numbers]]() for kind in LATER}

    @property
    def fewest(self) -> int:
        """Of how many records all kinds are there."""
        return min(map(len, self._columns.values()))

    def count(self, kind: str) -> int:
        """Of how many records a kind is there."""
        return len(self._columns[kind])

    def now(self, kind: str) -> Columns:
        """What is there of a kind by now."""
        return self._columns[kind].now()

    def add(self, first: int, found: Mapping[str, dict[str, Numbers]]) -> None:
        """Append what was found of the records from ``first`` on, of the kinds that reach as far."""
        for kind, columns in found.items():
            if len(self._columns[kind]) == first:
                self._columns[kind].append(columns)

    def read_next(
        self, kind: str, rows: FileRows, bytes_at_once: int, ahead: int, workers: IndexWorkers | None
    ) -> dict[str, Numbers] | None:
        """Read a kind of the next of some records, about so many bytes, and with workers ``ahead`` times as many.

        None where none is missing; what is read is to be appended or dropped.
        """
        self._look_ahead(kind, rows, bytes_at_once, ahead, workers)
        return self._ahead[kind].take()[1] if self._ahead[kind] else None

    def append(self, kind: str, columns: dict[str, Numbers]) -> None:
        """Append what was read of a kind."""
        self._columns[kind].append(columns)

    def drop_what_is_read(self) -> None:
        """Forget what is being read: its file was cut."""
        for ahead in self._ahead.values():
            ahead.drop()

    def _look_ahead(
        self, kind: str, rows: FileRows, bytes_at_once: int, most: int, workers: IndexWorkers | None
    ) -> None:
        ahead = self._ahead[kind]
        step = int(np.clip(bytes_at_once * max(1, len(rows)) // max(1, rows.end), 1, BLOCK_ROWS))
        start = ahead.stops_at(len(self._columns[kind]))
        while start < len(rows) and len(ahead) < (most if workers else 1):
            stop = min(start + step, len(rows))
            read = self._chunks.later_of if workers is None else partial(workers.later_of, self._chunks)
            columns = read(kind, rows.timed.read("offset", start, stop), rows.byte_after(stop - 1))
            ahead.add(stop, columns)
            start = stop

    def drop_beyond(self, count: int) -> None:
        """Take back what is there of the last record, where a log has so many by now and had one more."""
        for columns in self._columns.values():
            if len(columns) > count:
                columns.drop_last()

    def settle(self) -> None:
        """Hold as little as possible, where no more will come soon."""
        for columns in self._columns.values():
            columns.settle()
