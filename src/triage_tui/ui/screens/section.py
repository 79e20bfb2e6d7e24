"""One section of the post-mortem in a person's words, here or in ``$EDITOR``."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from triage_tui.investigation.events import NoteWritten
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.visible_text import visible_lines
from triage_tui.ui.messages import Decided, Said
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.terminal.drawn_once import Overlay


class SectionScreen(Overlay, ModalScreen[None]):
    """Writes a section; ^s keeps it, Esc leaves it as it was, ^e goes to the user's own editor."""

    CSS_PATH = "../styles/overlays.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", show=False, priority=True),
        Binding("ctrl+e", "edit_outside", show=False, priority=True),
        Binding("escape", "dismiss(None)", show=False, priority=True),
    ]

    def __init__(self, section: str, title: str, investigation: Investigation) -> None:
        super().__init__()
        self._section, self._title = section, title
        self._before = investigation.notes.get(section, "")

    def compose(self) -> ComposeResult:
        """Lay out the text under its title."""
        with Vertical(id="section"):
            text = TextArea(visible_lines(self._before), id="section-text", soft_wrap=True)
            text.cursor_blink = False
            text.border_title = SafeText(self._title).content("bold")
            yield text
            yield Static(Content("^s keeps it · Esc leaves it as it was · ^e opens $EDITOR"), id="prompt-keys")

    def action_keep(self) -> None:
        """Journal the text."""
        text = self.query_one(TextArea).text.strip()
        if text != self._before:
            self.app.post_message(Decided(NoteWritten(at=datetime.now(UTC), section=self._section, text=text)))
        self.dismiss(None)

    def action_edit_outside(self) -> None:
        """Hand the text to the user's editor and take it back."""
        area = self.query_one(TextArea)
        try:
            with self.app.suspend():
                edited = edited_outside(editor_of(os.environ), area.text)
        except SuspendNotSupported:
            self.app.post_message(Said("this terminal cannot be handed to another program; write here", wrong=True))
            return
        if edited.problem:
            self.app.post_message(Said(edited.problem, wrong=True))
        else:
            area.text = visible_lines(edited.text)
            area.move_cursor(area.document.end)


class Edited(NamedTuple):
    """A text as an editor left it, or as it was where that did not work; ``problem`` says why, "" where it did."""

    text: str
    problem: str = ""


def edited_outside(command: list[str], text: str) -> Edited:
    """Have a text edited in a file that only its owner can read.

    It raises nothing for an editor that fails: Textual would not take the terminal back.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="triage-") as folder:
            path = Path(folder) / "section.md"
            path.write_text(text, encoding="utf-8")
            subprocess.run([*command, str(path)], check=True)
            return Edited(path.read_text(encoding="utf-8"))
    except subprocess.CalledProcessError as error:
        reason = f"it ended with status {error.returncode}"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "it left no UTF-8"
    return Edited(text, f"{command[0]} did not work: {reason}; the text is as it was")


def editor_of(environ: Mapping[str, str]) -> list[str]:
    """Return the command of the user's editor; what cannot be read as a command is the name of one."""
    named = (environ.get("VISUAL") or environ.get("EDITOR") or "").strip()
    try:
        return shlex.split(named) or ["vi"]
    except ValueError:
        return [named]
