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
    """A duration in the units a person would use: "576 ms", "31.2 s", "2 min 35 s", "1 d 3 h", "34 days"."""
    if duration < 1:
        return f"{duration * 1000:.3g} ms"
    if duration < 59.95:  # noqa: PLR2004 - a minute when rounded
        return f"{duration:.3g} s"
    if duration >= 172_800:  # noqa: PLR2004 - two days
        return f"{duration / 86_400:,.0f} days"
    minutes, rest = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    first = next(place for place, (count, _) in enumerate(units) if count)
    return " ".join(f"{count} {unit}" for count, unit in units[first : first + 2] if count)


def one_line(text: str, longest: int = 120) -> str:
    """The start of a message, for a sentence."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def moment(value: object) -> datetime:
    """A cell of a time column as what it is; raises ``TypeError`` for a null."""
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no time")
    return value
