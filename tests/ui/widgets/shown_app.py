"""An app that shows one widget as the real one would: themes, defaults and the second wall."""

from __future__ import annotations

from pathlib import Path

from textual.app import App, ComposeResult
from textual.filter import LineFilter
from textual.widget import Widget

from triage_tui.ui.safe_text import SafeLineFilter
from triage_tui.ui.themes import load_themes, theme_variable_defaults


class ShownApp(App[None]):
    """Shows one widget, with the focus."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, shown: Widget, *, theme: str = "triage-dark", ascii_only: bool = False) -> None:
        super().__init__()
        self.shown, self.wall = shown, SafeLineFilter(ascii_only=ascii_only)
        for one in load_themes(user=Path("/nonexistent")).themes:
            self.register_theme(one)
        self.theme = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variable_defaults()

    def get_line_filters(self) -> list[LineFilter]:
        return [*super().get_line_filters(), self.wall]

    def compose(self) -> ComposeResult:
        yield self.shown

    def on_mount(self) -> None:
        self.shown.focus()

    def drawn(self) -> list[str]:
        """Return the screen's lines as text, without blanks at the end."""
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]
