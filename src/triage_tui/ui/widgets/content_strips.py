"""Content in the colours of the theme, as the strips that a widget draws itself with."""

from __future__ import annotations

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

_CURSOR = "$cursor-row-foreground on $cursor-row-background"


class ContentStrips:
    """Makes strips for one widget; each style is parsed once."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[str, Style] = {}

    def strip(self, content: Content, base: Style) -> Strip:
        """Draw one line of content on a style, as wide as it is."""
        parts = content.render(base, end="", parse_style=self.style)
        return Strip([Segment(text, style.rich_style) for text, style in parts])

    def fitted(self, content: Content, base: Style, width: int, left: int = 0) -> Strip:
        """Draw so many cells of a line of content, from ``left`` on."""
        return self.strip(content, base).crop_extend(left, left + width, base.rich_style).simplify()

    def bar(self) -> Style:
        """Return the style of the row that keys move; under ``NO_COLOR`` it is reversed."""
        return Style(reverse=True) if self._widget.app.no_color else self.style(_CURSOR)

    def style(self, style: str | Style) -> Style:
        """Parse a style, whose names are those of the theme."""
        if isinstance(style, Style):
            return style
        if style not in self._styles:
            self._styles[style] = Style.parse(style, self._widget.app.theme_variables)
        return self._styles[style]

    def forget_theme(self) -> None:
        """Parse anew, in the colours of another theme."""
        self._styles.clear()
