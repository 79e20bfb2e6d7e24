"""What is told of logs while they are read: the lines that are there by now, how far it is, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import Evidence
from triage_tui.sources.common.log_parts import part_of_logs

if TYPE_CHECKING:
    from triage_tui.investigation.source import EarlyErrors
    from triage_tui.logs.indexed_logs import IndexedLogs
    from triage_tui.logs.progress import Progress
    from triage_tui.logs.store import LogStore

SECONDS_BETWEEN_PARTS = 0.5
# To merge the lines that came takes longer the more there are: it may take this share of the time.
SHARE_OF_TIME = 0.2
MOST_SECONDS_BETWEEN_LINES = 2.0


class ReadingParts:
    """Hands a part over after the first progress, then twice a second.

    A part has the lines that were indexed by then or a little before, the errors that were found before all, and no
    frame yet.
    """

    def __init__(self, source: str, indexed: IndexedLogs, take: Callable[[Evidence], None]) -> None:
        self._source, self._indexed, self._take = source, indexed, take
        self._errors: EarlyErrors | None = None
        self._lines: LogStore | None = None
        self._part_due = self._lines_due = self._share = 0.0
        self._lines_words = ""

    def find_errors(self, stopped: Event) -> None:
        """Search for errors, for all parts to come, and say so meanwhile, for that can be stopped too."""
        self._take(part_of_logs(self._source, "looking for errors · Esc stops", None))
        self._errors = self._indexed.find_errors(stopped)

    def tell(self, progress: Progress) -> None:
        """Hand the next part over where it is due."""
        self._share = progress.done_bytes / max(progress.total_bytes, 1)
        if time.monotonic() < self._part_due or progress.done_bytes >= progress.total_bytes:
            return
        note, lines = f"{progress_words(progress)} · Esc stops", self._lines_by_now()
        self._take(part_of_logs(self._source, note, lines, errors=self._errors))
        self._part_due = time.monotonic() + SECONDS_BETWEEN_PARTS

    def tell_end(self, *, stopped: bool) -> None:
        """Hand over all lines that will come, while what the analysis needs of them is read."""
        if self._lines is not None:
            lines = self._indexed.store()
            how = f"stopped at {self._share:.0%}" if stopped else "indexed"
            self._lines, self._lines_words = lines, f"{len(lines):,} lines {how}"
            self._take(part_of_logs(self._source, f"{self._lines_words} · taking them in…", lines))
            self._part_due = time.monotonic() + SECONDS_BETWEEN_PARTS

    def tell_taking_in(self, progress: Progress) -> None:
        """Say how far that is, where lines were handed over and it is due."""
        if self._lines is not None and self._lines_words and time.monotonic() >= self._part_due:
            note = f"{self._lines_words} · {progress_words(progress, 'taking in')}"
            self._take(part_of_logs(self._source, note, self._lines))
            self._part_due = time.monotonic() + SECONDS_BETWEEN_PARTS

    def _lines_by_now(self) -> LogStore:
        began = time.monotonic()
        if self._lines is None or began >= self._lines_due:
            self._lines = self._indexed.store()
            ended = time.monotonic()
            self._lines_due = ended + min((ended - began) / SHARE_OF_TIME, MOST_SECONDS_BETWEEN_LINES)
        return self._lines


def progress_words(progress: Progress, doing: str = "reading") -> str:
    """Say how far reading is: ``reading 40%, 350 MB/s, 2 s left``."""
    words = f"{doing} {progress.done_bytes / max(progress.total_bytes, 1):.0%}"
    if progress.seconds and progress.seconds_left is not None:
        words += f", {progress.done_bytes / progress.seconds / 1e6:,.0f} MB/s, {progress.seconds_left:.0f} s left"
    return words
