"""Figures and times in the words of the screen, and text folded to its columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from triage_tui.investigation.events import captures_of
from triage_tui.investigation.findings import ClockOffset
from triage_tui.investigation.state import Investigation
from triage_tui.ui.safe_text import SafeText

_MINUTE, _HOUR, _DAY = 60, 3600, 86400

COUNTING = "counting…"


def words(text: str, style: str = "") -> Content:
    """Return text from outside as safe content; ``style`` may name theme variables."""
    return SafeText(text).content(style)


def folded(text: str, width: int, *, indent: int = 0, hanging: int | None = None, style: str = "") -> list[Content]:
    """Fold text at blanks into lines of so many columns, ``hanging`` being the indent from the second line on."""
    first, rest = " " * indent, " " * (indent if hanging is None else hanging)
    lines = textwrap.wrap(
        SafeText(text).plain, max(width, 12), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    return [Content.styled(line, style) for line in lines]


def clock(moment: datetime) -> str:
    """Write a UTC time to the second: 14:00:03Z."""
    return f"{moment:%H:%M:%SZ}"


def stamp(moment: datetime, beside: datetime | None) -> str:
    """Write a UTC time to the second, with its date where that is another day than ``beside``'s."""
    same_day = beside is None or beside.date() == moment.date()
    return clock(moment) if same_day else f"{moment:%m-%d} {clock(moment)}"


def span(earliest: datetime, latest: datetime) -> str:
    """Write an interval as its middle and half its length: 14:00:03Z ±4s."""
    half = (latest - earliest) / 2
    margin = f" ±{duration(half.total_seconds())}" if half.total_seconds() >= 1 else ""
    return clock(earliest + half) + margin


def duration(seconds: float) -> str:
    """Write seconds as people say them: 12ms, 4s, 6m, 1h32m, 3d4h; below ten seconds with a digit behind the point."""
    size = abs(seconds)
    if 0 < size < 1:
        return f"{size * 1000:.0f}ms"
    if size < _MINUTE:
        return f"{size:.0f}s" if size >= 10 or size == round(size) else f"{size:.1f}s"  # noqa: PLR2004 - see above
    if size < _HOUR:
        return f"{size // _MINUTE:.0f}m" + (
            f"{size % _MINUTE:.0f}s" if size < 10 * _MINUTE and size % _MINUTE >= 1 else ""
        )
    if size < _DAY:
        return f"{size // _HOUR:.0f}h{size % _HOUR // _MINUTE:02.0f}m"
    return f"{size // _DAY:.0f}d{size % _DAY // _HOUR:.0f}h"


def figure(value: float) -> str:
    """Write a number with at most four significant digits, thousands by their letter: 20, 0.034, 12.5 k, 1.6 G."""
    for letter, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= 10 * size or (abs(value) >= size and letter != "k"):
            return f"{value / size:.4g} {letter}"
    return f"{value:.4g}"


def pipe_words(investigation: Investigation) -> str:
    """Say, on a line of its own, what becomes of logs that came through a pipe; "" where none did."""
    if not investigation.inputs.has_pipe:
        return ""
    captures = captures_of(investigation.decisions)
    where = f"is in the capture {captures[-1]}" if captures else "is gone: pipe it again, or capture it (X) next time"
    return f"\nThe text that came through a pipe {where}"


def clock_note(found: Sequence[ClockOffset]) -> str:
    """Say in a few words which clock differs most, and how many others do."""
    worst = found[0]
    more = f", {len(found) - 1} more" if len(found) > 1 else ""
    return f"clock of {worst.host} {worst.offset_s:+.3g} s to {worst.against} (n={worst.n}){more}"
