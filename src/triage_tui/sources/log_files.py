"""Log files, or logs in memory, as a source of evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from msgspec.structs import replace

from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.packed_frame import packed_if_large
from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.errors_first import are_searched_first
from triage_tui.sources.common.format_notes import with_format_problems

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.investigation.evidence import Completeness
    from triage_tui.investigation.source import LogLines
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.logs.chosen_records import ChosenRecords
    from triage_tui.logs.content.piped_bytes import PipedBytes
    from triage_tui.logs.indexed_logs import IndexedLogs
    from triage_tui.logs.log_input import LogInput, LogOptions
    from triage_tui.logs.progress import Progress
    from triage_tui.logs.records.head_lines import HeadLines

    Answer = tuple[pl.DataFrame, Completeness, LogLines]

_ZIP_MAGIC = b"PK\x03\x04"
# Beyond this, records are indexed, and only those of the window are parsed.
WHOLE_BYTES = 64 << 20
# Beyond this, who looks on sees the lines and how far reading is: it takes more than half a second.
AT_ONCE_BYTES = 4 << 20
ALL_BYTES = 1 << 62


class LogFileSource:
    """Log files of any known format, merged by time.

    Small logs are parsed whole, once, and handed over in parts where someone looks on. Large ones are indexed, with an
    index that is kept in ``cache_folder``, and a fetch parses the records of its window, those around the rise of
    errors where they are too many; the completeness says so. What comes through ``pipes`` is handed over in parts, and
    is a log like the others once all of them have ended.
    """

    kind = EvidenceKind.LOGS

    def __init__(
        self,
        name: str,
        inputs: Sequence[Path | LogInput],
        options: LogOptions | None = None,
        cache_folder: Path | None = None,
        whole_bytes: int = WHOLE_BYTES,
        *,
        pipes: Sequence[PipedBytes] = (),
    ) -> None:
        self._name, self._inputs, self._options = name, tuple(inputs), options
        self._cache_folder, self._whole_bytes = cache_folder, whole_bytes
        self._pipes = tuple(pipes)
        self._bring: Callable[[TimeWindow | None], Answer] | None = None
        self._take_part: Callable[[Evidence], None] | None = None
        self._say: Callable[[str], None] | None = None
        self._stopped, self._is_large = Event(), False
        self._rest: Thread | None = None
        self._head: HeadLines | None = None
        self._has_looked = False

    @classmethod
    def from_bytes(cls, name: str, data: bytes, options: LogOptions | None = None) -> LogFileSource:
        """A log that is already in memory."""
        from triage_tui.logs.log_input import LogInput

        return cls(name, [LogInput(name, data=data)], options, whole_bytes=len(data))

    @property
    def name(self) -> str:
        """The name shown in the pane border."""
        return self._name

    def head(self) -> LogLines | None:
        """Return the first lines of the files, None for pipes, documents and what cannot be read."""
        from triage_tui.logs.log_input import DEFAULT_OPTIONS
        from triage_tui.logs.records.head_lines import head_of

        if not self._has_looked and not self._pipes:
            self._head = head_of(self._all_inputs(), self._options or DEFAULT_OPTIONS)
        self._has_looked = True
        return self._head

    def hand_parts_to(self, take: Callable[[Evidence], None]) -> None:
        """Call ``take``, from the thread that reads, with the lines that are there while a large log is indexed."""
        self._take_part = take

    def say_progress_to(self, say: Callable[[str], None]) -> None:
        """Call ``say``, from the thread that reads, with words on how far reading is."""
        self._say = say

    def find_request(self, correlation_id: str) -> Evidence | None:
        """Search large files for the records of one request, without an index; None where they are read whole anyway.

        Raises ``UnreadableInput``.
        """
        from triage_tui.logs.content.log_sources import expected_bytes
        from triage_tui.logs.log_input import DEFAULT_OPTIONS
        from triage_tui.sources.common.found_request import found_request

        inputs = [] if self._pipes else self._all_inputs()
        if not correlation_id or sum(map(expected_bytes, inputs)) <= self._whole_bytes:
            return None
        options = self._options or DEFAULT_OPTIONS
        found = found_request(self._name, inputs, options, correlation_id, partial(self._tell, "searching"))
        return replace(found, completeness=with_format_problems(found.completeness, options))

    def _tell(self, doing: str, progress: Progress) -> None:
        from triage_tui.sources.common.reading_parts import progress_words

        if self._say is not None:
            self._say(f"{self._name}: {progress_words(progress, doing)}")

    def stop_reading(self) -> None:
        """Index no further; the answer has the records that were indexed, or came through a pipe, by now."""
        if any(not pipe.has_ended for pipe in self._pipes):
            for pipe in self._pipes:
                pipe.stop()
        else:
            self._stopped.set()

    def read_rest(self) -> None:
        """Read IDs, hosts and templates in a thread: IDs are found without it, if not as fast."""
        rest, self._rest = self._rest, None
        if rest is not None:
            rest.start()

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Read the files; a window narrows the frame, while ``lines`` always reach over everything.

        Raises ``UnreadableInput``.
        """
        return await asyncio.to_thread(self.read, window)

    @property
    def holds_more(self) -> bool:
        """Whether the logs are too large to be read whole."""
        return self._is_large

    def read(self, window: TimeWindow | None = None) -> Evidence:
        """Do the work of ``fetch`` without an event loop."""
        if self._bring is None:
            self._await_pipes(window)
            self._bring = self._open()
        from triage_tui.logs.completeness import with_time_told

        frame, completeness, lines = self._bring(window)
        if self._pipes:
            from triage_tui.sources.common.arriving_logs import with_losses

            completeness = with_losses(completeness, self._pipes)
        completeness = with_time_told(with_format_problems(completeness, self._options), lines, window)
        return Evidence(
            kind=self.kind,
            source=self._name,
            window=window,
            query="",
            fetched_at=datetime.now(UTC),
            completeness=completeness,
            held=packed_if_large(frame),
            lines=lines,
            reach=_reach_of(lines) if self._is_large else None,
        )

    def _await_pipes(self, window: TimeWindow | None) -> None:
        # For pipes alone, and not before the first frame.
        from triage_tui.logs.log_input import DEFAULT_OPTIONS
        from triage_tui.sources.common.arriving_logs import ArrivingLogs, wait_until_ended

        for pipe in self._pipes:
            pipe.start()
        if self._pipes and self._take_part is not None:
            options = self._options or DEFAULT_OPTIONS
            arriving = ArrivingLogs(self._name, self._pipes, self._all_inputs(), options, self._take_part, window)
            try:
                arriving.tell_until_ended(self._stopped)
            except UnreadableInput:
                self.stop_reading()
                raise
        wait_until_ended(self._pipes, self._stopped)
        for pipe in self._pipes:
            if pipe.head().startswith(_ZIP_MAGIC):
                raise UnreadableInput(pipe.name, "a bundle, not a log; save it to a file and name that")

    def _all_inputs(self) -> list[LogInput]:
        from triage_tui.logs.log_input import LogInput, log_inputs

        paths = [one for one in self._inputs if isinstance(one, Path)]
        given = [one for one in self._inputs if not isinstance(one, Path)]
        return [*log_inputs(paths), *given, *(LogInput(pipe.name, path=pipe.path) for pipe in self._pipes)]

    def _open(self) -> Callable[[TimeWindow | None], Answer]:
        from triage_tui.logs.content.log_sources import expected_bytes
        from triage_tui.logs.indexed_logs import FRAME_BYTES_CAP, IndexedLogs
        from triage_tui.logs.log_input import DEFAULT_OPTIONS
        from triage_tui.logs.opened_logs import open_logs
        from triage_tui.sources.common.reading_parts import ReadingParts

        inputs = self._all_inputs()
        options = self._options or DEFAULT_OPTIONS
        size = sum(map(expected_bytes, inputs))
        if size <= self._whole_bytes and (self._take_part is None or size <= AT_ONCE_BYTES):
            opened = open_logs(inputs, options)
            return lambda window: (opened.records_in(window), opened.completeness, opened.store)
        indexed = IndexedLogs(inputs, options, self._cache_folder)
        parts = ReadingParts(self._name, indexed, self._take_part) if self._take_part is not None else None
        if parts is not None and are_searched_first(size):
            parts.find_errors(self._stopped)
        whole = indexed.build(parts.tell if parts else partial(self._tell, "reading"), self._stopped)
        if parts is not None:
            parts.tell_end(stopped=not whole)
        told = parts.tell_taking_in if parts is not None else partial(self._tell, "parsing")
        if not whole:
            return partial(_until_stopped, indexed, told)
        self._keep_index(indexed)
        self._is_large = indexed.text_bytes > self._whole_bytes
        cap = FRAME_BYTES_CAP if self._is_large else ALL_BYTES
        # A part would take the place of an answer that is there already.
        first = iter([told])
        return lambda window: _answer(indexed, indexed.records(window, cap), next(first, None))

    def _keep_index(self, indexed: IndexedLogs) -> None:
        """Keep what was read for the next time: at once where nobody looks on, since the program may end in a moment.

        Else the rest is read first.
        """
        if self._take_part is None:
            indexed.complete(self._stopped, kinds=())
        else:
            self._rest = Thread(target=indexed.complete, args=(self._stopped,), name="index names", daemon=True)


def _reach_of(lines: LogLines) -> TimeWindow | None:
    from triage_tui.logs.store import LogStore

    return lines.span() if isinstance(lines, LogStore) else None


def _answer(indexed: IndexedLogs, chosen: ChosenRecords, told: Callable[[Progress], None] | None) -> Answer:
    return chosen.frame(told), chosen.completeness, indexed.store()


def _until_stopped(indexed: IndexedLogs, told: Callable[[Progress], None], window: TimeWindow | None) -> Answer:
    """Bring what was indexed before reading was stopped."""
    frame, completeness, lines = _answer(indexed, indexed.records(window), told)
    return frame, replace(completeness, complete=False, note=f"reading was stopped: {completeness.note}"), lines
