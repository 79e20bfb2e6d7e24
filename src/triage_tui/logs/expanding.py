"""A compressed log as bytes that can be read from any position, decompressed no further than they are asked for.

What was decompressed is kept in memory, and in an unnamed temporary file where it is much.
"""

from __future__ import annotations

from threading import Lock

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.byte_source import BLOCK_BYTES, ByteSource, MemoryBytes
from triage_tui.logs.decompressors import DAMAGE, StoredBytes, decompressor_of
from triage_tui.logs.temporary_bytes import SpillingBytes, no_room
from triage_tui.logs.transcoding import as_utf8, refuse_binary

EXPANDED_BYTES_CAP = 16 << 30
# Real logs compress 5 to 60 times, deflate at most 1,032 times: what is big and expands this much is a bomb.
RATIO_CAP = 400
RATIO_FREE_BYTES = 64 << 20


class ExpandingBytes:
    """A byte source that decompresses all members or frames of another, step by step; several threads may read.

    A truncated or damaged archive ends where it cannot be read any more, and ``damage`` says so in words, as it does
    where the temporary folder is full. Raises ``UnreadableInput``, when it is made or read, where nothing can be read,
    and for content that is no text, exceeds ``cap`` bytes, or expands more than ``RATIO_CAP`` times.
    """

    def __init__(self, source: ByteSource, kind: str, cap: int = EXPANDED_BYTES_CAP) -> None:
        self._source, self._kind = source, kind
        self._cap = min(cap, max(source.size * RATIO_CAP, RATIO_FREE_BYTES))
        self._stored = StoredBytes(source)
        # ISA-L is five times as fast as zlib, but loses the last block before damage, which zlib keeps.
        self._stream, self._may_know_more = decompressor_of(self._stored, kind, quick=True), kind == "gz"
        self._kept, self._expanding = SpillingBytes(source.name), Lock()
        self._damage, self._is_whole = "", False
        self._read_head()

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
        return 1.0 if self._is_whole else min(1.0, self._stored.offset / max(1, self._source.size))

    @property
    def damage(self) -> str:
        """In words what was lost, "" for nothing that is known by now."""
        return self._damage

    def advance(self) -> bool:
        """Decompress the next block of at most 1 MiB; False where there is none. Raises ``UnreadableInput``."""
        with self._expanding:
            if self._is_whole:
                return False
            block = self._next_block()
            if self.size + len(block) > self._cap:
                self._is_whole = True
                raise UnreadableInput(
                    self.name, f"expands to more than {self._cap >> 20} MB, which no log does; not opened"
                )
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

    def _read_head(self) -> None:
        self.reach(BLOCK_BYTES)
        if self._damage and not self.size:
            raise UnreadableInput(self.name, f"{self._damage}; nothing could be read from it")
        if self.size:
            refuse_binary(as_utf8(MemoryBytes(self.name, self._kept.read_at(0, BLOCK_BYTES))))

    def _next_block(self) -> bytes:
        """The next block, b"" at the end and at damage."""
        try:
            return self._stream.read1(BLOCK_BYTES)
        except DAMAGE as error:
            if self._may_know_more:
                return self._told_by_zlib()
            self._damage = f"{self._kind} data ends early or is damaged ({type(error).__name__})"
            return b""

    def _told_by_zlib(self) -> bytes:
        """Begin again with zlib, and go to where ISA-L has failed."""
        self._may_know_more, skipped, block = False, 0, b""
        self._stored = StoredBytes(self._source)
        self._stream = decompressor_of(self._stored, self._kind, quick=False)
        while skipped <= self.size:
            block = self._next_block()
            if not block:
                return b""
            skipped += len(block)
        return block[len(block) - (skipped - self.size) :]

    def _keep(self, block: bytes) -> bool:
        """Keep a block; False where there is no room for it."""
        try:
            self._kept.append(block)
        except OSError as error:
            self._damage = f"only its first {self.size >> 20:,} MB could be expanded: {no_room(error)}"
            return False
        return True
