"""The lines that a log gets while it is followed, kept apart from the file that they came from.

They are copied to an unnamed temporary file: whatever rotation does to the log, what was seen can be shown again.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from triage_tui.logs.content.byte_source import ByteSource, FileBytes
from triage_tui.logs.content.framing import after_last_newline
from triage_tui.logs.content.temporary_bytes import TemporaryBytes, no_room
from triage_tui.logs.following.files_read import FilesRead
from triage_tui.logs.following.follow import Follower
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.index_options import IndexOptions
from triage_tui.logs.records.record_reader import RecordReader


class FollowedLog:
    """One log from where its index ends: ``before`` is that index, ``appended`` the one of the lines that came since.

    ``file`` is the one that was indexed. Its last record goes over to ``appended``: the lines to come may go on it, as
    those of a stack trace that is being written. Line numbers count on over rotations; ``files`` is the ``Follower``'s.

    With ``leaves_rest``, it is followed from behind its last newline now, and so is a file that has taken its name by
    then; ``left_out`` bytes before that are never read. How many lines they have is not known, nor how many a file had
    still that was cut while it was read: those behind them count from 1 in a log of their own name, which is
    ``NAME@OFFSET`` with the byte where they begin.
    """

    def __init__(
        self,
        path: Path,
        before: FileIndex,
        file: FileBytes,
        options: IndexOptions,
        files: FilesRead,
        *,
        leaves_rest: bool = False,
    ) -> None:
        self.path, end = path, before.indexed_to
        start = after_last_newline(file, end, file.size) if leaves_rest else end
        # The file that was indexed is read on, also where the log has another one by now.
        self._follower = Follower(path, start, files=files, file=file.again())
        is_cut = before.beginning.stops_at_cut()
        if is_cut:
            unused, end = self._follower, 0
            start = after_last_newline(file, end, file.size) if leaves_rest else end
            self._follower = Follower(path, start, files=files, file=file.again())
            unused.close()
        self.left_out = start - end + (self._follower.leave_out_successor() if leaves_rest else 0)
        goes_on = not self.left_out and not is_cut
        last_record, name = before.take_out_last() if goes_on else b"", before.reader.source.name
        name = name if goes_on else f"{name}@{start}"
        self._copy, self._waiting, self._full = TemporaryBytes(name), bytearray(), ""
        reader = RecordReader(self._copy, formats=before.reader.formats.copied())
        self.before, self.appended = before, FileIndex(reader, options, after=before if goes_on else None)
        self._waiting += last_record
        self._kept()
        self.appended.advance()

    @property
    def problem(self) -> str:
        """Why the file cannot be followed at the moment, "" if it can."""
        return self._full or self._follower.problem

    @property
    def lacks_lines(self) -> bool:
        """Whether some lines of the log may be in a copy alone, which rotation has left."""
        return self._follower.lacks_lines

    @property
    def rotations(self) -> int:
        """How often its name has led to another file, or to other content, since it is followed."""
        return self._follower.rotations

    def take_from(self, copy: ByteSource, path: Path | None = None) -> None:
        """Copy what such a copy has beyond what was read, as ``take_new_lines`` does."""
        for line in self._follower.lines_of_copy(copy, path):
            self._waiting += line

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


class FollowedLogs:
    """The logs that are followed; any thread."""

    def __init__(self, options: IndexOptions) -> None:
        self._options, self._logs = options, list[FollowedLog]()
        self._lock = Lock()
        self.files = FilesRead()

    def __bool__(self) -> bool:
        return bool(self._logs)

    @property
    def before(self) -> list[FileIndex]:
        """The indexes of what the files held when they were first followed."""
        return [log.before for log in self._logs]

    @property
    def appended(self) -> list[FileIndex]:
        """The indexes of what has come since."""
        return [log.appended for log in self._logs]

    @property
    def lacking_lines(self) -> list[Path]:
        """The logs that were truncated, of which some lines may be in a copy alone."""
        return [log.path for log in self._logs if log.lacks_lines]

    @property
    def paths(self) -> list[Path]:
        """The names of all that are followed."""
        return [log.path for log in self._logs]

    @property
    def rotations(self) -> dict[Path, int]:
        """How often the name of a log has led to another file, or to other content; those alone where it has."""
        return {log.path: log.rotations for log in self._logs if log.rotations}

    @property
    def problems(self) -> list[str]:
        """Which files cannot be followed at the moment, and why."""
        return [f"{log.before.reader.source.name}: {log.problem}" for log in self._logs if log.problem]

    def add(self, path: Path | None, index: FileIndex, *, leaves_rest: bool = False) -> None:
        """Follow a log from where its index ends, but none of which the file holds something else than its lines."""
        source = index.reader.source
        if path is not None and isinstance(source, FileBytes) and not isinstance(source, TemporaryBytes):
            log = FollowedLog(path, index, source, self._options, self.files, leaves_rest=leaves_rest)
            with self._lock:
                self._logs.append(log)

    def left_out_of(self, index: FileIndex) -> int | None:
        """How many bytes of a log are left out; None of one that is not followed."""
        return next((log.left_out for log in self._logs if log.before is index), None)

    def take_new_lines(self) -> None:
        """``FollowedLog.take_new_lines`` of each."""
        with self._lock:
            for log in self._logs:
                log.take_new_lines()

    def take_from(self, copy: ByteSource, path: Path | None = None) -> None:
        """``FollowedLog.take_from`` of each: nothing comes from a file that is no copy of theirs."""
        with self._lock:
            for log in self._logs:
                log.take_from(copy, path)

    def close(self) -> None:
        """``FollowedLog.close`` of each."""
        for log in self._logs:
            log.close()
