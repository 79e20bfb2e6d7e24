"""The records of indexed logs that an analysis reads whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from triage_tui.investigation.evidence import Completeness
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.excerpts import Excerpts
from triage_tui.logs.formats.timestamps import micros_of
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.log_input import LogOptions
from triage_tui.logs.progress import Progress

if TYPE_CHECKING:
    import polars as pl


class ChosenRecords(NamedTuple):
    """Some records of logs as they were when this was taken, those of a window if there is one.

    ``completeness`` says how many there are, and what was left out.
    """

    logs: Sequence[FileRows]
    excerpts: Excerpts
    window: TimeWindow | None
    options: LogOptions
    completeness: Completeness

    @property
    def identity(self) -> tuple[object, ...]:
        """What is equal for two choices of the very same records: to parse them again would bring the same frame."""
        parts = [(self.logs[part.log], part.start, part.stop) for part in self.excerpts.parts]
        spans = [(log.reader, log.source, start, stop, log.byte_after(stop - 1)) for log, start, stop in parts]
        return (*spans, self.window if any(self._cuts(log) for log, _, _ in parts) else None)

    def _cuts(self, log: FileRows) -> bool:
        """Whether records between others may be outside the window: of logs in order, the rows tell what is inside."""
        if log.in_order or self.window is None:
            return False
        ends = log.times()
        start, end = micros_of(self.window.start), micros_of(self.window.end)
        return ends is None or ends[0] < start or ends[1] >= end

    def frame(self, on_progress: Callable[[Progress], None] | None = None) -> pl.DataFrame:
        """Parse them into a LOGS frame, in time order; progress is that of this alone."""
        # An index is begun without frames.
        from triage_tui.logs.index.parsed_parts import Part, parsed

        parts = [Part(self.logs[part.log], part.start, part.stop) for part in self.excerpts.parts]
        return parsed(parts, self.options, self.window, on_progress)
