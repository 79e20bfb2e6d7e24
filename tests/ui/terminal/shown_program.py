"""A program for a real terminal: a bordered log of many rows, moved by keys."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical

from tests.ui.widgets.log_lines import CountedLines
from triage_tui.ui.terminal.sparing_app import SparingApp
from triage_tui.ui.themes import load_themes, theme_variable_defaults
from triage_tui.ui.widgets.log_view import LogView

EVENTS = [f"event {number}" for number in range(1000)]
WIDE = [f"событие 事件 {number} e\u0301 🔥 done" if number % 3 else f"event {number}" for number in range(1000)]


class Bordered(SparingApp):
    """``w`` shows wide and doubtful characters, ``t`` lays a toast over the rows, ``l`` draws all anew.

    The title of the terminal is how many keys were pressed whose frames are out.
    """

    CSS = "Vertical { border: round $pane-border; }"
    BINDINGS = [  # noqa: RUF012 - Textual declares it so
        ("j", "move(1)"), ("k", "move(-1)"), ("d", "page(1)"), ("u", "page(-1)"), ("t", "toast"), ("w", "wide"),
        ("l", "redraw"), ("q", "quit"),
    ]  # fmt: skip
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self._pressed = 0
        for one in load_themes(user=Path("/nonexistent")).themes:
            self.register_theme(one)
        self.theme = "triage-dark"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variable_defaults()

    def compose(self) -> ComposeResult:
        yield Vertical(LogView())

    def on_mount(self) -> None:
        self.log_view.focus()
        self.log_view.show(CountedLines(1000, events=EVENTS))

    def on_key(self) -> None:
        self._pressed += 1
        self.call_later(self.call_after_refresh, self._tell_pressed, self._pressed)

    def _tell_pressed(self, pressed: int) -> None:
        assert self._driver is not None
        self._driver.write(f"\x1b]0;{pressed}\x07")

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    def action_move(self, rows: int) -> None:
        self.log_view.sight.move(rows)

    def action_page(self, pages: int) -> None:
        self.log_view.sight.page(pages)

    def action_wide(self) -> None:
        self.log_view.show(CountedLines(1000, events=WIDE))

    def action_toast(self) -> None:
        self.notify("a toast lies over the rows", timeout=60)


if __name__ == "__main__":
    Bordered().run()
