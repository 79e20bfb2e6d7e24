"""Bytes that can be read from any position: a file, or content that is already in memory.

Files are read with pread and never mapped: a log that is truncated while it is read (logrotate's copytruncate) kills a
process that maps it with SIGBUS, while pread returns fewer bytes.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from triage_tui.investigation.source import UnreadableInput

BLOCK_BYTES = 1 << 20


class ByteSource(Protocol):
    """Content of known name whose bytes are read by position."""

    @property
    def name(self) -> str:
        """What the content is called where it is shown: a file's name, not its whole path."""

    @property
    def size(self) -> int:
        """How many bytes there are now; a file that is written to grows."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Read up to ``length`` bytes; fewer at the end, and none beyond it."""

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill a buffer from ``offset`` on and return how many bytes were written, 0 at the end."""

    def close(self) -> None:
        """Give the file back; reading afterwards is an error."""


class MemoryBytes:
    """Content that is held in memory, such as a bundle's member."""

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self._data = memoryview(data)

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self._data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Copy a slice; short or empty at the end."""
        return bytes(self._data[offset : offset + length])

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Copy a slice into a buffer."""
        part = self._data[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Nothing to give back."""


class FileBytes:
    """An open file, read with pread; safe to share between threads, for it has no position."""

    _descriptor = -1

    def __init__(self, name: str, descriptor: int) -> None:
        self._name = name
        self._descriptor = descriptor

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def size(self) -> int:
        """The file's size now."""
        return self.status().st_size

    @property
    def descriptor(self) -> int:
        """What the system knows the open file by."""
        return self._descriptor

    def status(self) -> os.stat_result:
        """What the system knows of the file now."""
        return os.fstat(self._descriptor)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read by position; short where the file ends or was truncated meanwhile."""
        return os.pread(self._descriptor, length, offset)

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Read by position into a buffer."""
        return os.preadv(self._descriptor, [buffer], offset)

    def again(self, name: str = "") -> FileBytes:
        """The same open file once more, by this name if it is given one, to be closed by itself."""
        return FileBytes(name or self._name, os.dup(self._descriptor))

    def first_byte_written(self) -> int:
        """Where the hole at the beginning of a sparse file ends; 0 where there is none, or none is known of."""
        try:
            return os.lseek(self._descriptor, 0, os.SEEK_DATA)
        except (OSError, AttributeError):
            return 0

    def close(self) -> None:
        """Close the file, once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()


class Excerpt:
    """The beginning of a source, up to a byte."""

    def __init__(self, source: ByteSource, end: int) -> None:
        self._source, self._end = source, end

    @property
    def name(self) -> str:
        """The whole source's name."""
        return self._source.name

    @property
    def size(self) -> int:
        """Where it ends, or the source before it."""
        return min(self._end, self._source.size)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read up to the end of the excerpt."""
        return self._source.read_at(offset, max(0, min(length, self._end - offset)))

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Read up to the end of the excerpt into a buffer."""
        return self._source.read_into(buffer[: max(0, self._end - offset)], offset)

    def close(self) -> None:
        """Nothing to give back: the source is not the excerpt's."""


def open_file(path: Path, name: str) -> FileBytes:
    """Open a regular file for reading; ``name`` is what it is called where it is shown.

    Raises ``UnreadableInput`` with one line for a folder, FIFO, socket or device, a missing or forbidden file and a
    loop of symbolic links. Never blocks: a FIFO without a writer is refused, not waited for.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableInput(str(path), _why_not_opened(error)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise UnreadableInput(str(path), _what_it_is_instead(mode))
    return FileBytes(name, descriptor)


def blocks(source: ByteSource, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Read from the beginning to the end, block by block."""
    offset = 0
    while block := source.read_at(offset, block_bytes):
        yield block
        offset += len(block)


def _why_not_opened(error: OSError) -> str:
    reasons = {
        errno.ENOENT: "no such file; check the name",
        errno.EACCES: "permission denied; ask for read access, or copy the file to where you may read it",
        errno.EPERM: "permission denied; ask for read access, or copy the file to where you may read it",
        errno.ELOOP: "a loop of symbolic links; name the file itself",
        errno.ENOTDIR: "a part of the path is not a folder; check the name",
        errno.ENAMETOOLONG: "the name is too long for a file",
        errno.ENXIO: "a socket or FIFO, not a file; save its output to a file first",
    }
    return reasons.get(error.errno or 0, f"cannot be opened: {error.strerror}")


def _what_it_is_instead(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder, not a log file; name the files in it"
    if stat.S_ISFIFO(mode):
        return "a FIFO, not a file; save its output to a file first"
    return "a device or socket, not a file; save its output to a file first"
