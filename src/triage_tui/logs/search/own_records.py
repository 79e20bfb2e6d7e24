"""The records of one request, out of all that hold its ID: other requests may name it too."""

from __future__ import annotations

import polars as pl

from triage_tui.investigation.id_values import is_same_id, names_id
from triage_tui.logs.records.batches import Batch
from triage_tui.logs.records.record_frame import SCHEMA, FrameBuilder

MOST_RECORDS, MOST_READ = 5_000, 200_000
_JUDGED_AT_ONCE = 1_000


class OwnRecords:
    """Takes records of a log in order, and keeps those that have this correlation ID in one of their fields, or none.

    Attributes:
        read: how many records were taken.
    """

    def __init__(self, builder: FrameBuilder, correlation_id: str) -> None:
        self._builder, self._id = builder, correlation_id
        self._waiting, self._frames = Batch(), [pl.DataFrame(schema=SCHEMA)]
        self._own = self._end = self.read = 0

    @property
    def is_full(self) -> bool:
        """Whether no more are to be taken."""
        return self._own >= MOST_RECORDS or self.read >= MOST_READ

    @property
    def missing(self) -> str:
        """In words what may not have been taken, "" for nothing."""
        if self._own >= MOST_RECORDS:
            return f"only the first {MOST_RECORDS:,} records of the request were read"
        return f"only the first {MOST_READ:,} records that hold this ID were read" if self.is_full else ""

    def has(self, offset: int) -> bool:
        """Whether a byte is in a record that was taken, or before the last one."""
        return offset < self._end

    def add(self, records: Batch) -> None:
        """Take some more."""
        self._waiting.extend(records)
        self.read += len(records)
        if len(records):
            self._end = records.offsets[-1] + records.lengths[-1]
        if len(self._waiting) >= _JUDGED_AT_ONCE:
            self._judge()

    def frame(self) -> pl.DataFrame:
        """The records of the request as a LOGS frame, the first ``MOST_RECORDS``; ``request_id`` is this ID in each.

        It is written as the record has it.
        """
        self._judge()
        return pl.concat(self._frames).head(MOST_RECORDS)

    def _judge(self) -> None:
        if not len(self._waiting):
            return
        is_same = is_same_id(pl.col("request_id"), self._id)
        is_own = is_same.fill_null(value=True) | names_id(self._id)
        as_written = pl.when(is_same).then("request_id").otherwise(pl.lit(self._id))
        own = self._builder.frame(self._waiting).filter(is_own).with_columns(request_id=as_written)
        self._frames.append(own)
        self._own += own.height
        self._waiting = Batch()
