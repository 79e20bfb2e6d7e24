"""Which compression a log has, and the streams that undo it; names are not trusted."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

import zstandard
from isal import igzip, igzip_lib

from triage_tui.logs.content.byte_source import ByteSource

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC_BYTES = 6
_STORED_BYTES = 128 << 10
# The package declares this one as an instance.
_IsalError = cast("type[Exception]", igzip_lib.IsalError)
DAMAGE = (EOFError, OSError, zlib.error, _IsalError, lzma.LZMAError, zstandard.ZstdError)
"""What a decompressor raises for data that is damaged or ends early."""
_quick_gzip = cast("Callable[..., Decompressor]", igzip.IGzipFile)
_MAGIC = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}


class Decompressor(Protocol):
    """A stream of decompressed bytes."""

    def read1(self, size: int, /) -> bytes:
        """The next bytes, b"" at the end; unlike ``read``, it loses no good bytes before damage."""


class Readable(Protocol):
    """A stream of compressed bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, b"" at the end."""


def compression_of(source: ByteSource) -> str | None:
    """Tell the compression from the first bytes: "gz", "zst", "bz2", "xz" or None."""
    return compression_of_head(source.read_at(0, MAGIC_BYTES))


def compression_of_head(head: bytes) -> str | None:
    """Tell the compression from the first ``MAGIC_BYTES``."""
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def decompressor_of(raw: Readable, kind: str, *, quick: bool = False) -> Decompressor:
    """Return a stream over all members or frames; ``quick`` takes ISA-L for gz, which loses more where it is torn."""
    stream = cast("io.BufferedReader", raw)
    if kind == "gz":
        return _quick_gzip(fileobj=stream) if quick else gzip.GzipFile(fileobj=stream)
    if kind == "bz2":
        return bz2.BZ2File(stream)
    if kind == "xz":
        return lzma.LZMAFile(stream)
    # The window of 128 MB is what zstd --long=27 writes; more would be memory at the file's command.
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    return cast("Decompressor", decompressor.stream_reader(stream, read_across_frames=True))


class StoredBytes(io.BufferedReader):
    """A byte source as a stream; ``offset`` is up to where it was read, a little ahead of its reader."""

    def __init__(self, source: ByteSource) -> None:
        self._reading = _Reading(source)
        super().__init__(self._reading, _STORED_BYTES)

    @property
    def offset(self) -> int:
        """How many bytes were read from the source."""
        return self._reading.offset


class _Reading(io.RawIOBase):
    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source, self.offset = source, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = self._source.read_into(memoryview(buffer), self.offset)
        self.offset += count
        return count
