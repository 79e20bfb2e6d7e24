"""A program for a real terminal: a bordered log of many rows, moved by keys."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from tests.ui.widgets.log_lines import CountedLines
from tests.ui.widgets.shown_app import ShownApp
from triage_tui.ui.widgets.log_view import LogView


class Bordered(ShownApp):
    CSS = "Vertical { border: round $pane-border; }"
    BINDINGS = [("j", "move(1)"), ("k", "move(-1)"), ("d", "page(1)"), ("t", "toast"), ("q", "quit")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        yield Vertical(self.shown)

    def on_mount(self) -> None:
        super().on_mount()
        self.log_view.show(CountedLines(1000, events=[f"event {n}" for n in range(1000)]))

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    def action_move(self, rows: int) -> None:
        self.log_view.move(rows)

    def action_page(self, pages: int) -> None:
        self.log_view.page(pages)

    def action_toast(self) -> None:
        self.notify("a toast lies over the rows", timeout=60)


if __name__ == "__main__":
    Bordered(LogView()).run()
