"""Looking for a line: by its text, by the pause before it. Each may read much of a log, so it runs in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from triage_tui.investigation.source import LogLines
from triage_tui.ui.panes.log_work import LogWork
from triage_tui.ui.widgets.shown_lines import ShownLines

if TYPE_CHECKING:
    from triage_tui.logs.next_match import TextHits
    from triage_tui.logs.store import LogStore

LINES_NEARBY = 1_000
SHORTEST_PAUSE_S = 0.1
PAUSE_FACTOR = 10
LONGEST_STRIDE = 4096

Search = Callable[[ShownLines, int, LogWork], int | None]
"""Lines that are shown, the position to begin at, and the work to tell of; returns a position."""


class TextSearch:
    """Finds the next line that holds a text, ignoring case; what was found is kept while text and log are the same.

    One object serves one log pane.
    """

    def __init__(self) -> None:
        self._hits: TextHits | None = None

    def of(self, lines: LogLines | None, text: str, step: int) -> Search:
        """Return the search for a text in direction ``step`` (1 or -1) in a log of which some lines are shown."""
        from triage_tui.logs.store import LogStore

        if isinstance(lines, LogStore):
            return lambda shown, at, work: _next_hit(self._hits_in(lines, text), shown, at, step, work)
        return lambda shown, at, _: shown.next_match(text, at, step)

    def _hits_in(self, store: LogStore, text: str) -> TextHits:
        from triage_tui.logs.next_match import TextHits

        if self._hits is None or self._hits.store is not store or self._hits.text != text:
            self._hits = TextHits(store, text)
        return self._hits


def _next_hit(hits: TextHits, shown: ShownLines, at: int, step: int, work: LogWork) -> int | None:
    from triage_tui.logs.row_set import RowSet

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
