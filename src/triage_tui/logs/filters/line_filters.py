"""Filters as people type them: one line of text is one filter, and becomes conditions on records.

=====================  ==========================================================================================
``pool exhausted``     the text, ignoring case; in quotes where it looks like another form
``/pool.*(full|dry)/``  a regular expression; ``/…/i`` ignores case
``level>=warn``        also ``=``, ``!=``, ``>``, ``<``, ``<=``
``status=500``         a field by its own name or its column's; ``!=`` for all others
``status>=500``        a field that is a number; ``>``, ``<``, ``<=`` too, and lengths of time: ``latency>1.5s``
``14:00..14:05``       a span of time; either end may be left out; also ``time>=14:00``
``!…``                 all records that the rest does not meet
``-C3``                three records before and after each match are shown too; also behind another filter
=====================  ==========================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import msgspec

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.filters.conditions import (
    COMPARISONS,
    AnyCondition,
    FieldCompares,
    FieldIs,
    HasLevel,
    HoldsText,
    IsWithin,
    MatchesPattern,
)
from triage_tui.logs.formats.durations import number_of, stated_ms
from triage_tui.logs.formats.levels import LEVELS, level_of

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
MOST_CONTEXT = 99
_CONTEXT = re.compile(r"(?P<filter>(?:.*\S\s+)?)-C\s*(?P<records>\d{1,3})\Z", re.DOTALL)
_PATTERN = re.compile(r"/(.+)/(i?)\Z", re.DOTALL)
_COMPARED = re.compile(r"([A-Za-z_@][\w.@-]*)\s*(>=|<=|!=|=|>|<)\s*(.*)\Z", re.DOTALL)
_ANOTHER = re.compile(r"\s[A-Za-z_@][\w.@-]*\s*[<>=!]")
_SPAN = re.compile(r"([\dT:.Z+-]*?)\.\.([\dT:.Z+-]*)\Z")
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d(\.\d{1,6})?)?Z?\Z")
_MOMENTS: dict[str, Callable[[datetime], tuple[datetime, datetime]]] = {
    ">=": lambda moment: (moment, LATEST), ">": lambda moment: (moment, LATEST),
    "<": lambda moment: (EARLIEST, moment), "<=": lambda moment: (EARLIEST, moment),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineFilters:
    """What several filters say together: every condition is to be met.

    Attributes:
        conditions: what each record must meet.
        context: how many records before and after a match are shown too.
        problems: for each filter that is none, why.
    """

    conditions: tuple[AnyCondition, ...] = ()
    context: int = 0
    problems: tuple[str, ...] = ()


def read_filters(texts: Iterable[str], day: date | None = None) -> LineFilters:
    """Read filters; one that is none becomes a problem and filters nothing.

    ``day`` (UTC) is the day that a time without a date means, today's where None.
    """
    conditions: list[AnyCondition] = []
    context, problems = 0, []
    for text in texts:
        wanted = text.strip()
        if found := _CONTEXT.match(wanted):
            context = max(context, min(int(found["records"]), MOST_CONTEXT))
            wanted = found["filter"]
            if not wanted:
                continue
        try:
            conditions.append(read_filter(wanted, day))
        except ValueError as error:
            problems.append(f"{text}: {error}")
    return LineFilters(tuple(conditions), context, tuple(problems))


def read_filter(text: str, day: date | None = None) -> AnyCondition:
    """Read one filter other than ``-C``; raises ``ValueError`` that says what is wrong with it."""
    text = text.strip()
    if text.startswith("!") and len(text) > 1:
        inner = read_filter(text[1:], day)
        return msgspec.structs.replace(inner, excluded=not inner.excluded)
    if found := _PATTERN.match(text):
        return _pattern(f"(?i){found[1]}" if found[2] else found[1])
    if found := _SPAN.match(text):
        return _within(_ends(found[1], found[2], day))
    if found := _COMPARED.match(text):
        return _compared(found[1], found[2], found[3].strip(), day)
    wanted = _unquoted(text)
    if not wanted:
        raise ValueError("an empty text is everywhere")
    return HoldsText(text=wanted)


def _compared(name: str, sign: str, value: str, day: date | None) -> AnyCondition:
    if not value:
        raise ValueError(f"{name}{sign} needs a value")
    if _ANOTHER.search(value) and _unquoted(value) == value:
        raise ValueError("one condition at a time, Enter and & for the next; a value with blanks in quotes")
    if name.lower() in {"level", "severity"}:
        return _leveled(sign, _unquoted(value))
    if name.lower() == "time":
        if sign not in _MOMENTS:
            raise ValueError("a time is compared with >= or <, or lies in a span such as 14:00..14:05")
        return _within(_MOMENTS[sign](_moment(value, day)))
    if sign in {"=", "!="}:
        return FieldIs(name=name, value=_unquoted(value), excluded=sign == "!=")
    return _sized(name, sign, value)


def _sized(name: str, sign: str, value: str) -> FieldCompares:
    number, length = number_of(value), stated_ms(value)
    bound = number if length is None else length
    if bound is None:
        raise ValueError(f"{value} is no number such as 500 or 1.5s; for the text itself put it in quotes")
    return FieldCompares(name=name, sign=sign, bound=bound, is_duration=length is not None)


def _leveled(sign: str, value: str) -> HasLevel:
    level = level_of(value)
    if level not in LEVELS:
        raise ValueError(f"{value} is no level; they are {', '.join(LEVELS).lower()}")
    rank, compare = LEVELS.index(level), COMPARISONS[sign]
    levels = tuple(one for number, one in enumerate(LEVELS) if compare(number, rank))
    if not levels:
        raise ValueError(f"no level is {sign} {value}")
    return HasLevel(levels=levels)


def _pattern(pattern: str) -> MatchesPattern:
    import polars as pl  # its expressions are those that are searched for

    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        raise ValueError(f"not a regular expression{_reason(str(error))}") from error
    return MatchesPattern(pattern=pattern)


def _reason(error: str) -> str:
    """What is wrong with a pattern, in the words of the library that reads it."""
    found = re.search(r"^error: (.+)$", error, re.MULTILINE)
    return f": {found[1]}" if found else ""


def _ends(start: str, end: str, day: date | None) -> tuple[datetime, datetime]:
    if not start and not end:
        raise ValueError("a span needs a time at one end at least, such as 14:00..")
    return (_moment(start, day) if start else EARLIEST), (_moment(end, day) if end else LATEST)


def _within(ends: tuple[datetime, datetime]) -> IsWithin:
    if ends[1] <= ends[0]:
        raise ValueError("a span must end after it starts")
    return IsWithin(window=TimeWindow(*ends))


def _moment(text: str, day: date | None) -> datetime:
    """Read a clock time of a day, or a date and time; UTC where no offset is said."""
    try:
        if _CLOCK.match(text):
            clock = text.removesuffix("Z")
            at = time.fromisoformat(f"0{clock}" if clock[1] == ":" else clock)
            return datetime.combine(day or datetime.now(UTC).date(), at, UTC)
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no time; write 14:00, 14:00:03 or 2026-11-24T14:00:03Z") from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text
