"""What was read of which files: by this a log is known again that rotation has renamed, copied or compressed.

It is noted by who reads, of what was read: what a name leads to a moment later may be another file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from triage_tui.logs.content.byte_source import FileBytes

HEAD_BYTES = 1024
LEAST_TELLING_BYTES = 256
"""Of less than this, two logs that are no copies of each other may have the same."""

Identity = tuple[int, int]
_COMPRESSED = re.compile(r"\.(?:gz|zst|bz2|xz)$")
# app.log.1 and app.log-20261124 are generations of app.log, and so is app-2026-11-24T02.log; web-1.log is none.
_GENERATION = re.compile(r"[._-]\d[\d.:TZ_-]*$|[._-]\d{4}-?\d\d[\d.:TZ_-]*(?=\.[a-z]+$)")


@dataclass(slots=True, eq=False)
class ReadFile:
    """One file that a name led to, as far as it was read.

    Attributes:
        path: the name.
        identity: its device and inode.
        head: how what was read begins.
        is_open: whether somebody reads on in it, whatever it may hold by then.
        file: the open file, where it is read on.
    """

    path: Path
    identity: Identity
    head: bytes
    is_open: bool = True
    file: FileBytes | None = None

    def is_like(self, path: Path, identity: Identity, head: bytes) -> bool:
        """Whether a file is this one, or a copy of it: a whole one, or one that is being written."""
        if identity == self.identity and self.is_open:
            return True
        if not self.head or not (head.startswith(self.head) or self.head.startswith(head)):
            return False
        is_telling = min(len(head), len(self.head)) >= LEAST_TELLING_BYTES
        return is_telling or identity == self.identity or is_generation_of(path, self.path)

    def will_be_like(self, path: Path, identity: Identity, head: bytes) -> bool:
        """The same of what is in the file and still to be read: after a truncation it may have been copied again."""
        if self.file is None or identity == self.identity:
            return False
        return ReadFile(self.path, self.identity, self.file.read_at(0, HEAD_BYTES)).is_like(path, identity, head)


class FilesRead:
    """The files that were read, and those that are not to be; any thread may ask."""

    def __init__(self) -> None:
        self._lock, self._files = Lock(), list[ReadFile]()

    def claim(
        self, path: Path, identity: Identity, head: bytes, *, after: ReadFile | None = None, is_open: bool = True
    ) -> ReadFile | None:
        """Let a file be read by who asks; None where it was, and where it is empty.

        So may be one that is read ``after`` another file of its name, of which it is the copy: it is gone on with.
        """
        with self._lock:
            others = self._others(after)
            if not head or any(one.is_like(path, identity, head) for one in others):
                return None
            if after is None and any(one.will_be_like(path, identity, head) for one in others):
                return None
            self._files.append(ReadFile(path, identity, head, is_open))
            return self._files[-1]

    def pass_over(self, path: Path, identity: Identity, head: bytes) -> None:
        """Let nobody read a file."""
        with self._lock:
            self._files.append(ReadFile(path, identity, head, is_open=False))

    def reads_on(self, path: Path, file: FileBytes, end: int) -> ReadFile:
        """What is read on, from ``end``, of a file that may be known; of one that was truncated since, it is new."""
        identity, head = identity_of(file), file.read_at(0, min(end, HEAD_BYTES))
        with self._lock:
            for one in self._files:
                if one.identity == identity and one.is_open and head.startswith(one.head[: len(head)]):
                    one.head, one.file = max(one.head, head, key=len), file
                    return one
            self._files.append(ReadFile(path, identity, head, file=file))
            return self._files[-1]

    def begin_anew(self, known: ReadFile) -> ReadFile:
        """What is read from now on of a file that was truncated."""
        with self._lock:
            self._files.append(ReadFile(known.path, known.identity, b"", file=known.file))
            known.is_open, known.file = False, None
            return self._files[-1]

    def close(self, known: ReadFile, file: FileBytes) -> None:
        """Close a file that nobody reads on."""
        with self._lock:
            known.is_open, known.file = False, None
            file.close()

    def forget(self, known: ReadFile) -> None:
        """Take a file for a new one that could not be read."""
        with self._lock:
            self._files.remove(known)

    def _others(self, after: ReadFile | None) -> Sequence[ReadFile]:
        """All that were read but those of one log that began alike: a log that is fetched anew is gone on with."""
        if after is None:
            return self._files
        return [one for one in self._files if one.path != after.path or not after.head.startswith(one.head)]


def identity_of(file: FileBytes) -> Identity:
    """The device and the inode of an open file."""
    status = file.status()
    return status.st_dev, status.st_ino


def is_generation_of(path: Path, log: Path) -> bool:
    """Whether rotation may have given a name to what another name leads to, or led to."""
    return path.parent == log.parent and path.name != log.name and family_of(path.name) == family_of(log.name)


@lru_cache(maxsize=1024)
def family_of(name: str) -> str:
    """The name of a log without what tells its generations apart."""
    return _GENERATION.sub("", _COMPRESSED.sub("", name), count=1)
