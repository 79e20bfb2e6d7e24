"""Log lines, all of them or those of one request, and what the keys do with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partialmethod

from triage_tui.ui.entries import PinDraft
from triage_tui.ui.messages import Said, TraceWanted
from triage_tui.ui.panes.log_drawing import DrawnLogs
from triage_tui.ui.panes.log_jumps import LogJumps
from triage_tui.ui.panes.log_marks import ask_where_to_save

PIN_CELLS = 200


class LogsPane(DrawnLogs):
    """The keys of the log."""

    def move_by(self, rows: int) -> None:
        """Move by lines."""
        self._view.sight.move(rows)

    def move_to(self, *, last: bool) -> None:
        """Move to the first or the last line."""
        if last:
            self._view.sight.go_bottom()
        else:
            self._view.sight.go_to(0)

    def page_by(self, pages: int) -> None:
        """Move by pages, and the view with the cursor."""
        self._view.sight.page(pages)

    def _scroll(self, halves: int) -> None:
        self._view.scroll_sideways(halves * (self._view.size.width // 2))

    action_scroll_right = partialmethod(_scroll, 1)
    action_scroll_left = partialmethod(_scroll, -1)

    def _jump(self, to: Callable[[LogJumps, int], None], step: int) -> None:
        to(self.jumps, step)

    action_next_match = partialmethod(_jump, LogJumps.to_match, 1)
    action_previous_match = partialmethod(_jump, LogJumps.to_match, -1)
    action_next_error = partialmethod(_jump, LogJumps.to_error, 1)
    action_previous_error = partialmethod(_jump, LogJumps.to_error, -1)
    action_next_warning = partialmethod(_jump, LogJumps.to_warning, 1)
    action_previous_warning = partialmethod(_jump, LogJumps.to_warning, -1)
    action_next_gap = partialmethod(_jump, LogJumps.to_gap, 1)
    action_previous_gap = partialmethod(_jump, LogJumps.to_gap, -1)
    action_next_same_id = partialmethod(_jump, LogJumps.to_same_id, 1)
    action_previous_same_id = partialmethod(_jump, LogJumps.to_same_id, -1)

    def action_search(self) -> None:
        """Ask what to search for."""
        self.jumps.ask()

    def action_filter(self) -> None:
        """Ask for a filter, and filter while it is typed."""
        if self.investigation is None or self.chosen.lines is None:
            self.post_message(Said("there is no log to filter"))
        else:
            self.filters.ask(self.investigation)

    def action_fields(self) -> None:
        """Show all fields of the line."""
        from triage_tui.logs.store import LogStore

        line, lines = self._view.cursor_line, self.chosen.lines
        if line is None or self.investigation is None or not isinstance(lines, LogStore):
            self.post_message(Said("there is no record here that could be opened"))
            return
        from triage_tui.ui.screens.fields import FieldsPane, FieldsScreen

        pane = FieldsPane(lines, line, self._view.shown.rows)
        self.app.push_screen(FieldsScreen(pane, self.investigation, self.filters.add))

    def action_only_id(self) -> None:
        """Show the lines of this line's request only, or all again."""
        if self.chosen.request is not None:
            self.chosen.follow_request(None)
        elif (wanted := self.jumps.id_of_line) is not None:
            self.chosen.follow_request(wanted)
        else:
            self.post_message(Said("this line has no correlation ID"))

    def show_all(self) -> bool:
        """Leave the request, else the filters, else the search; False where there is none."""
        return self.chosen.drop() or self.jumps.end_search()

    def action_mark(self) -> None:
        """Mark the line, or take its mark away."""
        self.marks.turn()

    def action_next_mark(self) -> None:
        """Go to the next marked line."""
        self.marks.go_to_next()

    def action_save_lines(self) -> None:
        """Ask for a file, and write the lines that are shown into it."""
        ask_where_to_save(self, self._view, self.works)

    def action_follow(self) -> None:
        """Go to the newest line and stay there; there, hold still until it is asked for again."""
        self.following.turn()

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

    def action_trace(self) -> None:
        """Show the trace of the line's request, or of the failing one where the line has none."""
        from triage_tui.ui.panes.reproduce import failing_request  # not before the first frame

        request = self.jumps.id_of_line if self.has_focus else None
        request = request or (failing_request(self.investigation) if self.investigation else None)
        self.post_message(TraceWanted(request) if request else Said("this line has no correlation ID"))

    open_selected = action_trace
