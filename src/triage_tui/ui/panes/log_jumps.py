"""Going through a log by what its lines hold: a text, a level, a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

from textual.worker import WorkType

from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import Said, TextWanted
from triage_tui.ui.widgets.log_view import LogView
from triage_tui.ui.widgets.shown_lines import ShownLines

ERRORS = frozenset({"ERROR", "FATAL", "CRITICAL", "PANIC", "ALERT", "EMERG", "SEVERE", "ERR"})
WARNINGS = frozenset({"WARNING", "WARN"})
MOST_PAUSE_LINES = 200_000
SHORTEST_PAUSE_S = 0.1
PAUSE_FACTOR = 10


class LogJumps(EvidencePane):
    """The jumps of the log pane; a search may read the whole file, so it runs in a thread."""

    def __init__(self, *, id: str, expected: Iterable[str] = ()) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, expected=expected)
        self._view = LogView(id="log-view")
        self._view.can_focus = False
        self._searched = ""

    def action_follow(self) -> None:
        """Go to the newest line; the cursor stays on it as lines come."""
        self._view.go_bottom()
        self.post_message(Said("at the newest line"))

    def action_search(self) -> None:
        """Ask what to search for."""
        self.post_message(TextWanted("Search the log for", self._search, self._searched, required=False))

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
        self._look(lambda shown, start: next_pause(shown, start, 1), "no long pause after this line")

    def action_previous_gap(self) -> None:
        """Go to the line before that came after a long pause."""
        self._look(lambda shown, start: next_pause(shown, start, -1), "no long pause before this line")

    def _search(self, text: str) -> None:
        self._searched = text
        self._view.set_search(text)
        self._draw_border()
        if text:
            self._jump_to_match(1)

    def _jump_to_match(self, step: int) -> None:
        text = self._searched
        if not text:
            self.action_search()
            return
        where = "after" if step > 0 else "before"
        self._look(lambda shown, start: shown.next_match(text, start, step), f"no line with {text!r} {where} this one")

    def _jump_to_level(self, levels: frozenset[str], step: int, name: str) -> None:
        where = "after" if step > 0 else "before"
        self._look(lambda shown, start: shown.next_level(levels, start, step), f"no {name} {where} this line")

    def _look(self, search: Callable[[ShownLines, int], int | None], otherwise: str) -> None:
        work: WorkType[None] = partial(self._go_to_found, search, otherwise)
        self.run_worker(work, name="search", group="search", exclusive=True, exit_on_error=False)

    async def _go_to_found(self, search: Callable[[ShownLines, int], int | None], otherwise: str) -> None:
        shown = self._view.shown
        position = await asyncio.to_thread(search, shown, self._view.cursor)
        if position is None:
            self.post_message(Said(otherwise))
        elif shown is self._view.shown:
            self._view.go_to(position)


def next_pause(shown: ShownLines, start: int, step: int) -> int | None:
    """Return the next position in direction ``step`` whose line came ten times as late as the usual one does.

    The usual distance is the median of the lines shown; a pause is a tenth of a second at least.
    """
    import numpy as np

    first = max(0, min(start, len(shown)) - MOST_PAUSE_LINES // 2)
    positions = range(first, min(len(shown), first + MOST_PAUSE_LINES))
    times = [line.time if (line := shown.record(shown.row(one))) else None for one in positions]
    seconds = np.array([np.nan if moment is None else moment.timestamp() for moment in times])
    steps = np.diff(seconds)
    if not np.isfinite(steps).any():
        return None
    longest_usual = max(SHORTEST_PAUSE_S, float(np.nanmedian(steps)) * PAUSE_FACTOR)
    paused = [first + 1 + int(one) for one in np.flatnonzero(steps > longest_usual)]
    ahead = [one for one in paused if (one > start if step > 0 else one < start)]
    return (min if step > 0 else max)(ahead, default=None)
