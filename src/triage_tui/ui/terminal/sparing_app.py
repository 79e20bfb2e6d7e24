"""An app that sends its terminal only what differs from what is shown, and takes keys in their order."""

from __future__ import annotations

import os

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen

from triage_tui.ui.terminal.key_order import KeyOrder
from triage_tui.ui.terminal.pieces import Erasing
from triage_tui.ui.terminal.shown_screen import ShownScreen, Strips


class SparingApp(App[None]):
    """The base of the program's app; whatever a widget draws again, what is the same costs no byte."""

    def __init__(self) -> None:
        super().__init__()
        self._shown_screen = ShownScreen(erasing_of(os.environ.get("TERM", "")))
        self._key_order = KeyOrder(self, super().on_event)
        self.sent = 0
        """How many characters of frames went to the terminal by now."""

    async def on_event(self, event: events.Event) -> None:
        """Give keys and pastes to the focus one after the other; they come back here when nothing else took them."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._key_order.take(event)
        else:
            await super().on_event(event)

    def on_mount(self) -> None:
        """Draw all again after another program had the terminal."""
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw(), immediate=True)

    def action_redraw(self) -> None:
        """Draw every cell again, for a terminal that something else has written to."""
        self._shown_screen.forget()
        self.refresh()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate | LayoutUpdate) and self._draws_now():
            # As Textual asks for it when it renders; without a colour system it draws in true colour.
            system = self.console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001
            sequence = self._shown_screen.drawn(_strips_of(renderable), *self.size, system)
            self.sent += len(sequence)
            if not sequence and self.cursor_position == self._previous_cursor_position:
                self.post_display_hook()
                return
            super()._display(screen, _Sequence(sequence))  # type: ignore[arg-type]  # Textual's own updates are none too
        else:
            super()._display(screen, renderable)

    def _draws_now(self) -> bool:
        """Tell whether Textual would write to a terminal, which the model of the screen has to know."""
        return (
            bool(self._running and not self._closed and not self._batch_count and self._driver) and not self.is_headless
        )


class _Sequence(CompositorUpdate):
    """What is sent to the terminal."""

    def __init__(self, sequence: str) -> None:
        self._sequence = sequence

    def render_segments(self, console: Console) -> str:
        """Return it, whatever the console is."""
        del console
        return self._sequence


def _strips_of(update: ChopsUpdate | LayoutUpdate) -> Strips:
    if isinstance(update, LayoutUpdate):
        return ((y, update.region.x, row) for y, row in enumerate(update.strips, update.region.y))
    return _strips_of_chops(update)


def _strips_of_chops(update: ChopsUpdate) -> Strips:
    """Return what Textual draws for the changed spans: of each chop that one touches, the cells up to its end."""
    for y, start, end in update.spans:
        for chop_end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= end and chop_end > start:
                yield y, x, [strip if chop_end <= end else strip.crop(0, end - x)]


def erasing_of(terminal: str) -> Erasing:
    """Return what terminfo says that a terminal can erase; the least where it does not know it."""
    import curses

    try:
        curses.setupterm(terminal or "dumb", fd=1)
    except curses.error:
        return Erasing()
    return Erasing(keeps_background=curses.tigetflag("bce") > 0, some_cells=bool(curses.tigetstr("ech")))
