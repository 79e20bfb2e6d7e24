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
    """A duration in the units a person would use: "576 ms", "73.1 s", "2 min 35 s", "22 h 32 min", "34 days"."""
    if duration < 1:
        return f"{duration * 1000:.3g} ms"
    if duration < 120:  # noqa: PLR2004 - two minutes
        return f"{duration:.3g} s"
    if duration >= 172_800:  # noqa: PLR2004 - two days
        return f"{duration / 86_400:,.0f} days"
    minutes, rest = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def one_line(text: str, longest: int = 120) -> str:
    """The start of a message, for a sentence."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def moment(value: object) -> datetime:
    """A cell of a time column as what it is; raises ``TypeError`` for a null."""
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no time")
    return value
