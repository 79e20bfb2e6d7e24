"""Where the records of a time are in a log that has no index and is in order."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from triage_tui.logs.formats.fields import plan_for
from triage_tui.logs.formats.line_formats import Fields
from triage_tui.logs.formats.timestamps import TextTimes, read_by
from triage_tui.logs.search.record_places import RecordPlaces

MARK_BYTES = 8 << 20
_READ_AT_FIRST, _NEAR_BYTES = 8 << 10, 64 << 10


class TimePlaces:
    """Finds places by their time: first among marks that are ``MARK_BYTES`` apart, then between two of them.

    Times are aware; ``zone`` is that of times without an offset, ``today`` (UTC) gives the year to those without one.
    """

    def __init__(self, records: RecordPlaces, zone: tzinfo = UTC, today: datetime | None = None) -> None:
        self.records, self._zone = records, zone
        self._texts = TextTimes(today or datetime.now(UTC))
        self._marks: dict[int, datetime | None] = {}
        self._ends: tuple[datetime | None, datetime | None] | None = None

    def note_marks(self, begin: int, end: int) -> None:
        """Remember the times of the marks between two bytes, whose text is at hand now."""
        for mark in range(-(-begin // MARK_BYTES) * MARK_BYTES, end, MARK_BYTES):
            self._marks[mark] = self.time_near(mark)

    def ends(self) -> tuple[datetime | None, datetime | None]:
        """The first and the last time, None where none is near; they are remembered."""
        if self._ends is None:
            size = self.records.reader.source.size
            latest = deque(self._moments(self.records.line_begin(max(0, size - _NEAR_BYTES)), size), maxlen=1)
            self._ends = self.time_near(0), latest[0] if latest else None
        return self._ends

    def has(self, moment: datetime) -> bool:
        """Whether a time is between the first and the last one, where these are known."""
        first, last = self.ends()
        return (first is None or first <= moment) and (last is None or moment <= last)

    def nearest_to(self, moment: datetime) -> int:
        """A byte near the records of a time, as far as the log is in order."""

        def is_reached(offset: int) -> bool:
            at = self.time_near(offset)
            return at is None or at >= moment

        size = self.records.reader.source.size
        mark = bisect_left(range(0, size, MARK_BYTES), True, key=is_reached)
        low, high = MARK_BYTES * max(0, mark - 1), min(MARK_BYTES * mark, size)
        while high - low > _NEAR_BYTES:
            middle = (low + high) // 2
            low, high = (low, middle) if is_reached(middle) else (middle, high)
        return low

    def time_near(self, offset: int) -> datetime | None:
        """The first time in the lines from the one that holds a byte on; None where none is near."""
        if offset in self._marks:
            return self._marks[offset]
        # Where its record begins does not matter, and in a log of few records would be far to look for.
        begin = self.records.line_begin(offset)
        tries = (next(self._moments(begin, begin + size), None) for size in (_READ_AT_FIRST, _NEAR_BYTES))
        return next((moment for moment in tries if moment is not None), None)

    def _moments(self, begin: int, end: int) -> Iterator[datetime]:
        """The times that are known of the records between two bytes."""
        for batch in self.records.reader.batches(begin, end):
            yield from self._known_of(batch.fields)

    def _known_of(self, rows: Iterable[Fields]) -> Iterator[datetime]:
        for fields in rows:
            key = plan_for(tuple(fields)).columns.get("time")
            moment, zoned = read_by(self._texts, fields.get(key)) if key is not None else (None, True)
            if moment is not None:
                yield moment if zoned else moment.replace(tzinfo=self._zone)
