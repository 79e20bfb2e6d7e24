"""A compressed log as bytes that can be read from any position while only a part of its text is in memory.

It is for who goes through a log once and then looks at few places: the text passes, nothing is written anywhere, and
what has passed is decompressed again, from the beginning, when it is asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from threading import Lock

from triage_tui.logs.content.byte_source import BLOCK_BYTES, ByteSource
from triage_tui.logs.content.unpacking import Unpacking, refuse_unreadable

# A scan is some 13 MiB ahead of the record that it reads, and the text around that is held from 12 MiB before it.
WINDOW_BYTES = 32 << 20
_HEAD_BYTES = 128 << 10


class PassingBytes:
    """A byte source that decompresses all members or frames of another; several threads may read.

    In memory are the head, what is held, and the latest ``WINDOW_BYTES``. A truncated or damaged archive ends where it
    cannot be read any more, and ``damage`` says so in words. Raises ``UnreadableInput``, when it is made or read, where
    nothing can be read, and for content that is no text or expands like a bomb.
    """

    def __init__(self, source: ByteSource, kind: str) -> None:
        self._source, self._kind, self._lock = source, kind, Lock()
        self._unpacking, self._window = Unpacking(source, kind), _Window()
        self._size, self._damage, self._is_whole = 0, "", False
        self._held = list[tuple[int, bytes]]()
        head = self.read_at(0, BLOCK_BYTES)
        refuse_unreadable(source.name, head, self._damage)
        self._held.append((0, head[:_HEAD_BYTES]))

    @property
    def name(self) -> str:
        """The name of what is compressed."""
        return self._source.name

    @property
    def size(self) -> int:
        """How many bytes were decompressed by now; all there are once the end was reached."""
        return self._size

    @property
    def damage(self) -> str:
        """In words what was lost, "" for nothing that is known by now."""
        return self._damage

    @property
    def stored_share(self) -> float:
        """How much of the compressed bytes was read, from 0 to 1."""
        return 1.0 if self._is_whole else self._unpacking.stored_share

    def reach(self, end: int) -> None:
        """Decompress up to a byte, or to the end; raises ``UnreadableInput``."""
        while self._size < end and not self._is_whole:
            with self._lock:
                self._advance()

    def hold(self, begin: int, end: int) -> None:
        """Keep a stretch in memory, since it will be asked for again."""
        self._held.append((begin, self.read_at(begin, end - begin)))

    def let_go(self) -> None:
        """Give back the memory of all but the head and what is held."""
        with self._lock:
            self._restart()

    def read_at(self, offset: int, length: int) -> bytes:
        """Read up to ``length`` bytes, after decompressing up to there."""
        parts = list[memoryview]()
        while length > 0 and (part := self._part(offset)[:length]):
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return b"".join(parts)

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill a buffer, after decompressing up to there."""
        count = 0
        while count < len(buffer) and (part := self._part(offset + count)[: len(buffer) - count]):
            buffer[count : count + len(part)] = part
            count += len(part)
        return count

    def close(self) -> None:
        """Give back the memory and the compressed file."""
        self._is_whole, self._window = True, _Window()
        self._held.clear()
        self._source.close()

    def _part(self, offset: int) -> memoryview:
        """Some bytes from a position on, none at the end."""
        for begin, data in self._held:
            if begin <= offset < begin + len(data):
                return memoryview(data)[offset - begin :]
        if self._is_whole and offset >= self._size:
            return memoryview(b"")
        with self._lock:
            if offset < self._window.begin:
                self._restart()
            while offset >= self._window.end and self._advance():
                pass
            return self._window.part(offset)

    def _restart(self) -> None:
        self._unpacking, self._window = Unpacking(self._source, self._kind), _Window()

    def _advance(self) -> bool:
        """Take the next block into the window; False where there is none."""
        block = self._unpacking.next_block()
        self._window.add(block)
        self._size = max(self._size, self._window.end)
        if not block:
            self._is_whole, self._damage = True, self._unpacking.damage
        return bool(block)


class _Window:
    """The latest blocks of a text, in order and without a gap."""

    def __init__(self) -> None:
        self._begins, self._blocks = list[int](), list[bytes]()
        self.end = 0

    @property
    def begin(self) -> int:
        return self._begins[0] if self._begins else self.end

    def add(self, block: bytes) -> None:
        """Take in a block behind the others, and drop the first ones where they are too many."""
        if not block:
            return
        self._begins.append(self.end)
        self._blocks.append(block)
        self.end += len(block)
        while self.end - self._begins[0] - len(self._blocks[0]) >= WINDOW_BYTES:
            del self._begins[0], self._blocks[0]

    def part(self, offset: int) -> memoryview:
        """What a block has from a byte on; nothing outside of the blocks."""
        if not self.begin <= offset < self.end:
            return memoryview(b"")
        place = bisect_right(self._begins, offset) - 1
        return memoryview(self._blocks[place])[offset - self._begins[place] :]
