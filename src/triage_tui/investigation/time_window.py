"""A half-open span of time, always UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec


class TimeWindow(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """The half-open span ``[start, end)``; both ends carry UTC.

    Raises ``ValueError`` for naive times and for an empty or reversed span.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a time window needs times with a time zone")
        if self.end <= self.start:
            raise ValueError(f"a time window must end after it starts: {self.start} to {self.end}")

    @property
    def length(self) -> timedelta:
        """How long the window lasts."""
        return self.end - self.start

    def contains(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the half-open span."""
        return self.start <= moment < self.end

    def shifted(self, fraction: float) -> TimeWindow:
        """Move by a fraction of the window's own length; negative moves back."""
        step = self.length * fraction
        return TimeWindow(self.start + step, self.end + step)

    def scaled(self, factor: float, around: datetime | None = None) -> TimeWindow:
        """Widen (factor > 1) or narrow (factor < 1) around a moment, the middle unless given.

        The result is never shorter than one second.
        """
        centre = around if around is not None and self.contains(around) else self.start + self.length / 2
        smallest = timedelta(seconds=1) / self.length
        factor = max(factor, smallest)
        return TimeWindow(centre - (centre - self.start) * factor, centre + (self.end - centre) * factor)

    def covering(self, other: TimeWindow | None) -> TimeWindow:
        """Return the shortest window that holds both."""
        return self if other is None else TimeWindow(min(self.start, other.start), max(self.end, other.end))


def utc_from_epoch(seconds: float) -> datetime:
    """Turn seconds since 1970 into a UTC time."""
    return datetime.fromtimestamp(seconds, UTC)
