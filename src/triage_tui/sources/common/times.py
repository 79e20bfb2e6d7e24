"""Times as files write them: RFC 3339, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_LARGEST_SECONDS = 1e11
"""The year 5138 in seconds, and March 1973 in milliseconds: larger numbers count in a smaller unit."""

_NANOSECONDS = 1e9
_GO_ZERO_YEAR = 1
_MICROSECONDS = 1_000_000


def units_per_second(largest: float) -> float:
    """Tell seconds (1), milliseconds, microseconds or nanoseconds from the size of the largest time."""
    unit = 1.0
    while abs(largest) / unit >= _LARGEST_SECONDS and unit < _NANOSECONDS:
        unit *= 1000
    return unit


def parsed_time(value: object) -> datetime | None:
    """Read one time; None where it is none. A time without a zone is taken as UTC, Go's zero time is None."""
    number = _as_number(value)
    try:
        if number is not None:
            return datetime.fromtimestamp(number / units_per_second(number), UTC)
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return None if moment is None or moment.year == _GO_ZERO_YEAR else _as_utc(moment)


def mail_time(text: str) -> datetime | None:
    """Read a time of a mail, an HTTP header or RSS (RFC 5322, 3.3); None where it is none, UTC where it has no zone."""
    from email.utils import parsedate_to_datetime  # not before the first frame

    try:
        return _as_utc(parsedate_to_datetime(text))
    except (TypeError, ValueError, OverflowError):
        return None


def _as_utc(moment: datetime) -> datetime | None:
    """Return a time in UTC, which one without a zone is in already; None beyond what a calendar has."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _as_number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def time_series(column: pl.Series) -> pl.Series:
    """Turn a column of times of any dtype into ``Datetime("us", "UTC")``; what is no time becomes null."""
    import polars as pl

    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        return _from_datetimes(column)
    if column.dtype.is_numeric():
        return _from_numbers(column)
    text = column.cast(pl.String).str.strip_chars()
    numbers = text.cast(pl.Float64, strict=False)
    if numbers.null_count() == text.null_count():
        return _from_numbers(numbers)
    known = {value: parsed_time(value) for value in text.unique().drop_nulls()}
    return text.replace_strict(known, default=None, return_dtype=pl.Datetime("us", "UTC"))


def _from_datetimes(column: pl.Series) -> pl.Series:
    import polars as pl

    zoned = column.cast(pl.Datetime("us", getattr(column.dtype, "time_zone", None)))
    if zoned.dtype == pl.Datetime("us", None):
        return zoned.dt.replace_time_zone("UTC")
    return zoned.dt.convert_time_zone("UTC")


def _from_numbers(column: pl.Series) -> pl.Series:
    import polars as pl

    numbers = column.cast(pl.Float64).fill_nan(None)
    largest = numbers.abs().max()
    unit = units_per_second(largest) if isinstance(largest, float) else 1.0
    microseconds = (numbers * (_MICROSECONDS / unit)).round()
    return microseconds.cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC"))
