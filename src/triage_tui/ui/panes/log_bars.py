"""The bars above the lines of a log: its levels over time, counted in a thread and kept up to date."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from msgspec.structs import replace
from textual.message import Message
from textual.worker import WorkType

from triage_tui.investigation.events import WindowChosen
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.source import EarlyErrors, LogLines
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.marks import time_marks
from triage_tui.ui.messages import Decided
from triage_tui.ui.panes.line_choice import TIMES_AS_LONG
from triage_tui.ui.panes.log_filters import ChosenLines
from triage_tui.ui.panes.log_head import Beginning
from triage_tui.ui.screens.layout import bars_height
from triage_tui.ui.widgets.level_bars import BarFacts, LevelBars, LevelCounts, buckets_for, count_levels
from triage_tui.ui.widgets.log_view import LogView

SECONDS_BETWEEN_COUNTS = 2.0
_SPAN_ENDS = timedelta(seconds=1)  # so long after the last line
Counted = tuple[LogLines | EarlyErrors | None, Sequence[int] | None, TimeWindow | None, int]


class LevelsCounted(Message):
    """The levels of some lines were counted, None where they cannot be; ``counted`` says of which."""

    def __init__(self, counted: Counted, counts: LevelCounts | None) -> None:
        super().__init__()
        self.counted, self.counts = counted, counts


class LogBars(LevelBars):
    """Bars of the lines that are shown, over all that was fetched, the chosen window in colour.

    While now is followed they reach to the newest line, which is there before the next fetch.
    """

    def __init__(self, pane: EvidencePane, view: LogView, chosen: ChosenLines, beginning: Beginning) -> None:
        super().__init__(id="log-levels")
        self.display = False
        self._pane, self._view, self._chosen, self._beginning = pane, view, chosen, beginning
        self._counted: Counted = (None, None, None, 0)
        self._counts: LevelCounts | None = None
        self._are_countable = True
        self._count_began = self._count_again_at = 0.0

    def draw(self, investigation: Investigation) -> None:
        """Draw the window, the time cursor and the marks; count anew where other lines are shown.

        Of a log's beginning there is nothing to count.
        """
        if self._beginning.is_shown:
            return
        self._count_levels(investigation, investigation.full_window or investigation.window)
        marks = tuple(time_marks(investigation))
        self.show(BarFacts(self._counts, investigation.window, investigation.cursor, marks))

    def fit(self, expected: int | None = None) -> None:
        """Take the rows that the pane's height allows, none where it is low; or so many, before it is laid out."""
        height = bars_height(self._pane.size.height) if expected is None else expected
        self.display = bool(height) and self._are_countable
        self.styles.height = height

    @property
    def are_behind(self) -> bool:
        """Whether they show the levels of other lines than those that are shown."""
        return bool(self.display) and self._counted[0] is not self._chosen.lines

    def _count_levels(self, investigation: Investigation, window: TimeWindow | None) -> None:
        rows, buckets = self._view.shown.rows, buckets_for(self._pane.size.width)
        lines = (_early_errors(investigation) if rows is None else None) or self._chosen.lines
        if lines is None or lines is not self._counted[0]:
            self._are_countable = lines is not None or self._will_come(investigation)
            self.fit()
        wanted = (lines, rows, window, buckets)
        same = all(new is old for new, old in zip(wanted[:2], self._counted[:2], strict=True))
        is_counted = same and wanted[2:] == self._counted[2:]
        if is_counted or not self.display or not self._chosen.choosing.has_ended or self._is_too_soon(investigation):
            return
        self._counted, self._count_began = wanted, time.monotonic()
        self._count_again_at = self._count_began + SECONDS_BETWEEN_COUNTS
        if lines is None:
            return
        work: WorkType[None] = partial(self._count, wanted, follows=investigation.following)
        # By the pane, which says what goes wrong in a worker.
        self._pane.run_worker(work, name="levels", group="levels", thread=True, exclusive=True, exit_on_error=False)

    def _will_come(self, investigation: Investigation) -> bool:
        """Whether there are lines to wait for, where there are none yet."""
        return bool(self._pane.expected) and not investigation.failures_of_kind(EvidenceKind.LOGS)

    def _is_too_soon(self, investigation: Investigation) -> bool:
        is_soon = self._counted[0] is not None and time.monotonic() < self._count_again_at
        are_all = self._counts is None or not self._counts.errors_only
        return investigation.awaits_lines and is_soon and are_all

    def _count(self, wanted: Counted, *, follows: bool) -> None:
        lines, rows, window, buckets = wanted
        reached = reaching_last(window, lines) if follows else window
        self.post_message(LevelsCounted(wanted, counts_of((lines, rows, reached, buckets))))

    def on_levels_counted(self, message: LevelsCounted) -> None:
        """Draw the counts, unless others are wanted by now."""
        if message.counted is self._counted and self._pane.investigation is not None:
            self._counts = message.counts
            took = time.monotonic() - self._count_began
            self._count_again_at = max(self._count_again_at, time.monotonic() + took * TIMES_AS_LONG)
            self._are_countable = message.counts is not None
            self.fit()
            self.draw(self._pane.investigation)

    def on_level_bars_brushed(self, message: LevelBars.Brushed) -> None:
        """Let all panes show the stretch of time that was drawn over; a click moves the time mark."""
        message.stop()
        full = self._pane.investigation.full_window if self._pane.investigation is not None else None
        if message.is_click or full is None:
            self._pane.move_clock(message.window.start)
            return
        start, end = max(message.window.start, full.start), min(message.window.end, full.end)
        if start < end:
            self.post_message(Decided(WindowChosen(at=datetime.now(UTC), window=TimeWindow(start, end))))


def _early_errors(investigation: Investigation) -> EarlyErrors | None:
    """The errors of a log that is still read, which are known before its levels are counted."""
    read = investigation.of_kind(EvidenceKind.LOGS)
    return next((one.errors for one in read if one.errors is not None), None)


def reaching_last(window: TimeWindow | None, lines: LogLines | EarlyErrors | None) -> TimeWindow | None:
    """Return a window that holds the last line too, unless that has a time to come."""
    from triage_tui.logs.store import LogStore

    reached = lines.span() if isinstance(lines, LogStore) else None
    if window is None or reached is None or not window.end < reached.end <= datetime.now(UTC) + _SPAN_ENDS:
        return window
    return TimeWindow(window.start, reached.end)


def counts_of(wanted: Counted) -> LevelCounts | None:
    """Count the levels of lines, or errors that were found first; None for a log without an index."""
    from triage_tui.logs.search.error_scan import FoundErrors
    from triage_tui.logs.store import LogStore

    lines, rows, window, buckets = wanted
    if isinstance(lines, FoundErrors):
        return replace(count_levels(lines.level_counts, window or lines.span, buckets), errors_only=True)
    if not isinstance(lines, LogStore):
        return None
    window = window or lines.span()
    return count_levels(partial(lines.level_counts, rows=rows), window, buckets) if window else None
