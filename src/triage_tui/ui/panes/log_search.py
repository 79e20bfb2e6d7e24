"""Looking for a line: by its text, by the pause before it. Each may read much of a log, so it runs in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from textual.widget import Widget
from textual.worker import WorkType

from triage_tui.investigation.source import LogLine, LogLines
from triage_tui.ui.messages import Said
from triage_tui.ui.panes.line_marks import found_again, mark_of
from triage_tui.ui.panes.log_work import LogWork, Works
from triage_tui.ui.widgets.log_view import LogView
from triage_tui.ui.widgets.shown_lines import ShownLines

if TYPE_CHECKING:
    from triage_tui.logs.search.next_match import TextHits
    from triage_tui.logs.store import LogStore

LINES_NEARBY = 1_000
SHORTEST_PAUSE_S = 0.1
PAUSE_FACTOR = 10
LONGEST_STRIDE = 4096
SECONDS_BETWEEN_LOOKS = 0.05

Search = Callable[[ShownLines, int, LogWork], int | None]
"""Lines that are shown, the position to begin at, and the work to tell of; returns a position."""


class TextSearch:
    """Finds the next line that holds ``text``, ignoring case; what was found is kept while text and log are the same.

    ``history`` has all that was searched for, the newest last. One object serves one log pane.
    """

    def __init__(self) -> None:
        self.text = ""
        self.history: tuple[str, ...] = ()
        self._hits: TextHits | None = None

    def take(self, text: str) -> None:
        """Search for a text from now on; "" for none."""
        self.text = text
        if text:
            self.history = (*(one for one in self.history if one != text), text)

    def within(self, lines: LogLines | None, step: int) -> Search:
        """Return the search in direction ``step`` (1 or -1) in a log of which some lines are shown."""
        from triage_tui.logs.store import LogStore

        text = self.text
        if isinstance(lines, LogStore):
            return lambda shown, at, work: _next_hit(self._hits_in(lines, text), shown, at, step, work)
        return lambda shown, at, _: shown.next_match(text, at, step)

    def is_unseen(self, line: LogLine) -> bool:
        """Tell whether the text is in none of the parts of a record that its line shows."""
        text = self.text.casefold()
        return text not in line.event.casefold() and text not in line.file.casefold()

    def _hits_in(self, store: LogStore, text: str) -> TextHits:
        from triage_tui.logs.search.next_match import TextHits

        if self._hits is None or self._hits.store is not store or self._hits.text != text:
            self._hits = TextHits(store, text)
        return self._hits


class Looking:
    """Goes where a search leads, one search at a time; each runs in a thread, which Esc stops."""

    def __init__(self, pane: Widget, view: LogView, works: Works) -> None:
        self._pane, self._view, self._works = pane, view, works
        self._work: LogWork | None = None

    def begin(self, search: Search, doing: str, otherwise: str, found: Callable[[], None] = lambda: None) -> None:
        """Go where a search leads and call ``found``, or say that it led nowhere; one that runs is given up."""
        if self._work is not None:
            # A worker that is given up before its first step never comes to its end.
            self._work.stopped.set()
            self._works.end(self._work)
        work = self._work = self._works.begin(LogWork(doing, len(self._view.shown)))
        going: WorkType[None] = partial(self._go_to_found, search, work, otherwise, found)
        self._pane.run_worker(going, name="search", group="search", exclusive=True, exit_on_error=False)

    async def _go_to_found(self, search: Search, work: LogWork, otherwise: str, found: Callable[[], None]) -> None:
        shown = self._view.shown
        begun = asyncio.create_task(asyncio.to_thread(_searched, search, shown, self._view.sight.cursor, work))
        try:
            await _ended_or_stopped(begun, work)
        finally:
            self._works.end(work)
        if work.stopped.is_set():
            self._pane.post_message(Said("stopped looking"))
        elif (position := begun.result()) is None:
            self._pane.post_message(Said(otherwise))
        elif (now := await self._position_now(shown, position)) is None:
            self._pane.post_message(Said("the line that was found is not shown any more"))
        else:
            self._view.sight.jump_to(now)
            found()

    async def _position_now(self, before: ShownLines, position: int) -> int | None:
        """Find the line among those that are shown now; in a thread where these are others, again if more come."""
        while (now := self._view.shown).lines is not before.lines:
            found = await asyncio.to_thread(_position_now, before.apart(), position, now)
            if self._view.shown is now:
                return found
        return _position_now(before, position, now)


def _searched(search: Search, shown: ShownLines, at: int, work: LogWork) -> int | None:
    """Search, and give back what that took: the buffers of a search through large logs."""
    from triage_tui.logs.freed_memory import return_freed_memory

    try:
        return search(shown, at, work)
    finally:
        return_freed_memory()


def _position_now(before: ShownLines, position: int, now: ShownLines) -> int | None:
    """Return where a line is shown now: lines that came since may stand before it."""
    row = before.row(position)
    if now.lines is not before.lines:
        line = before.record(row)
        mark = found_again(mark_of(line), now.lines) if line is not None and now.lines is not None else None
        if mark is None:
            return None
        row = mark.row
    return now.position(row) if now.holds(row) else None


async def _ended_or_stopped(task: asyncio.Task[int | None], work: LogWork) -> None:
    """Wait for a search, but not for one that was stopped: its thread may still read, and what it finds is dropped."""
    while not task.done() and not work.stopped.is_set():
        await asyncio.wait([task], timeout=SECONDS_BETWEEN_LOOKS)


def _next_hit(hits: TextHits, shown: ShownLines, at: int, step: int, work: LogWork) -> int | None:
    from triage_tui.logs.filters.row_set import RowSet

    def tell(share: float) -> None:
        work.share = share

    if not len(shown):
        return None
    rows = shown.rows
    wanted = rows if rows is None or isinstance(rows, RowSet) else RowSet.of(rows, len(hits.store))
    row = hits.next(shown.row(at), step, wanted, tell, work.stopped)
    return None if row is None else shown.position(row)


def next_pause(shown: ShownLines, start: int, step: int, work: LogWork) -> int | None:
    """Return the next position in direction ``step`` (1 or -1) whose line came ten times as late as the usual one does.

    The usual distance is the median of the thousand lines from here on; a pause is a tenth of a second at least. A
    stretch of lines that is shorter than a pause has none in it, so only its ends are read.
    """
    # It runs in a thread, beside the screen.
    shown = shown.apart()
    longest_usual = _longest_usual(shown, start, step)
    here, stride, last = start, 1, len(shown) - 1 if step > 0 else 0
    if step < 0:
        here -= 1
    while longest_usual is not None and (last - here) * step > 0 and not work.stopped.is_set():
        stride = min(stride, abs(last - here))
        ahead = here + step * stride
        if abs(_seconds_between(shown, here, ahead)) <= longest_usual:
            here, stride = ahead, min(stride * 2, LONGEST_STRIDE)
        elif stride == 1:
            return max(here, ahead)
        else:
            stride //= 2
        work.share = abs(here - start) / max(1, abs(last - start))
    return None


def _longest_usual(shown: ShownLines, start: int, step: int) -> float | None:
    first = max(0, min(start, len(shown) - LINES_NEARBY)) if step > 0 else max(0, start - LINES_NEARBY)
    times = [moment for moment in _times(shown, first, first + LINES_NEARBY) if moment is not None]
    if len(times) < 2:  # noqa: PLR2004 - a distance lies between two
        return None
    steps = [(after - before).total_seconds() for before, after in pairwise(times)]
    from statistics import median  # not before the first frame

    return max(SHORTEST_PAUSE_S, median(steps) * PAUSE_FACTOR)


def _times(shown: ShownLines, start: int, end: int) -> Iterator[datetime | None]:
    for position in range(start, min(end, len(shown))):
        line = shown.record(shown.row(position))
        yield line.time if line is not None else None


def _seconds_between(shown: ShownLines, one: int, other: int) -> float:
    """Return the seconds from one line to another; a line without a time has that of the one before."""
    before, after = (_time_by(shown, position) for position in (one, other))
    return 0.0 if before is None or after is None else (after - before).total_seconds()


def _time_by(shown: ShownLines, position: int) -> datetime | None:
    back = range(position, max(-1, position - LINES_NEARBY), -1)
    return next((moment for here in back for moment in _times(shown, here, here + 1) if moment is not None), None)
