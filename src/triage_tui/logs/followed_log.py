"""The lines that a log gets while it is followed, kept apart from the file that they came from.

They are copied to an unnamed temporary file: whatever rotation does to the log, what was seen can be shown again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from triage_tui.logs.byte_source import FileBytes
from triage_tui.logs.chunk_reader import IndexOptions
from triage_tui.logs.follow import Follower, whichever
from triage_tui.logs.index import FileIndex
from triage_tui.logs.record_reader import RecordReader
from triage_tui.logs.temporary_bytes import TemporaryBytes, no_room


class FollowedLog:
    """One log from where its index ends: ``before`` is that index, ``appended`` the one of the lines that came since.

    Line numbers count on over rotations; ``goes_on`` is the ``Follower``'s. Raises ``UnreadableInput`` where the file
    cannot be opened any more.
    """

    def __init__(
        self, path: Path, before: FileIndex, options: IndexOptions, goes_on: Callable[[Path], bool] = whichever
    ) -> None:
        begin = before.indexed_to if _is_same_file(path, before) else 0
        self._follower = Follower(path, begin, goes_on=goes_on)
        self._copy, self._waiting, self._full = TemporaryBytes(before.reader.source.name), bytearray(), ""
        reader = RecordReader(self._copy, formats=before.reader.formats.copied())
        self.before, self.appended = before, FileIndex(reader, options, first_line=before.next_line)

    @property
    def problem(self) -> str:
        """Why the file cannot be followed at the moment, "" if it can."""
        return self._full or self._follower.problem

    def take_new_lines(self) -> None:
        """Copy the whole lines that came since the last call; the index reads them with its next advance.

        Where the temporary folder is full, no more are taken until there is room: they stay in their file meanwhile.
        """
        if self._kept():
            for line in self._follower.poll():
                self._waiting += line
            self._kept()

    def _kept(self) -> bool:
        """Copy what waits; False where there is no room for it."""
        try:
            self._copy.append(self._waiting)
        except OSError as error:
            self._full = f"lines that came are not shown yet: {no_room(error)}"
            return False
        self._waiting.clear()
        self._full = ""
        return True

    def close(self) -> None:
        """Stop following; the copied lines can still be read through the index."""
        self._follower.close()


def _is_same_file(path: Path, index: FileIndex) -> bool:
    """Tell a log from the one that took its name since it was indexed."""
    source = index.reader.source
    try:
        return isinstance(source, FileBytes) and os.path.samestat(path.stat(), source.status())
    except FileNotFoundError:
        return False
