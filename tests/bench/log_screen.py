"""The log view alone on a screen, as a program: ``python -m tests.bench.log_screen FILE [rows] [--follow]``.

With a number of rows, the log's records are shown over and over until there are that many.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from triage_tui.investigation.source import LogLine
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import log_inputs
from triage_tui.logs.store import LogStore
from triage_tui.ui.terminal.sparing_app import SparingApp
from triage_tui.ui.themes import load_themes, theme_variable_defaults
from triage_tui.ui.widgets.log_view import LogView

FRAMES_A_SECOND = 3


class RepeatedLines(LogStore):
    """The records of a store, again and again."""

    def __init__(self, store: LogStore, count: int) -> None:
        super().__init__(store.logs)
        self._count = count

    def __len__(self) -> int:
        return self._count

    def row(self, number: int) -> LogLine:
        return super().row(number % len(self.order))


class LogScreen(SparingApp):
    """One log view and the keys to move in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("down", "move(1)"), ("up", "move(-1)"), ("pagedown", "page(1)"), ("pageup", "page(-1)"), ("G", "end"),
    ]  # fmt: skip
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, logs: IndexedLogs, rows: int, *, follow: bool) -> None:
        self._known_themes = load_themes()
        super().__init__()
        for theme in self._known_themes.themes:
            self.register_theme(theme)
        self.theme = self._known_themes.themes[0].name
        self._logs, self._rows, self._follow = logs, rows, follow

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variable_defaults(self.get_theme(self.theme))

    def compose(self) -> ComposeResult:
        yield LogView(id="log")

    def on_mount(self) -> None:
        store = self._logs.store()
        self.view.show(RepeatedLines(store, self._rows) if self._rows else store)
        self.view.focus()
        if self._follow:
            self._logs.follow()
            self.view.sight.go_bottom()
            self.set_interval(1 / FRAMES_A_SECOND, self._take_in)

    @property
    def view(self) -> LogView:
        return self.query_one(LogView)

    def _take_in(self) -> None:
        if self._logs.extend():
            self.view.show(self._logs.store())
            self.view.sight.go_bottom()

    def action_move(self, rows: int) -> None:
        self.view.sight.move(rows)

    def action_page(self, pages: int) -> None:
        self.view.sight.page(pages)

    def action_end(self) -> None:
        self.view.sight.go_bottom()


def main(arguments: Sequence[str]) -> None:
    """Show a log."""
    path, *others = arguments
    rows = next((int(one) for one in others if one.isdigit()), 0)
    logs = IndexedLogs(log_inputs([Path(path)]))
    logs.build(lambda _: None, Event())
    LogScreen(logs, rows, follow="--follow" in others).run(mouse=False)


if __name__ == "__main__":
    main(sys.argv[1:])
