"""The lines of a span of a log, in a buffer that is used again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.content.framing import CLIPPED_BYTES, LINE_BYTES_CAP
from triage_tui.logs.content.read_buffers import read_buffer
from triage_tui.logs.quick.quick_rows import BUFFER_MARGIN
from triage_tui.logs.quick.words import Bytes, Places, places_of

_TAIL_BYTES = 64 << 10
_NEWLINE = ord("\n")
_MOST_HELD_BYTES = 32 << 20


class ChunkLines(NamedTuple):
    """Lines of a log: the buffer they are in, the byte of the log it begins at, and their places in the buffer."""

    data: Bytes
    base: int
    starts: Places
    ends: Places

    def some(self, rows: Places) -> ChunkLines:
        """Some of the lines."""
        return self._replace(starts=self.starts[rows], ends=self.ends[rows])

    def line(self, row: int) -> bytes:
        """The bytes of a line; of one that is too long to hold, its beginning, which is no record of any format."""
        begin, end = int(self.starts[row]), int(self.ends[row])
        return self.data[begin : begin + CLIPPED_BYTES if end - begin > LINE_BYTES_CAP else end].tobytes()


class LineBuffers:
    """Reads lines of logs into buffers that are used again; several threads may.

    What is lent holds until the ``with`` ends.
    """

    def __init__(self) -> None:
        self._free: list[_Buffer] = []

    @contextmanager
    def span(self, source: ByteSource, start: int, stop: int, limit: int) -> Iterator[ChunkLines]:
        """Lend the lines whose first byte is in ``[start, stop)``; nothing is read from ``limit`` on."""
        with self._buffer() as buffer:
            yield buffer.lines(source, start, stop, limit)

    @contextmanager
    def records(self, source: ByteSource, offsets: Places, end: int) -> Iterator[ChunkLines]:
        """Lend the records that begin at these bytes; the last one ends at ``end``."""
        with self._buffer() as buffer:
            yield buffer.records(source, offsets, end)

    def give_back(self) -> None:
        """Free the buffers that are not lent: some megabytes for each thread that has read."""
        self._free.clear()

    @contextmanager
    def _buffer(self) -> Iterator[_Buffer]:
        try:
            buffer = self._free.pop()
        except IndexError:
            buffer = _Buffer()
        try:
            yield buffer
        finally:
            self._free.append(buffer)


def lines_apart(lines: Sequence[bytes]) -> ChunkLines:
    """Lines from anywhere in a log, which come without newlines; their places count one behind each."""
    text = b"".join(part for line in lines for part in (line, b"\n"))
    ends = np.cumsum(np.fromiter(map(len, lines), np.int64, len(lines)) + 1) - 1
    starts = np.append(0, ends[:-1] + 1)
    return ChunkLines(np.frombuffer(text + bytes(BUFFER_MARGIN), np.uint8), 0, starts, ends)


def held_at_once(offsets: Places, end: int) -> Iterator[tuple[int, int, int]]:
    """Parts of records that fit into a buffer: the first, the one after the last, and up to which byte they are read.

    Of a record that alone is too long, the beginning is read.
    """
    ends = np.append(offsets[1:], end)
    first = 0
    while first < len(offsets):
        most = int(offsets[first]) + _MOST_HELD_BYTES
        after = int(np.searchsorted(ends, most, side="right"))
        if after > first:
            yield first, after, int(ends[after - 1])
        else:
            yield first, first + 1, int(offsets[first]) + CLIPPED_BYTES
        first = max(after, first + 1)


class _Buffer:
    def __init__(self) -> None:
        self._held = bytearray()

    def lines(self, source: ByteSource, start: int, stop: int, limit: int) -> ChunkLines:
        base = max(0, start - 1)
        tail = _TAIL_BYTES
        while True:
            end = min(stop + tail, limit)
            got = self._fill(source, base, end)
            data = np.frombuffer(self._held, np.uint8)
            ends = places_of(_NEWLINE, data[:got])
            starts = ends + 1 if start else np.concatenate((np.zeros(1, np.int64), ends + 1))
            starts = starts[: int(np.searchsorted(starts, min(stop, base + got) - base))]
            ends = ends[1:] if start else ends
            if len(ends) >= len(starts) or end >= limit or tail >= LINE_BYTES_CAP:
                break
            tail = LINE_BYTES_CAP
        ends = ends[: len(starts)] if len(ends) >= len(starts) else np.append(ends, got)
        return ChunkLines(data, base, starts, ends)

    def records(self, source: ByteSource, offsets: Places, end: int) -> ChunkLines:
        base = int(offsets[0])
        got = self._fill(source, base, end)
        # Of a log that was truncated since, what is left in the buffer of other records must not be read for these.
        self._held[got : end - base] = bytes(end - base - got)
        starts = offsets - base
        return ChunkLines(np.frombuffer(self._held, np.uint8), base, starts, np.append(starts[1:], end - base))

    def _fill(self, source: ByteSource, base: int, end: int) -> int:
        wanted = end - base
        if len(self._held) < wanted + BUFFER_MARGIN:
            # Bytes that a view is on cannot grow.
            self._held = read_buffer(wanted + BUFFER_MARGIN)
        return source.read_into(memoryview(self._held)[:wanted], base)
