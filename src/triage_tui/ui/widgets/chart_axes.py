"""Round numbers and times for the axes, and how values are written beside them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo

from triage_tui.investigation.units import format_value, has_short_unit

_TIME_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600 * hours for hours in (1, 2, 3, 6, 12)),
    *(86400 * days for days in (1, 2, 7, 14, 28)),
)
_MINUTE, _DAY = 60, 86400
_SMALLEST_DRAWN = 1e-300


def tick_value(value: float, unit: str, *, ascii_only: bool = False) -> str:
    """Write a value as short as an axis needs it: a unit that is a word is left to the chart's heading."""
    return format_value(value, unit if has_short_unit(unit) else "", ascii_only=ascii_only).replace(" ", "")


def heading_unit(unit: str) -> str:
    """Return the unit where the axis does not carry it."""
    return "" if has_short_unit(unit) else unit


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
