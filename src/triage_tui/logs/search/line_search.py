"""The lines of a log that hold one of a few texts, out of a scan that reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import NamedTuple

from triage_tui.logs.content.byte_source import BLOCK_BYTES, ByteSource
from triage_tui.logs.content.framing import CLIPPED_BYTES, LINE_BYTES_CAP
from triage_tui.logs.content.read_buffers import read_buffer
from triage_tui.logs.search.byte_search import Finder
from triage_tui.logs.search.scanner import BUFFER_BYTES, THREADS

_SPAN_BYTES = 4 << 20
# To take a line out costs some microseconds: so many are worth it, more are sooner counted by an index.
MOST_LINES, MOST_LINE_BYTES = 50_000, 32 << 20
Lines = dict[int, bytes]


def lines_holding(
    source: ByteSource, needles: Sequence[bytes], cancelled: Event, most_lines: int = MOST_LINES
) -> Mapping[int, bytes] | None:
    """Find the lines that hold one of some texts, none of them empty; each under the byte at which it begins, sorted.

    A line comes without its newline; of one that is too long to be held comes its beginning. None where there are too
    many to be taken out, or the search was cancelled.
    """
    search = _LineSearch(source, needles, cancelled)
    spans = [(start, min(start + _SPAN_BYTES, search.size)) for start in range(0, search.size, _SPAN_BYTES)]
    found: Lines = {}
    held = 0
    with ThreadPoolExecutor(THREADS, "search") as pool:
        for part in pool.map(search.lines_in, spans):
            found |= part
            held += sum(map(len, part.values()))
            if len(found) > most_lines or held > MOST_LINE_BYTES:
                search.given_up = True
    return None if search.given_up or cancelled.is_set() else dict(sorted(found.items()))


class _Search(NamedTuple):
    """A buffer, and what searches it for each of the texts."""

    buffer: bytearray
    finders: list[Finder]


class _LineSearch:
    """Searches spans of one log; several threads may."""

    def __init__(self, source: ByteSource, needles: Sequence[bytes], cancelled: Event) -> None:
        self._source, self._needles, self._cancelled = source, needles, cancelled
        self._overlap = max(map(len, needles)) - 1
        self._searches: list[_Search] = []
        self.size, self.given_up = source.size, False

    def lines_in(self, span: tuple[int, int]) -> Lines:
        """The lines of the matches that begin in a span; nothing once there is no use in it."""
        found: Lines = {}
        search = self._searches.pop() if self._searches else self._new_search()
        buffer = search.buffer
        offset, end = span
        while offset < end and not self.given_up and not self._cancelled.is_set():
            wanted = min(len(buffer), end - offset + self._overlap)
            count = self._source.read_into(memoryview(buffer)[:wanted], offset)
            for finder in search.finders:
                self._take_lines(finder, count, offset, found)
            if count <= self._overlap:
                break
            offset += count - self._overlap
        self._searches.append(search)
        return found

    def _new_search(self) -> _Search:
        buffer = read_buffer(max(BUFFER_BYTES, 2 * self._overlap))
        return _Search(buffer, [Finder(buffer, needle) for needle in self._needles])

    def _take_lines(self, finder: Finder, count: int, offset: int, found: Lines) -> None:
        """Take out the lines of matches in the first ``count`` bytes of a buffer, which begins at ``offset``."""
        at, buffer = finder.first(count), finder.block
        while at >= 0:
            begin, stop = buffer.rfind(b"\n", 0, at) + 1, buffer.find(b"\n", at, count)
            if stop >= 0 and (begin or not offset):
                found[offset + begin] = bytes(buffer[begin:stop])
            else:
                found |= self._line_around(offset + at)
            at = finder.next(stop, count) if stop >= 0 else -1

    def _line_around(self, place: int) -> Lines:
        """The line of a match that goes on beyond the buffer; none where its beginning is too far away to be read."""
        begin = _line_begin(self._source, place)
        if begin is None:
            return {}
        line = self._source.read_at(begin, min(BLOCK_BYTES, self.size - begin))
        if b"\n" not in line:
            line = self._source.read_at(begin, min(LINE_BYTES_CAP + 1, self.size - begin))
        line = line.partition(b"\n")[0]
        return {begin: line if len(line) <= LINE_BYTES_CAP else line[:CLIPPED_BYTES]}


def _line_begin(source: ByteSource, place: int) -> int | None:
    for end in range(place, max(0, place - LINE_BYTES_CAP), -BLOCK_BYTES):
        begin = max(0, end - BLOCK_BYTES)
        newline = source.read_at(begin, end - begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
    return 0 if place <= LINE_BYTES_CAP else None
