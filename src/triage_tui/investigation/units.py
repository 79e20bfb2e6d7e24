"""Measured values with their units, for the charts, the findings and the reports alike."""

from __future__ import annotations

import math
import re

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SMALL_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
_BYTE_UNITS = {"bytes", "byte", "B"}
_SECOND_SCALES = {"s": 1.0, "seconds": 1.0, "ms": 1e-3, "milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_ENOUGH, _MOST_SHOWN, _MOST_DECIMALS = 2, 3, 9
_SHORT_UNITS = {"percent": "%"}
_UNIT_IN_NAME = re.compile(
    r"_(seconds|milliseconds|ms|bytes|ratio|percent|per_second)(?:_(?:p\d+|avg|average|mean|median|max|min))?$",
    re.IGNORECASE,
)


def format_value(value: float, unit: str = "", *, ascii_only: bool = False) -> str:
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


def from_to(before: float, after: float, unit: str, *, between: str = " → ") -> str:
    """Write two values, with a unit that is a word once: "0 → 3.07 errors/s", "137 ms → 3.9 s"."""
    first = format_value(before, unit if has_short_unit(unit) else "")
    return f"{first}{between}{format_value(after, unit)}"


def has_short_unit(unit: str) -> bool:
    """Tell whether a unit is a sign of a letter or two, which an axis can carry, and no word."""
    return unit in _SECOND_SCALES or unit in _BYTE_UNITS or unit in {"ratio", "percent"}


def unit_of_metric(metric: str) -> str:
    """Return the unit that a name ends in, but for its statistic, as Prometheus names metrics; "" for none."""
    named = _UNIT_IN_NAME.search(metric)
    return "" if named is None else {"per_second": "/s"}.get(named[1].lower(), named[1].lower())


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
    """Write three significant digits without an exponent and without zeros at the end; three decimals if not tiny."""
    size = abs(value)
    exponent = math.floor(math.log10(size)) if size else _ENOUGH
    decimals = min(max(_ENOUGH - exponent, 0), _MOST_DECIMALS if exponent < -_MOST_SHOWN else _MOST_SHOWN)
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
