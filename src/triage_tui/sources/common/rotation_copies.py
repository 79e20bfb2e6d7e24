"""What logs held that were truncated, read on from the copies that rotation has left of them."""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.log_generations import generations_beside

if TYPE_CHECKING:
    from triage_tui.logs.indexed_logs import IndexedLogs
    from triage_tui.sources.common.log_generations import LogGenerations, Seen


class _Truncated(NamedTuple):
    """A log, and how what it held began when it was read first."""

    path: Path
    head: bytes

    def is_kept_in(self, seen: Seen) -> bool:
        """Whether a file keeps what the log held."""
        from triage_tui.logs.following.files_read import ReadFile

        kept = ReadFile(self.path, (0, 0), self.head, is_open=False)
        return len(seen.head) >= len(self.head) and kept.is_like(seen.path, seen.identity, seen.head)


class RotationCopies:
    """The copies of logs that were truncated, among the files that ``generations`` looks at."""

    def __init__(self, generations: LogGenerations) -> None:
        self._generations = generations
        self._truncated: dict[str, _Truncated] = {}
        self._looked_at: dict[tuple[Path, Path], tuple[int, ...]] = {}

    @property
    def lost(self) -> list[str]:
        """Of which logs no copy was found, in words."""
        return [f"{one.path.name} was truncated: what it held before is gone" for one in self._truncated.values()]

    def take(self, indexed: IndexedLogs, paths: Collection[Path]) -> bool:
        """Read what logs held that were truncated from the copies that rotation has left; tells whether there are any.

        The last lines of a log may have been written after the last look at it.
        """
        has_copies = self._read_first(indexed, paths)
        for log in indexed.followed.lacking_lines:
            for path in _may_be_copies(log, paths):
                has_copies |= self._read_end_from(path, log, indexed)
        return has_copies

    def _read_first(self, indexed: IndexedLogs, paths: Collection[Path]) -> bool:
        """Read what a log held that was truncated from the copy that rotation has left; without one, it is gone."""
        from triage_tui.logs.content.byte_source import MemoryBytes

        overwritten = indexed.overwritten
        for path, file in overwritten:
            self._truncated[file.reader.source.name] = _Truncated(path, file.beginning.head)
            indexed.read_from(MemoryBytes(file.reader.source.name, b""))
        copied = [name for name in [*self._truncated] if self._read_copy(name, indexed, paths)]
        for name in copied:
            del self._truncated[name]
        return bool(overwritten or copied)

    def _read_copy(self, name: str, indexed: IndexedLogs, paths: Collection[Path]) -> bool:
        from triage_tui.logs.content.log_sources import open_source
        from triage_tui.logs.log_input import LogInput

        truncated = self._truncated[name]
        for path in _may_be_copies(truncated.path, paths):
            with contextlib.suppress(UnreadableInput):
                seen = self._generations.look(path)
                with contextlib.closing(seen.file):
                    if truncated.is_kept_in(seen):
                        indexed.read_from(open_source(LogInput(name, path=path, file=seen.file))[0])
                        return True
        return False

    def _read_end_from(self, path: Path, log: Path, indexed: IndexedLogs) -> bool:
        """Read the last lines of a log from a file that may be a copy of it, once as long as neither changes."""
        from triage_tui.logs.content.log_sources import open_source
        from triage_tui.logs.log_input import LogInput

        with contextlib.suppress(OSError, UnreadableInput):
            status = path.stat()
            looked_at = (
                *(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns),
                indexed.followed.rotations[log],
            )
            if self._looked_at.get((log, path)) != looked_at:
                self._looked_at[log, path] = looked_at
                indexed.followed.take_from(open_source(LogInput(path.name, path=path))[0], path)
                return indexed.extend() > 0
        return False


def _may_be_copies(log: Path, paths: Collection[Path]) -> list[Path]:
    """The files in which a log may have been copied: those that globs match, and those beside it with such a name."""
    named_by_it = log.parent.glob(f"{glob.escape(log.name)}?*")
    return sorted({*paths, *named_by_it, *generations_beside([log], [])} - {log})
