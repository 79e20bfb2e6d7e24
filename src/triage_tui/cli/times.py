"""Points in time as people type them: RFC 3339, ``-90m``, ``90m ago``, ``today 14:00``, ``14:05``, ``now``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# Compiled where they are needed: most runs are told no time.
_DURATION = r"(?:\d+(?:\.\d+)?[smhdw])+"
_PART = r"(\d+(?:\.\d+)?)([smhdw])"
_CLOCK = r"(?:(today|yesterday)\s*)?([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?"


def parse_duration(text: str) -> timedelta:
    """Read ``90m``, ``1h30m`` or ``2d``; raises ``ValueError``."""
    if not re.fullmatch(_DURATION, text):
        raise ValueError(f"{text!r} is no duration; write 90m, 1h30m or 2d")
    return timedelta(seconds=sum(float(count) * _UNITS[unit] for count, unit in re.findall(_PART, text)))


def parse_time(text: str, now: datetime, zone: tzinfo = UTC) -> datetime:
    """Read a point in time, as UTC; a time without a zone is in ``zone``. Raises ``ValueError``."""
    wanted = text.strip().lower()
    if wanted == "now":
        return now
    relative = wanted.removeprefix("-").removesuffix("ago").strip()
    if re.fullmatch(_DURATION, relative):
        return now - parse_duration(relative)
    clock = re.fullmatch(_CLOCK, wanted)
    if clock is not None:
        return _on_day(clock, now.astimezone(zone))
    if wanted in {"today", "yesterday"}:
        return _midnight(now.astimezone(zone), wanted)
    return _absolute(text.strip(), zone)


def _midnight(local_now: datetime, day: str | None) -> datetime:
    midnight = local_now.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - timedelta(days=1 if day == "yesterday" else 0)).astimezone(UTC)


def _on_day(clock: re.Match[str], local_now: datetime) -> datetime:
    hours, minutes, seconds = int(clock[2]), int(clock[3]), int(clock[4] or 0)
    since_midnight = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return _midnight(local_now, clock[1]) + since_midnight


def _absolute(text: str, zone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write 2026-11-24T14:00:00Z, -90m, 90m ago or today 14:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
