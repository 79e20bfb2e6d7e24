"""What logs held that were truncated, read on from the copies that rotation has left of them."""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.investigation.source import UnreadableInput

if TYPE_CHECKING:
    from triage_tui.logs.indexed_logs import IndexedLogs
    from triage_tui.sources.common.log_generations import LogGenerations


class RotationCopies:
    """The copies of the logs that ``generations`` knows, whose names are those in ``names`` by their paths."""

    def __init__(self, generations: LogGenerations, names: Mapping[Path, str]) -> None:
        self._generations, self._names = generations, names
        self._taken: dict[Path, Path | None] = {}
        self._looked_at: dict[tuple[Path, Path], tuple[int, ...]] = {}

    @property
    def lost(self) -> list[str]:
        """Of which logs no copy was found, in words."""
        lost = [path.name for path, copy in self._generations.truncated.items() if copy is None]
        return [f"{name} was truncated: what it held before is gone" for name in lost]

    def take(self, indexed: IndexedLogs, paths: Sequence[Path]) -> bool:
        """Read what logs held that were truncated from the copies that rotation has left; tells whether there are any.

        The last lines of a log may have been written after the last look at it.
        """
        self._generations.look_for_copies(_beside)
        has_copies = self._read_first(indexed)
        for log in indexed.followed.lacking_lines:
            for path in sorted({*paths, *_beside(log)} - {log}):
                has_copies |= self._read_end_from(path, log, indexed)
        return has_copies

    def _read_first(self, indexed: IndexedLogs) -> bool:
        """Read what a log held that was truncated from the copy that rotation has left; without one, it is gone."""
        from triage_tui.logs.byte_source import MemoryBytes
        from triage_tui.logs.log_input import LogInput
        from triage_tui.logs.log_sources import open_source

        found = {log: copy for log, copy in self._generations.truncated.items() if self._taken.get(log, log) != copy}
        for log, copy in found.items():
            name = self._names[log]
            try:
                source = open_source(LogInput(name, path=copy))[0] if copy else MemoryBytes(name, b"")
            except UnreadableInput:
                # Rotation has moved it on by now; it is looked for again.
                self._generations.truncated[log] = None
                continue
            indexed.read_from(source)
            self._taken[log] = copy
        return bool(found)

    def _read_end_from(self, path: Path, log: Path, indexed: IndexedLogs) -> bool:
        """Read the last lines of a log from a file that may be a copy of it, once as long as it does not change."""
        from triage_tui.logs.log_input import LogInput
        from triage_tui.logs.log_sources import open_source

        with contextlib.suppress(OSError, UnreadableInput):
            status = path.stat()
            looked_at = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if self._looked_at.get((log, path)) != looked_at:
                self._looked_at[log, path] = looked_at
                indexed.followed.take_from(open_source(LogInput(path.name, path=path))[0])
                return indexed.extend() > 0
        return False


def _beside(log: Path) -> list[Path]:
    """The files whose names begin as that of a log does: rotation leaves its copies there."""
    return sorted(log.parent.glob(f"{glob.escape(log.name)}?*"))
