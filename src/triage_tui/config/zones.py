"""Time zones by their names."""

from __future__ import annotations

from datetime import UTC, tzinfo


def parse_zone(name: str) -> tzinfo:
    """Return a time zone by its IANA name; raises ``ValueError``."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write UTC or Europe/Berlin") from None
