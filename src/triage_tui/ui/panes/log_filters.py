"""The lines of a log that are shown: those of a request that meet all filters.

Choosing runs in a thread, step by step; what is known is shown at once, and Esc stops it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from textual.worker import WorkType

from triage_tui.investigation.events import CorrelationFollowed
from triage_tui.investigation.source import LogLines
from triage_tui.investigation.state import Investigation
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import Decided
from triage_tui.ui.panes.filter_editing import FilterEditing
from triage_tui.ui.panes.line_choice import Choosing, LineChoice, RowsChosen, find_rows
from triage_tui.ui.panes.log_work import Works
from triage_tui.ui.widgets.filter_line import FilterFacts, FilterLine
from triage_tui.ui.widgets.log_line import ROOM_FOR_FILE
from triage_tui.ui.widgets.log_view import LogView


class ChosenLines:
    """Chooses the rows that a view shows; ``changed`` is called when these are others, or nothing looks for more.

    Attributes:
        filters: those in force, and those being typed.
        line: says which these are.
        choosing: how far the rows are known.
        was_last: whether the cursor was on the last line before the lines became others.
    """

    def __init__(self, pane: EvidencePane, view: LogView, works: Works, changed: Callable[[], None]) -> None:
        self._pane, self._view, self._works, self._changed = pane, view, works, changed
        self.filters = FilterEditing(pane, self._choose_again)
        self.line = FilterLine(FilterFacts(), id="log-filters")
        self.line.display = False
        self.choosing = Choosing()
        self.was_last = False

    @property
    def is_last(self) -> bool:
        """Whether the cursor is on the last line; of no line, as most filters leave while they are typed, as before."""
        count = self._view.row_count()
        return count == self._view.sight.cursor + 1 if count > 1 else self.was_last

    @property
    def lines(self) -> LogLines | None:
        """The log itself, of which the view shows a part."""
        return self.choosing.choice.lines

    @property
    def request(self) -> str | None:
        """The correlation ID of the lines that are shown, None for any."""
        return self.choosing.choice.request

    @property
    def names_file_of_line(self) -> bool:
        """Whether there are several files and no room to name them in each line."""
        return self._view.size.width < ROOM_FOR_FILE and len(files_of(self.lines)) > 1

    def choose(self, lines: LogLines | None, shown: LogLines | None, investigation: Investigation) -> None:
        """Show the lines of the followed request that meet the filters, or those being typed."""
        window = investigation.full_window or investigation.window
        day = window.start.date() if window else None
        filters = self.filters.wanted(investigation)
        choice = LineChoice(lines, shown, investigation.correlation_id, filters, day)
        if self.choosing.wants(choice, lines_come=investigation.awaits_lines):
            self._begin(choice)

    def _choose_again(self) -> None:
        if self._pane.investigation is not None:
            self.choose(self.lines, self.choosing.choice.shown, self._pane.investigation)

    def _begin(self, choice: LineChoice) -> None:
        before = self.choosing.choice
        known = self.choosing.begin(choice)
        self._works.end(before.work)
        if choice.lines is not before.lines:
            self._view.name_files(files_of(choice.lines))
        if choice.lines is None or not choice.is_part:
            self._show(choice, None)
            self._changed()
            return
        choice.work.total = len(choice.lines)
        self._works.begin(choice.work)
        work: WorkType[None] = partial(find_rows, choice, known, self._pane.post_message)
        self._pane.run_worker(work, name="filter", group="filter", thread=True, exclusive=True, exit_on_error=False)
        self.draw()

    def follow_request(self, request: str | None) -> None:
        """Have the lines of one request shown, or with None those of all."""
        self._pane.post_message(Decided(CorrelationFollowed(at=datetime.now(UTC), correlation_id=request)))

    def drop(self) -> bool:
        """Leave the request, else the filters; False where there is neither."""
        if self.request is None:
            return self.filters.drop()
        self.follow_request(None)
        return True

    def take(self, found: RowsChosen) -> None:
        """Show the rows of the newest choice that are known by now."""
        self.choosing.take(found)
        if found.share >= 1:
            self._works.end(found.choice.work)
        self.was_last = self.is_last
        if found.rows is not None:
            self._show(found.choice, found.rows)
        self._changed()

    def stop(self) -> bool:
        """Stop whatever goes through the log, and keep what was found so far; False where nothing does."""
        stopped = self._works.stop()
        if stopped:
            self.break_off()
        return stopped

    def break_off(self) -> None:
        """Choose no further, and keep what was found so far."""
        self.choosing.choice.work.stopped.set()
        self._works.end(self.choosing.choice.work)
        self.was_last = self.is_last
        self._changed()

    def _show(self, choice: LineChoice, rows: Sequence[int] | None) -> None:
        self.was_last = self.is_last
        self._view.show(choice.shown, rows, offsets=choice.request is not None)

    def draw(self) -> None:
        """Draw the filters, how many lines they leave, and why where they leave none."""
        filters = self.choosing.choice.filters
        self.line.show(FilterFacts(filters, self.choosing.problems))
        self.line.display = bool(filters)
        if self.lines is not None:
            self._view.say_where_empty(self.choosing.why_empty())
        self._pane.draw_border()

    def note(self) -> str:
        """Say how many lines are shown, and where choosing them was stopped; "" where all are."""
        return self.choosing.note(self._view.row_count())


def files_of(lines: LogLines | None) -> tuple[str, ...]:
    """Return the names of the files that lines are in; none where they do not say."""
    names = getattr(lines, "files", ())
    return names if isinstance(names, tuple) else ()
