"""The way to a terminal that shows the beginning of a log already."""

from __future__ import annotations

from triage_tui.ui.terminal.terminal_driver import TerminalDriver

_ALTERNATE_SCREEN = "\x1b[?1049h"


class PaintedDriver(TerminalDriver):
    """Goes on in the alternate screen: some terminals clear it when asked for it again, and the lines would flash."""

    def write(self, data: str) -> None:
        """Write all but what switches to the screen that is on."""
        if data != _ALTERNATE_SCREEN:
            super().write(data)
