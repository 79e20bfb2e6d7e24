"""A compressed log as bytes that can be read from any position, decompressed no further than they are asked for.

What was decompressed is kept in memory, and in an unnamed temporary file where it is much.
"""

from __future__ import annotations

from threading import Lock

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import BLOCK_BYTES, ByteSource
from triage_tui.logs.content.temporary_bytes import SpillingBytes, no_room
from triage_tui.logs.content.unpacking import Unpacking, refuse_unreadable

EXPANDED_BYTES_CAP = 16 << 30


class ExpandingBytes:
    """A byte source that decompresses all members or frames of another, step by step; several threads may read.

    A truncated or damaged archive ends where it cannot be read any more, and ``damage`` says so in words, as it does
    where the temporary folder is full. Raises ``UnreadableInput``, when it is made or read, where nothing can be read,
    and for content that is no text, exceeds ``cap`` bytes, or expands more than ``RATIO_CAP`` times.
    """

    def __init__(self, source: ByteSource, kind: str, cap: int = EXPANDED_BYTES_CAP) -> None:
        self._source, self._unpacking = source, Unpacking(source, kind, cap)
        self._kept, self._expanding = SpillingBytes(source.name), Lock()
        self._no_room, self._is_whole = "", False
        self.reach(BLOCK_BYTES)
        refuse_unreadable(source.name, self._kept.read_at(0, BLOCK_BYTES), self.damage)

    @property
    def name(self) -> str:
        """The name of what is compressed."""
        return self._source.name

    @property
    def size(self) -> int:
        """How many bytes are decompressed by now; all there are once ``is_whole``."""
        return self._kept.size

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing left to decompress."""
        return self._is_whole

    @property
    def stored_share(self) -> float:
        """How much of the compressed bytes was read, from 0 to 1."""
        return 1.0 if self._is_whole else self._unpacking.stored_share

    @property
    def damage(self) -> str:
        """In words what was lost, "" for nothing that is known by now."""
        return self._no_room or self._unpacking.damage

    def advance(self) -> bool:
        """Decompress the next block of at most 1 MiB; False where there is none. Raises ``UnreadableInput``."""
        with self._expanding:
            if self._is_whole:
                return False
            try:
                block = self._unpacking.next_block()
            except UnreadableInput:
                self._is_whole = True
                raise
            self._is_whole = not block or not self._keep(block)
            return not self._is_whole

    def read_at(self, offset: int, length: int) -> bytes:
        """Read up to ``length`` bytes, after decompressing up to there."""
        self.reach(offset + length)
        return self._kept.read_at(offset, length)

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill a buffer, after decompressing up to there."""
        self.reach(offset + len(buffer))
        return self._kept.read_into(buffer, offset)

    def close(self) -> None:
        """Give back what was decompressed, and the compressed file."""
        self._is_whole = True
        self._kept.close()
        self._source.close()

    def finish(self) -> None:
        """Decompress what is left; raises ``UnreadableInput``."""
        while self.advance():
            pass

    def reach(self, end: int) -> None:
        """Decompress up to a byte, or to the end; raises ``UnreadableInput``."""
        while self.size < end and self.advance():
            pass

    def _keep(self, block: bytes) -> bool:
        """Keep a block; False where there is no room for it."""
        try:
            self._kept.append(block)
        except OSError as error:
            self._no_room = f"only its first {self.size >> 20:,} MB could be expanded: {no_room(error)}"
            return False
        return True
