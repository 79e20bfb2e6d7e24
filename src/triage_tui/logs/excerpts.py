"""Which records are read whole where there are too many for all: those around the time when errors rise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.formats.continuation import RECORD_BYTES_CAP
from triage_tui.logs.formats.levels import ERROR_LEVELS
from triage_tui.logs.formats.timestamps import EPOCH, MICROSECOND
from triage_tui.logs.histogram import LevelTally, bucket_width
from triage_tui.logs.index.file_rows import FileRows

_MOST_BUCKETS = 240
# Of errors that come evenly, fewer than one sequence in a thousand strays so far from its mean.
_FARTHEST_BY_CHANCE = 2.0


class Excerpt(NamedTuple):
    """The rows of one log from ``start`` up to before ``stop``."""

    log: int
    start: int
    stop: int


class Excerpts(NamedTuple):
    """What is read of several logs.

    Attributes:
        parts: a part of each log that has records in the window.
        kept, found: how many records these are, and how many the window has.
        rise: when errors rise, UTC, around which the records were chosen; None where they are the latest, or all.
    """

    parts: tuple[Excerpt, ...]
    kept: int
    found: int
    rise: datetime | None


def excerpts_of(
    logs: Sequence[FileRows], window: TimeWindow | None, most_bytes: int, *, at_rise: bool = True
) -> Excerpts:
    """Choose the records of a half-open window, or of all time, whose text takes at most so many bytes over all logs.

    Where there are more, they are those around the rise of errors if there is one and it is wanted, else the latest;
    each log has the same share.
    """
    inside = [Excerpt(number, *log.rows_within(window)) for number, log in enumerate(logs)]
    inside = [one for one in inside if one.start < one.stop]
    found = sum(one.stop - one.start for one in inside)
    if sum(logs[one.log].bytes_between(one.start, one.stop) for one in inside) <= most_bytes:
        return Excerpts(tuple(inside), found, found, None)
    rise, share = rise_of_errors(logs, window) if at_rise else None, most_bytes // len(inside)
    parts = tuple(_around(logs[one.log], one, rise, share) for one in inside)
    return Excerpts(parts, sum(one.stop - one.start for one in parts), found, rise)


def rise_of_errors(logs: Sequence[FileRows], window: TimeWindow | None) -> datetime | None:
    """When the share of errors becomes greater than before; None where it stays the same, or there are none.

    It is where the sum of their distances from the mean share is least (the cumulative sum chart; Page, "Continuous
    inspection schemes", Biometrika 41, 1954).
    """
    window = window or span_of(logs)
    if window is None:
        return None
    every = bucket_width(window, _MOST_BUCKETS)
    tally = LevelTally(every, window)
    for log in logs:
        tally.add_all(log.timed)
    first = _bucket(window.start, every)
    errors, records = np.zeros((2, _bucket(window.end, every) - first + 1))
    for start, level, count in tally.counts():
        place = _bucket(start, every) - first
        records[place] += count
        errors[place] += count if level in ERROR_LEVELS else 0
    share = errors.sum() / max(1.0, records.sum())
    distance = np.cumsum(errors - share * records)
    lowest = int(np.argmin(distance))
    if -distance[lowest] <= _FARTHEST_BY_CHANCE * np.sqrt(errors.sum() * (1 - share)):
        return None
    return EPOCH + (first + lowest + 1) * every


def span_of(logs: Sequence[FileRows]) -> TimeWindow | None:
    """From the first time to a second after the last; None where no record has one."""
    ends = [ends for log in logs if (ends := log.times()) is not None]
    if not ends:
        return None
    first, last = (
        EPOCH + micros * MICROSECOND for micros in (min(end[0] for end in ends), max(end[1] for end in ends))
    )
    return TimeWindow(first, last + timedelta(seconds=1))


def _bucket(moment: datetime, every: timedelta) -> int:
    return (moment - EPOCH) // every


def _around(log: FileRows, whole: Excerpt, rise: datetime | None, most_bytes: int) -> Excerpt:
    """The rows around a time, as many bytes before as behind it, or the last ones."""
    begin, end = log.timed.at("offset", whole.start), log.byte_after(whole.stop - 1)
    place = end if rise is None else log.timed.at("offset", _row_at(log, rise, whole))
    first = max(begin, min(place - most_bytes // 2, end - most_bytes))
    start = max(whole.start, log.timed.position("offset", first))
    stop = max(start, min(whole.stop, log.timed.position("offset", first + most_bytes)))
    return _widened(log, whole, whole._replace(start=start, stop=stop), most_bytes)


def _widened(log: FileRows, whole: Excerpt, part: Excerpt, most_bytes: int) -> Excerpt:
    """Take in more where a record that is too long to be held, of which the beginning is read, has used up the room."""
    start, stop = part.start, part.stop
    while (left := most_bytes - _held(log, start, stop)) > RECORD_BYTES_CAP:
        if start > whole.start:
            reached = log.timed.position("offset", log.timed.at("offset", start) - left)
            start = max(whole.start, min(start - 1, reached))
        elif stop < whole.stop:
            reached = log.timed.position("offset", log.byte_after(stop - 1) + left)
            stop = min(whole.stop, max(stop + 1, reached))
        else:
            break
    return part._replace(start=start, stop=stop)


def _held(log: FileRows, start: int, stop: int) -> int:
    """The bytes that are read of some rows."""
    if start >= stop:
        return 0
    lengths = np.diff(log.timed.read("offset", start, stop), append=log.byte_after(stop - 1))
    return int(np.minimum(lengths, RECORD_BYTES_CAP).sum())


def _row_at(log: FileRows, moment: datetime, whole: Excerpt) -> int:
    start, _ = log.rows_within(TimeWindow(moment, moment + timedelta(days=36500)))
    return min(max(start, whole.start), whole.stop - 1)
