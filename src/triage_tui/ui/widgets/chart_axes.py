"""Round numbers and times for the axes, and how values are written beside them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo

_TIME_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600 * hours for hours in (1, 2, 3, 6, 12)),
    *(86400 * days for days in (1, 2, 7, 14, 28)),
)
_MINUTE, _DAY = 60, 86400
_SMALLEST_DRAWN = 1e-300
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SMALL_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
_BYTE_UNITS = {"bytes", "byte", "B"}
_SECOND_SCALES = {"s": 1.0, "seconds": 1.0, "ms": 1e-3, "milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_SHORT_UNITS = {"percent": "%"}


def format_value(value: float, unit: str, *, ascii_only: bool = False) -> str:
    """Write a value with three significant digits, an SI prefix and its unit: "4 s", "120 ms", "1.61 GB", "5 %"."""
    if not math.isfinite(value):
        return "no data"
    if unit in _SECOND_SCALES:
        return _seconds(value * _SECOND_SCALES[unit], ascii_only=ascii_only)
    if unit in _BYTE_UNITS:
        return _prefixed(value, "B")
    if unit == "ratio":
        return f"{_digits(value * 100)} %"
    return _prefixed(value, _SHORT_UNITS.get(unit, unit))


def tick_value(value: float, unit: str, *, ascii_only: bool = False) -> str:
    """Write a value as short as an axis needs it: a unit that is a word is left to the chart's heading."""
    is_word = unit not in _SECOND_SCALES and unit not in _BYTE_UNITS and unit not in {"ratio", "percent"}
    return format_value(value, "" if is_word else unit, ascii_only=ascii_only).replace(" ", "")


def heading_unit(unit: str) -> str:
    """Return the unit where the axis does not carry it."""
    return "" if unit in _SECOND_SCALES or unit in _BYTE_UNITS or unit in {"ratio", "percent"} else unit


def round_top(largest: float) -> float:
    """Return the axis top for values up to ``largest``: the next number of at most two digits."""
    if largest < _SMALLEST_DRAWN:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(
        step * power for step in (1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10) if step * power >= largest * (1 - 1e-9)
    )


def time_ticks(start: float, end: float, most: int) -> list[float]:
    """Return at most ``most`` round times in a span, in seconds since 1970, evenly apart."""
    span = end - start
    step = next((step for step in _TIME_STEPS if span / step <= max(most, 1)), _TIME_STEPS[-1])
    first = math.ceil(start / step)
    return [float(number * step) for number in range(first, math.floor(end / step) + 1)][: max(most + 1, 1)]


def zone_shifted_ticks(start: float, end: float, most: int, zone: tzinfo) -> list[float]:
    """Return round times of a zone: where its offset is 5:30 h, hours are at half past in UTC."""
    offset = datetime.fromtimestamp(start, UTC).astimezone(zone).utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    return [tick - shift for tick in time_ticks(start + shift, end + shift, most)]


def time_label(moment: float, step: float, zone: tzinfo) -> str:
    """Write a tick as HH:MM:SS, HH:MM or MM-DD, as fine as its step needs."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    if step >= _DAY:
        return f"{local:%m-%d}"
    return f"{local:%H:%M:%S}" if step < _MINUTE else f"{local:%H:%M}"


def zone_name(moment: float, zone: tzinfo) -> str:
    """Name the zone as it holds at a moment: "UTC", "+05:30"."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    return "UTC" if not local.utcoffset() else f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:5]


def _seconds(value: float, *, ascii_only: bool) -> str:
    size = abs(value)
    if size == 0 or size >= 1:
        return f"{_digits(value)} s"
    scale, prefix = next(((scale, prefix) for scale, prefix in _SMALL_PREFIXES if size >= scale), _SMALL_PREFIXES[-1])
    prefix = "u" if ascii_only and prefix == "µ" else prefix
    return f"{_digits(value / scale)} {prefix}s"


def _prefixed(value: float, unit: str) -> str:
    scale, prefix = next(((scale, prefix) for scale, prefix in _PREFIXES if abs(value) >= scale), (1.0, ""))
    return f"{_digits(value / scale)} {prefix}{unit}".rstrip()


def _digits(value: float) -> str:
    """Write three significant digits without an exponent and without zeros at the end."""
    size = abs(value)
    decimals = 0 if size >= 100 or size == 0 else 1 if size >= 10 else 2 if size >= 1 else 3  # noqa: PLR2004 - digits
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
