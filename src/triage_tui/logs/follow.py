"""Follow a log that is written to: over rotation by rename, copytruncate, truncation, deletion and re-creation.

Every whole line is given once. What no poll can know: of a log that was rotated twice between two polls, the file in
the middle was never seen, and what is written between copytruncate's copy and its truncation is lost to everybody. Of a
file whose end was cut off, less than half of its last 16 KiB may be missing, or it is read again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.byte_source import FileBytes, open_file
from triage_tui.logs.framing import CLIPPED_BYTES, LINE_BYTES_CAP

POLL_BYTES = 4 << 20
# logrotate renames first and tells the writer later: until then the old file still grows.
GRACE_SECONDS = 30.0
# So far back it is known what stood in the file: lines may end alike, and then their beginnings tell them apart.
_RECENT_BYTES = 16 << 10
_LEAST_KEPT_BYTES = 256


def whichever(path: Path) -> bool:
    """Read on in whichever file has a name."""
    del path
    return True


class Follower:
    """The lines that are appended to the file behind a name, whichever file that is.

    ``offset`` is where to begin in the file that is there now. ``clock`` gives seconds. ``goes_on`` tells whether a
    file that took the name is read: rotation may have given it to a log that was read already. One thread only.
    """

    def __init__(
        self,
        path: Path,
        offset: int = 0,
        clock: Callable[[], float] = time.monotonic,
        goes_on: Callable[[Path], bool] = whichever,
    ) -> None:
        self._path, self._clock, self._goes_on = path, clock, goes_on
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
        if self._current.is_file(status) or not self._goes_on(self._path):
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
        self._torn, self._is_clipped = b"", False
        self._recent = file.read_at(max(0, offset - _RECENT_BYTES), min(offset, _RECENT_BYTES))
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
        fresh = self._fresh() if status.st_size >= self._offset else None
        if fresh is None:
            if not self._goes_on_after_a_cut():
                yield from self._begin_anew()
            fresh = self._fresh() or b""
        self._changed_at = None if fresh else self._changed_at
        # Fewer bytes than the limit reached the end; otherwise there is more for the next poll.
        self._seen = state if self._offset >= status.st_size else None
        yield from self._whole(fresh)

    def rest(self) -> Iterator[bytes]:
        """The torn line of a file that will not be finished."""
        if self._torn:
            yield self._torn + b"\n"
        self._torn, self._is_clipped = b"", False

    def _whole(self, fresh: bytes) -> Iterator[bytes]:
        """Give the lines that end in fresh bytes; what is not ended is kept, of a line without end its beginning."""
        first, newline, others = fresh.partition(b"\n")
        if not self._torn:
            # The hole that a writer leaves who does not append after a truncation.
            first = first.lstrip(b"\0")
        if not self._is_clipped:
            self._torn += first
        if len(self._torn) > LINE_BYTES_CAP:
            self._torn, self._is_clipped = self._torn[:CLIPPED_BYTES], True
        if newline:
            yield self._torn + b"\n"
            *whole, self._torn = others.split(b"\n")
            self._is_clipped = False
            yield from (line.lstrip(b"\0") + b"\n" for line in whole)

    def _goes_on_after_a_cut(self) -> bool:
        """Whether a file whose end was changed still begins with most of what was read: it goes on from there."""
        begin = self._offset - len(self._recent)
        now = self.file.read_at(begin, len(self._recent))
        alike = (one == other for one, other in zip(now, self._recent, strict=False))
        same = sum(1 for _ in takewhile(bool, alike))
        kept = self._recent[:same].rfind(b"\n") + 1
        if kept < max(_LEAST_KEPT_BYTES, len(self._recent) // 2):
            return False
        self._offset, self._recent, self._torn, self._is_clipped = begin + kept, self._recent[:kept], b"", False
        return True

    def _begin_anew(self) -> Iterator[bytes]:
        yield from self.rest()
        self._offset, self._recent = self.file.first_byte_written(), b""

    def _fresh(self) -> bytes | None:
        """Read on; None where the bytes before have changed: the file was truncated and has grown again.

        One read brings both, so that a truncation cannot come between.
        """
        known = len(self._recent)
        data = self.file.read_at(self._offset - known, known + POLL_BYTES)
        if not data.startswith(self._recent):
            return None
        fresh = data[known:]
        self._offset += len(fresh)
        self._recent = (self._recent + fresh[-_RECENT_BYTES:])[-_RECENT_BYTES:] if fresh else self._recent
        return fresh
