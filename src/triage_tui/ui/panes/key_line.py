"""The last line of every screen: its keys, from the one declaration."""

from __future__ import annotations

from triage_tui.ui.case_app import key_map_of
from triage_tui.ui.commands import KeyMap, Scope, footer_commands, key_name, keys_of
from triage_tui.ui.widgets.key_footer import KeyFooter, KeyHint


class KeyLine(KeyFooter):
    """The keys of a scope, those of the focused pane among them."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(key_hints(scope), id="keys")
        self._scope = scope

    def show_for(self, pane: str) -> None:
        """Show what helps with this pane in focus."""
        self.show(key_hints(self._scope, pane, key_map_of(self.app)))


def key_hints(scope: Scope, pane: str = "", key_map: KeyMap | None = None) -> tuple[KeyHint, ...]:
    """Return the hints of a scope, the most needed first."""
    at_top = scope in {Scope.START, Scope.INVESTIGATION}
    return tuple(
        KeyHint(
            key_name(keys_of(command, key_map or {})[0]), "quit" if at_top and command.id == "back" else command.label
        )
        for command in footer_commands(scope, pane)
    )
