"""All keys, grouped, made from the one declaration."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen

from triage_tui.ui.browsing import EntryList
from triage_tui.ui.case_app import key_map_of
from triage_tui.ui.commands import COMMANDS, Command, KeyMap, groups, key_name, keys_of
from triage_tui.ui.entries import Row
from triage_tui.ui.phrases import folded
from triage_tui.ui.terminal.drawn_once import Overlay

KEYS_WIDTH = 14
STEP_RANGE = "1 … 9"


class KeyList(EntryList):
    """The commands under their headings."""

    def build_rows(self, width: int) -> list[Row]:
        """Return a heading a group and a line a command; the nine digits share one."""
        return list(_rows(tuple(key_map_of(self.app).items()), width))


class HelpScreen(Overlay, ModalScreen[None]):
    """The help; any of q, ? and Esc closes it."""

    CSS_PATH = "../styles/overlays.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q", "dismiss(None)", show=False)]

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        keys = KeyList(id="help")
        keys.border_title = Content.styled("Keys", "bold")
        keys.border_subtitle = Content("Esc closes · j k scroll")
        yield keys


# Each opening has a list of its own, whose rows would be folded again each time.
@lru_cache(maxsize=2)
def _rows(own_keys: tuple[tuple[str, str], ...], width: int) -> tuple[Row, ...]:
    own, rows = dict(own_keys), list[Row]()
    for group, commands in groups(COMMANDS).items():
        rows.append(Row((Content.styled(group, "bold $pane-title"),)))
        digits = [command for command in commands if command.action.startswith("go_to_step")]
        rows += [_key_row(command, own, width) for command in commands if command not in digits]
        if digits:
            rows.append(_line(STEP_RANGE, "Go to that step", width))
    return tuple(rows)


def _key_row(command: Command, own: KeyMap, width: int) -> Row:
    return _line(" ".join(key_name(key) for key in keys_of(command, own)), command.tooltip, width)


def _line(keys: str, text: str, width: int) -> Row:
    lines = folded(text, width - 1, indent=KEYS_WIDTH)
    head = Content.styled(f"  {keys} ".ljust(KEYS_WIDTH), "$key")
    if head.cell_length > KEYS_WIDTH:
        return Row((head, *lines))
    return Row((head + lines[0][KEYS_WIDTH:], *lines[1:]))
