"""Compressed logs, decompressed under caps to bytes that can be read from any position.

What is small stays in memory; the rest goes to an unnamed temporary file that vanishes with the process.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol, cast

import zstandard
from isal import igzip, igzip_lib

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.byte_source import BLOCK_BYTES, ByteSource, FileBytes, MemoryBytes
from triage_tui.logs.transcoding import as_utf8, refuse_binary

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEMORY_BYTES = 32 << 20
EXPANDED_BYTES_CAP = 16 << 30
# Real logs compress 5 to 60 times, deflate at most 1,032 times: what is big and expands this much is a bomb.
RATIO_CAP = 400
RATIO_FREE_BYTES = 64 << 20
# The package declares this one as an instance.
_IsalError = cast("type[Exception]", igzip_lib.IsalError)
_DAMAGE = (EOFError, OSError, zlib.error, _IsalError, lzma.LZMAError, zstandard.ZstdError)
_quick_gzip = cast("Callable[..., _OneRead]", igzip.IGzipFile)
_MAGIC = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}


class _OneRead(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class Expanded(NamedTuple):
    """Decompressed content, and in words what was lost, "" for nothing."""

    content: ByteSource
    damage: str


def compression_of(source: ByteSource) -> str | None:
    """Tell the compression from the first bytes: "gz", "zst", "bz2", "xz" or None; names are not trusted."""
    head = source.read_at(0, 6)
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def expand(source: ByteSource, kind: str, cap: int = EXPANDED_BYTES_CAP) -> Expanded:
    """Decompress all members or frames of a source.

    A truncated or damaged archive gives what could be read and says so. Raises ``UnreadableInput`` where nothing could
    be read, where the content is no text, exceeds ``cap`` bytes, or expands more than ``RATIO_CAP`` times.
    """
    if kind == "gz":
        # ISA-L is five times as fast as zlib, but loses the last block before damage, which zlib keeps.
        quick = _expanded(_quick_gzip(fileobj=_buffered(source)), source, kind, cap)
        if not quick.damage:
            return quick
        quick.content.close()
    expanded = _expanded(_decompressing(source, kind), source, kind, cap)
    if expanded.damage and not expanded.content.size:
        raise UnreadableInput(source.name, f"{expanded.damage}; nothing could be read from it")
    return expanded


def _expanded(stream: _OneRead, source: ByteSource, kind: str, cap: int) -> Expanded:
    kept, damage = io.BytesIO(), ""
    spilled: IO[bytes] | None = None
    try:
        for block in _bounded(stream, source, cap):
            if not kept.tell():
                refuse_binary(as_utf8(MemoryBytes(source.name, block)))
            if spilled is None and kept.tell() + len(block) > MEMORY_BYTES:
                spilled = _spill(kept)
            (spilled or kept).write(block)
    except _DAMAGE as error:
        damage = f"{kind} data ends early or is damaged ({type(error).__name__})"
    return Expanded(_as_source(source.name, spilled or kept), damage)


def _bounded(stream: _OneRead, source: ByteSource, cap: int) -> Iterator[bytes]:
    total, ratio_cap = 0, max(source.size * RATIO_CAP, RATIO_FREE_BYTES)
    # read1, for read would lose the good bytes before the damage that it runs into.
    while block := stream.read1(BLOCK_BYTES):
        total += len(block)
        if total > min(cap, ratio_cap):
            raise UnreadableInput(source.name, f"expands to more than {total >> 20} MB, which no log does; not opened")
        yield block


def _decompressing(source: ByteSource, kind: str) -> _OneRead:
    raw = _buffered(source)
    if kind == "gz":
        return gzip.GzipFile(fileobj=raw)
    if kind == "bz2":
        return bz2.BZ2File(raw)
    if kind == "xz":
        return lzma.LZMAFile(raw)
    # The window of 128 MB is what zstd --long=27 writes; more would be memory at the file's command.
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    return cast("_OneRead", decompressor.stream_reader(raw, read_across_frames=True))


def _buffered(source: ByteSource) -> io.BufferedReader:
    return io.BufferedReader(_Reading(source), BLOCK_BYTES)


def _spill(kept: io.BytesIO) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the descriptor made from it
    file.write(kept.getbuffer())
    return cast("IO[bytes]", file)


def _as_source(name: str, target: IO[bytes]) -> ByteSource:
    if isinstance(target, io.BytesIO):
        return MemoryBytes(name, target.getvalue())
    target.flush()
    with target:
        return FileBytes(name, os.dup(target.fileno()))


class _Reading(io.RawIOBase):
    """A byte source as a stream, for the standard library's decompressors."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source, self._offset = source, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = self._source.read_into(memoryview(buffer), self._offset)
        self._offset += count
        return count
