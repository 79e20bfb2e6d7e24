"""Follow a log that is written to: over rotation by rename, copytruncate, truncation, deletion and re-creation.

Every whole line is given once. What no poll can know: of a log that was rotated twice between two polls, the file in
the middle was never seen, and what is written between copytruncate's copy and its truncation is lost to everybody.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.byte_source import FileBytes, open_file

POLL_BYTES = 4 << 20
# logrotate renames first and tells the writer later: until then the old file still grows.
GRACE_SECONDS = 30.0
_CHECK_BYTES = 256


class Follower:
    """The lines that are appended to the file behind a name, whichever file that is.

    ``offset`` is where to begin in the file that is there now. ``clock`` gives seconds. One thread only.
    """

    def __init__(self, path: Path, offset: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._current = _Tail.opened(path, offset)
        self._retired: list[tuple[_Tail, float]] = []
        self.problem = ""

    def poll(self) -> Iterator[bytes]:
        """Give the whole lines that came since the last poll, each with its newline; reads at most 4 MiB a file.

        Costs two calls of the system when nothing has changed.
        """
        self._retire_if_replaced()
        for tail, _ in self._retired:
            yield from tail.lines()
        yield from self._current.lines()
        yield from self._let_go()

    def close(self) -> None:
        """Close all files."""
        for tail in [self._current, *(tail for tail, _ in self._retired)]:
            tail.file.close()

    def _retire_if_replaced(self) -> None:
        """Go over to the file that now has the name; the old one is read on until it has been quiet for a while."""
        try:
            status = self._path.stat()
        except OSError:
            return
        if self._current.is_file(status):
            return
        try:
            successor = _Tail.opened(self._path, 0)
        except UnreadableInput as refusal:
            self.problem = str(refusal)
            return
        self._retired.append((self._current, self._clock()))
        self._current, self.problem = successor, ""

    def _let_go(self) -> Iterator[bytes]:
        now = self._clock()
        kept: list[tuple[_Tail, float]] = []
        for tail, retired_at in self._retired:
            if now - max(retired_at, tail.changed_at(now)) < GRACE_SECONDS:
                kept.append((tail, retired_at))
            else:
                yield from tail.rest()
                tail.file.close()
        self._retired = kept


class _Tail:
    """One open file, how far it was read, and the torn line at its end."""

    def __init__(self, file: FileBytes, offset: int) -> None:
        self.file, self._offset = file, offset
        self._torn = b""
        self._check = file.read_at(max(0, offset - _CHECK_BYTES), min(offset, _CHECK_BYTES))
        self._seen: tuple[int, int] | None = None
        self._changed_at: float | None = None

    @classmethod
    def opened(cls, path: Path, offset: int) -> _Tail:
        """Open a file; raises ``UnreadableInput``."""
        return cls(open_file(path, path.name), offset)

    def is_file(self, status: os.stat_result) -> bool:
        """Tell whether a path leads to this file."""
        own = self.file.status()
        return (own.st_dev, own.st_ino) == (status.st_dev, status.st_ino)

    def changed_at(self, now: float) -> float:
        """When this file last gave bytes, on the clock of ``now``."""
        if self._changed_at is None:
            self._changed_at = now
        return self._changed_at

    def lines(self) -> Iterator[bytes]:
        """Read what is new, up to the last newline."""
        status = self.file.status()
        state = (status.st_size, status.st_mtime_ns)
        if state == self._seen:
            return
        if status.st_size < self._offset:
            yield from self._begin_anew()
        fresh = self._fresh()
        if fresh is None:
            yield from self._begin_anew()
            fresh = self._fresh() or b""
        self._changed_at = None if fresh else self._changed_at
        # Fewer bytes than the limit reached the end; otherwise there is more for the next poll.
        self._seen = state if self._offset >= status.st_size else None
        *whole, self._torn = (self._torn + fresh).split(b"\n")
        yield from (line.lstrip(b"\0") + b"\n" for line in whole)

    def rest(self) -> Iterator[bytes]:
        """The torn line of a file that will not be finished."""
        if self._torn:
            yield self._torn + b"\n"
            self._torn = b""

    def _begin_anew(self) -> Iterator[bytes]:
        yield from self.rest()
        self._offset, self._check = 0, b""

    def _fresh(self) -> bytes | None:
        """Read on; None where the bytes before have changed: the file was truncated and has grown again.

        One read brings both, so that a truncation cannot come between.
        """
        data = self.file.read_at(self._offset - len(self._check), len(self._check) + POLL_BYTES)
        if not data.startswith(self._check):
            return None
        fresh = data[len(self._check) :]
        self._offset += len(fresh)
        self._check = data[-_CHECK_BYTES:]
        return fresh
