"""Times of the layouts that most logs have, read one by one with the standard library alone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

# An epoch's unit is plain from its size, between 1980 and 2200.
_EARLIEST, _UNITS = 3.1e8, ((7.3e9, 1.0), (7.3e12, 1e3), (7.3e15, 1e6), (7.3e18, 1e9))
_LAYOUTS = ("%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%d %H:%M:%S.%f %Z", "%Y-%m-%d %H:%M:%S %Z", "%d %b %Y %H:%M:%S.%f")


def moment_of(value: object, assumed_zone: tzinfo = UTC) -> datetime | None:
    """Read a time as UTC; None for other layouts, which take more to read."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(float(value))
    text = str(value or "").strip().strip("[]")
    moment = _from_iso(text) or next(filter(None, (_by_layout(text, layout) for layout in _LAYOUTS)), None)
    if moment is None:
        return _from_epoch(float(text)) if text.replace(".", "", 1).isdecimal() and text.isascii() else None
    return (moment if moment.tzinfo else moment.replace(tzinfo=assumed_zone)).astimezone(UTC)


def _from_iso(text: str) -> datetime | None:
    if text.isdecimal():
        return None
    for one in (text, text.replace("/", "-").replace(" UTC", "+00:00").replace(" +", "+")):
        try:
            return datetime.fromisoformat(one)
        except ValueError:
            continue
    return None


def _by_layout(text: str, layout: str) -> datetime | None:
    if not text[:1].isdecimal():
        return None
    try:
        return datetime.strptime(text, layout)  # noqa: DTZ007 - the caller knows the zone
    except ValueError:
        return None


def _from_epoch(number: float) -> datetime | None:
    for limit, a_second in _UNITS:
        if _EARLIEST <= number < limit:
            return datetime.fromtimestamp(number / a_second, UTC)
    return None
