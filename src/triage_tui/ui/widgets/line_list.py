"""A list of one-line rows that costs as much as what is on the screen, however many rows there are.

No scrollbar, no widget per row, and no row kept that is not shown: one row is drawn at a time, and a key that moves the
cursor redraws two rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

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


class LineList(Widget, can_focus=True):
    """The base: cursor, horizontal offset, and drawing by the line.

    A subclass calls ``redraw`` when its rows changed. It binds no keys. Under ``NO_COLOR`` the cursor row is reversed.
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
        self._list_rows, self.sight = rows, Sight(rows)
        self.x_offset = 0
        self._strips: LRUCache[tuple[int, int, bool], Strip] = LRUCache(_KEPT_STRIPS)
        self._drawing = ContentStrips(self)

    @property
    def cursor(self) -> int:
        """The position of the cursor."""
        return self.sight.cursor

    def row_count(self) -> int:
        """Return how many rows there are by now."""
        return len(self._list_rows)

    def watch_active(self) -> None:
        """Draw the cursor another way."""
        self._strips.clear()
        self._refresh_rows(self.cursor)

    def redraw(self) -> None:
        """Draw everything anew, and bring the cursor back among the rows that there are."""
        self._strips.clear()
        self.sight.height = self.size.height
        self.sight.fit()
        self.refresh()

    def go_to(self, position: int) -> None:
        """Put the cursor on a position, or on the nearest there is; redraws two rows unless the view must move."""
        self._move(partial(self.sight.go_to, position))

    def stand_at(self, position: int) -> None:
        """Put the cursor on a position; one out of sight comes into the middle and stays there when sizes change."""
        self._move(partial(self.sight.jump_to, position, stands=True))

    def jump_to(self, position: int) -> None:
        """Put the cursor on a position; one out of sight comes into the middle, with what is around it."""
        self._move(partial(self.sight.jump_to, position, stands=False))

    def move(self, delta: int) -> None:
        """Move the cursor by rows, over those that cannot be chosen."""
        self.go_to(self.cursor + delta)

    def page(self, pages: float) -> None:
        """Move cursor and view by pages, one line staying in sight; 0.5 is half a page, negative goes up."""
        self._move(partial(self.sight.page, pages))

    def go_bottom(self) -> None:
        """Go to the last row."""
        self.go_to(self.row_count() - 1)

    def scroll_sideways(self, cells: int) -> None:
        """Show what is cut off at the right (positive), or come back (negative)."""
        moved = max(0, self.x_offset + cells)
        if moved != self.x_offset:
            self.x_offset = moved
            self._strips.clear()
            self.refresh()

    def cursor_moved(self) -> None:
        """Hear that the cursor is on another position; a subclass may tell the outside."""

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        width, position = self.size.width, self.sight.top + y
        count = self.row_count()
        if not count and y == 0:
            return self._strip(Content.styled(f" {self._list_rows.empty}", "$muted"), self.visual_style)
        if position >= count:
            return Strip.blank(width, self.visual_style.rich_style)
        key = (position, width, position == self.cursor)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._row_strip(position, width)
        return strip

    def notify_style_update(self) -> None:
        """Forget what was drawn in the colours of another theme."""
        self._strips.clear()
        self._drawing.forget_theme()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        del event
        self._move(self.sight.resize)

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
        self.go_to(self.sight.top + event.y)

    def _move(self, step: Callable[[], None]) -> None:
        """Take a step, and draw what it changed: the whole view, or the rows that the cursor left and reached."""
        self.sight.height = self.size.height
        before, top = self.cursor, self.sight.top
        step()
        if self.sight.top != top:
            self.refresh()
        elif self.cursor != before:
            self._refresh_rows(before, self.cursor)
        if self.cursor != before:
            self.cursor_moved()

    def _row_strip(self, position: int, width: int) -> Strip:
        content, base = self._list_rows.content(position, width), self.visual_style
        if position != self.cursor:
            return self._strip(content, base)
        if not self.active:
            return self._strip(content, base + self._drawing.style(_IDLE_CURSOR))
        # One plain bar: the cursor row must read the same whatever colours stood in it.
        return self._strip(Content(content.plain), base + self._drawing.bar())

    def _strip(self, content: Content, base: Style) -> Strip:
        return self._drawing.fitted(content, base, self.size.width, self.x_offset)

    def _refresh_rows(self, *positions: int) -> None:
        for position in positions:
            self.refresh(Region(0, position - self.sight.top, self.size.width, 1))
