"""Whole lines out of content of any size, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from triage_tui.logs.content.byte_source import BLOCK_BYTES, ByteSource

LINE_BYTES_CAP = 8 << 20
CLIPPED_BYTES = 64 << 10


class LineBlock(NamedTuple):
    """Whole lines; ``length`` is what they take in the content, more than ``data`` holds for a clipped line."""

    offset: int
    first_line: int
    data: bytes
    length: int

    @property
    def is_clipped(self) -> bool:
        """Whether this is the head of one line that is too long to hold."""
        return self.length > len(self.data)


def line_blocks(
    source: ByteSource, offset: int = 0, first_line: int = 1, block_bytes: int = BLOCK_BYTES, *, torn: bool = True
) -> Iterator[LineBlock]:
    """Cut content at line ends; ``torn`` gives the last line although its newline is missing.

    A line beyond ``LINE_BYTES_CAP`` comes alone, clipped to its first ``CLIPPED_BYTES``.
    """
    rest = b""
    while chunk := source.read_at(offset + len(rest), block_bytes):
        data = rest + chunk
        cut = data.rfind(b"\n") + 1
        if cut:
            yield LineBlock(offset, first_line, data[:cut], cut)
            offset, first_line, rest = offset + cut, first_line + data.count(b"\n", 0, cut), data[cut:]
        elif len(data) > LINE_BYTES_CAP:
            end = line_end(source, offset + len(data))
            yield LineBlock(offset, first_line, data[:CLIPPED_BYTES], end - offset)
            offset, first_line, rest = end, first_line + 1, b""
        else:
            rest = data
    if rest and torn:
        yield LineBlock(offset, first_line, rest, len(rest))


def line_end(source: ByteSource, offset: int) -> int:
    """The byte behind the end of the line that holds a byte."""
    while chunk := source.read_at(offset, BLOCK_BYTES):
        found = chunk.find(b"\n")
        if found >= 0:
            return offset + found + 1
        offset += len(chunk)
    return offset


def after_last_newline(source: ByteSource, start: int, size: int) -> int:
    """The byte behind the last newline of what comes after ``start``; ``start`` where there is none."""
    for end in range(size, start, -BLOCK_BYTES):
        begin = max(start, end - BLOCK_BYTES)
        found = source.read_at(begin, end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
    return start
