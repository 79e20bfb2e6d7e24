"""What the log pane shows: lines below their levels over time and their filters, and in the border what these are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.worker import Worker, WorkerState

from triage_tui.config import config_folder
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.state import Investigation
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.marks import time_marks
from triage_tui.ui.panes.line_choice import RowsChosen
from triage_tui.ui.panes.log_bars import LogBars
from triage_tui.ui.panes.log_clock import ClockedCursor
from triage_tui.ui.panes.log_filters import ChosenLines
from triage_tui.ui.panes.log_following import TICK_S, Following
from triage_tui.ui.panes.log_head import Beginning
from triage_tui.ui.panes.log_jumps import LogJumps
from triage_tui.ui.panes.log_marks import MarkedLines, MarksFound
from triage_tui.ui.panes.log_work import Works, doing_words
from triage_tui.ui.panes.told_lines import ToldLines
from triage_tui.ui.phrases import clock, clock_note
from triage_tui.ui.screens.layout import bars_height_alone
from triage_tui.ui.widgets.log_view import LogView

if TYPE_CHECKING:
    from triage_tui.investigation.evidence import Evidence
    from triage_tui.investigation.source import LogLines


REMARKS = "; "
"""Stands between how much of a log there is and what else is to be said of it."""


class DrawnLogs(EvidencePane):
    """Draws a log that began with ``head``, where that is known; its cursor is the one clock's, and that is its.

    Attributes:
        works: what goes through the log now.
        chosen: which of its lines are shown.
        filters: what chooses them.
        jumps: what is searched for.
        marks: which lines are marked.
        beginning: the lines that stand there before the others.
        following: whether the newest line is kept in sight.
    """

    TITLE = "Logs"
    KINDS: ClassVar[tuple[str, ...]] = (EvidenceKind.LOGS,)

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - Textual's name
        expected: Iterable[str] = (),
        head: LogLines | None = None,
    ) -> None:
        super().__init__(id=id, expected=expected)
        self._view = view = LogView(id="log-view")
        view.can_focus = False
        self._cursor = ClockedCursor(view)
        self.works = Works(self, self.draw_border)
        self.chosen = ChosenLines(self, view, self.works, self._lines_chosen)
        self.filters = self.chosen.filters
        self.jumps = LogJumps(self, view, self.chosen, self.works)
        self.marks = MarkedLines(self, view)
        self.beginning = Beginning(head, view, self.chosen)
        self._bars = LogBars(self, view, self.chosen, self.beginning)
        self.following = Following(self, view, self.chosen, self._bars)
        self._evidence: Evidence | None = None
        self._lines: LogLines | None = None
        self._shown: ToldLines | None = None
        self._drawn_clock: datetime | None = None

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has moved in the lines, or had some of them chosen."""
        chosen = self.jumps.text or self.chosen.choosing.choice.filters
        return self._view.sight.cursor == self._view.sight.top == 0 and not chosen

    def compose(self) -> ComposeResult:
        """Lay out the lines below their levels over time and their filters."""
        if self.beginning.lines is not None:
            # The bars take the rows that they will have, so that the lines need not move.
            self._bars.fit(bars_height_alone(self.app.size.height))
        yield self._bars
        yield self.chosen.line
        yield self._view.data_bind(active=DrawnLogs.has_focus)

    def on_mount(self) -> None:
        """Keep up with a log that grows."""
        self.set_interval(TICK_S, self.following.tick)

    def on_unmount(self) -> None:
        """Let nothing go on through the log when the program ends, which would wait for it."""
        self.works.stop()

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return all that has a mark in the gutter, the lines that came, and the request that is followed."""
        return (
            investigation.findings, investigation.correlation_id, investigation.cursor, investigation.pins,
            investigation.hotfixes, investigation.log_filters, investigation.log_marks, investigation.grown_lines,
            investigation.window, investigation.full_window,
        )  # fmt: skip

    def title(self, investigation: Investigation) -> str:
        """Name a window that is a part and stands still, the request, the search, and a file that its line cannot."""
        window, full = investigation.window, investigation.full_window
        is_part = full is not None and window != full and not investigation.following
        parts = [f"{clock(window.start)}–{clock(window.end)}"] if is_part and window is not None else []
        parts += [f"request {investigation.correlation_id}"] if investigation.correlation_id else []
        parts += [f"/{self.jumps.text}"] if self.jumps.text else []
        line = self._view.cursor_line if self.chosen.names_file_of_line and not self.works.notes() else None
        parts += [line.file] if line is not None else []
        return " ▸ ".join([self.TITLE, *parts])

    def completeness(self, investigation: Investigation) -> str:
        """Say what is being done and what comes; count lines, or say what the sources say first."""
        grown = self._lines is not None and self._evidence is not None and self._lines is not self._evidence.lines
        lines = f"{len(self._lines):,} lines" if grown and self._lines is not None else ""
        reading = _reading_note(investigation)
        shown = (
            self.beginning.note()
            or self.chosen.note()
            or ("" if reading else lines or super().completeness(investigation).partition(REMARKS)[0])
        )
        # While a log is read, lines come that nobody waits for.
        follow = "" if reading else self.following.note()
        return " · ".join(note for note in (doing_words((reading, *self.works.notes())), follow, shown) if note)

    def short_completeness(self, investigation: Investigation) -> str:
        """Return nothing: what is being done and how many lines are shown comes first as it is."""
        del investigation
        return ""

    def remark(self, investigation: Investigation) -> str:
        """Say which clocks differ, which zone was assumed, and what could not be read."""
        clocks = investigation.findings.clocks if investigation.findings else ()
        read = [one.completeness for one in investigation.of_kind(EvidenceKind.LOGS)]
        folder = f"{config_folder()}/"  # of formats that are none: their names are enough
        remarks = [one.note.partition(REMARKS)[2].replace(folder, "") for one in read if not one.reading]
        return " · ".join(note for note in (clock_note(clocks) if clocks else "", *remarks) if note)

    def draw(self, investigation: Investigation) -> None:
        """Show the lines, the marks, and the line at the time cursor unless the cursor was moved from here."""
        newest = self.following.is_at_newest and investigation.cursor == self._drawn_clock
        self._drawn_clock = investigation.cursor
        self._show_lines(investigation)
        self._bars.draw(investigation)
        self._view.set_marks(time_marks(investigation))
        self.marks.find_in(self.chosen.lines, investigation.log_marks)
        self._view.set_pinned(_pinned_rows(investigation, self.id, self._view.shown.lines))
        if newest:
            self._cursor.go_to_newest()
        else:
            self._cursor.follow(investigation.cursor)
        self.draw_border()

    def _show_lines(self, investigation: Investigation) -> None:
        evidence = next(iter(investigation.of_kind(EvidenceKind.LOGS)), None)
        if evidence is None:
            self._view.say_where_empty(_empty_words(investigation, self.expected))
        newest = investigation.lines_of(evidence) if evidence else None
        has_failed = bool(investigation.failures_of_kind(EvidenceKind.LOGS))
        is_read = evidence is None or evidence.completeness.reading
        whole = self.following.lines_to_show(newest)
        lines = self.beginning.lines if whole is None and is_read and not has_failed else whole
        kept = self.beginning.line_to_keep(lines)
        if evidence is not self._evidence or lines is not self._lines:
            self._evidence, self._lines = evidence, lines
            self._shown = ToldLines(lines) if lines is not None else None
        self.chosen.choose(lines, self._shown, investigation)
        if kept is not None and lines is not None:
            self.beginning.keep_on(kept, lines)

    def _lines_chosen(self) -> None:
        """Draw what depends on which lines are shown."""
        self.chosen.draw()
        if self.investigation is not None:
            if self.following.awaits_lines and self.chosen.was_last:
                self._cursor.go_to_newest()
            else:
                self._cursor.follow(self.investigation.cursor)
            self._bars.draw(self.investigation)
            self.marks.find_in(self.chosen.lines, self.investigation.log_marks)

    def on_rows_chosen(self, message: RowsChosen) -> None:
        """Show the rows that are known by now, at the time mark as before."""
        if message.choice is self.chosen.choosing.choice:
            self.chosen.take(message)

    def on_marks_found(self, message: MarksFound) -> None:
        """Show the marks that were found."""
        self.marks.take(message)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Keep what choosing found where it broke off, which the base has said: Textual calls both."""
        if event.state is not WorkerState.ERROR:
            return
        if event.worker.name == "filter":
            self.chosen.break_off()
        elif event.worker.name == "marks":
            self.marks.break_off()

    def on_resize(self, event: events.Resize) -> None:
        """Give the bars as many rows as the height allows, none where it is low."""
        super().on_resize(event)
        self._bars.fit()
        if self.investigation is not None:
            self._bars.draw(self.investigation)

    @on(LogView.CursorRowChanged)
    def line_selected(self, event: LogView.CursorRowChanged) -> None:
        """Move the one clock to the line's time, where it was this pane that moved."""
        event.stop()
        if self.chosen.names_file_of_line:
            self.draw_border()
        if self._cursor.was_moved_to(event.row) and self.has_focus:
            self.move_clock(event.moment)


def _reading_note(investigation: Investigation) -> str:
    """Say how far the reading of files is; "" where none is read."""
    read = [one.completeness for one in investigation.of_kind(EvidenceKind.LOGS) if one.completeness.reading]
    return read[0].note if read else ""


def _pinned_rows(investigation: Investigation, pane: str | None, lines: LogLines | None) -> list[int]:
    """Return the rows at the times of the pins that were made in a pane."""
    moments = [pin.moment for pin in investigation.pins if pin.pane == pane and pin.moment is not None]
    return [] if lines is None else [lines.row_at(moment) for moment in moments]


def _empty_words(investigation: Investigation, expected: tuple[str, ...]) -> str:
    """Say why there is no line before a log was read."""
    failures = investigation.failures_of_kind(EvidenceKind.LOGS)
    if not expected:
        return "no log was given"
    if any(failure.waiting for failure in failures):
        return "waiting for the first line of a log"
    return "no log could be read" if failures else "loading…"
