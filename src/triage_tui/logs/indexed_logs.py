"""Logs of any size: their indexes are built in the background, kept for the next time, and grow with the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Event, Lock

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.chosen_records import ChosenRecords
from triage_tui.logs.completeness import LeftOut, completeness_of
from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.excerpts import excerpts_of
from triage_tui.logs.following.files_read import FilesRead
from triage_tui.logs.following.followed_log import FollowedLogs
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.index.index_building import IndexBuilding, read_later
from triage_tui.logs.index.index_rows import LATER
from triage_tui.logs.index.log_indexes import LogIndexes
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput, LogOptions
from triage_tui.logs.progress import Progress
from triage_tui.logs.search.error_scan import FoundErrors, together
from triage_tui.logs.store import LogStore

# Analysis holds its records in memory, at about three times the bytes of their text.
FRAME_BYTES_CAP = 32 << 20


class IndexedLogs:
    """Several logs and their indexes. Any thread may take a ``store`` while another one builds.

    Raises ``UnreadableInput`` where a log cannot be opened.

    Attributes:
        followed: the logs that are followed.
        left_out: how much of logs that are followed is never read, None where nothing is left out.
    """

    def __init__(
        self,
        inputs: Sequence[LogInput],
        options: LogOptions = DEFAULT_OPTIONS,
        cache_folder: Path | None = None,
    ) -> None:
        self._options, self._lock = options, Lock()
        self._indexes = LogIndexes(options, cache_folder, len(inputs))
        self._inputs = sorted(inputs, key=lambda one: one.name)
        self._files = [self._indexes.opened(one) for one in self._inputs]
        self._building, self._joining = IndexBuilding(self._indexes), IndexBuilding(self._indexes)
        self._completing = Lock()
        self.followed = FollowedLogs(self._indexes.reading)
        self.left_out: LeftOut | None = None
        self._store: LogStore | None = None

    @property
    def text_bytes(self) -> int:
        """How many bytes of text are indexed by now, as they are without compression."""
        return sum(file.indexed_to for file in self._all())

    def find_errors(self, cancelled: Event) -> FoundErrors | None:
        """Search logs that are not indexed yet for their errors; None where that would miss those of one of them."""
        parts: list[FoundErrors] = []
        for file in self._files:
            found = file.find_errors(cancelled)
            if found is None:
                return None
            parts.append(found)
        return together(parts) if parts else None

    def build(self, on_progress: Callable[[Progress], None], cancelled: Event) -> bool:
        """Index what is there now and not indexed yet, with a report after some chunks; False where it was cancelled.

        What was built before a cancel stays usable, and the next call goes on from there.
        """
        return self._building.build(self._files, on_progress, cancelled)

    def complete(self, cancelled: Event, kinds: Iterable[str] = LATER) -> None:
        """Read the IDs, hosts and templates of the records, and keep the indexes for the next time.

        What there is no room for is found without an index too.
        """
        with self._completing:
            self._building.build_later(self._files, kinds, cancelled)
        with self._lock:
            known = list(zip(self._inputs, self._files, strict=True))
        for one, file in known:
            self._indexes.keep(one, file)

    def follow(self, files: FilesRead | None = None) -> None:
        """From now on ``extend`` follows the files over rotation and truncation; call it when they are indexed.

        Compressed logs and logs in memory stay as they are. What is read is noted in ``files``, and no file that is
        known there is read. Of logs whose indexing was cancelled, what is not indexed now is never read: they are
        followed as ``FollowedLog`` says, and ``left_out`` tells how much that is.
        """
        with self._lock:
            self.followed.files = files or self.followed.files
            for one, file in zip(self._inputs, self._files, strict=True):
                self.followed.add(one.path, file, leaves_rest=file in self._unread)
            self.left_out = self._left_out_by_now()

    def add(self, one: LogInput, on_progress: Callable[[Progress], None], cancelled: Event) -> bool:
        """Index a log that has come since the others are followed, and follow it too; False where it was cancelled.

        Then the rest of it is never read, as ``follow`` says. ``complete`` reads its IDs, hosts and templates.
        """
        file = self._indexes.opened(one)
        is_whole = self._joining.build([file], on_progress, cancelled)
        with self._lock:
            self._inputs.append(one)
            self._files.append(file)
            self._store = None
            self.followed.add(one.path, file, leaves_rest=not is_whole)
            self.left_out = self.left_out if is_whole else self._left_out_by_now()
        return is_whole

    def head_of(self, name: str) -> bytes:
        """How a log began when it was opened."""
        return next(file.beginning.head for file in self._files if file.reader.source.name == name)

    @property
    def overwritten(self) -> list[tuple[Path, FileIndex]]:
        """Those of which the file was truncated since it was indexed, or holds something else, by their paths."""
        opened = zip(self._inputs, self._files, strict=True)
        return [(one.path, file) for one, file in opened if one.path and file.beginning.is_overwritten]

    def read_from(self, source: ByteSource) -> None:
        """Read the records that a log of this name had when it was indexed from elsewhere: its file was truncated."""
        for file in self._files:
            if file.reader.source.name != source.name:
                continue
            is_unread = file in self._unread
            file.go_on_in(source, leaves_rest=is_unread)
            if not is_unread:
                read_later(file)
        with self._lock:
            self._store = None

    def extend(self) -> int:
        """Index whole lines that were appended since; returns how many records are new."""
        before = sum(file.record_count for file in self._all())
        with self._lock:
            self.followed.take_new_lines()
            resting = [*self.followed.before, *self._unread]
            for file in self._all():
                while file not in resting and file.advance():
                    pass
            for file in self.followed.appended:
                read_later(file)
        return sum(file.record_count for file in self._all()) - before

    def store(self) -> LogStore:
        """All records that are indexed by now, in time order."""
        with self._lock:
            self._store = LogStore(self._rows(), self._options.id_fields, self._store)
            return self._store

    def close(self) -> None:
        """Close the files that are followed; stores that were taken can still be read."""
        self._building.stop_working()
        self._joining.stop_working()
        self.followed.close()

    @property
    def _unread(self) -> list[FileIndex]:
        return [*self._building.unread, *self._joining.unread]

    def _left_out_by_now(self) -> LeftOut | None:
        """What is never read of logs that are followed from now on, or not at all."""
        sizes = {file: self._indexes.expected_size(file) for file in self._files}
        known = {file: self.followed.left_out_of(file) for file in self._unread}
        left = sum(sizes[file] - file.indexed_to if one is None else one for file, one in known.items())
        # There may be more than in the files that were opened: others have taken their names.
        most = sum(max(size, file.indexed_to + (known.get(file) or 0)) for file, size in sizes.items())
        return LeftOut(left, most) if left > 0 else None

    def _all(self) -> list[FileIndex]:
        return [*self._files, *self.followed.appended]

    def _rows(self) -> list[FileRows]:
        followed = self.followed.before
        return [file.rows(torn=file not in followed) for file in self._all()]

    def records(self, window: TimeWindow | None, bytes_cap: int = FRAME_BYTES_CAP) -> ChosenRecords:
        """Choose the records of a window; where they exceed a cap, a part of them.

        The cap counts bytes of text over all files; the completeness says what was left out. Of logs that are followed,
        the part is the latest, of others the one around the rise of errors.
        """
        logs = self._rows()
        chosen = excerpts_of(logs, window, bytes_cap, at_rise=not self.followed)
        wanting = [*self._indexes.damage, *self.followed.problems]
        completeness = completeness_of(chosen, self._all(), wanting, self._options.assumed_zone)
        return ChosenRecords(logs, chosen, window, self._options, completeness)
