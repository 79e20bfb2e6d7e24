"""One line of text, asked for at the bottom of the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Static

from triage_tui.ui.phrases import words
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.terminal.drawn_once import Overlay

MAX_LENGTH = 2000
_WORD = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*$")


class LastWord(Suggester):
    """Completes the word that is being typed; the names may still be coming."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = names

    async def get_suggestion(self, value: str) -> str | None:
        """Return the text with its last word completed to the shortest name that begins so."""
        begun = _WORD.search(value)
        fitting = [name for name in self._names if begun and name.startswith(begun[0]) and name != begun[0]]
        return value + min(fitting, key=len)[len(begun[0]) :] if begun and fitting else None


class PromptScreen(Overlay, ModalScreen[str | None]):
    """Asks a question; Enter gives the text back, Esc gives None.

    ``names`` complete the last word, by the right arrow key; ``history`` is gone through by up and down, newest last.
    """

    CSS_PATH = "../styles/overlays.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "call_off", show=False),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
    ]

    def __init__(
        self, question: str, suggestion: str = "", *, names: Sequence[str] = (), history: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._names, self._history, self._recalled = names, history, len(history)
        self._question = question
        self._suggestion = SafeText(suggestion).plain

    def compose(self) -> ComposeResult:
        """Lay out the question above its line."""
        with Vertical(id="prompt"):
            yield Static(words(self._question, "bold"), id="prompt-question")
            yield Input(
                self._suggestion, max_length=MAX_LENGTH, id="prompt-input", compact=True, select_on_focus=False,
                suggester=LastWord(self._names),
            )  # fmt: skip
            yield Static("Enter keeps it · Esc calls it off", id="prompt-keys", markup=False)

    def on_mount(self) -> None:
        """Put the insertion point behind the suggestion; each blink would be bytes on a slow link."""
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the text back."""
        self.dismiss(event.value.strip())

    def action_recall(self, step: int) -> None:
        """Show what was asked before or after."""
        if self._history:
            self._recalled = min(max(self._recalled + step, 0), len(self._history) - 1)
            line = self.query_one(Input)
            line.value = self._history[self._recalled]
            line.cursor_position = len(line.value)

    def action_call_off(self) -> None:
        """Give nothing back."""
        self.dismiss(None)


class OfferScreen(Overlay, ModalScreen[bool]):
    """Offers one way on; Enter takes it, Esc does not."""

    CSS_PATH = "../styles/overlays.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", show=False),
        Binding("escape", "leave", show=False),
    ]

    def __init__(self, offer: str, keys: str) -> None:
        super().__init__()
        self._offer, self._keys = offer, keys

    def compose(self) -> ComposeResult:
        """Lay out the offer above its keys."""
        with Vertical(id="prompt"):
            yield Static(words(self._offer, "bold"), id="prompt-question")
            yield Static(words(self._keys), id="prompt-keys")

    def action_take(self) -> None:
        """Take the offer."""
        self.dismiss(True)

    def action_leave(self) -> None:
        """Leave the offer."""
        self.dismiss(False)
