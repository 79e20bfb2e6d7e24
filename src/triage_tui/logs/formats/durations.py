"""Lengths of time as logs write them: ``12.5``, ``1.5s``, ``120ms``, ``1m30s``."""

from __future__ import annotations

import re

_UNIT_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*\Z")
_PART = r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(ns|us|µs|μs|ms|s|m|h)"
_PARTS = re.compile(_PART)
_DURATION = re.compile(rf"\s*(-?)((?:{_PART})+)\s*\Z")


def number_of(value: object) -> float | None:
    """A number, or a text that is one and nothing else; None for all others."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and _NUMBER.match(value) else None


def stated_ms(value: object) -> float | None:
    """The milliseconds of a text that names its unit, as ``1.5s`` and Go's ``1m30s`` do; None for all others."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    length = sum(float(number) * _UNIT_MS[unit] for number, unit in _PARTS.findall(match[2]))
    return -length if match[1] else length


def duration_ms(value: object, unit: float) -> float | None:
    """The milliseconds of a number in ``unit`` milliseconds, or of a text that names its own unit."""
    number = number_of(value)
    return stated_ms(value) if number is None else number * unit
