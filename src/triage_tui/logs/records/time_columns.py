"""Columns of times as logs write them, to microseconds since 1970 UTC.

A time without an offset is read in the zone that the caller assumes, and counted, so that the assumption can be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.logs.formats.timestamps import EPOCH, MICROSECOND, TextTimes, micros_of_epochs, read_by

TIME_DTYPE = pl.Datetime("us", "UTC")


class ReadTimes(NamedTuple):
    """Times of a batch: ``Datetime("us", "UTC")`` with null for the unreadable, and how many carried no offset."""

    times: pl.Series
    without_zone: int


def read_times(values: Sequence[object], assumed_zone: tzinfo = UTC, today: datetime | None = None) -> ReadTimes:
    """Read a batch of times of any layout; ``today`` (UTC) gives the year to layouts that leave it out."""
    kinds = set(map(type, values))
    if kinds == {int} and (whole := _as_int64(values)) is not None:
        return ReadTimes(_from_numbers(whole), 0)
    if kinds and kinds <= {int, float}:
        return ReadTimes(_from_numbers(np.array(values, dtype=np.float64)), 0)
    if kinds == {str}:
        read = _from_uniform_texts(pl.Series(values, dtype=pl.String), assumed_zone)
        if read is not None:
            return read
    return _one_by_one(values, assumed_zone, today or datetime.now(UTC))


def _from_uniform_texts(texts: pl.Series, assumed_zone: tzinfo) -> ReadTimes | None:
    """Read a column whose texts are all RFC 3339, or all naive where UTC is assumed; None where they are neither."""
    zoned = texts.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    if not zoned.null_count():
        return ReadTimes(zoned, 0)
    if zoned.null_count() < len(texts) or assumed_zone is not UTC:
        return None
    plain = texts.str.replace(",", ".", literal=True).str.replace("T", " ", literal=True)
    naive = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    if naive.null_count():
        return None
    return ReadTimes(naive.dt.replace_time_zone("UTC"), len(texts))


def _one_by_one(values: Sequence[object], assumed_zone: tzinfo, today: datetime) -> ReadTimes:
    micros: list[int | None] = []
    without_zone = 0
    texts = TextTimes(today)
    for value in values:
        moment, zoned = read_by(texts, value)
        if moment is not None and not zoned:
            without_zone += 1
            moment = moment.replace(tzinfo=assumed_zone)
        micros.append(None if moment is None else (moment - EPOCH) // MICROSECOND)
    return ReadTimes(pl.Series(micros, dtype=pl.Int64).cast(TIME_DTYPE), without_zone)


def _from_numbers(numbers: npt.NDArray[np.float64] | npt.NDArray[np.int64]) -> pl.Series:
    micros, known = micros_of_epochs(numbers)
    return pl.Series(micros, dtype=pl.Int64).set(pl.Series(~known), None).cast(TIME_DTYPE)


def _as_int64(values: Sequence[object]) -> npt.NDArray[np.int64] | None:
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        return None
