"""What a log is read from, and how. Nothing heavy is loaded here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import msgspec

from triage_tui.logs.content.byte_source import FileBytes


class LogInput(msgspec.Struct, frozen=True):
    """One log: a file, or bytes that are in memory under a name of their own.

    A ``file`` is the one that is read where its path may lead to another one by now; whoever has opened it closes it.
    """

    name: str
    path: Path | None = None
    data: bytes | None = None
    file: FileBytes | None = None

    @property
    def size(self) -> int:
        """Bytes as they are stored, compressed or not; 0 for a file that is not there."""
        if self.path is None:
            return len(self.data or b"")
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


class LogOptions(msgspec.Struct, frozen=True):
    """How logs are read.

    Attributes:
        assumed_zone: the zone of times that carry no offset.
        id_fields: names of further fields that hold a correlation ID.
        user_formats: a folder with the user's own formats.
        today: gives the year to times that leave it out (UTC); now where None.
    """

    assumed_zone: tzinfo = UTC
    id_fields: frozenset[str] = frozenset()
    user_formats: Path | None = None
    today: datetime | None = None


DEFAULT_OPTIONS = LogOptions()


def log_inputs(paths: Sequence[Path]) -> list[LogInput]:
    """Name files by what tells them apart: their own names, with as many folders as it takes."""
    names = [path.name for path in paths]
    return [
        LogInput(str(path) if names.count(path.name) > 1 else path.name, path=path) for path in dict.fromkeys(paths)
    ]
