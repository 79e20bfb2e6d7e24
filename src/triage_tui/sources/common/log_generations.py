"""Which of the files that globs match, or that rotation has left beside them, are new, and which were read already.

Rotation renames a log, copies it (copytruncate) or compresses it; what was read once must not come twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from triage_tui.investigation.source import UnreadableInput

if TYPE_CHECKING:
    from triage_tui.logs.content.byte_source import FileBytes
    from triage_tui.logs.following.files_read import Identity, ReadFile

Stamp = tuple[int, ...]


class Seen(NamedTuple):
    """What a name led to: the open file, how its text begins, and whether it is a plain one, which may grow."""

    path: Path
    file: FileBytes
    identity: Identity
    head: bytes
    is_plain: bool


class Newcomer(NamedTuple):
    """A file that nobody has read, and by what it is known from now on; who reads it closes ``file``."""

    path: Path
    file: FileBytes
    known: ReadFile


class LogGenerations:
    """What is known of the files that were read so far; ``problems`` says by path why one could not be read."""

    def __init__(self) -> None:
        from triage_tui.logs.following.files_read import FilesRead

        self.read = FilesRead()
        self.problems: dict[Path, str] = {}
        self._heads: dict[Path, tuple[Stamp, bytes, bool]] = {}
        self._passed_over: set[Stamp] = set()
        self._families: set[tuple[Path, str]] = set()

    def newcomers(self, paths: Iterable[Path], followed: Collection[Path]) -> Iterator[Newcomer]:
        """Give the files that nobody has read under any name, and note them as read; empty ones may be new later.

        What a name that is ``followed`` leads to, its follower reads.
        """
        for path in sorted({*paths} - {*followed}):
            self.problems.pop(path, None)
            try:
                seen = self.look(path)
            except UnreadableInput as error:
                self.problems |= {path: str(error)} if path.exists() else {}
                continue
            known = self.read.claim(path, seen.identity, seen.head, is_open=seen.is_plain)
            if known is not None:
                yield Newcomer(path, seen.file, known)
            else:
                seen.file.close()

    def pass_over_beside(self, paths: Collection[Path]) -> None:
        """Let the earlier generations of logs that are named for the first time be none of theirs, if they are not."""
        from triage_tui.logs.content.byte_source import open_file
        from triage_tui.logs.content.decompressors import compression_of
        from triage_tui.logs.following.files_read import HEAD_BYTES, family_of, identity_of

        families = {path: (path.parent, family_of(path.name)) for path in paths}
        new = [path for path, family in families.items() if family not in self._families]
        self._families.update(families.values())
        for path in generations_beside(new, paths):
            with contextlib.suppress(OSError, UnreadableInput):
                self._passed_over.add(_stamp_of_content(path))
                with contextlib.closing(open_file(path, path.name)) as file:
                    if compression_of(file) is None:
                        self.read.pass_over(path, identity_of(file), file.read_at(0, HEAD_BYTES))

    def between(self, logs: Collection[Path], paths: Collection[Path]) -> list[Path]:
        """The files beside logs that were rotated, and that no glob names, which may have been theirs for a moment."""
        found = []
        for path in generations_beside(logs, paths):
            with contextlib.suppress(OSError):
                found += [path] if _stamp_of_content(path) not in self._passed_over else []
        return found

    def look(self, path: Path) -> Seen:
        """Open what a name leads to; of a file that has changed, the beginning is read anew.

        Raises ``UnreadableInput``.
        """
        from triage_tui.logs.content.byte_source import open_file
        from triage_tui.logs.following.files_read import identity_of

        file = open_file(path, path.name)
        status = file.status()
        stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        try:
            return Seen(path, file, identity_of(file), *self._head(path, file, stamp))
        except UnreadableInput:
            file.close()
            raise

    def _head(self, path: Path, file: FileBytes, stamp: Stamp) -> tuple[bytes, bool]:
        """Read how a log begins, decompressed no further than that."""
        known = self._heads.get(path)
        if known is None or known[0] != stamp:
            known = self._heads[path] = stamp, *_read_head(path, file)
        return known[1:]


def generations_beside(logs: Collection[Path], paths: Collection[Path]) -> list[Path]:
    """The files of which rotation may have made the names, and which are none of ``paths``."""
    from triage_tui.logs.following.files_read import family_of

    families = {(log.parent, family_of(log.name)) for log in logs}
    named, found = {*paths, *logs}, list[Path]()
    for folder in {log.parent for log in logs}:
        with contextlib.suppress(OSError):
            found += [one for one in folder.iterdir() if (folder, family_of(one.name)) in families]
    return sorted(one for one in found if one not in named)


def _stamp_of_content(path: Path) -> Stamp:
    """What a file keeps under another name, and another one with its inode does not have."""
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_mtime_ns


def _read_head(path: Path, file: FileBytes) -> tuple[bytes, bool]:
    from triage_tui.logs.content.byte_source import FileBytes
    from triage_tui.logs.content.log_sources import open_gradually
    from triage_tui.logs.following.files_read import HEAD_BYTES
    from triage_tui.logs.log_input import LogInput

    if file.size == 0:
        return b"", True
    source = open_gradually(LogInput(path.name, path=path, file=file)).content
    try:
        return source.read_at(0, HEAD_BYTES), isinstance(source, FileBytes)
    finally:
        source.close()
