"""The command palette's list, made from the one declaration."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from triage_tui.ui.case_app import key_map_of
from triage_tui.ui.commands import Command, KeyMap, Scope, commands_of, key_name, keys_of


class CommandProvider(Provider):
    """Offers every command that applies to the screen beneath the palette."""

    async def discover(self) -> Hits:
        """List all commands before anything is typed."""
        for command in self._commands():
            title = _title(command, key_map_of(self.app))
            yield DiscoveryHit(title, partial(self._run, command), text=title, help=command.tooltip)

    async def search(self, query: str) -> Hits:
        """List the commands whose words match."""
        matcher = self.matcher(query)
        for command in self._commands():
            title = _title(command, key_map_of(self.app))
            score = max(matcher.match(title), matcher.match(command.tooltip))
            if score > 0:
                shown = matcher.highlight(title)
                yield Hit(score, shown, partial(self._run, command), text=title, help=command.tooltip)

    def _commands(self) -> list[Command]:
        offered = commands_of(scope_of(self.screen), Scope.BROWSING, Scope.ANYWHERE)
        return [command for command in offered if command.palette]

    async def _run(self, command: Command) -> None:
        """Run the command where its key would have run it: at the focused list, the screen or the app."""
        namespace = self.focused if Scope.BROWSING in command.scopes else self.screen
        if Scope.ANYWHERE in command.scopes:
            await self.app.run_action(command.bound_action)
        elif namespace is not None:
            await self.app.run_action(command.bound_action, default_namespace=namespace)


def scope_of(screen: Screen[object]) -> Scope:
    """Return the scope whose commands apply to a screen."""
    return getattr(screen, "SCOPE", Scope.ANYWHERE)


def _title(command: Command, own: KeyMap) -> str:
    return f"{command.label}  ({', '.join(key_name(key) for key in keys_of(command, own))})"
