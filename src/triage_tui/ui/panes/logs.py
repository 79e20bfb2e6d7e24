"""Log lines, all of them or those of one request, with the marks of the one clock in the gutter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult

from triage_tui.investigation.events import CorrelationFollowed
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.state import Investigation
from triage_tui.ui.entries import PinDraft
from triage_tui.ui.marks import time_marks
from triage_tui.ui.messages import Decided, Said, TraceWanted
from triage_tui.ui.panes.log_head import HeadedLogs
from triage_tui.ui.panes.told_lines import ToldLines
from triage_tui.ui.phrases import clock, clock_note
from triage_tui.ui.widgets.log_view import LogView

if TYPE_CHECKING:
    from triage_tui.investigation.evidence import Evidence
    from triage_tui.investigation.source import LogLines

PIN_CELLS = 200


class LogsPane(HeadedLogs):
    """The log; its cursor is the one clock's, and the one clock's is its."""

    TITLE = "Logs"
    KINDS: ClassVar[tuple[str, ...]] = (EvidenceKind.LOGS,)

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - Textual's name
        expected: Iterable[str] = (),
        head: LogLines | None = None,
    ) -> None:
        super().__init__(id=id, expected=expected, head=head)
        self._evidence: Evidence | None = None
        self._lines: LogLines | None = None
        self._shown: ToldLines | None = None
        self._drawn_clock: datetime | None = None

    def compose(self) -> ComposeResult:
        """Lay out the lines below their levels over time and their filters."""
        self.fit_head()
        yield self._bars
        yield self._filter_line
        yield self._view

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return all that has a mark in the gutter, the lines that came, and the request that is followed."""
        return (
            investigation.findings, investigation.correlation_id, investigation.cursor, investigation.pins,
            investigation.hotfixes, investigation.log_filters, investigation.grown_lines,
            investigation.window, investigation.full_window,
        )  # fmt: skip

    def title(self, investigation: Investigation) -> str:
        """Name a window that is a part and stands still, the request, the search, and a file that its line cannot."""
        window, full = investigation.window, investigation.full_window
        is_part = full is not None and window != full and not investigation.following
        parts = [f"{clock(window.start)}–{clock(window.end)}"] if is_part and window is not None else []
        parts += [f"request {investigation.correlation_id}"] if investigation.correlation_id else []
        parts += [f"/{self._text_search.text}"] if self._text_search.text else []
        line = self._view.cursor_line if self.names_file_of_line and not self.works.note() else None
        parts += [line.file] if line is not None else []
        return " ▸ ".join([self.TITLE, *parts])

    def completeness(self, investigation: Investigation) -> str:
        """Say what is being done, what comes and which clocks differ; count lines, or say what the sources say."""
        grown = self._lines is not None and self._evidence is not None and self._lines is not self._evidence.lines
        lines = f"{len(self._lines):,} lines" if grown and self._lines is not None else ""
        reading = _reading_note(investigation)
        chosen = (
            self.head_note() or self.chosen_note() or ("" if reading else lines or super().completeness(investigation))
        )
        clocks = investigation.findings.clocks if investigation.findings else ()
        notes = (reading, self.works.note(), self.follow_note(), clock_note(clocks) if clocks else "", chosen)
        return " · ".join(note for note in notes if note)

    def draw(self, investigation: Investigation) -> None:
        """Show the lines, the marks, and the line at the time cursor unless the cursor was moved from here."""
        newest = self.is_at_newest and investigation.cursor == self._drawn_clock
        self._drawn_clock = investigation.cursor
        self._show_lines(investigation)
        self.draw_bars(investigation)
        self._view.set_marks(time_marks(investigation))
        self._view.set_pinned(_pinned_rows(investigation, self.id, self._view.shown.lines))
        if newest:
            self._cursor.go_to_newest()
        else:
            self._cursor.follow(investigation.cursor)
        self._draw_border()

    def _show_lines(self, investigation: Investigation) -> None:
        evidence = next(iter(investigation.of_kind(EvidenceKind.LOGS)), None)
        if evidence is None:
            self._view.say_where_empty(_empty_words(investigation, self.expected))
        newest = investigation.lines_of(evidence) if evidence else None
        has_failed = bool(investigation.failures_of_kind(EvidenceKind.LOGS))
        head = self._head if (evidence is None or evidence.completeness.reading) and not has_failed else None
        whole = self.lines_to_show(newest)
        lines = head if whole is None else whole
        kept = self.line_to_keep(lines)
        if evidence is not self._evidence or lines is not self._lines:
            self._evidence, self._lines = evidence, lines
            self._shown = ToldLines(lines) if lines is not None else None
        self.choose_lines(lines, self._shown, investigation)
        if kept is not None and lines is not None:
            self.keep_on(kept, lines)

    def on_focus(self) -> None:
        """Show the cursor line as the one that keys act on."""
        self._view.active = True

    def on_blur(self) -> None:
        """Show the cursor line as one that keys do not act on."""
        self._view.active = False

    @on(LogView.CursorRowChanged)
    def line_selected(self, event: LogView.CursorRowChanged) -> None:
        """Move the one clock to the line's time, where it was this pane that moved."""
        event.stop()
        if self.names_file_of_line:
            self._draw_border()
        if self._cursor.was_moved_to(event.row) and self.has_focus:
            self.move_clock(event.moment)

    def move_by(self, rows: int) -> None:
        """Move by lines."""
        self._view.sight.move(rows)

    def action_page_down(self) -> None:
        """Move one page down."""
        self._view.sight.page(1)

    def action_page_up(self) -> None:
        """Move one page up."""
        self._view.sight.page(-1)

    def move_to(self, *, last: bool) -> None:
        """Move to the first or the last line."""
        if last:
            self._view.sight.go_bottom()
        else:
            self._view.sight.go_to(0)

    def selected_pin(self) -> PinDraft | None:
        """Return the line, with where it is."""
        line = self._view.cursor_line
        if line is None:
            return None
        source = self._evidence.source if self._evidence else line.file
        return PinDraft(line.event[:PIN_CELLS], source, line.time, f"{line.file}:{line.line}")

    def selected_text(self) -> str:
        """Return the raw record."""
        line = self._view.cursor_line
        return line.text if line is not None else ""

    def open_selected(self) -> None:
        """Show the trace of the line's request."""
        self.action_trace()

    def action_trace(self) -> None:
        """Show the trace of the line's request, or of the failing one where the line has none."""
        from triage_tui.ui.panes.reproduce import failing_request  # not before the first frame

        line = self._view.cursor_line
        request = line.request_id if line is not None and self.has_focus else None
        request = request or (failing_request(self.investigation) if self.investigation else None)
        self.post_message(TraceWanted(request) if request else Said("this line has no correlation ID"))

    def action_only_id(self) -> None:
        """Show the lines of this line's request only, or all again."""
        line = self._view.cursor_line
        if self._choosing.choice.request is not None:
            self._follow_request(None)
        elif line is not None and line.request_id:
            self._follow_request(line.request_id)
        else:
            self.post_message(Said("this line has no correlation ID"))

    def show_all(self) -> bool:
        """Stop looking for lines, else leave the request, the filters or the search; False where there is none."""
        if self.stop_choosing():
            return True
        if self._choosing.choice.request is not None:
            self._follow_request(None)
            return True
        return self.filters.drop() or self.end_search()

    def _follow_request(self, request: str | None) -> None:
        self.post_message(Decided(CorrelationFollowed(at=datetime.now(UTC), correlation_id=request)))


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
