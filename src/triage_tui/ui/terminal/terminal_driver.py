"""The way to a terminal."""

from __future__ import annotations

from textual.drivers import linux_driver

from triage_tui.ui.terminal.plain_pastes import PlainPasteParser

_LEAVE_ALTERNATE_SCREEN = "\x1b[?1049l"
_CLEAR = "\x1b[0m\x1b[2J\x1b[H"


class TerminalDriver(linux_driver.LinuxDriver):
    """Takes pastes for plain text, and leaves nothing behind.

    A terminal without an alternate screen, as GNU screen is by default, would keep the frame, and what is written after
    it would stand in its middle.
    """

    def run_input_thread(self) -> None:
        """Read with the other parser, which Textual names in the module of its driver alone."""
        linux_driver.XTermParser = PlainPasteParser  # type: ignore[attr-defined]
        super().run_input_thread()

    def write(self, data: str) -> None:
        """Write; before the alternate screen is left, clear it."""
        super().write(f"{_CLEAR}{data}" if data == _LEAVE_ALTERNATE_SCREEN else data)
