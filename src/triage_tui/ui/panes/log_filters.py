"""The part of the log pane that chooses which lines are shown: those of a request that meet all filters.

Choosing runs in a thread, step by step; what is known is shown at once, and Esc stops it.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from textual.worker import Worker, WorkerState, WorkType

from triage_tui.investigation.events import LogFiltersSet
from triage_tui.investigation.source import LogLines
from triage_tui.investigation.state import Investigation
from triage_tui.ui.messages import Decided, Said
from triage_tui.ui.panes.line_choice import LineChoice, RowsChosen, chosen_rows
from triage_tui.ui.panes.log_jumps import LogJumps
from triage_tui.ui.widgets.filter_line import FilterFacts, FilterLine
from triage_tui.ui.widgets.log_line import ROOM_FOR_FILE

SECONDS_BETWEEN_DRAWINGS = 0.15
# Choosing among lines that keep coming may take a fifth of the time.
TIMES_AS_LONG = 4.0


class FilteredLogs(LogJumps):
    """The log pane's filters, and the rows that they leave."""

    def __init__(self, *, id: str, expected: Iterable[str] = ()) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, expected=expected)
        self._filter_line = FilterLine(FilterFacts(), id="log-filters")
        self._filter_line.display = False
        self._choice = LineChoice()
        self._typed: tuple[str, ...] | None = None
        self._share = 1.0
        self._again_at, self._goes_on = 0.0, False
        self._known: RowsChosen | None = None
        self._problems: tuple[str, ...] = ()

    @property
    def filtered_lines(self) -> LogLines | None:
        """The log itself, of which the view shows a part."""
        return self._choice.lines

    @property
    def names_file_of_line(self) -> bool:
        """Whether there are several files and no room to name them in each line."""
        return self._view.size.width < ROOM_FOR_FILE and len(files_of(self._choice.lines)) > 1

    def choose_lines(self, lines: LogLines | None, shown: LogLines | None, investigation: Investigation) -> None:
        """Show the lines of the followed request that meet the filters, or those being typed."""
        if self._typed == investigation.log_filters:
            self._typed = None
        filters = investigation.log_filters if self._typed is None else self._typed
        window = investigation.full_window or investigation.window
        day = window.start.date() if window else None
        self._choose(LineChoice(lines, shown, investigation.correlation_id, filters, day))

    def _choose(self, choice: LineChoice) -> None:
        if choice.is_same(self._choice) or self._must_wait(choice):
            return
        self._choice.work.stopped.set()
        self.end_work(self._choice.work)
        if choice.lines is not self._choice.lines:
            self._view.name_files(files_of(choice.lines))
        known = self._known if self._known is not None and choice.wants_as(self._known.choice) else None
        self._choice, self._problems, self._share = choice, (), 1.0
        self._goes_on = known is not None
        if choice.lines is None or not choice.is_part:
            self._view.show(choice.shown, None)
            self.lines_chosen()
            return
        self._share = 0.0
        choice.work.total = len(choice.lines)
        self.begin_work(choice.work)
        work: WorkType[None] = partial(self._find, choice, known)
        self.run_worker(work, name="filter", group="filter", thread=True, exclusive=True, exit_on_error=False)
        self._draw_filters()

    def _must_wait(self, choice: LineChoice) -> bool:
        """Tell whether the same is wanted of a log that grew, sooner than it can be chosen again and again."""
        now = time.monotonic()
        if not self.awaits_lines or not (choice.is_part and choice.wants_as(self._choice)):
            return False
        return not self.is_all_chosen or now < self._again_at

    def _find(self, choice: LineChoice, known: RowsChosen | None) -> None:
        drawn_at = 0.0
        for found in chosen_rows(choice, known):
            if choice.work.stopped.is_set():
                return
            choice.work.share = found.share
            if found.share < 1 and time.monotonic() - drawn_at < SECONDS_BETWEEN_DRAWINGS:
                continue
            drawn_at = time.monotonic()
            self.post_message(found)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say that a search broke off, and keep what it found."""
        super().on_worker_state_changed(event)
        if event.state is WorkerState.ERROR and event.worker.name == "filter":
            self.stop_choosing()

    def on_rows_chosen(self, message: RowsChosen) -> None:
        """Show the rows that are known by now, at the time mark as before."""
        if message.choice is not self._choice:
            return
        at_newest = self.is_at_newest
        self._share, self._problems = message.share, message.problems
        if message.share >= 1:
            self._known = message
            self.end_work(message.choice.work)
            # How long it took to go through the whole log says nothing of what goes on from there.
            took = time.monotonic() - message.choice.work.began if self._goes_on else 0.0
            self._again_at = time.monotonic() + took * TIMES_AS_LONG
        if message.rows is not None:
            self._view.show(message.choice.shown, message.rows, offsets=message.choice.request is not None)
        self.lines_chosen()
        if at_newest:
            self._go_to_newest()

    @property
    def awaits_lines(self) -> bool:
        """Whether newer lines come by themselves."""
        return self.investigation is not None and self.investigation.awaits_lines

    @property
    def is_at_newest(self) -> bool:
        """Whether the cursor stands on the newest of the lines that are shown, and newer ones come."""
        return self.awaits_lines and 1 < self._view.row_count() == self._view.sight.cursor + 1

    @abstractmethod
    def _go_to_newest(self) -> None:
        """Go to the newest line by itself, not for a person."""

    @property
    def is_all_chosen(self) -> bool:
        """Whether nothing is being looked for."""
        return self._share >= 1 or self._choice.work.stopped.is_set()

    def lines_chosen(self) -> None:
        """Draw what depends on which lines are shown."""
        self._draw_filters()
        if self.investigation is not None:
            self._follow_clock(self.investigation.cursor)

    @abstractmethod
    def _follow_clock(self, moment: datetime | None) -> None:
        """Go to the line of the time mark."""

    def _draw_filters(self) -> None:
        self._filter_line.show(FilterFacts(self._choice.filters, self._problems))
        self._filter_line.display = bool(self._choice.filters)
        if self._choice.lines is not None:
            self._view.say_where_empty(self._nothing_words())
        self._draw_border()

    def _nothing_words(self) -> str:
        """Say why no line is shown."""
        if not self._choice.is_part:
            return "no log lines"
        if not self.is_all_chosen:
            return "none found yet"
        wanted = "meets the filters" if self._choice.filters else "has this ID"
        return f"no line {wanted} · Esc shows all lines again"

    def chosen_note(self) -> str:
        """Say how many lines are shown, and where choosing them was stopped; "" where all are."""
        choice = self._choice
        if choice.lines is None or not choice.is_part:
            return ""
        count = f"{self._view.row_count():,} of {len(choice.lines):,} lines"
        return (
            count if self._share >= 1 or not choice.work.stopped.is_set() else f"{count} · stopped at {self._share:.0%}"
        )

    def stop_choosing(self) -> bool:
        """Stop whatever goes through the log, and keep what was found so far; False where nothing does."""
        if not self.stop_works():
            return False
        self.end_work(self._choice.work)
        self.lines_chosen()
        return True

    def action_filter(self) -> None:
        """Ask for a filter, and filter while it is typed."""
        from triage_tui.ui.screens.filters import FilterScreen

        if self.investigation is None or self._choice.lines is None:
            self.post_message(Said("there is no log to filter"))
            return
        used = [one for one in self.investigation.decisions if isinstance(one, LogFiltersSet)]
        before = dict.fromkeys(text for one in reversed(used) for text in reversed(one.filters))
        screen = FilterScreen(self.investigation.log_filters, tuple(before), self._preview)
        self.app.push_screen(screen, self._decide_filters)

    def add_filter(self, text: str) -> None:
        """Keep one more filter."""
        if self.investigation is not None and text not in self.investigation.log_filters:
            self._decide_filters((*self.investigation.log_filters, text))

    def drop_filters(self) -> bool:
        """Take all filters away; False where there is none."""
        if self.investigation is None or not self.investigation.log_filters:
            return False
        self._decide_filters(())
        return True

    def _preview(self, filters: tuple[str, ...]) -> None:
        self._typed = filters
        if self.investigation is not None:
            self.choose_lines(self._choice.lines, self._choice.shown, self.investigation)

    def _decide_filters(self, filters: tuple[str, ...] | None) -> None:
        if self.investigation is None:
            return
        self._preview(self.investigation.log_filters if filters is None else filters)
        if filters is not None and filters != self.investigation.log_filters:
            self.post_message(Decided(LogFiltersSet(at=datetime.now(UTC), filters=filters)))


def files_of(lines: LogLines | None) -> tuple[str, ...]:
    """Return the names of the files that lines are in; none where they do not say."""
    names = getattr(lines, "files", ())
    return names if isinstance(names, tuple) else ()
