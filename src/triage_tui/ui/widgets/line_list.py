"""A list of one-line rows that costs as much as what is on the screen, however many rows there are.

No scrollbar, no widget per row, and no row kept that is not shown: one row is drawn at a time, and a key that moves the
cursor redraws two rows.
"""

from __future__ import annotations

from textual import events
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Region
from textual.reactive import var
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from triage_tui.ui.widgets.content_strips import ContentStrips
from triage_tui.ui.widgets.sight import ListRows, Sight

_KEPT_STRIPS = 512
_IDLE_CURSOR = "underline"


class DrawnRows:
    """The rows of one list as strips, of which the newest are kept; ``left`` is the first column that is shown.

    Under ``NO_COLOR`` the row under an active cursor is reversed.
    """

    def __init__(self, widget: Widget, rows: ListRows) -> None:
        self._widget, self._rows = widget, rows
        self.left = 0
        self._strips: LRUCache[tuple[int, int, bool], Strip] = LRUCache(_KEPT_STRIPS)
        self._drawing = ContentStrips(widget)

    def row(self, position: int, *, cursor: bool, active: bool) -> Strip:
        """Draw a row, one under the cursor as the one that keys move if it is ``active``."""
        key = (position, self._widget.size.width, cursor)
        strip = self._strips.get(key)
        if strip is None:
            content = self._rows.content(position, self._widget.size.width)
            strip = self._strips[key] = self._under_cursor(content, active=active) if cursor else self._fitted(content)
        return strip

    def why_empty(self) -> Strip:
        """Draw why there is no row."""
        return self._fitted(Content.styled(f" {self._rows.empty}", "$muted"))

    def nothing(self) -> Strip:
        """Draw a line below the last row."""
        return Strip.blank(self._widget.size.width, self._widget.visual_style.rich_style)

    def forget(self) -> None:
        """Draw all rows anew when they are asked for next."""
        self._strips.clear()

    def forget_theme(self) -> None:
        """Draw all rows anew, in the colours of another theme."""
        self.forget()
        self._drawing.forget_theme()

    def _under_cursor(self, content: Content, *, active: bool) -> Strip:
        if not active:
            return self._fitted(content, self._drawing.style(_IDLE_CURSOR))
        # One plain bar: the cursor row must read the same whatever colours stood in it.
        return self._fitted(Content(content.plain), self._drawing.bar())

    def _fitted(self, content: Content, style: Style | None = None) -> Strip:
        base = self._widget.visual_style if style is None else self._widget.visual_style + style
        return self._drawing.fitted(content, base, self._widget.size.width, self.left)


class LineList(Widget, can_focus=True):
    """The base: shows the rows that its ``sight`` has, which is told where to go.

    A subclass calls ``redraw`` when its rows changed. It binds no keys.
    """

    DEFAULT_CSS = """
    LineList { overflow: hidden; height: 1fr; width: 1fr; }
    """
    ALLOW_SELECT = False
    active = var(False, init=False)
    """Whether the cursor is drawn as the one that keys move; a pane around the list may set it."""

    def __init__(
        self,
        rows: ListRows,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._list_rows = rows
        self.sight = Sight(rows, lambda: self.size.height, self._show_move)
        self._drawn = DrawnRows(self, rows)

    def row_count(self) -> int:
        """Return how many rows there are by now."""
        return len(self._list_rows)

    def watch_active(self) -> None:
        """Draw the cursor another way."""
        self._drawn.forget()
        self._refresh_rows(self.sight.cursor)

    def redraw(self) -> None:
        """Draw everything anew, and bring the cursor back among the rows that there are."""
        self._drawn.forget()
        self.sight.fit()
        self.refresh()

    def scroll_sideways(self, cells: int) -> None:
        """Show what is cut off at the right (positive), or come back (negative)."""
        left = max(0, self._drawn.left + cells)
        if left != self._drawn.left:
            self._drawn.left = left
            self._drawn.forget()
            self.refresh()

    def cursor_moved(self) -> None:
        """Hear that the cursor is on another position; a subclass may tell the outside."""

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        position, count = self.sight.top + y, self.row_count()
        if not count and y == 0:
            return self._drawn.why_empty()
        if position >= count:
            return self._drawn.nothing()
        return self._drawn.row(position, cursor=position == self.sight.cursor, active=self.active)

    def notify_style_update(self) -> None:
        """Forget what was drawn in the colours of another theme."""
        self._drawn.forget_theme()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        del event
        self.sight.resize()

    def on_focus(self, event: events.Focus) -> None:
        """Draw the cursor as the one that keys move."""
        del event
        self.active = True

    def on_blur(self, event: events.Blur) -> None:
        """Draw the cursor as one that keys do not move."""
        del event
        self.active = False

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row."""
        self.sight.go_to(self.sight.top + event.y)

    def _show_move(self, cursor: int, top: int) -> None:
        """Draw what a move from there changed: the whole view, or the rows that the cursor left and reached."""
        if self.sight.top != top:
            self.refresh()
        elif self.sight.cursor != cursor:
            self._refresh_rows(cursor, self.sight.cursor)
        if self.sight.cursor != cursor:
            self.cursor_moved()

    def _refresh_rows(self, *positions: int) -> None:
        for position in positions:
            self.refresh(Region(0, position - self.sight.top, self.size.width, 1))
