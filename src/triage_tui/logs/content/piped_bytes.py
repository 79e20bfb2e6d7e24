"""A log that comes through a pipe: taken into an unnamed temporary file as it comes, and readable from there meanwhile.

A thread takes the bytes, decompressed where they are compressed, until the writer ends, the cap is reached, or nobody
wants more. What of it was not taken is said in words.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import tempfile
from pathlib import Path
from threading import Condition, Thread

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import BLOCK_BYTES
from triage_tui.logs.content.decompressors import DAMAGE, MAGIC_BYTES, Readable, compression_of_head, decompressor_of
from triage_tui.logs.content.temporary_bytes import TemporaryBytes, no_room
from triage_tui.logs.content.unpacking import RATIO_CAP, RATIO_FREE_BYTES

PIPED_BYTES_CAP = 16 << 30
HEAD_BYTES = 64 << 10


class PipedBytes:
    """The text of one pipe by now. ``start`` begins to take it; any thread may look.

    ``descriptor`` is closed at its end. ``cap`` is in bytes of text; None is 16 GiB, or half of what
    is free in the temporary folder where that is less. Raises ``UnreadableInput`` where there is no temporary folder.
    """

    def __init__(self, name: str, descriptor: int, cap: int | None = None) -> None:
        self.name, self._pipe = name, _Pipe(descriptor)
        try:
            self._kept = TemporaryBytes(name)
            self._cap = cap or min(PIPED_BYTES_CAP, shutil.disk_usage(tempfile.gettempdir()).free // 2)
        except OSError as error:
            raise UnreadableInput(name, f"cannot be kept for reading: {no_room(error)}") from error
        self._changed = Condition()
        self._thread: Thread | None = None
        self._has_ended, self._lost = False, ""

    @property
    def path(self) -> Path:
        """A path by which this process, and no other, can open what was taken."""
        return self._kept.path

    @property
    def size(self) -> int:
        """How many bytes of text were taken by now."""
        return self._kept.size

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self._has_ended

    @property
    def lost(self) -> str:
        """In words what of the pipe was not taken, "" for nothing that is known by now."""
        return self._lost

    def start(self) -> None:
        """Begin to take what comes; once is enough."""
        if self._thread is None:
            self._thread = Thread(target=self._take_all, args=(self._pipe,), name=f"pipe {self.name}", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Take no more."""
        self._pipe.wake()

    def wait(self, known_size: int, seconds: float) -> None:
        """Wait until there is more than ``known_size`` bytes, or the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_ended or self.size > known_size, seconds)

    def head(self) -> bytes:
        """The first bytes that are there, at most ``HEAD_BYTES``."""
        return self._kept.read_at(0, HEAD_BYTES)

    def _take_all(self, pipe: _Pipe) -> None:
        try:
            self._lost = self._copied(pipe)
        finally:
            # A writer that is still there is told by the closed pipe.
            pipe.close()
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _copied(self, pipe: _Pipe) -> str:
        """Copy to the end; returns in words what was lost."""
        head = pipe.read(MAGIC_BYTES)
        while 0 < len(head) < MAGIC_BYTES and (more := pipe.read(MAGIC_BYTES - len(head))):
            head += more
        pipe.put_back(head)
        kind = compression_of_head(head)
        read = decompressor_of(pipe, kind).read1 if kind else pipe.read
        try:
            while block := read(BLOCK_BYTES):
                if problem := self._take(block, pipe.taken if kind else None):
                    return problem
        except DAMAGE as error:
            if not pipe.is_woken:
                return f"{kind or 'its'} data ends early or is damaged ({type(error).__name__})"
        return "reading was stopped before its end" if pipe.is_woken else ""

    def _take(self, block: bytes, stored: int | None) -> str:
        """Keep a block; returns in words why that, and all that follows, was not kept."""
        limit = self._cap if stored is None else min(self._cap, max(stored * RATIO_CAP, RATIO_FREE_BYTES))
        room = limit - self.size
        try:
            self._kept.append(block[:room])
        except OSError as error:
            return f"only its first {self.size:,} bytes were taken: {no_room(error)}"
        with self._changed:
            self._changed.notify_all()
        if len(block) <= room:
            return ""
        why = (
            f"that is the cap; save it to a file, or set TMPDIR to a folder with more room than {tempfile.gettempdir()}"
        )
        return f"only its first {self.size:,} bytes were taken: {why if limit == self._cap else 'it expands too much'}"


class _Pipe(Readable):
    """A descriptor that is read as bytes come, by one thread; another one can wake it, which reads as the end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._ahead = descriptor, b""
        self._woken, self._waker = os.pipe()
        self.taken, self.is_woken = 0, False

    def read(self, size: int = -1, /) -> bytes:
        """The bytes that are there, at most ``size``, as soon as there are any; b"" at the end."""
        if self._ahead:
            part = self._ahead[: size if size >= 0 else None]
            self._ahead = self._ahead[len(part) :]
            return part
        ready = select.poll()
        ready.register(self._descriptor, select.POLLIN)
        ready.register(self._woken, select.POLLIN)
        self.is_woken = any(descriptor == self._woken for descriptor, _ in ready.poll())
        if self.is_woken:
            return b""
        block = os.read(self._descriptor, size if size >= 0 else BLOCK_BYTES)
        self.taken += len(block)
        return block

    def put_back(self, data: bytes) -> None:
        """Give these bytes again at the next reads."""
        self._ahead = data + self._ahead

    def wake(self) -> None:
        """End a read that waits."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._waker, b".")

    def close(self) -> None:
        """Close the pipe, once nobody reads."""
        for descriptor in (self._descriptor, self._woken):
            os.close(descriptor)

    def __del__(self) -> None:
        os.close(self._waker)


def open_fifo(path: Path) -> int:
    """Open a FIFO, such as a shell's ``<(…)``, without waiting for its writer. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    os.set_blocking(descriptor, True)
    return descriptor
