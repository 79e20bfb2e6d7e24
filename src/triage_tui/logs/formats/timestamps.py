"""A time as logs write it, of any layout."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import numpy.typing as npt

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# Between 1980 and 2200, an epoch's unit is plain from its size.
_UNITS = ((7.3e9, 1e6), (7.3e12, 1e3), (7.3e15, 1.0), (7.3e18, 1e-3))
_EARLIEST = 3.1e8
_NUMBER = re.compile(r"\d{9,20}(\.\d+)?\Z")
_LAYOUTS = (
    "%d/%b/%Y:%H:%M:%S %z",  # Apache and nginx access logs
    "%d/%b/%Y:%H:%M:%S.%f",  # HAProxy
    "%d-%b-%Y %H:%M:%S.%f",  # java.util.logging, Tomcat
    "%d-%b-%Y %H:%M:%S",
    "%b %d, %Y %I:%M:%S %p",  # java.util.logging, first line of two
    "%a %b %d %H:%M:%S.%f %Y",  # Apache error log
    "%a %b %d %H:%M:%S %Y",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M:%S.%f",  # Redis
    "%Y-%m-%d %H:%M:%S.%f %Z",  # PostgreSQL
    "%Y-%m-%d %H:%M:%S %Z",
)
# Names of zones that mean one offset: those of RFC 5322, section 4.3, and of Europe and Japan.
_ZONES = {
    "UTC": "+00:00", "GMT": "+00:00", "Z": "+00:00", "EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00",
    "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00", "WET": "+00:00", "WEST": "+01:00",
    "BST": "+01:00", "CET": "+01:00", "CEST": "+02:00", "EET": "+02:00", "EEST": "+03:00", "MSK": "+03:00",
    "JST": "+09:00",
}  # fmt: skip
_ZONE_NAME = re.compile(r"(?:(?<=\d)|\s+)([A-Z]{3,5}|[Zz])$")
_YEARLESS = ("%Y %b %d %H:%M:%S", "%Y %b %d %H:%M:%S.%f", "%Y %m%d %H:%M:%S.%f")


def read_time(value: object, today: datetime) -> tuple[datetime | None, bool]:
    """Read one time; returns it and whether it carried an offset (a naive time is returned as it stands)."""
    return read_by(TextTimes(today), value)


def read_by(texts: TextTimes, value: object) -> tuple[datetime | None, bool]:
    """Read one of many times as ``read_time`` does."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or value is None:
        return None, True
    if isinstance(value, int | float):
        return _from_epoch(value), True
    if isinstance(value, datetime):
        return value, value.tzinfo is not None
    text = str(value).strip().strip("[]")
    if _NUMBER.match(text):
        return _from_epoch(float(text) if "." in text else int(text)), True
    moment = texts.read(text)
    return moment, moment is not None and moment.tzinfo is not None


def micros_of(moment: datetime) -> int:
    """A time in microseconds since 1970 UTC."""
    return (moment - EPOCH) // MICROSECOND


def micros_of_epochs(
    numbers: npt.NDArray[np.float64] | npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Microseconds since 1970 from seconds, milli-, micro- or nanoseconds, and which of the numbers can be times.

    Whole numbers are read exactly: as floats, nanoseconds of today are 256 apart.
    """
    if numbers.dtype == np.int64:
        limits = [int(limit) for limit, _ in _UNITS]
        known = (numbers >= int(_EARLIEST)) & (numbers < limits[-1])
        scaled = [numbers * 1_000_000, numbers * 1000, numbers, numbers // 1000]
        return np.select([known & (numbers < limit) for limit in limits], scaled, 0), known
    factor = np.select([numbers < limit for limit, _ in _UNITS], [factor for _, factor in _UNITS], np.nan)
    with np.errstate(invalid="ignore"):
        micros = np.round(np.where(numbers >= _EARLIEST, numbers * factor, np.nan))
    known = np.isfinite(micros)
    return np.where(known, micros, 0).astype(np.int64), known


def _from_epoch(number: float) -> datetime | None:
    for limit, factor in _UNITS:
        if _EARLIEST <= number < limit:
            exact = isinstance(number, int) and factor < 1
            return EPOCH + MICROSECOND * (int(number) // 1000 if exact else round(number * factor))
    return None


class TextTimes:
    """Reads times one by one; a log's times are mostly alike, so the way that served last is tried first."""

    def __init__(self, today: datetime) -> None:
        layouts: list[Callable[[str], datetime | None]] = [partial(_by_layout, layout=one) for one in _LAYOUTS]
        yearless = (partial(_without_year, layout=one, today=today) for one in _YEARLESS)
        self._ways: list[Callable[[str], datetime | None]]
        self._ways = [_iso, _nearly_iso, *layouts, *yearless, _from_mail_date]

    def read(self, text: str) -> datetime | None:
        """Read a time; naive where it names no offset, None where it is none."""
        for place, way in enumerate(self._ways):
            moment = way(text)
            if moment is not None:
                self._ways.insert(0, self._ways.pop(place))
                return moment
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _nearly_iso(text: str) -> datetime | None:
    """RFC 3339 with slashes (nginx, Go's log), a space before the offset, or a zone's name for it or behind it (Java).

    A time in a zone of which the name does not tell the offset is naive.
    """
    changed = re.sub(r"^(\d{4})[/.](\d\d)[/.](\d\d)", r"\1-\2-\3", text)
    changed = re.sub(r"(?<=[\dZ])\[[\w/+-]+\]?$", "", changed)
    changed = _ZONE_NAME.sub(lambda name: _ZONES.get(name[1].upper(), ""), changed)
    changed = re.sub(r"\s+([+-]\d\d:?\d\d)$", r"\1", changed)
    try:
        return datetime.fromisoformat(changed)
    except ValueError:
        return None


def _by_layout(text: str, layout: str) -> datetime | None:
    try:
        return datetime.strptime(text, layout)  # noqa: DTZ007 - naive is an answer, the caller knows the zone
    except ValueError:
        return None


def _without_year(text: str, layout: str, today: datetime) -> datetime | None:
    """Take this year (RFC 3164 and klog leave it out), or last year where that would lie in the future."""
    moment = _by_layout(f"{today.year} {text}", layout)
    if moment is None:
        return None
    ahead = moment.replace(tzinfo=UTC) - today > timedelta(days=2)
    return _by_layout(f"{today.year - 1} {text}", layout) if ahead else moment


def _from_mail_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # loads the network's modules, for times that few logs have

    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
