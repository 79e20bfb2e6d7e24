"""Bytes that are appended while they are read, in unnamed temporary files that vanish with the process."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from threading import Lock

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import Excerpt, FileBytes, blocks

MEMORY_BYTES = 32 << 20
UNFINISHED = "unfinished-"


class TemporaryBytes(FileBytes):
    """A temporary file in a folder, the usual one for such where None; one thread appends, any may read.

    Raises ``OSError`` where it cannot be made.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        super().__init__(name, _unnamed_file(folder or Path(tempfile.gettempdir())))
        self._end = 0

    @property
    def path(self) -> Path:
        """A path by which this process, and no other, can open the file."""
        return Path(f"/dev/fd/{self._descriptor}")

    @property
    def size(self) -> int:
        """How many bytes were appended whole."""
        return self._end

    def append(self, data: bytes | bytearray) -> None:
        """Add bytes at the end: all of them, or raise ``OSError`` where they find no room."""
        end, rest = self._end, memoryview(data)
        while rest:
            written = os.pwrite(self._descriptor, rest, end)
            end, rest = end + written, rest[written:]
        self._end = end

    def give_name(self, path: Path) -> bool:
        """Let the file stay when the process ends, in the place of what has this path; False where that cannot be."""
        unfinished = path.with_name(f"{UNFINISHED}{os.urandom(8).hex()}")
        try:
            # With a folder beside it, the descriptor is followed to its file, which has no path.
            os.link(f"/proc/self/fd/{self._descriptor}", unfinished, src_dir_fd=self._descriptor)
            unfinished.replace(path)
        except OSError:
            return False
        finally:
            # A file that has the path already is not renamed to it.
            with contextlib.suppress(OSError):
                unfinished.unlink()
        return True


def _unnamed_file(folder: Path) -> int:
    """Open a file without a name: one that may get one later, where the system has such files."""
    if hasattr(os, "O_TMPFILE"):
        with contextlib.suppress(OSError):
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    with tempfile.TemporaryFile(buffering=0, dir=folder) as file:
        return os.dup(file.fileno())


class SpillingBytes:
    """Bytes in memory, beyond some megabytes in a temporary file in a folder; one thread appends, any may read."""

    def __init__(self, name: str, folder: Path | None = None, memory_bytes: int | None = None) -> None:
        self.name, self.size, self._folder = name, 0, folder
        self._memory_bytes = MEMORY_BYTES if memory_bytes is None else memory_bytes
        self._lock = Lock()
        self._memory = bytearray()
        self._file: TemporaryBytes | None = None

    def append(self, data: bytes) -> None:
        """Add bytes at the end: all of them, or raise ``OSError`` where they find no room."""
        if self._file is None and self.size + len(data) > self._memory_bytes:
            self._spill()
        if self._file is not None:
            self._append_to(self._file, data)
        else:
            with self._lock:
                self._memory += data
        self.size += len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Copy a slice; short or empty at the end."""
        length = max(0, min(length, self.size - offset))
        with self._lock:
            if self._file is None:
                return bytes(memoryview(self._memory)[offset : offset + length])
        return self._file.read_at(offset, length)

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Copy a slice into a buffer."""
        part = buffer[: max(0, min(len(buffer), self.size - offset))]
        with self._lock:
            if self._file is None:
                part[:] = memoryview(self._memory)[offset : offset + len(part)]
                return len(part)
        return self._file.read_into(part, offset)

    def give_name(self, path: Path) -> bool:
        """``TemporaryBytes.give_name``; False also of bytes that are in memory."""
        return self._file is not None and self._file.give_name(path)

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()

    def _append_to(self, file: TemporaryBytes, data: bytes) -> None:
        """Append to the file; where its folder is full, all goes over to the usual one."""
        try:
            file.append(data)
        except OSError:
            if self._folder is None:
                raise
            self._folder = None
            # Behind what was appended whole may be a part of what found no room.
            whole = blocks(Excerpt(file, file.size))
            self._go_over_to(TemporaryBytes(self.name), chain(whole, [data]))

    def _go_over_to(self, file: TemporaryBytes, content: Iterable[bytes | bytearray]) -> None:
        for block in content:
            file.append(block)
        with self._lock:
            self._file, self._memory = file, bytearray()

    def _spill(self) -> None:
        try:
            self._go_over_to(self._new_file(), [self._memory])
        except OSError:
            if self._folder is None:
                raise
            self._folder = None
            self._go_over_to(TemporaryBytes(self.name), [self._memory])

    def _new_file(self) -> TemporaryBytes:
        """Make a file in the folder, or in the usual one where that is not there or cannot be written to."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                return TemporaryBytes(self.name, self._folder)
        return TemporaryBytes(self.name)


class WorkingBytes(SpillingBytes):
    """What is worked out from logs, without which they cannot be shown: ``name`` says what it is."""

    def append(self, data: bytes) -> None:
        """Add bytes at the end: all of them, or raise ``UnreadableInput`` where there is no room for them anywhere."""
        try:
            super().append(data)
        except OSError as error:
            raise UnreadableInput(self.name, no_room(error)) from error


def no_room(error: OSError) -> str:
    """Say why a temporary file could not be written, and what to do."""
    return f"{tempfile.gettempdir()}: {error.strerror}; set TMPDIR to a folder with more room"
