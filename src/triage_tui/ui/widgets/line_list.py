"""A list of one-line rows that costs as much as what is on the screen, however many rows there are.

No scrollbar, no widget per row, and no row kept that is not shown: a subclass draws one row at a time, and a key that
moves the cursor redraws two rows.
"""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

_KEPT_STRIPS = 512
_CURSOR = "$cursor-row-foreground on $cursor-row-background"
_IDLE_CURSOR = "underline"


class LineList(Widget, can_focus=True):
    """The base: cursor, top row, horizontal offset, and drawing by the line.

    A subclass gives ``row_count`` and ``row_content`` and calls ``redraw`` when what it draws changed. It binds no
    keys. Under ``NO_COLOR`` the cursor row is reversed.
    """

    DEFAULT_CSS = """
    LineList { overflow: hidden; height: 1fr; width: 1fr; }
    """
    ALLOW_SELECT = False

    class CursorMoved(Message):
        """The cursor is on another position; only the last of many counts."""

        def __init__(self, control: LineList, position: int) -> None:
            super().__init__()
            self.line_list, self.position = control, position

        @property
        def control(self) -> LineList:
            """The list, for ``@on`` selectors."""
            return self.line_list

        def can_replace(self, message: Message) -> bool:
            """Let a later move of the same list stand for this one."""
            return isinstance(message, LineList.CursorMoved) and message.line_list is self.line_list

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.cursor = 0
        self.top = 0
        self._stands = False
        self.x_offset = 0
        self._active = False
        self._strips: LRUCache[tuple[int, int, bool], Strip] = LRUCache(_KEPT_STRIPS)
        self._styles: dict[str, Style] = {}

    def row_count(self) -> int:
        """Return how many rows there are by now."""
        raise NotImplementedError

    def row_content(self, position: int, width: int) -> Content:
        """Draw one row without the cursor, for a list of so many cells; what is wider is cropped."""
        raise NotImplementedError(position, width)

    def is_selectable(self, position: int) -> bool:
        """Tell whether the cursor may stand on a row."""
        del position
        return True

    def empty_text(self) -> str:
        """Say why there is no row."""
        return "nothing to show"

    @property
    def active(self) -> bool:
        """Whether the cursor is drawn as the one that keys move; a pane around the list may set it."""
        return self._active

    @active.setter
    def active(self, active: bool) -> None:
        self._active = active
        self._strips.clear()
        self._refresh_rows(self.cursor)

    def redraw(self) -> None:
        """Draw everything anew, and bring the cursor back among the rows that there are."""
        self._strips.clear()
        count = self.row_count()
        if count:
            self.cursor = self._nearest_selectable(max(0, min(self.cursor, count - 1)), 1)
        self._follow_cursor()
        self.refresh()

    def go_to(self, position: int) -> None:
        """Put the cursor on a position, or on the nearest there is; redraws two rows unless the view must move."""
        count = self.row_count()
        self._stands = False
        if not count:
            return
        step = 1 if position >= self.cursor else -1
        target = self._nearest_selectable(max(0, min(position, count - 1)), step)
        before, self.cursor = self.cursor, target
        if self._follow_cursor():
            self.refresh()
        elif before != target:
            self._refresh_rows(before, target)
        if before != target:
            self.cursor_moved()

    def stand_at(self, position: int) -> None:
        """Put the cursor on a position; one out of sight comes into the middle and stays there when sizes change."""
        if position == self.cursor and self._stands:
            return
        in_sight = self.top <= position < self.top + self.size.height
        self.go_to(position)
        if not in_sight:
            self._stands = True
            self._stand()

    def jump_to(self, position: int) -> None:
        """Put the cursor on a position; one out of sight comes into the middle, with what is around it."""
        in_sight = self.top <= position < self.top + self.size.height
        self.go_to(position)
        if not in_sight:
            self._stand()

    def _stand(self) -> None:
        self._put_top(self.cursor - self.size.height // 2)
        self.refresh()

    def cursor_moved(self) -> None:
        """Tell the outside; a subclass may say more."""
        self.post_message(self.CursorMoved(self, self.cursor))

    def move(self, delta: int) -> None:
        """Move the cursor by rows, over those that cannot be chosen."""
        self.go_to(self.cursor + delta)

    def page(self, pages: float) -> None:
        """Move cursor and view by pages, one line staying in sight; 0.5 is half a page, negative goes up."""
        rows = max(1, round(abs(pages) * max(self.size.height - 1, 1)))
        step = rows if pages > 0 else -rows
        before = self.top
        self._put_top(self.top + step)
        if self.top != before:
            self.refresh()
        self.go_to(self.cursor + step)

    def go_top(self) -> None:
        """Go to the first row."""
        self.go_to(0)

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

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        width, position = self.size.width, self.top + y
        count = self.row_count()
        if not count and y == 0:
            return self._strip(Content.styled(f" {self.empty_text()}", "$muted"), self.visual_style)
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
        self._styles.clear()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        del event
        if self._stands:
            self._stand()
        elif self._follow_cursor():
            self.refresh()

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
        self.go_to(self.top + event.y)

    def _row_strip(self, position: int, width: int) -> Strip:
        content, base = self.row_content(position, width), self.visual_style
        if position != self.cursor:
            return self._strip(content, base)
        if not self._active:
            return self._strip(content, base + self._style(_IDLE_CURSOR))
        # One plain bar: the cursor row must read the same whatever colours stood in it.
        bar = Style(reverse=True) if self.app.no_color else self._style(_CURSOR)
        return self._strip(Content(content.plain), base + bar)

    def _strip(self, content: Content, base: Style) -> Strip:
        parts = content.render(base, end="", parse_style=self._style)
        strip = Strip([Segment(text, style.rich_style) for text, style in parts])
        return strip.crop_extend(self.x_offset, self.x_offset + self.size.width, base.rich_style).simplify()

    def _style(self, style: str | Style) -> Style:
        if isinstance(style, Style):
            return style
        if style not in self._styles:
            self._styles[style] = Style.parse(style, self.app.theme_variables)
        return self._styles[style]

    def _nearest_selectable(self, position: int, step: int) -> int:
        after, before = range(position, self.row_count()), range(position, -1, -1)
        ways = (after, before) if step > 0 else (before, after)
        return next((here for way in ways for here in way if self.is_selectable(here)), position)

    def _put_top(self, top: int) -> None:
        self.top = max(0, min(top, self.row_count() - self.size.height))

    def _follow_cursor(self) -> bool:
        """Move the view so that the cursor is in sight; tell whether it moved."""
        before = self.top
        self._put_top(max(min(self.top, self.cursor), self.cursor - max(self.size.height, 1) + 1))
        return self.top != before

    def _refresh_rows(self, *positions: int) -> None:
        for position in positions:
            self.refresh(Region(0, position - self.top, self.size.width, 1))
