"""The way to a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import select
import signal
from threading import Thread

from textual.drivers import linux_driver

from triage_tui.ui.messages import EndWanted
from triage_tui.ui.terminal.plain_pastes import PlainPasteParser

_LEAVE_ALTERNATE_SCREEN = "\x1b[?1049l"
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_CLEAR = "\x1b[0m\x1b[2J\x1b[H"


class TerminalDriver(linux_driver.LinuxDriver):
    """Takes pastes for plain text, and leaves nothing behind, also where a signal or the end of the terminal ends it.

    A terminal without an alternate screen, as GNU screen is by default, would keep the frame, and what is written after
    it would stand in its middle.
    """

    _watch: Thread | None = None
    _is_gone = False

    def start_application_mode(self) -> None:
        """Begin, also after another program had the terminal."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        loop = asyncio.get_running_loop()
        for number in _ENDING:
            loop.add_signal_handler(number, self._end, number)
        if self._watch is None:
            self._watch = Thread(target=self._end_with_terminal, args=(loop,), name="hang-up", daemon=True)
            self._watch.start()

    def _end(self, number: signal.Signals) -> None:
        self._app.post_message(EndWanted(128 + number))

    def _end_with_terminal(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until the terminal is gone: the signal of that does not reach a program behind some others."""
        hang_up = select.poll()
        hang_up.register(self.fileno, 0)
        hang_up.poll()
        self._is_gone = True
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._end, signal.SIGHUP)

    def run_input_thread(self) -> None:
        """Read with the other parser, which Textual names in the module of its driver alone."""
        linux_driver.XTermParser = PlainPasteParser  # type: ignore[attr-defined]
        super().run_input_thread()

    def write(self, data: str) -> None:
        """Write; before the alternate screen is left, clear it. What nobody reads any more would wait for ever."""
        if not self._is_gone:
            super().write(f"{_CLEAR}{data}" if data == _LEAVE_ALTERNATE_SCREEN else data)
