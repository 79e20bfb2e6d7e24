"""Going through a log by what its lines hold: a text, a level, a pause."""

from __future__ import annotations

from collections.abc import Iterable

from triage_tui.investigation.source import LogLines
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import Said, TextWanted
from triage_tui.ui.panes.log_search import Looking, TextSearch, next_pause
from triage_tui.ui.panes.log_work import Works
from triage_tui.ui.widgets.log_view import LogView

ERRORS = frozenset({"ERROR", "FATAL", "CRITICAL", "PANIC", "ALERT", "EMERG", "SEVERE", "ERR"})
WARNINGS = frozenset({"WARNING", "WARN"})


class LogJumps(EvidencePane):
    """The jumps of the log pane; a search may read the whole file, so it runs in a thread, and Esc stops it."""

    def __init__(self, *, id: str, expected: Iterable[str] = ()) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, expected=expected)
        self._view = LogView(id="log-view")
        self._view.can_focus = False
        self.works = Works(self, self._draw_border)
        self._looking = Looking(self, self._view, self.works)
        self._text_search = TextSearch()

    @property
    def filtered_lines(self) -> LogLines | None:
        """The log itself, of which the view shows a part."""
        return self._view.shown.lines

    def action_search(self) -> None:
        """Ask what to search for."""
        question = "Search the log for (↑ recalls; nothing ends the search)"
        self.post_message(TextWanted(question, self._search, required=False, history=self._text_search.history))

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
        self._looking.begin(
            lambda shown, start, work: next_pause(shown, start, 1, work),
            "looking for a pause", "no long pause after this line",
        )  # fmt: skip

    def action_previous_gap(self) -> None:
        """Go to the line before that came after a long pause."""
        self._looking.begin(
            lambda shown, start, work: next_pause(shown, start, -1, work),
            "looking for a pause", "no long pause before this line",
        )  # fmt: skip

    def _search(self, text: str) -> None:
        self._text_search.take(text)
        self._view.set_search(text)
        self._draw_border()
        if text:
            self._jump_to_match(1)

    def end_search(self) -> bool:
        """Take the marks of a search away; False where there is none."""
        searched = bool(self._text_search.text)
        if searched:
            self._search("")
        return searched

    def _jump_to_match(self, step: int) -> None:
        text = self._text_search.text
        if not text:
            self.action_search()
            return
        where = "after" if step > 0 else "before"
        search = self._text_search.within(self.filtered_lines, step)
        self._looking.begin(search, "searching", f"no line with {text!r} {where} this one", self._tell_unseen)

    def _jump_to_level(self, levels: frozenset[str], step: int, name: str) -> None:
        where = "after" if step > 0 else "before"
        self._looking.begin(
            lambda shown, start, _: shown.next_level(levels, start, step),
            f"looking for {name}s", f"no {name} {where} this line",
        )  # fmt: skip

    def _tell_unseen(self) -> None:
        """Say that a match is in a part of the record that its line does not show."""
        line = self._view.cursor_line
        if line is not None and self._text_search.is_unseen(line):
            self.post_message(Said("the match is in a field that the line does not show: F shows all fields"))
