"""How far a headless command is, on one line of the terminal that is taken away when it is done."""

from __future__ import annotations

import shutil
import sys
from time import monotonic
from typing import TextIO

SECONDS_UNTOLD, SECONDS_BETWEEN = 0.5, 0.2
_CLEARED = "\r\x1b[K"


class ProgressLine:
    """Writes words over each other on standard error; nothing where that is no terminal, or is soon over."""

    def __init__(self, *, quiet: bool, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_shown, self._due = not quiet and self._stream.isatty(), monotonic() + SECONDS_UNTOLD
        self._is_written = False

    def say(self, words: str) -> None:
        """Show words; those that come soon after others are left out."""
        from triage_tui.investigation.visible_text import visible

        now = monotonic()
        if not self._is_shown or now < self._due:
            return
        self._due, self._is_written = now + SECONDS_BETWEEN, True
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f"{_CLEARED}{visible(f'triage: {words}')[:width]}")
        self._stream.flush()

    def take_away(self) -> None:
        """Leave the line empty for what comes next."""
        if self._is_written:
            self._stream.write(_CLEARED)
            self._stream.flush()
            self._is_written = False
