"""A filter for the log, asked for at the bottom of the screen while the log above shows what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static

from triage_tui.ui.phrases import words
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.screens.prompt import MAX_LENGTH
from triage_tui.ui.terminal.drawn_once import Overlay
from triage_tui.ui.widgets.filter_line import FilterFacts, FilterLine

FORMS = "text  !text  /regex/  level>=warn  field=value  took>1.5s  14:00..14:05  -C3"
KEYS = "Enter keeps it · ↑ recalls · Backspace takes the last one back · Esc leaves"
SECONDS_TO_REST = 0.12


class FilterInput(Input):
    """A line in which Backspace before anything means the filter before."""

    class FilterBefore(Message):
        """The last filter is to be changed."""

    def action_delete_left(self) -> None:
        """Delete a character; without one, ask for the filter before."""
        if self.value:
            super().action_delete_left()
        else:
            self.post_message(self.FilterBefore())


class FilterScreen(Overlay, ModalScreen[tuple[str, ...] | None]):
    """Gives back all filters that are then in force, None for no change.

    ``preview`` is called with them whenever typing rests. A filter that is recalled while it is in force is changed in
    its place; emptied, it is taken away.
    """

    CSS_PATH = "../styles/overlays.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "call_off", show=False),
        Binding("up", "recall(1)", show=False),
        Binding("down", "recall(-1)", show=False),
    ]

    def __init__(
        self, active: tuple[str, ...], before: tuple[str, ...], preview: Callable[[tuple[str, ...]], None]
    ) -> None:
        super().__init__()
        self._active, self._preview = active, preview
        self._recallable = (*reversed(active), *(text for text in before if text not in active))
        self._recalled = 0
        self._changed: str | None = None
        self._resting: Timer | None = None
        self._previewed = active

    def compose(self) -> ComposeResult:
        """Lay out what is in force above the line, and the forms of a filter below."""
        with Vertical(id="prompt"):
            yield FilterLine(FilterFacts(self._active), id="filters-active")
            yield FilterInput("", max_length=MAX_LENGTH, id="prompt-input", compact=True, select_on_focus=False)
            yield Static(words(FORMS, "$muted"), id="filters-forms")
            yield Static(words(KEYS), id="prompt-keys")

    def on_mount(self) -> None:
        """Wait for typing; each blink would be bytes on a slow link."""
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    @property
    def filters(self) -> tuple[str, ...]:
        """What is in force with what is typed by now."""
        typed = self.query_one(Input).value.strip()
        if self._changed is not None:
            changed = (typed if one == self._changed else one for one in self._active)
            return tuple(dict.fromkeys(one for one in changed if one))
        return tuple(dict.fromkeys((*self._active, typed))) if typed else self._active

    def on_input_changed(self) -> None:
        """Filter once typing rests, so that no key waits."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(SECONDS_TO_REST, self._show_preview)

    def _show_preview(self) -> None:
        problem = problem_of(self.query_one(Input).value)
        self.query_one("#filters-forms", Static).update(words(problem or FORMS, "$missing" if problem else "$muted"))
        filters = self.filters
        if not problem and filters != self._previewed:
            self._previewed = filters
            self._preview(filters)

    def on_input_submitted(self) -> None:
        """Keep the filter, unless it is none."""
        if problem_of(self.query_one(Input).value):
            self._show_preview()
        else:
            self.dismiss(self.filters)

    def on_filter_input_filter_before(self) -> None:
        """Change the last filter that is in force."""
        if self._active and self._changed is None:
            self._put(self._active[-1])

    def action_recall(self, steps: int) -> None:
        """Take one of the filters of this investigation, those in force first; back at none, nothing is written."""
        self._recalled = max(0, min(self._recalled + steps, len(self._recallable)))
        self._put(self._recallable[self._recalled - 1] if self._recalled else None)

    def action_call_off(self) -> None:
        """Leave the filters as they were."""
        self.dismiss(None)

    def _put(self, text: str | None) -> None:
        self._changed = text if text in self._active else None
        line = self.query_one(Input)
        line.value = SafeText(text or "", cells=MAX_LENGTH).plain
        line.action_end()


def problem_of(text: str) -> str:
    """Say why a text is no filter; "" where it is one, or nothing."""
    from triage_tui.logs.filters.line_filters import read_filters

    problems = read_filters([text]).problems if text.strip() else ()
    return problems[0] if problems else ""
