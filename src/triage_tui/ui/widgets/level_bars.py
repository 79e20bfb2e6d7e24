"""How many records of each level there were over time: bars a cell wide, errors in a row of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.ui.phrases import COUNTING, clock, duration, figure
from triage_tui.ui.screens.layout import BARS_HIGH
from triage_tui.ui.widgets.log_line import is_error, is_warning
from triage_tui.ui.widgets.time_marks import MARK_STYLES, TimeMark

if TYPE_CHECKING:
    from triage_tui.investigation.source import LevelTally

LABEL_CELLS, MOST_CELLS = 5, 12
ERRORS_ONLY = "errors so far, by a search; other levels follow"
_EIGHTHS = "▁▂▃▄▅▆▇█"


class LevelCounts(msgspec.Struct, frozen=True):
    """Records by bucket of time, one bucket a cell.

    Attributes:
        window: the time that the buckets cover, half-open, UTC.
        every: how long a bucket is.
        all, warnings, errors: how many records each bucket has.
        errors_only: whether nothing but errors was counted, and more of them may be there.
    """

    window: TimeWindow
    every: timedelta
    all: tuple[int, ...]
    warnings: tuple[int, ...]
    errors: tuple[int, ...]
    errors_only: bool = False


class BarFacts(msgspec.Struct, frozen=True):
    """What the bars show: the counts, the window of all panes, the time cursor, and the marks."""

    counts: LevelCounts | None = None
    window: TimeWindow | None = None
    cursor: datetime | None = None
    marks: tuple[TimeMark, ...] = msgspec.field(default=())


class Counting(Protocol):
    """Counts records by level in buckets of a width."""

    def __call__(self, every: timedelta, window: TimeWindow | None = None, /) -> LevelTally:
        """Count those in a half-open window."""


def count_levels(counted: Counting, window: TimeWindow, most: int) -> LevelCounts:
    """Count records in at most ``most`` buckets of a round width; runs in a thread."""
    from triage_tui.logs.histogram import bucket_width

    every = bucket_width(window, max(1, most - 1))
    seconds = every.total_seconds()
    first = int(window.start.timestamp() // seconds)
    buckets = min(most, int(-(-window.end.timestamp() // seconds)) - first)
    rows = {"all": [0] * buckets, "warnings": [0] * buckets, "errors": [0] * buckets}
    for start, level, count in counted(every, window).counts():
        place = min(int(start.timestamp() // seconds) - first, buckets - 1)
        rows["all"][place] += count
        if is_error(level) or is_warning(level):
            rows["errors" if is_error(level) else "warnings"][place] += count
    covered = TimeWindow(
        window.start - timedelta(seconds=window.start.timestamp() - first * seconds),
        window.start - timedelta(seconds=window.start.timestamp() - (first + buckets) * seconds),
    )
    return LevelCounts(covered, every, tuple(rows["all"]), tuple(rows["warnings"]), tuple(rows["errors"]))


class LevelBars(Widget):
    """The bars in two rows (all, errors), or in four (all, warnings, errors, and the times below)."""

    DEFAULT_CSS = """
    LevelBars { height: 2; width: 1fr; text-wrap: nowrap; text-overflow: clip; }
    """
    ALLOW_SELECT = False

    class Brushed(Message):
        """A stretch of time was drawn over with the mouse; one bar was clicked where it is as long as that."""

        def __init__(self, window: TimeWindow, *, is_click: bool) -> None:
            super().__init__()
            self.window, self.is_click = window, is_click

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._facts = BarFacts()
        self._pressed_at: int | None = None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to draw over bars."""
        self._pressed_at = event.x
        self.capture_mouse()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Say which stretch of time was drawn over."""
        self.release_mouse()
        pressed, self._pressed_at = self._pressed_at, None
        if pressed is not None and self._facts.counts is not None:
            window = time_under(self._facts.counts, pressed - LABEL_CELLS, event.x - LABEL_CELLS)
            self.post_message(self.Brushed(window, is_click=pressed == event.x))

    def show(self, facts: BarFacts) -> None:
        """Draw other facts; the same again cost nothing."""
        if facts != self._facts:
            self._facts = facts
            self.refresh()

    def render(self) -> Content:
        """Draw the rows that there is room for."""
        if self._facts.counts is None:
            return Content.styled(f" {COUNTING}", "$muted")
        return Content("\n").join(bar_rows(self._facts, self._facts.counts, self.size.height))


def buckets_for(width: int) -> int:
    """How many buckets a widget of so many cells has room for."""
    return max(1, width - LABEL_CELLS - MOST_CELLS)


def time_under(counts: LevelCounts, one: int, other: int) -> TimeWindow:
    """Return the time from one bar to another, both included, in whichever order; beyond the ends are the ends."""
    first, last = sorted(max(0, min(bar, len(counts.all) - 1)) for bar in (one, other))
    start = counts.window.start
    return TimeWindow(start + counts.every * first, start + counts.every * (last + 1))


def bar_rows(facts: BarFacts, counts: LevelCounts, height: int) -> list[Content]:
    """Draw the rows for so many lines; where only errors were counted, words stand in the place of the other levels."""
    others = [("all", counts.all, "$level-info"), ("warn", counts.warnings, "$level-warning")]
    rows = [_bars(*one, facts, counts) for one in others[: 2 if height >= BARS_HIGH else 1]]
    if counts.errors_only:
        rows = [Content.styled(" " * LABEL_CELLS + ERRORS_ONLY, "$muted"), *(Content("") for _ in rows[1:])]
    rows.append(_bars("err", counts.errors, "bold $level-error", facts, counts))
    return [*rows, _axis(facts, counts)] if height >= BARS_HIGH else rows


def _bars(label: str, values: Sequence[int], style: str, facts: BarFacts, counts: LevelCounts) -> Content:
    most = max(values, default=0)
    row = "".join(_glyph(value, most) for value in values)
    inside = _inside(facts.window, counts)
    parts = [
        (f"{label:<{LABEL_CELLS}}", "$muted"), (row[: inside.start], "$muted"),
        (row[inside.start : inside.stop], style), (row[inside.stop :], "$muted"),
        (f" ≤{figure(most)}/{_width(counts)}", "$muted"),
    ]  # fmt: skip
    content = Content.assemble(*(part for part in parts if part[0]))
    place = _place(facts.cursor, counts)
    return content if place is None else content.stylize("reverse", LABEL_CELLS + place, LABEL_CELLS + place + 1)


def _width(counts: LevelCounts) -> str:
    """Say how long a bar is: the most is so many lines in that time."""
    return duration(counts.every.total_seconds()).removesuffix("00m").replace("d0h", "d")


def _glyph(value: int, most: int) -> str:
    return _EIGHTHS[max(0, -(-value * len(_EIGHTHS) // most) - 1)] if value else " "


def _inside(window: TimeWindow | None, counts: LevelCounts) -> range:
    """The buckets that lie in the window of all panes, one at least."""
    if window is None:
        return range(len(counts.all))
    first = int((max(window.start, counts.window.start) - counts.window.start) // counts.every)
    end = -int(-(min(window.end, counts.window.end) - counts.window.start) // counts.every)
    return range(first, max(end, first + 1))


def _place(moment: datetime | None, counts: LevelCounts) -> int | None:
    if moment is None or not counts.window.contains(moment):
        return None
    return min(int((moment - counts.window.start) // counts.every), len(counts.all) - 1)


def _axis(facts: BarFacts, counts: LevelCounts) -> Content:
    """Write the first and the last time, how long a bar is, and the marks where they are."""
    width = len(counts.all)
    start, end, each = (
        clock(counts.window.start),
        clock(counts.window.end),
        f"each {duration(counts.every.total_seconds())}",
    )
    cells = list(start.ljust(width)[:width])
    for text, place in ((each, (width - len(each)) // 2), (end, width - len(end))):
        if place > len(start):
            cells[place : place + len(text)] = text
    content = Content.styled(" " * LABEL_CELLS + "".join(cells), "$muted")
    for mark in facts.marks:
        place_of_mark = _place(mark.at, counts)
        if place_of_mark is not None:
            at = LABEL_CELLS + place_of_mark
            content = content[:at] + Content.styled(str(mark.kind), MARK_STYLES[mark.kind]) + content[at + 1 :]
    return content
