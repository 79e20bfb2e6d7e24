"""Going through a log by what its lines hold: a text, a level, a pause, an ID."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import partial

from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import Said, TextWanted
from triage_tui.ui.panes.log_filters import ChosenLines
from triage_tui.ui.panes.log_search import Looking, TextSearch, next_pause
from triage_tui.ui.panes.log_work import LogWork, Works
from triage_tui.ui.widgets.log_line import ERRORS, WARNINGS
from triage_tui.ui.widgets.log_view import LogView
from triage_tui.ui.widgets.shown_lines import ShownLines


class LogJumps:
    """The jumps of the log pane; ``step`` is 1 or -1. One may read the whole file, so it runs in a thread."""

    def __init__(self, pane: EvidencePane, view: LogView, chosen: ChosenLines, works: Works) -> None:
        self._pane, self._view, self._chosen = pane, view, chosen
        self._looking = Looking(pane, view, works)
        self._search = TextSearch()
        self._followed = ""

    @property
    def text(self) -> str:
        """What is searched for; "" for nothing."""
        return self._search.text

    def ask(self) -> None:
        """Ask what to search for."""
        question = "Search the log for (↑ recalls; nothing ends the search)"
        self._pane.post_message(TextWanted(question, self.search, required=False, history=self._search.history))

    def search(self, text: str) -> None:
        """Mark a text and go to its next match; "" ends the search."""
        self._search.take(text)
        self._view.set_search(text)
        self._pane.draw_border()
        if text:
            self.to_match(1)

    def end_search(self) -> bool:
        """Take the marks of a search away; False where there is none."""
        searched = bool(self.text)
        if searched:
            self.search("")
        return searched

    def to_match(self, step: int) -> None:
        """Go to a match, or ask for what."""
        if not self.text:
            self.ask()
            return
        search = self._search.within(self._chosen.lines, step)
        self._looking.begin(search, "searching", f"no line with {self.text!r} {self._where(step)}", self._unseen)

    def to_error(self, step: int) -> None:
        """Go to an error."""
        self._to_level(ERRORS, "error", step)

    def to_warning(self, step: int) -> None:
        """Go to a warning."""
        self._to_level(WARNINGS, "warning", step)

    def _to_level(self, levels: frozenset[str], name: str, step: int) -> None:
        self._looking.begin(
            lambda shown, start, _: shown.next_level(levels, start, step),
            f"looking for {name}s", f"no {name} {self._where(step)}",
        )  # fmt: skip

    def to_gap(self, step: int) -> None:
        """Go to a line that came after a long pause."""
        self._looking.begin(
            lambda shown, start, work: next_pause(shown, start, step, work),
            "looking for a pause", f"no long pause {self._where(step)}",
        )  # fmt: skip

    def to_same_id(self, step: int) -> None:
        """Go to a line with this line's correlation ID."""
        wanted = self.id_of_line
        if wanted is None:
            self._pane.post_message(Said("this line has no correlation ID"))
            return
        self._followed = wanted
        search = partial(next_of_id, wanted, step)
        self._looking.begin(search, "looking for the ID", f"no line of {wanted} {self._where(step)}")

    @property
    def id_of_line(self) -> str | None:
        """The correlation ID of the line at the cursor; where only its text has one, that by which it was found."""
        line = self._view.cursor_line
        if line is None or line.request_id:
            return line.request_id if line is not None else None
        found_by = (self._chosen.request, self._followed)
        return next((one for one in found_by if one and one in line.text), None)

    def _where(self, step: int) -> str:
        """Say in which direction, and among which lines, there is none: others may be left out by a filter."""
        among = "" if self._view.shown.rows is None else " among those that are shown: Esc shows all"
        return f"{'after' if step > 0 else 'before'} this one{among}"

    def _unseen(self) -> None:
        """Say that a match is in a part of the record that its line does not show."""
        line = self._view.cursor_line
        if line is not None and self._search.is_unseen(line):
            self._pane.post_message(Said("the match is in a field that the line does not show: F shows all fields"))


def next_of_id(correlation_id: str, step: int, shown: ShownLines, position: int, work: LogWork) -> int | None:
    """Return the next position in direction ``step`` (1 or -1) whose record has an ID; it may read the whole log."""
    del work  # how much of that is done is not known
    if shown.lines is None:
        return None
    rows = [row for row in shown.lines.rows_with_id(correlation_id) if shown.holds(row)]
    here = shown.row(position)
    place = bisect_right(rows, here) if step > 0 else bisect_left(rows, here) - 1
    return shown.position(rows[place]) if 0 <= place < len(rows) else None
