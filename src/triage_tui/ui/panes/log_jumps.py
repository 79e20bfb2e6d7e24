"""Going through a log by what its lines hold: a text, a level, a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from textual.worker import WorkType

from triage_tui.investigation.source import LogLines
from triage_tui.ui.messages import Said, TextWanted
from triage_tui.ui.panes.log_search import Search, TextSearch, next_pause
from triage_tui.ui.panes.log_work import LogWork, WorkingLogs
from triage_tui.ui.widgets.log_view import LogView

ERRORS = frozenset({"ERROR", "FATAL", "CRITICAL", "PANIC", "ALERT", "EMERG", "SEVERE", "ERR"})
WARNINGS = frozenset({"WARNING", "WARN"})
SECONDS_BETWEEN_LOOKS = 0.05


class LogJumps(WorkingLogs):
    """The jumps of the log pane; a search may read the whole file, so it runs in a thread, and Esc stops it."""

    def __init__(self, *, id: str, expected: Iterable[str] = ()) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, expected=expected)
        self._view = LogView(id="log-view")
        self._view.can_focus = False
        self._searched = ""
        self._searches: list[str] = []
        self._text_search = TextSearch()
        self._looking: LogWork | None = None

    @property
    def filtered_lines(self) -> LogLines | None:
        """The log itself, of which the view shows a part."""
        return self._view.shown.lines

    def action_search(self) -> None:
        """Ask what to search for."""
        question = "Search the log for (↑ recalls; nothing ends the search)"
        self.post_message(TextWanted(question, self._search, required=False, history=tuple(self._searches)))

    def action_scroll_right(self) -> None:
        """Show what is cut off at the right."""
        self._view.scroll_sideways(self._view.size.width // 2)

    def action_scroll_left(self) -> None:
        """Come back to the beginning of the lines."""
        self._view.scroll_sideways(-(self._view.size.width // 2))

    def action_next_match(self) -> None:
        """Go to the next match."""
        self._jump_to_match(1)

    def action_previous_match(self) -> None:
        """Go to the match before."""
        self._jump_to_match(-1)

    def action_next_error(self) -> None:
        """Go to the next error."""
        self._jump_to_level(ERRORS, 1, "error")

    def action_previous_error(self) -> None:
        """Go to the error before."""
        self._jump_to_level(ERRORS, -1, "error")

    def action_next_warning(self) -> None:
        """Go to the next warning."""
        self._jump_to_level(WARNINGS, 1, "warning")

    def action_previous_warning(self) -> None:
        """Go to the warning before."""
        self._jump_to_level(WARNINGS, -1, "warning")

    def action_next_gap(self) -> None:
        """Go to the next line after a long pause."""
        self._look(
            lambda shown, start, work: next_pause(shown, start, 1, work),
            "looking for a pause", "no long pause after this line",
        )  # fmt: skip

    def action_previous_gap(self) -> None:
        """Go to the line before that came after a long pause."""
        self._look(
            lambda shown, start, work: next_pause(shown, start, -1, work),
            "looking for a pause", "no long pause before this line",
        )  # fmt: skip

    def _search(self, text: str) -> None:
        self._searched = text
        self._view.set_search(text)
        self._draw_border()
        if text:
            self._searches = [*(one for one in self._searches if one != text), text]
            self._jump_to_match(1)

    def end_search(self) -> bool:
        """Take the marks of a search away; False where there is none."""
        searched = bool(self._searched)
        if searched:
            self._search("")
        return searched

    def _jump_to_match(self, step: int) -> None:
        text = self._searched
        if not text:
            self.action_search()
            return
        where = "after" if step > 0 else "before"
        search = self._text_search.of(self.filtered_lines, text, step)
        self._look(search, "searching", f"no line with {text!r} {where} this one", self._tell_unseen)

    def _jump_to_level(self, levels: frozenset[str], step: int, name: str) -> None:
        where = "after" if step > 0 else "before"
        self._look(
            lambda shown, start, _: shown.next_level(levels, start, step),
            f"looking for {name}s", f"no {name} {where} this line",
        )  # fmt: skip

    def _tell_unseen(self) -> None:
        """Say that a match is in a part of the record that its line does not show."""
        line, text = self._view.cursor_line, self._searched.casefold()
        if line is not None and text not in line.event.casefold() and text not in line.file.casefold():
            self.post_message(Said("the match is in a field that the line does not show: F shows all fields"))

    def _look(self, search: Search, doing: str, otherwise: str, found: Callable[[], None] = lambda: None) -> None:
        """Go where a search leads and call ``found``, or say that it led nowhere; one that runs is given up."""
        if self._looking is not None:
            self._looking.stopped.set()
        work = self._looking = self.begin_work(LogWork(doing, len(self._view.shown)))
        going: WorkType[None] = partial(self._go_to_found, search, work, otherwise, found)
        self.run_worker(going, name="search", group="search", exclusive=True, exit_on_error=False)

    async def _go_to_found(self, search: Search, work: LogWork, otherwise: str, found: Callable[[], None]) -> None:
        shown = self._view.shown
        begun = asyncio.create_task(asyncio.to_thread(search, shown, self._view.sight.cursor, work))
        try:
            await _ended_or_stopped(begun, work)
        finally:
            self.end_work(work)
        if work.stopped.is_set():
            self.post_message(Said("stopped looking"))
        elif (position := begun.result()) is None:
            self.post_message(Said(otherwise))
        elif shown is self._view.shown:
            self._view.sight.jump_to(position)
            found()


async def _ended_or_stopped(task: asyncio.Task[int | None], work: LogWork) -> None:
    """Wait for a search, but not for one that was stopped: its thread may still read, and what it finds is dropped."""
    while not task.done() and not work.stopped.is_set():
        await asyncio.wait([task], timeout=SECONDS_BETWEEN_LOOKS)
