"""The errors of a log before it is indexed: what a search for error levels, written as this log writes levels, finds.

Lines from all over the log are read first. Only where each of them has its level behind a text that can be searched for
is the search worth anything, and then what it finds are errors for certain, for every line that it finds is read as the
index reads it. Lines of another form, which none of those read is of, are not found: there are at least so many errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import NamedTuple

import numpy as np

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.formats.levels import ERROR_LEVELS, LEVELS, error_spellings
from triage_tui.logs.formats.timestamps import EPOCH, MICROSECOND
from triage_tui.logs.histogram import LevelTally
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.index.chunk_reader import Chunk, ChunkReader
from triage_tui.logs.index.index_rows import LEVEL_BITS, NO_TIME, level_code
from triage_tui.logs.quick.layouts import Layout
from triage_tui.logs.search.level_search import LevelPlace, lines_of_errors, place_of_levels
from triage_tui.logs.search.line_search import lines_holding

_PROBES, _PROBE_BYTES = 32, 16 << 10
# Where more lines are errors, there are too many to take each out by itself.
_MOST_ERRORS = 0.02
_SHORTEST_NEEDLE, _MOST_NEEDLES, _MOST_STEM = 5, 16, 8
_KEY = re.compile(rb'(?:"[^"]*"\s*:\s*|[^\s=]+=)"?\Z')
_ERROR_CODES = tuple(LEVELS.index(level) + 1 for level in ERROR_LEVELS)


@dataclass(frozen=True, slots=True, eq=False)
class FoundErrors:
    """Errors of one log or several: at least these are there.

    Attributes:
        order: their times in microseconds since 1970 UTC.
        flags: their levels, as in an index.
        first, last: the least and the greatest time of all records that were read, in the same unit.
    """

    order: Numbers
    flags: Numbers
    first: int
    last: int

    @property
    def span(self) -> TimeWindow:
        """From the first time to a second after the last."""
        return TimeWindow(EPOCH + self.first * MICROSECOND, EPOCH + self.last * MICROSECOND + timedelta(seconds=1))

    def level_counts(self, every: timedelta, window: TimeWindow | None = None) -> LevelTally:
        """Count them by bucket and level, within a half-open window."""
        tally = LevelTally(every, window)
        tally.add_rows(self.order, self.flags)
        return tally


class _Probed(NamedTuple):
    """Lines from all over a log, and the rows of those that are records."""

    lines: Sequence[bytes]
    rows: Chunk

    def records(self) -> Iterator[tuple[bytes, int]]:
        """Each line that is a record, with the code of its level."""
        ends = np.cumsum([len(line) + 1 for line in self.lines])
        places = np.searchsorted(ends, self.rows.timed["offset"], side="right").tolist()
        for place, flags in zip(places, self.rows.timed["flags"].tolist(), strict=True):
            yield self.lines[place], flags & LEVEL_BITS


class _Levels(NamedTuple):
    """The words for levels behind each stem, where they stand in their lines, and the lines with that of an error."""

    words: dict[bytes, set[str]]
    places: set[int]
    errors: list[bytes]


class _Search(NamedTuple):
    """What to search for, nothing where that would not find all errors, and where they stand if that is one place."""

    needles: tuple[bytes, ...] = ()
    place: LevelPlace | None = None


def find_errors(source: ByteSource, chunks: ChunkReader, cancelled: Event) -> FoundErrors | None:
    """Search a log for its errors; None where that would not find them, or takes too long, or was cancelled."""
    probed = _probed(source, chunks) if chunks.is_quick else None
    search = _search_for(probed, chunks.layouts) if probed is not None else _Search()
    if probed is None or not search.needles:
        return None
    lines = _lines_found(source, search, cancelled)
    if lines is None:
        return None
    timed = [probed.rows.timed]
    if lines:
        timed.append(chunks.read_apart(tuple(lines.values()), follows_one=_follows_one(source, min(lines))).timed)
    return _found(*timed)


def _lines_found(source: ByteSource, search: _Search, cancelled: Event) -> Mapping[int, bytes] | None:
    """Take out the lines that hold an error, by the place of their levels where that is one."""
    needles, place = search
    lines = lines_of_errors(source, place, needles, cancelled) if place is not None else None
    return lines_holding(source, needles, cancelled) if lines is None else lines


def together(parts: Sequence[FoundErrors]) -> FoundErrors:
    """The errors of several logs, one at least."""
    return FoundErrors(
        np.concatenate([part.order for part in parts]),
        np.concatenate([part.flags for part in parts]),
        min(part.first for part in parts),
        max(part.last for part in parts),
    )


def _found(probed: dict[str, Numbers], matched: dict[str, Numbers] | None = None) -> FoundErrors | None:
    matched = matched or {name: numbers[:0] for name, numbers in probed.items()}
    known = np.concatenate([one["order"][(one["flags"] & NO_TIME) == 0] for one in (probed, matched)])
    if not len(known):
        return None
    errors = np.logical_or.reduce([matched["flags"] & LEVEL_BITS == code for code in _ERROR_CODES])
    return FoundErrors(matched["order"][errors], matched["flags"][errors], int(known.min()), int(known.max()))


def _probed(source: ByteSource, chunks: ChunkReader) -> _Probed | None:
    """Read lines at even distances from the first to the last one; None where a place has no whole line."""
    size, lines = source.size, list[bytes]()
    if size <= _PROBES * _PROBE_BYTES:
        lines += source.read_at(0, size).removesuffix(b"\n").split(b"\n")
    else:
        for place in np.linspace(0, size - _PROBE_BYTES, _PROBES, dtype=np.int64).tolist():
            whole = _whole_lines(source.read_at(place, _PROBE_BYTES), place, size)
            if not whole:
                return None
            lines += whole
    return _Probed(lines, chunks.read_apart(lines, follows_one=False))


def _whole_lines(data: bytes, place: int, size: int) -> list[bytes]:
    lines = data.removesuffix(b"\n").split(b"\n")
    is_last, ends_whole = place + len(data) >= size, data.endswith(b"\n")
    return lines[1 if place else 0 : None if is_last or ends_whole else -1]


def _search_for(probed: _Probed, layouts: Sequence[Layout]) -> _Search:
    """What to search for; nothing where errors of the lines that were read would not all be found by few searches."""
    if any(layout.by_status for layout in layouts):
        return _Search()
    stems = sorted({_before_level(layout) for layout in layouts if "level" in layout.columns})
    levels = _levels_behind(stems, probed)
    if levels is None or len(levels.errors) > _MOST_ERRORS * len(probed.lines):
        return _Search()
    # Where a form is that of few lines, its levels are taken to be written as in the others.
    words = {stem: levels.words[stem] or set().union(*levels.words.values()) for stem in stems}
    needles = tuple(stem + spelling.encode() for stem in stems for spelling in error_spellings(words[stem]))
    are_fit = len(needles) <= _MOST_NEEDLES and all(len(needle) >= _SHORTEST_NEEDLE for needle in needles)
    are_found = all(any(needle in line for needle in needles) for line in levels.errors)
    return _Search(needles, _place_of(levels)) if are_fit and are_found else _Search()


def _place_of(levels: _Levels) -> LevelPlace | None:
    """The one place at which all lines that were read have their level, if there is one."""
    if len(levels.words) != 1 or len(levels.places) != 1:
        return None
    ((stem, words),), (place,) = levels.words.items(), levels.places
    harmless = [word for word in words if level_code(word) not in _ERROR_CODES]
    return place_of_levels(stem, place, harmless, error_spellings(words))


def _levels_behind(stems: Sequence[bytes], probed: _Probed) -> _Levels | None:
    """Read the levels where the stems stand; None where that of a record is elsewhere."""
    level = re.compile(b"|".join(map(_pattern_behind, stems)))
    seen = _Levels({stem: set() for stem in stems}, set(), [])
    for line, code in probed.records():
        if not code:
            continue
        found = ((one.lastindex or 0, one[one.lastindex or 0].decode("ascii"), one) for one in level.finditer(line))
        number, word, at = next((one for one in found if level_code(one[1]) == code), (0, "", None))
        if at is None:
            return None
        seen.words[stems[number - 1]].add(word)
        seen.places.add(at.start(number))
        seen.errors.extend([line] if code in _ERROR_CODES else [])
    return seen


def _before_level(layout: Layout) -> bytes:
    """What stands before each level of a layout: its key, or the bytes before the word."""
    literal = layout.steps[layout.columns["level"]].literal
    key = _KEY.search(literal)
    return key[0] if key else literal[-_MOST_STEM:]


def _pattern_behind(stem: bytes) -> bytes:
    """A level behind its stem, a number only where that is a key: of a date there are numbers everywhere."""
    return re.escape(stem) + (b"([A-Za-z]+|[0-9]+)" if _KEY.search(stem) else b"([A-Za-z]+)")


def _follows_one(source: ByteSource, begin: int) -> bool:
    """Whether there is a record before a line."""
    return bool(source.read_at(0, min(begin, _PROBE_BYTES)).strip())
