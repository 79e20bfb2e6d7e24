"""Every place of a text in content of any size, without an index: a scan of bytes that parses nothing.

Reads go by pread into one reused buffer for each thread, which is searched there. Both release the interpreter's lock,
so that two threads share the work and the screen stays live.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np
import stringzilla

from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.content.passing import PassingBytes
from triage_tui.logs.content.read_buffers import read_buffer
from triage_tui.logs.search.byte_search import Finder

THREADS = 2
# Half of what the second level of a cache holds: what was read is searched before it is gone from there.
BUFFER_BYTES = 512 << 10
# Where nothing else is done with what is read, threads with less wait for the interpreter's lock more than they search.
_LARGE_BUFFER_BYTES = 2 << 20
_PARALLEL_BYTES = 16 << 20
_SPAN_BYTES = 4 << 20
_SMALL = np.uint8(0x20)
NewFinder = Callable[[bytearray, bytes], "Finder | _CaselessFinder"]
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def offsets_of(source: ByteSource, needle: bytes, begin: int = 0, *, ignore_case: bool = False) -> list[int]:
    """Return the byte offsets from ``begin`` on at which a text occurs, in order, overlapping ones left out.

    ``ignore_case`` folds ASCII letters only. Raises ``ValueError`` for an empty needle.
    """
    if not needle:
        raise ValueError("an empty text is everywhere")
    size, finder = source.size, _CaselessFinder if ignore_case else Finder
    if size - begin < _PARALLEL_BYTES:
        return _scan(Stretch(source, begin, size), needle, finder)
    share = -(-(size - begin) // THREADS)
    shares = [Stretch(source, start, min(start + share, size)) for start in range(begin, size, share)]
    with ThreadPoolExecutor(THREADS) as pool:
        parts = pool.map(lambda one: _scan(one, needle, finder, _LARGE_BUFFER_BYTES), shares)
        return list(chain.from_iterable(parts))


class Stretch(NamedTuple):
    """The bytes of a source from ``begin`` up to ``end``."""

    source: ByteSource
    begin: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.end - self.begin

    def cut(self) -> Iterator[Stretch]:
        """The same in parts that are worth a thread's while, and no more."""
        for begin in range(self.begin, self.end, _SPAN_BYTES):
            yield self._replace(begin=begin, end=min(begin + _SPAN_BYTES, self.end))


def offsets_in(stretches: Iterable[Stretch], needle: bytes) -> Generator[tuple[Stretch, list[int]]]:
    """Find the lines that hold a text, ignoring the case of ASCII letters, one stretch after the other.

    Of the places in one line the first is given, and further ones only where a line is very long. Two threads read
    ahead of who takes the places, and may be left at any time.
    """
    if not needle:
        raise ValueError("an empty text is everywhere")
    ahead, finder = deque[tuple[Stretch, Future[list[int]]]](), partial(_CaselessFinder, once_a_line=True)
    with ThreadPoolExecutor(THREADS, "search") as pool:
        try:
            for one in stretches:
                ahead.append((one, pool.submit(_scan, one, needle, finder)))
                if len(ahead) > 2 * THREADS:
                    yield _taken(ahead)
            while ahead:
                yield _taken(ahead)
        finally:
            pool.shutdown(cancel_futures=True)


def _taken(ahead: deque[tuple[Stretch, Future[list[int]]]]) -> tuple[Stretch, list[int]]:
    stretch, found = ahead.popleft()
    return stretch, found.result()


class Span(NamedTuple):
    """What was found in the bytes from ``begin`` up to ``end``.

    Attributes:
        offsets: where a text begins.
        newlines: how many lines end there.
        last_line: where a line begins behind the last of these ends, None without any.
    """

    begin: int
    end: int
    offsets: list[int]
    newlines: int
    last_line: int | None


def spans_with_lines(source: ByteSource, needles: Sequence[bytes]) -> Iterator[Span]:
    """Find every place of any of some texts, span by span in order, and count the lines in the same go.

    Two threads read ahead of who takes the spans; a compressed source is decompressed meanwhile by who takes them, and
    may raise ``UnreadableInput``.
    """
    ahead, begin = deque[Future[Span]](), 0
    # What passes is in memory: less of it where searching waits for who decompresses anyway.
    most_ahead = THREADS if isinstance(source, PassingBytes) else 2 * THREADS
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            while True:
                if isinstance(source, PassingBytes):
                    source.reach(begin + _SPAN_BYTES + max(map(len, needles)))
                if begin < source.size:
                    end = min(begin + _SPAN_BYTES, source.size)
                    ahead.append(pool.submit(_span, source, needles, begin, end))
                    begin = end
                elif not ahead:
                    return
                if len(ahead) > most_ahead or begin >= source.size:
                    yield ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _span(source: ByteSource, needles: Sequence[bytes], begin: int, end: int) -> Span:
    buffer = read_buffer(max(BUFFER_BYTES, *(2 * len(needle) for needle in needles)))
    finders = [Finder(buffer, needle) for needle in needles]
    overlap = max(map(len, needles)) - 1
    found, newlines, offset, last_line = set[int](), 0, begin, None
    while offset < end:
        wanted = min(len(buffer), end - offset + overlap)
        count = source.read_into(memoryview(buffer)[:wanted], offset)
        own = min(count - overlap if count == len(buffer) else count, end - offset)
        if own <= 0:
            break
        newlines += stringzilla.count(buffer, b"\n", 0, own)
        newline = buffer.rfind(b"\n", 0, own)
        last_line = offset + newline + 1 if newline >= 0 else last_line
        for one in finders:
            found.update(offset + place for place in one.places(min(count, own + len(one.needle) - 1)))
        offset += own
    return Span(begin, end, sorted(found), newlines, last_line)


def is_whole_word(source: ByteSource, offset: int, length: int) -> bool:
    """Tell whether a match stands alone, so that the ID "r-1" is not found in "r-12"."""
    around = source.read_at(max(0, offset - 1), length + 2)
    before = around[:1] if offset else b""
    after = around[length + len(before) :]
    return not (before and before[0] in _WORD) and not (after and after[0] in _WORD)


def _scan(stretch: Stretch, needle: bytes, new_finder: NewFinder, buffer_bytes: int = 0) -> list[int]:
    """Find the matches that begin in a stretch."""
    overlap = len(needle) - 1
    buffer = read_buffer(max(buffer_bytes or BUFFER_BYTES, 2 * len(needle)))
    finder = new_finder(buffer, needle)
    found: list[int] = []
    offset = stretch.begin
    while offset < stretch.end:
        wanted = min(len(buffer), stretch.end - offset + overlap)
        count = stretch.source.read_into(memoryview(buffer)[:wanted], offset)
        if count < len(needle):
            break
        found += [offset + place for place in finder.places(count)]
        offset += count - overlap
    return found


class _CaselessFinder:
    """As ``Finder``, ignoring the case of ASCII letters.

    One bit makes a letter small. It also makes a few other characters alike, so that what is found is looked at again.
    With ``once_a_line``, the rest of a line is passed over.
    """

    def __init__(self, block: bytearray, needle: bytes, *, once_a_line: bool = False) -> None:
        self._once_a_line = once_a_line
        folded = bytearray(len(block))
        self._block, self._needle = block, needle.lower()
        self._bytes, self._folded = np.frombuffer(block, np.uint8), np.frombuffer(folded, np.uint8)
        self._finder = Finder(folded, bytes(byte | int(_SMALL) for byte in needle))

    def places(self, end: int) -> list[int]:
        """The places in the first ``end`` bytes."""
        np.bitwise_or(self._bytes[:end], _SMALL, out=self._folded[:end])
        found, at = list[int](), self._finder.first(end)
        while at >= 0:
            behind = at + 1
            if self._block[at : at + len(self._needle)].lower() == self._needle:
                found.append(at)
                behind = self._behind(at, end)
            at = self._finder.next(behind, end)
        return found

    def _behind(self, at: int, end: int) -> int:
        if not self._once_a_line:
            return at + len(self._needle)
        newline = self._block.find(b"\n", at, end)
        return end if newline < 0 else newline
