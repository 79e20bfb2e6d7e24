"""Screens that come over others are drawn once, unless their own size is told late, and each time with less to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual._context import visible_screen_stack
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import _RenderCache

if TYPE_CHECKING:
    _Base = Screen[Any]
else:
    _Base = object


class DrawnOnce(_Base):
    """A screen that waits with its first frame until all that is on it is laid out, and looks the same when it is back.

    Nothing of that holds while it is alone: the first frame of a program must come soon.
    """

    _is_coming = False

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Lay out without a frame, which Textual asks for a moment later too."""
        event.prevent_default()
        is_back = self._compositor.size == self.app.size
        event.refresh_styles = event.refresh_styles and not is_back
        self._is_coming = len(self.app.screen_stack) > 1
        try:
            super()._on_screen_resume(event)
        finally:
            self._is_coming = False

    def _screen_resized(self, size: Size) -> None:
        """Leave the layout as it is where it is of that size already, as just after the screen came."""
        if len(self.app.screen_stack) == 1 or size != self._compositor.size:
            super()._screen_resized(size)

    def _compositor_refresh(self) -> None:
        if not self._is_coming:
            super()._compositor_refresh()


class Overlay(DrawnOnce):
    """What lies over a screen that is seen around it, as it is there: Textual would draw each cell of it once more."""

    def _compositor_refresh(self) -> None:
        is_whole = self.size.region in self._compositor._dirty_regions  # noqa: SLF001
        super()._compositor_refresh()
        if is_whole and self.is_current and not self._is_coming:
            # The layout was drawn with all else: Textual would draw all of it again at once.
            self._repaint_required = False

    def _render_content(self) -> None:
        """Take over what is below; the widgets of this screen are laid over it."""
        below = visible_screen_stack.get([])
        if not below or self.styles.background.a:
            super()._render_content()
            return
        strips = below.pop()._compositor.render_strips(self.size)  # noqa: SLF001
        self._render_cache = _RenderCache(self.size, [strip.discard_meta() for strip in strips])
        self._dirty_regions.clear()
