"""A compressed log from its beginning to its end, block by block, with what of it was lost."""

from __future__ import annotations

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import BLOCK_BYTES, ByteSource, MemoryBytes
from triage_tui.logs.content.decompressors import DAMAGE, StoredBytes, decompressor_of
from triage_tui.logs.content.transcoding import as_utf8, refuse_binary
from triage_tui.logs.content.zstd_frames import holds_whole_frames

# Real logs compress 5 to 60 times, deflate at most 1,032 times: what is big and expands this much is a bomb.
RATIO_CAP = 400
RATIO_FREE_BYTES = 64 << 20


class Unpacking:
    """Decompresses all members or frames of a source; one thread may take blocks.

    A truncated or damaged archive ends where it cannot be read any more, and ``damage`` says so in words.
    """

    def __init__(self, source: ByteSource, kind: str, cap: int | None = None) -> None:
        self._source, self._kind = source, kind
        by_ratio = max(source.size * RATIO_CAP, RATIO_FREE_BYTES)
        self._cap = by_ratio if cap is None else min(cap, by_ratio)
        self._stored = StoredBytes(source)
        # ISA-L is five times as fast as zlib, but loses the last block before damage, which zlib keeps.
        self._stream, self._may_know_more = decompressor_of(self._stored, kind, quick=True), kind == "gz"
        self._taken, self._damage, self._has_ended = 0, "", False

    @property
    def name(self) -> str:
        """The name of what is compressed."""
        return self._source.name

    @property
    def damage(self) -> str:
        """In words what was lost, "" for nothing that is known by now."""
        return self._damage

    @property
    def stored_share(self) -> float:
        """How much of the compressed bytes was read, from 0 to 1."""
        return 1.0 if self._has_ended else min(1.0, self._stored.offset / max(1, self._source.size))

    def next_block(self) -> bytes:
        """The next block of at most 1 MiB, b"" at the end and at damage.

        Raises ``UnreadableInput``, and ends there, for content beyond the cap or ``RATIO_CAP`` times what is stored.
        """
        block = b"" if self._has_ended else self._read()
        self._taken += len(block)
        self._has_ended = not block or self._taken > self._cap
        if self._taken > self._cap:
            raise UnreadableInput(
                self.name, f"expands to more than {self._cap >> 20} MB, which no log does; not opened"
            )
        return block

    def _read(self) -> bytes:
        try:
            block = self._stream.read1(BLOCK_BYTES)
        except DAMAGE as error:
            if self._may_know_more:
                return self._told_by_zlib()
            self._note_damage(type(error))
            return b""
        # The library takes what ends within a frame for whole.
        if not block and self._kind == "zst" and not holds_whole_frames(self._source):
            self._note_damage(EOFError)
        return block

    def _note_damage(self, kind: type[Exception]) -> None:
        self._damage = f"{self._kind} data ends early or is damaged ({kind.__name__})"

    def _told_by_zlib(self) -> bytes:
        """Begin again with zlib, and go to where ISA-L has failed."""
        self._may_know_more, skipped, block = False, 0, b""
        self._stored = StoredBytes(self._source)
        self._stream = decompressor_of(self._stored, self._kind, quick=False)
        while skipped <= self._taken:
            block = self._read()
            if not block:
                return b""
            skipped += len(block)
        return block[len(block) - (skipped - self._taken) :]


def refuse_unreadable(name: str, head: bytes, damage: str) -> None:
    """Raise ``UnreadableInput`` where decompressing gave no text: nothing at all, or other bytes."""
    if not head:
        nothing = f"{damage}; nothing could be read from it" if damage else "empty inside; is it the right file?"
        raise UnreadableInput(name, nothing)
    refuse_binary(as_utf8(MemoryBytes(name, head)))
