"""Follow a log that is written to: over rotation by rename, copytruncate, truncation, deletion and re-creation.

Every whole line is given once. What was written between the last poll and a truncation is in the copy that
copytruncate makes, if anywhere. What no poll can know: of a log that was rotated twice between two polls, the file in
the middle was never seen, and what is written between that copy and the truncation is lost to everybody. Of a file
whose end was cut off, less than half of its last 16 KiB may be missing, or it is read again. A file that takes the name
and holds what was read of the one before is the same log, fetched again: it is read on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.byte_source import ByteSource, FileBytes, open_file
from triage_tui.logs.tail import Cut, Tail

# logrotate renames first and tells the writer later: until then the old file still grows.
GRACE_SECONDS = 30.0
# So long a copy is looked for that keeps what a truncated file held.
COPY_SECONDS = 120.0


def whichever(path: Path) -> bool:
    """Read on in whichever file has a name."""
    del path
    return True


class Follower:
    """The lines that are appended to the file behind a name, whichever file that is.

    ``offset`` is where to begin in ``file``, which it closes; without one, in the file that is there now. ``clock``
    gives seconds. ``goes_on`` tells whether a file that took the name is read: rotation may have given it to a log that
    was read already. One thread only.
    """

    def __init__(
        self,
        path: Path,
        offset: int = 0,
        clock: Callable[[], float] = time.monotonic,
        goes_on: Callable[[Path], bool] = whichever,
        file: FileBytes | None = None,
    ) -> None:
        self._path, self._clock, self._goes_on = path, clock, goes_on
        self._current = Tail(file or open_file(path, path.name), offset)
        self._retired: list[tuple[Tail, float]] = []
        self._cuts: list[tuple[Cut, float]] = []
        self.problem = ""

    @property
    def lacks_lines(self) -> bool:
        """Whether a file was truncated of which some lines may be in a copy alone."""
        return bool(self._cuts)

    def poll(self) -> Iterator[bytes]:
        """Give the whole lines that came since the last poll, each with its newline; reads at most 4 MiB a file.

        Costs two calls of the system when nothing has changed.
        """
        for tail, _ in self._retired:
            yield from tail.lines()
        yield from self._current.lines()
        if self._retire_if_replaced():
            yield from self._current.lines()
        yield from self._give_up_cuts()
        yield from self._let_go()

    def lines_of_copy(self, copy: ByteSource) -> Iterator[bytes]:
        """Give the lines that a truncated file had since it was read last, if this is a copy of it."""
        for cut, at in list(self._cuts):
            if cut.was_made_in(copy):
                self._cuts.remove((cut, at))
                yield from cut.lines_of(copy)

    def close(self) -> None:
        """Close all files."""
        for tail in [self._current, *(tail for tail, _ in self._retired)]:
            tail.file.close()

    def _retire_if_replaced(self) -> bool:
        """Go over to the file that now has the name; the old one is read on until it has been quiet for a while."""
        try:
            status = self._path.stat()
        except OSError:
            return False
        if self._current.is_file(status) or not self._goes_on(self._path):
            return False
        try:
            successor = self._current.again_in(open_file(self._path, self._path.name))
        except UnreadableInput as refusal:
            self.problem = str(refusal)
            return False
        self._retired.append((self._current, self._clock()))
        self._current, self.problem = successor, ""
        return True

    def _let_go(self) -> Iterator[bytes]:
        now = self._clock()
        kept: list[tuple[Tail, float]] = []
        for tail, retired_at in self._retired:
            if now - max(retired_at, tail.changed_at(now)) < GRACE_SECONDS:
                kept.append((tail, retired_at))
            else:
                yield from tail.rest()
                tail.file.close()
        self._retired = kept

    def _give_up_cuts(self) -> Iterator[bytes]:
        """Note truncations, and give the torn lines of those of which no copy was found in time."""
        now = self._clock()
        for tail in [self._current, *(tail for tail, _ in self._retired)]:
            self._cuts += [(cut, now) for cut in tail.take_cuts()]
        for cut, at in [one for one in self._cuts if now - one[1] >= COPY_SECONDS]:
            self._cuts.remove((cut, at))
            yield from cut.torn_line()
