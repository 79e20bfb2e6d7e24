"""Which of the files that globs match are new, and which are known logs under another name.

Rotation renames a log, copies it (copytruncate) or compresses it; what was read once must not come twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from triage_tui.investigation.source import UnreadableInput

HEAD_BYTES = 1024
LEAST_TELLING_BYTES = 256
"""Of less than this, two logs that are no copies of each other may have the same."""

Identity = tuple[int, int]


class Generation(NamedTuple):
    """One file that a name led to, and how it begins."""

    path: Path
    identity: Identity
    head: bytes

    def is_of(self, identity: Identity, head: bytes) -> bool:
        """Tell a renamed log by its inode, which may be another file's by now, and a copy by how it begins."""
        same = bool(self.head) and head.startswith(self.head)
        return same and (identity == self.identity or len(self.head) >= LEAST_TELLING_BYTES)


class LogGenerations:
    """What is known of the files that were read so far.

    ``problems`` says by path why a file could not be read; ``truncated`` names for each log that was truncated the copy
    that keeps what it held when it was read first, None while none was found.
    """

    def __init__(self) -> None:
        self.problems: dict[Path, str] = {}
        self.truncated: dict[Path, Path | None] = {}
        self._current: dict[Path, Generation] = {}
        self._earlier: list[Generation] = []
        self._read: dict[Path, tuple[tuple[int, ...], Generation | None]] = {}

    def newcomers(self, paths: Iterable[Path]) -> Iterator[Path]:
        """Give the files that are none of the known ones under another name; empty ones may be new later."""
        for path in self._current:
            self._look_again(path)
        for path in sorted(set(paths)):
            found = self._generation(path)
            if found is None or not found.head:
                continue
            self._note_copy(found)
            known = [*self._current.values(), *self._earlier]
            if path not in self._current and not any(one.is_of(found.identity, found.head) for one in known):
                self._current[path] = found
                yield path

    def note_opened(self, path: Path, status: os.stat_result, head: bytes) -> None:
        """Take note of the file that was opened under a new name: rotation may have come between.

        The file that was seen under the name before is then new wherever it is now.
        """
        opened = (status.st_dev, status.st_ino)
        seen = self._current[path]
        if seen.identity != opened or not head.startswith(seen.head):
            self._current[path] = Generation(path, opened, head)

    def forget(self, path: Path, problem: str) -> None:
        """Take a file for a new one that could not be opened after it was seen."""
        del self._current[path]
        self._read.pop(path, None)
        self.problems[path] = problem

    def note_beginnings(self) -> None:
        """Take note of how logs go on that have just begun: rotation may copy or rename them before all are seen."""
        for path, one in list(self._current.items()):
            if len(one.head) < HEAD_BYTES:
                self._look_again(path)

    def look_for_copies(self, beside: Callable[[Path], Iterable[Path]]) -> None:
        """Look also where no glob does for the copies of logs that were truncated by now."""
        for path in list(self._current):
            self._look_again(path)
        for log in [path for path, copy in list(self.truncated.items()) if copy is None]:
            for found in filter(None, map(self._generation, beside(log))):
                self._note_copy(found)

    def goes_on(self, path: Path) -> bool:
        """Tell whether a name leads to a log that was not read under another one, now that another file has it.

        Not yet of one that is empty or begins as a known log does: it may be a copy that is being written.
        """
        now = self._generation(path)
        if now is None or not now.head:
            return False
        # Copied in one go: another thread may be adding a log.
        known = [*self._current.values()]
        # Of its own earlier files, one that the log is the copy of is gone on with and not read again.
        head = self._current[path].head
        earlier = [one for one in self._earlier if one.path != path or not head.startswith(one.head)]
        others = [*(one for one in known if one.path != path), *earlier]
        is_known = any(one.is_of(now.identity, now.head) or one.head.startswith(now.head) for one in others)
        self._look_again(path)
        return not is_known

    def _note_copy(self, found: Generation) -> None:
        """Take note of a file that keeps what a truncated log held, also one that has an older log's name now."""
        for original, copy in self.truncated.items():
            first = self._first_of(original)
            if copy is None and found.path != original and first.is_of(found.identity, found.head):
                self.truncated[original] = found.path

    def _look_again(self, path: Path) -> None:
        """Take note of the file that has the name now, and of more of its beginning."""
        before, now = self._current[path], self._generation(path)
        if now is None or now == before:
            return
        if now.identity != before.identity or not now.head.startswith(before.head):
            self._earlier.append(before)
            if now.identity == before.identity and self._first_of(path) is before:
                self.truncated.setdefault(path, None)
        self._current[path] = now

    def _first_of(self, path: Path) -> Generation:
        """Return what a name led to when it was read first."""
        return next((one for one in self._earlier if one.path == path), self._current[path])

    def _generation(self, path: Path) -> Generation | None:
        """Return what a name leads to, read anew where the file has changed; None where it cannot be read."""
        try:
            status = path.stat()
        except OSError:
            self.problems.pop(path, None)
            return None
        stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if path not in self._read or self._read[path][0] != stamp:
            self._read[path] = stamp, self._begins(path, (status.st_dev, status.st_ino), status.st_size)
        return self._read[path][1]

    def _begins(self, path: Path, identity: Identity, size: int) -> Generation | None:
        """Read how a log begins, decompressed no further than that."""
        from triage_tui.logs.log_input import LogInput
        from triage_tui.logs.log_sources import open_gradually

        self.problems.pop(path, None)
        if size == 0:
            return Generation(path, identity, b"")
        try:
            source = open_gradually(LogInput(path.name, path=path)).content
        except UnreadableInput as error:
            self.problems[path] = str(error)
            return None
        try:
            return Generation(path, identity, source.read_at(0, HEAD_BYTES))
        finally:
            source.close()
