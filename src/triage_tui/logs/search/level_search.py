"""Lines whose level is an error, in a log that has the level of each line at one distance from where the line begins.

One look at each line there tells those apart whose level is none: a third of the time that it takes to search all bytes
for each way to write an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import NamedTuple

import numpy as np

from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.freed_memory import return_freed_memory
from triage_tui.logs.index.chunk_lines import ChunkLines, LineBuffers
from triage_tui.logs.quick.words import WORD, words_at, words_of
from triage_tui.logs.search.line_search import MOST_LINE_BYTES, MOST_LINES
from triage_tui.logs.search.scanner import THREADS

_SPAN_BYTES = 2 << 20
_MOST_BEFORE, _LEAST_OF_LEVEL, _FURTHEST, _MOST_TEXTS = 4, 3, 1024, 8
# Where more lines are looked at one by one, a search for each text takes less.
_MOST_ODD = 0.05


class LevelPlace(NamedTuple):
    """Where levels stand, and how those begin that are no errors.

    Attributes:
        distance: bytes from the beginning of a line.
        texts: what stands there, each of one width up to eight bytes: the end of what is before levels, and the
            beginning of one.
    """

    distance: int
    texts: tuple[bytes, ...]


def place_of_levels(before: bytes, distance: int, harmless: Sequence[str], errors: Sequence[str]) -> LevelPlace | None:
    """Tell how to know lines that are no errors by what stands at the level's distance; None where that is not certain.

    ``before`` stands before each level; ``harmless`` are the levels that are no errors, as they are written, and
    ``errors`` how those begin that are.
    """
    kept = min(_MOST_BEFORE, len(before), distance)
    width = min((len(word) for word in harmless), default=0)
    width = min(width, WORD - kept)
    begun = {word[:width] for word in harmless}
    is_certain = kept and width >= _LEAST_OF_LEVEL and len(begun) <= _MOST_TEXTS and distance <= _FURTHEST
    if not is_certain or any(error.startswith(tuple(begun)) for error in errors):
        return None
    return LevelPlace(distance - kept, tuple(sorted(before[-kept:] + word.encode() for word in begun)))


def lines_of_errors(
    source: ByteSource, place: LevelPlace, needles: Sequence[bytes], cancelled: Event
) -> Mapping[int, bytes] | None:
    """Find the lines whose level is not harmless and that hold one of some texts, as ``lines_holding`` does.

    None where there are too many, or too many lines without a level there, or it was cancelled.
    """
    search, size = _LevelSearch(source, place, needles, cancelled), source.size
    found, held = dict[int, bytes](), 0
    with ThreadPoolExecutor(THREADS, "search") as pool:
        for part in pool.map(lambda start: search.lines_in(start, size), range(0, size, _SPAN_BYTES)):
            found |= part
            held += sum(map(len, part.values()))
            if len(found) > MOST_LINES or held > MOST_LINE_BYTES:
                search.given_up = True
    search.buffers.give_back()
    return_freed_memory()
    return None if search.given_up or cancelled.is_set() else found


class _LevelSearch:
    """Searches spans of one log; several threads may."""

    def __init__(self, source: ByteSource, place: LevelPlace, needles: Sequence[bytes], cancelled: Event) -> None:
        self._source, self._needles, self._cancelled = source, needles, cancelled
        self.buffers = LineBuffers()
        self._distance, self._width = place.distance, len(place.texts[0])
        self._texts = [np.uint64(int.from_bytes(text, "little")) for text in place.texts]
        self.given_up = False

    def lines_in(self, start: int, size: int) -> dict[int, bytes]:
        """The lines that begin in a span; nothing once there is no use in it."""
        if self.given_up or self._cancelled.is_set():
            return {}
        stop = min(start + _SPAN_BYTES, size)
        with self.buffers.span(self._source, start, stop, size) as lines:
            return dict(self._errors_among(lines))

    def _errors_among(self, lines: ChunkLines) -> Iterator[tuple[int, bytes]]:
        places = lines.starts + self._distance
        there = words_at(words_of(lines.data), places) & np.uint64((1 << (8 * self._width)) - 1)
        is_harmless = np.logical_or.reduce([there == text for text in self._texts])
        is_harmless &= places + self._width <= lines.ends
        odd = np.flatnonzero(~is_harmless)
        if len(odd) > max(_MOST_ODD * len(places), 1):
            self.given_up = True
            return
        for row in odd.tolist():
            line = lines.line(row)
            if any(needle in line for needle in self._needles):
                yield lines.base + int(lines.starts[row]), line
