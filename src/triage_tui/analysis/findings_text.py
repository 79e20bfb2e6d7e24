"""How findings write times, rates and shares."""

from __future__ import annotations

from datetime import datetime


def clock(moment: datetime) -> str:
    """A UTC time to the second."""
    return f"{moment:%H:%M:%SZ}"


def rate(per_minute: float) -> str:
    """Errors a minute."""
    return f"{per_minute:.3g}/min"


def ratio(share: float) -> str:
    """A share in percent, with a digit more where it is small."""
    return f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share:.1%}"  # noqa: PLR2004 - one more digit below 10 %


def seconds(duration: float) -> str:
    """A duration in the unit a person would use."""
    if duration < 1:
        return f"{duration * 1000:.3g} ms"
    for largest, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if duration < largest:
            return f"{duration / size:.3g} {unit}"
    return f"{duration / 86_400:,.0f} days"


def one_line(text: str, longest: int = 120) -> str:
    """The start of a message, for a sentence."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def moment(value: object) -> datetime:
    """A cell of a time column as what it is; raises ``TypeError`` for a null."""
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no time")
    return value
