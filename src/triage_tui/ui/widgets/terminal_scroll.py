"""Let the terminal move rows that it already shows, so that a step at the edge of a list sends one row and not all.

Textual draws every row of a widget that scrolls: 4 kB at 80x24 over SSH for one line down. DECSTBM with IND and RI
(VT100, ECMA-48) moves them inside the terminal instead. It works on whole screen rows, so it is used only where a
widget has them to itself; whenever anything else could be there or on its way, the rows are drawn as usual.
"""

from __future__ import annotations

from textual.driver import Driver
from textual.geometry import Region
from textual.widget import Widget

_BORDER = 1


def scroll_sequence(first: int, last: int, rows: int) -> str:
    """Return the sequence that moves screen rows ``first`` to ``last`` (0-based) up by ``rows``, down where negative.

    Cursor position, colours and margins are as before afterwards; the rows that come in are blank.
    """
    step = f"\x1b[{last + 1};1H" + "\x1bD" * rows if rows > 0 else f"\x1b[{first + 1};1H" + "\x1bM" * -rows
    return f"\x1b7\x1b[m\x1b[{first + 1};{last + 1}r{step}\x1b[r\x1b8"


def scrolls_alone(widget: Widget) -> bool:
    """Tell whether a widget's rows hold nothing else but the borders around it, and nothing is about to be drawn."""
    screen, region = widget.screen, widget.region
    if screen is not widget.app.screen or region.size != widget.size or widget.app.is_inline:
        return False
    if region.x > _BORDER or region.right < screen.size.width - _BORDER or region.height < 1 or _is_waiting(widget):
        return False
    rows = Region(0, region.y, screen.size.width, region.height)
    own = {*widget.ancestors_with_self}
    shown = screen._compositor.visible_widgets  # noqa: SLF001 - Textual tells nowhere else what lies over a widget
    return not any(other not in own and place.overlaps(rows) for other, (place, _) in shown.items())


def scroll_in_terminal(widget: Widget, rows: int) -> bool:
    """Move a widget's rows up (down where negative) on the terminal; False where all must be drawn."""
    driver: Driver | None = widget.app._driver  # noqa: SLF001 - the one way to the terminal
    too_far = abs(rows) > widget.size.height // 2
    if driver is None or driver.is_headless or not rows or too_far or not scrolls_alone(widget):
        return False
    driver.write(scroll_sequence(widget.region.y, widget.region.bottom - 1, rows))
    return True


def _is_waiting(widget: Widget) -> bool:
    """Tell whether drawing is due that counts with the rows where they are now."""
    screen = widget.screen
    return bool(
        screen._dirty_widgets  # noqa: SLF001 - what is due has no public name
        or screen._compositor._dirty_regions  # noqa: SLF001 - as above
        or screen._layout_required  # noqa: SLF001 - as above
        or screen._repaint_required  # noqa: SLF001 - as above
        or any(isinstance(one, Widget) and one._repaint_regions for one in widget.ancestors_with_self)  # noqa: SLF001
    )
