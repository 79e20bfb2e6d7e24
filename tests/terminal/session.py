"""A program on a pty of a chosen size, seen through a terminal emulator."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from time import monotonic, perf_counter

import pexpect
import pyte

PATIENCE_S = 60.0
KEYS_OF_PROMPT = "Enter keeps it"
_QUIET_S = 0.15
_CHUNK = 65536


class ErasedScreen(pyte.Screen):
    """Clears in the background that is set, as terminals with bce do; pyte leaves out cells that were never written."""

    def erase_in_display(self, how: int = 0, *arguments: object, **options: object) -> None:
        super().erase_in_display(how, *arguments, **options)
        for y in range(self.lines) if how == 2 else ():
            for x in range(self.columns):
                self.buffer[y][x] = self.cursor.attrs


class TerminalSession:
    """Keys in, screen out; every wait ends on a condition or fails with the screen as it stood."""

    def __init__(self, command: Sequence[str], columns: int, rows: int, environment: Mapping[str, str]) -> None:
        # LINES and COLUMNS would make the program ignore a resize.
        inherited = {key: value for key, value in os.environ.items() if key not in {"LINES", "COLUMNS", "NO_COLOR"}}
        self.child = pexpect.spawn(
            command[0],
            list(command[1:]),
            dimensions=(rows, columns),
            env={**inherited, "TERM": "xterm-256color", **environment},
            timeout=PATIENCE_S,
        )
        self.child.delaybeforesend = None
        self.screen = ErasedScreen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.received = bytearray()
        self.read_at = 0.0

    def read_more(self, seconds: float = _QUIET_S) -> bool:
        """Take what the program has written; False where it wrote nothing in that time or has ended."""
        try:
            chunk = self.child.read_nonblocking(_CHUNK, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.read_at = perf_counter()
        self.take(chunk)
        return True

    def take(self, chunk: bytes) -> None:
        """Let the emulator draw what the program has written."""
        self.received += chunk
        self._stream.feed(chunk)

    @property
    def text(self) -> str:
        """The screen, row by row."""
        return "\n".join(self.screen.display)

    def wait_until(self, holds: Callable[[str], bool], what: str, patience_s: float = PATIENCE_S) -> str:
        """Read until the screen fulfils a condition; returns it."""
        deadline = monotonic() + patience_s
        while not holds(self.text):
            if not self.read_more() and monotonic() > deadline:
                raise AssertionError(f"waited in vain for {what}; the screen was:\n{self.text}")
        return self.text

    def wait_for(self, *words: str, patience_s: float = PATIENCE_S) -> str:
        """Read until the screen shows all of these words."""
        return self.wait_until(lambda text: all(word in text for word in words), f"{words!r}", patience_s)

    def settle(self) -> str:
        """Read until the program has been quiet for a moment; returns the screen."""
        deadline = monotonic() + PATIENCE_S
        while self.read_more() and monotonic() < deadline:
            pass
        return self.text

    def press(self, *keys: str) -> None:
        """Send keys, named or literal, which may come at once and act in their order.

        What a key starts in the background is not waited for by the keys behind it.
        """
        for key in keys:
            self.child.send(KEYS.get(key, key))

    def write_over(self, path: Path) -> None:
        """Replace what a prompt suggests by a path and accept it."""
        self.wait_for(KEYS_OF_PROMPT)
        self.press("\x15", str(path), "enter")

    @property
    def prompted(self) -> str:
        """What stands in the line of the prompt."""
        rows = [row.strip() for row in self.screen.display]
        return next((line for line, keys in pairwise(rows) if KEYS_OF_PROMPT in keys), "no prompt")

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size, as dragging a window does."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def kill(self) -> None:
        """End the program without a chance to clean up."""
        self.child.kill(signal.SIGKILL)
        self.child.wait()

    def close(self) -> None:
        """End the program for certain, however long the machine takes to do so."""
        if self.child.isalive():
            self.kill()
        self.child.close()


KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "up": "\x1b[A", "down": "\x1b[B",
    "right": "\x1b[C", "left": "\x1b[D", "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "backspace": "\x7f",
    "home": "\x1b[H", "ctrl+c": "\x03", "ctrl+p": "\x10",
    "ctrl+q": "\x11", "ctrl+s": "\x13", "ctrl+z": "\x1a", "space": " ",
}  # fmt: skip


@contextmanager
def triage(
    *arguments: str, columns: int = 120, rows: int = 36, environment: Mapping[str, str] | None = None
) -> Iterator[TerminalSession]:
    """Run the program in a terminal until the block ends."""
    command = [sys.executable, "-m", "triage_tui", *arguments]
    session = TerminalSession(command, columns, rows, environment or {})
    try:
        yield session
    finally:
        session.close()
