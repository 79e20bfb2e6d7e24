"""One line of text, asked for at the bottom of the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from triage_tui.ui.phrases import words
from triage_tui.ui.safe_text import SafeText

MAX_LENGTH = 2000


class PromptScreen(ModalScreen[str | None]):
    """Asks a question; Enter gives the text back, Esc gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "call_off", show=False)]

    def __init__(self, question: str, suggestion: str = "") -> None:
        super().__init__()
        self._question = question
        self._suggestion = SafeText(suggestion).plain

    def compose(self) -> ComposeResult:
        """Lay out the question above its line."""
        with Vertical(id="prompt"):
            yield Static(words(self._question, "bold"), id="prompt-question")
            yield Input(self._suggestion, max_length=MAX_LENGTH, id="prompt-input", compact=True, select_on_focus=False)
            yield Static("Enter keeps it · Esc calls it off", id="prompt-keys", markup=False)

    def on_mount(self) -> None:
        """Put the insertion point behind the suggestion; each blink would be bytes on a slow link."""
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the text back."""
        self.dismiss(event.value.strip())

    def action_call_off(self) -> None:
        """Give nothing back."""
        self.dismiss(None)


class OfferScreen(ModalScreen[bool]):
    """Offers one way on; Enter takes it, Esc does not."""

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
