"""How one log record looks in one line."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import msgspec
from textual.content import Content

from triage_tui.investigation.source import LogLine
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.time_marks import MARK_STYLES, MarkKind

NARROW = 48
ROOM_FOR_FILE = 100
_LEVEL_CELLS = 5
_OFFSET_CELLS = 8
_LONGEST_EXACT_OFFSET = 1000
ERRORS = frozenset({"ERROR", "FATAL", "CRITICAL", "PANIC", "ALERT", "EMERG", "SEVERE", "ERR"})
WARNINGS = frozenset({"WARNING", "WARN"})
_QUIET = {"DEBUG", "TRACE", "FINE", "VERBOSE", "NOTSET"}
_SHORT_LEVELS = {"WARNING": "WARN", "CRITICAL": "CRIT", "INFORMATION": "INFO", "EMERGENCY": "EMERG", "NOTICE": "NOTE"}


class LineLook(msgspec.Struct, frozen=True):
    """What a line shows beside the record itself.

    Attributes:
        zone: in which times are written.
        with_date: whether the date stands before the time.
        origin: where set, each line starts with its offset from here, in seconds.
        search: text to highlight, "" for none.
        mark: the deploy, onset or fix between the line before and this one.
        pinned: whether the line was pinned.
        marked: whether the line was marked.
        file_cells: how wide the name of the record's file is, 0 where all are of one file.
    """

    zone: tzinfo = UTC
    with_date: bool = False
    origin: datetime | None = None
    search: str = ""
    mark: MarkKind | None = None
    pinned: bool = False
    marked: bool = False
    file_cells: int = 0


def is_error(level: str | None) -> bool:
    """Tell whether a level is an error or worse."""
    return (level or "").upper() in ERRORS


def is_warning(level: str | None) -> bool:
    """Tell whether a level is a warning."""
    return (level or "").upper() in WARNINGS


def level_style(level: str | None) -> str:
    """Return the style of a level; an unknown one is not coloured."""
    name = (level or "").upper()
    if is_error(level):
        return "bold $level-error"
    if is_warning(level):
        return "$level-warning"
    if name in _QUIET:
        return "$level-debug"
    return "$level-info" if name else ""


def line_content(line: LogLine, look: LineLook, width: int) -> Content:
    """Draw a record: gutter, offset or time, level in colour and letters, then what it says."""
    narrow = width < NARROW
    # What is blank shares the style of what follows it: each change of style costs up to 40 bytes a row over SSH.
    mark = (str(look.mark), MARK_STYLES[look.mark]) if look.mark else (" ", "$muted")
    pin = ("●", "$pin") if look.pinned else ("m", "$key bold") if look.marked else (" ", "$muted")
    message = SafeText(line.event)
    head: list[tuple[str, str]] = [mark, pin]
    if look.origin is not None:
        head.append((f"{_offset(line, look.origin)} ", "bold"))
    if look.origin is None or not narrow:
        head.append((f"{_time(line, look, narrow=narrow)} ", "$muted"))
    head.append((f"{_level(line.level, narrow=narrow)} ", level_style(line.level)))
    if look.file_cells and width >= ROOM_FOR_FILE:
        head.append((f"{SafeText(line.file).fitted(look.file_cells)} ", "$muted"))
    return Content.assemble(*head, _highlighted(message, look.search, level_style(line.level)))


def unreadable_content(problem: str) -> Content:
    """Draw a record that cannot be read any more."""
    return Content.assemble("  ", ("✗ ", "$missing"), SafeText(problem).content("$missing"))


def _time(line: LogLine, look: LineLook, *, narrow: bool) -> str:
    digits = 8 if narrow else 12
    if line.time is None:
        return "-".ljust(digits + (6 if look.with_date else 0))
    local = line.time.astimezone(look.zone)
    date = f"{local:%m-%d} " if look.with_date else ""
    return f"{date}{local:%H:%M:%S.%f}"[: len(date) + digits]


def _offset(line: LogLine, origin: datetime) -> str:
    if line.time is None:
        return "?".rjust(_OFFSET_CELLS)
    seconds = (line.time - origin).total_seconds()
    exact = abs(seconds) < _LONGEST_EXACT_OFFSET
    return (f"{seconds:+.3f}" if exact else f"{seconds:+.0f}s").rjust(_OFFSET_CELLS)


def _level(level: str | None, *, narrow: bool) -> str:
    name = (level or "").upper()
    shown = SafeText(_SHORT_LEVELS.get(name, name))
    return f"{shown.plain:.1}".ljust(1) if narrow else shown.fitted(_LEVEL_CELLS)


def _highlighted(message: SafeText, search: str, style: str) -> Content:
    """Colour errors and warnings through, and reverse what was searched for, ignoring case."""
    content = message.content(style if "error" in style or "warning" in style else "")
    needle, text = search.casefold(), message.plain.casefold()
    if not needle or len(text) != len(message.plain):
        return content
    start = text.find(needle)
    while start >= 0:
        content = content.stylize("$search-match-foreground on $search-match-background", start, start + len(needle))
        start = text.find(needle, start + len(needle))
    return content
