"""The part of the log pane that chooses which lines are shown: those of a request that meet all filters.

Choosing runs in a thread, step by step; what is known is shown at once, and Esc stops it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.worker import Worker, WorkerState, WorkType

from triage_tui.investigation.source import LogLines
from triage_tui.investigation.state import Investigation
from triage_tui.ui.messages import Said
from triage_tui.ui.panes.filter_editing import FilterEditing
from triage_tui.ui.panes.line_choice import Choosing, LineChoice, RowsChosen, find_rows
from triage_tui.ui.panes.log_clock import ClockedCursor
from triage_tui.ui.panes.log_jumps import LogJumps
from triage_tui.ui.widgets.filter_line import FilterFacts, FilterLine
from triage_tui.ui.widgets.log_line import ROOM_FOR_FILE


class FilteredLogs(LogJumps):
    """The rows that the filters leave, and the line that says which filters these are."""

    def __init__(self, *, id: str, expected: Iterable[str] = ()) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, expected=expected)
        self.filters = FilterEditing(self, self._choose_again)
        self._filter_line = FilterLine(FilterFacts(), id="log-filters")
        self._filter_line.display = False
        self._choosing = Choosing()
        self._cursor = ClockedCursor(self._view)

    @property
    def filtered_lines(self) -> LogLines | None:
        """The log itself, of which the view shows a part."""
        return self._choosing.choice.lines

    @property
    def names_file_of_line(self) -> bool:
        """Whether there are several files and no room to name them in each line."""
        return self._view.size.width < ROOM_FOR_FILE and len(files_of(self.filtered_lines)) > 1

    def choose_lines(self, lines: LogLines | None, shown: LogLines | None, investigation: Investigation) -> None:
        """Show the lines of the followed request that meet the filters, or those being typed."""
        window = investigation.full_window or investigation.window
        day = window.start.date() if window else None
        filters = self.filters.wanted(investigation)
        choice = LineChoice(lines, shown, investigation.correlation_id, filters, day)
        if self._choosing.wants(choice, lines_come=self.awaits_lines):
            self._choose(choice)

    def _choose_again(self) -> None:
        if self.investigation is not None:
            self.choose_lines(self._choosing.choice.lines, self._choosing.choice.shown, self.investigation)

    def _choose(self, choice: LineChoice) -> None:
        before = self._choosing.choice
        known = self._choosing.begin(choice)
        self.works.end(before.work)
        if choice.lines is not before.lines:
            self._view.name_files(files_of(choice.lines))
        if choice.lines is None or not choice.is_part:
            self._view.show(choice.shown, None)
            self.lines_chosen()
            return
        choice.work.total = len(choice.lines)
        self.works.begin(choice.work)
        work: WorkType[None] = partial(find_rows, choice, known, self.post_message)
        self.run_worker(work, name="filter", group="filter", thread=True, exclusive=True, exit_on_error=False)
        self._draw_filters()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Keep what choosing found where it broke off, which the base has said: Textual calls both."""
        if event.state is WorkerState.ERROR and event.worker.name == "filter":
            self.stop_choosing()

    def on_rows_chosen(self, message: RowsChosen) -> None:
        """Show the rows that are known by now, at the time mark as before."""
        if message.choice is not self._choosing.choice:
            return
        at_newest = self.is_at_newest
        self._choosing.take(message)
        if message.share >= 1:
            self.works.end(message.choice.work)
        if message.rows is not None:
            self._view.show(message.choice.shown, message.rows, offsets=message.choice.request is not None)
        self.lines_chosen()
        if at_newest:
            self._cursor.go_to_newest()

    @property
    def awaits_lines(self) -> bool:
        """Whether newer lines come by themselves."""
        return self.investigation is not None and self.investigation.awaits_lines

    @property
    def is_at_newest(self) -> bool:
        """Whether the cursor stands on the newest of the lines that are shown, and newer ones come."""
        return self.awaits_lines and 1 < self._view.row_count() == self._view.sight.cursor + 1

    def lines_chosen(self) -> None:
        """Draw what depends on which lines are shown."""
        self._draw_filters()
        if self.investigation is not None:
            self._cursor.follow(self.investigation.cursor)

    def _draw_filters(self) -> None:
        filters = self._choosing.choice.filters
        self._filter_line.show(FilterFacts(filters, self._choosing.problems))
        self._filter_line.display = bool(filters)
        if self.filtered_lines is not None:
            self._view.say_where_empty(self._choosing.why_empty())
        self._draw_border()

    def chosen_note(self) -> str:
        """Say how many lines are shown, and where choosing them was stopped; "" where all are."""
        return self._choosing.note(self._view.row_count())

    def stop_choosing(self) -> bool:
        """Stop whatever goes through the log, and keep what was found so far; False where nothing does."""
        if not self.works.stop():
            return False
        self.works.end(self._choosing.choice.work)
        self.lines_chosen()
        return True

    def action_filter(self) -> None:
        """Ask for a filter, and filter while it is typed."""
        if self.investigation is None or self.filtered_lines is None:
            self.post_message(Said("there is no log to filter"))
        else:
            self.filters.ask(self.investigation)


def files_of(lines: LogLines | None) -> tuple[str, ...]:
    """Return the names of the files that lines are in; none where they do not say."""
    names = getattr(lines, "files", ())
    return names if isinstance(names, tuple) else ()
