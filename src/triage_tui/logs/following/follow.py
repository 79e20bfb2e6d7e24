"""Follow a log that is written to: over rotation by rename, copytruncate, truncation, deletion and re-creation.

Every whole line is given once. What was written between the last poll and a truncation is in the copy that
copytruncate makes, if anywhere. What no poll can know: of a log that was rotated twice between two polls, the file in
the middle never had the name (who looks at the files beside finds it, by what ``files_read`` has noted), and what is
written between that copy and the truncation is lost to everybody. Of a file
whose end was cut off, less than half of its last 16 KiB may be missing, or it is read again. A file that takes the name
and holds what was read of the one before is the same log, fetched again: it is read on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.byte_source import ByteSource, FileBytes, open_file
from triage_tui.logs.content.framing import after_last_newline
from triage_tui.logs.following.files_read import HEAD_BYTES, FilesRead, identity_of, is_generation_of
from triage_tui.logs.following.tail import Cut, Tail

# logrotate renames first and tells the writer later: until then the old file still grows.
GRACE_SECONDS = 30.0
# So long a copy is looked for that keeps what a truncated file held.
COPY_SECONDS = 120.0


class Follower:
    """The lines that are appended to the file behind a name, whichever file that is.

    ``offset`` is where to begin in ``file``, which it closes; without one, in the file that is there now. ``clock``
    gives seconds. What is read is noted in ``files``, and no file that is known there: rotation may have given the name
    to a log that was read already. One thread only.
    """

    def __init__(
        self,
        path: Path,
        offset: int = 0,
        clock: Callable[[], float] = time.monotonic,
        files: FilesRead | None = None,
        file: FileBytes | None = None,
    ) -> None:
        self._path, self._clock, self._files = path, clock, files or FilesRead()
        file = file or open_file(path, path.name)
        self._current = Tail(file, offset, self._files, self._files.reads_on(path, file, offset))
        self._retired: list[tuple[Tail, float]] = []
        self._empty: list[tuple[FileBytes, float]] = []
        self._cuts: list[tuple[Cut, float]] = []
        self.problem, self.rotations = "", 0

    @property
    def lacks_lines(self) -> bool:
        """Whether a file was truncated of which some lines may be in a copy alone."""
        return bool(self._cuts)

    def poll(self) -> Iterator[bytes]:
        """Give the whole lines that came since the last poll, each with its newline; reads at most 4 MiB a file.

        Costs two calls of the system when nothing has changed and the file has its name.
        """
        for tail, _ in self._retired:
            yield from tail.lines()
        yield from self._current.lines()
        for tail in self._successors():
            yield from tail.lines()
        yield from self._give_up_cuts()
        yield from self._let_go()

    def lines_of_copy(self, copy: ByteSource, path: Path | None = None) -> Iterator[bytes]:
        """Give the lines that a truncated file had since it was read last, if this one at a path is a copy of it."""
        is_generation = path is not None and is_generation_of(path, self._path)
        for cut, at in list(self._cuts):
            if cut.was_made_in(copy, is_generation=is_generation):
                self._cuts.remove((cut, at))
                yield from cut.lines_of(copy)

    def leave_out_successor(self) -> int:
        """Go over to the file that has taken the name by now, behind its last newline; returns where that is."""
        file = self._newest()
        end = after_last_newline(file, 0, file.size) if file is not None else 0
        if file is None or not end:
            return 0
        head, before = file.read_at(0, HEAD_BYTES), self._current.known
        known = self._files.claim(self._path, identity_of(file), head, after=before)
        if known is None:
            file.close()
            return 0
        self._retired.append((self._current, self._clock()))
        self._current, self.rotations = Tail(file, end, self._files, known), self.rotations + 1
        return end

    def close(self) -> None:
        """Close all files."""
        for tail in [self._current, *(tail for tail, _ in self._retired)]:
            tail.close()
        for file, _ in self._empty:
            file.close()

    def _successors(self) -> list[Tail]:
        """Go over to the file that now has the name; the old one is read on until it has been quiet for a while.

        So is one that had the name in between, and was still empty when it was seen.
        """
        now, newest = self._clock(), self._newest()
        seen = [*self._empty, *([(newest, now)] if newest is not None else [])]
        self._empty, found = [], list[Tail]()
        for file, seen_at in seen:
            if head := file.read_at(0, HEAD_BYTES):
                found += self._begun(file, head, has_name=file is seen[-1][0])
            elif now - seen_at < GRACE_SECONDS or file is seen[-1][0]:
                self._empty.append((file, seen_at))
            else:
                file.close()
        return found

    def _newest(self) -> FileBytes | None:
        """The file that has the name, where it is none that is open."""
        try:
            status = self._path.stat()
            files = [self._current.file, *(file for file, _ in self._empty[-1:])]
            is_open = any(identity_of(file) == (status.st_dev, status.st_ino) for file in files)
            return None if is_open else open_file(self._path, self._path.name)
        except OSError:
            return None
        except UnreadableInput as refusal:
            self.problem = str(refusal)
            return None

    def _begun(self, file: FileBytes, head: bytes, *, has_name: bool) -> list[Tail]:
        """Read a file that begins so, unless it is known already."""
        known = self._files.claim(self._path, identity_of(file), head, after=self._current.known)
        if known is None:
            file.close()
            return []
        now, self.problem, self.rotations = self._clock(), "", self.rotations + 1
        if not has_name:
            self._retired.append((Tail(file, 0, self._files, known), now))
            return [self._retired[-1][0]]
        self._retired.append((self._current, now))
        self._current = self._current.again_in(file, known)
        return [self._current]

    def _let_go(self) -> Iterator[bytes]:
        now = self._clock()
        kept: list[tuple[Tail, float]] = []
        for tail, retired_at in self._retired:
            if now - max(retired_at, tail.changed_at(now)) < GRACE_SECONDS:
                kept.append((tail, retired_at))
            else:
                yield from tail.rest()
                tail.close()
        self._retired = kept

    def _give_up_cuts(self) -> Iterator[bytes]:
        """Note truncations, and give the torn lines of those of which no copy was found in time."""
        now = self._clock()
        for tail in [self._current, *(tail for tail, _ in self._retired)]:
            cuts = [(cut, now) for cut in tail.take_cuts()]
            self._cuts, self.rotations = [*self._cuts, *cuts], self.rotations + len(cuts)
        for cut, at in [one for one in self._cuts if now - one[1] >= COPY_SECONDS]:
            self._cuts.remove((cut, at))
            yield from cut.torn_line()
