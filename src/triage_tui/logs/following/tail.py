"""One open file that is written to: what is new in it, and where it was cut."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from triage_tui.logs.content.byte_source import ByteSource, FileBytes
from triage_tui.logs.content.framing import CLIPPED_BYTES, LINE_BYTES_CAP, line_blocks
from triage_tui.logs.following.files_read import HEAD_BYTES, FilesRead, ReadFile

POLL_BYTES = 4 << 20
# So far back it is known what stood in the file: lines may end alike, and then their beginnings tell them apart.
_RECENT_BYTES = 16 << 10
_LEAST_KEPT_BYTES = 256


class Cut(NamedTuple):
    """The place up to which whole lines of a file were read that was truncated then.

    ``before`` are the bytes before that place, and ``torn`` the beginning of a line behind it.
    """

    place: int
    before: bytes
    torn: bytes

    def was_made_in(self, copy: ByteSource, *, is_generation: bool = False) -> bool:
        """Whether a file keeps what the truncated one held; of the log's own generations a few bytes tell that too."""
        known = self.before + self.torn
        is_telling = len(known) >= (1 if is_generation else _LEAST_KEPT_BYTES)
        return is_telling and copy.read_at(self.place - len(self.before), len(known)) == known

    def lines_of(self, copy: ByteSource) -> Iterator[bytes]:
        """The lines of the copy that were not read before."""
        for block in line_blocks(copy, self.place):
            yield from (line + b"\n" for line in block.data.removesuffix(b"\n").split(b"\n"))

    def torn_line(self) -> Iterator[bytes]:
        """The line that was not read to its end, if there is one."""
        if self.torn:
            yield self.torn + b"\n"


class Tail:
    """One open file, how far it was read, and the torn line at its end.

    ``known`` is what is noted of it in ``files``.
    """

    def __init__(self, file: FileBytes, offset: int, files: FilesRead, known: ReadFile) -> None:
        self.file, self._offset, self._files, self.known = file, offset, files, known
        known.file = file
        self._began_at = 0
        self._torn, self._is_clipped = b"", False
        self._recent = file.read_at(max(0, offset - _RECENT_BYTES), min(offset, _RECENT_BYTES))
        self._seen: tuple[int, int] | None = None
        self._changed_at: float | None = None
        self._cuts: list[Cut] = []

    def take_cuts(self) -> list[Cut]:
        """The truncations since this was asked last."""
        cuts, self._cuts = self._cuts, []
        return cuts

    def close(self) -> None:
        """Close the file: nobody reads on in it."""
        self._files.close(self.known, self.file)

    def again_in(self, file: FileBytes, known: ReadFile) -> Tail:
        """Return the tail of the file that took this one's name: where that is a copy, it goes on at the same place.

        So comes a log that is fetched again and again, as by rsync. Of a file that was not read to its end nobody knows
        what the copy has of it: that is read from its beginning.
        """
        count, is_read = len(self._recent), self._seen is not None
        is_copy = is_read and count >= _LEAST_KEPT_BYTES and file.read_at(self._offset - count, count) == self._recent
        other = Tail(file, self._offset if is_copy else 0, self._files, known)
        if is_copy:
            other._torn, other._is_clipped = self._torn, self._is_clipped
            self._torn, self._is_clipped = b"", False
        return other

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
                self._begin_anew()
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
        self.known.head = self.known.head[: self._offset]
        return True

    def _begin_anew(self) -> None:
        before = self._recent[: max(0, len(self._recent) - len(self._torn))]
        self._cuts.append(Cut(self._offset - len(self._torn), before, self._torn))
        self._torn, self._is_clipped = b"", False
        self._offset, self._recent = self.file.first_byte_written(), b""
        self._began_at, self.known = self._offset, self._files.begin_anew(self.known)

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
        if len(self.known.head) < HEAD_BYTES and self._offset - self._began_at <= len(self._recent):
            self.known.head = self._recent[:HEAD_BYTES]
        return fresh
