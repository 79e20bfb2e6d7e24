"""Copying out of the terminal: OSC 52 through SSH, tmux and screen, and a file where that cannot carry it.

A terminal does not say whether it took the text, so what is told to the user never claims more than that it was sent.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from triage_tui.config import state_folder
from triage_tui.investigation.visible_text import visible_lines

# xterm, hterm and tmux drop a longer OSC 52 without a word.
MAX_OSC52_BYTES = 74_000
TMUX_S = 2.0
# GNU screen keeps 256 bytes of a device control string, 768 since version 4.
SCREEN_BYTES = 240


class Yank(msgspec.Struct, frozen=True):
    """What became of a copy: how many bytes, the file where it was written, and a sentence for the user."""

    size: int
    path: Path | None
    message: str


Wrapping = Literal["", "tmux", "screen", "perhaps screen"]
"""What stands between the program and the terminal; "perhaps" where only its kind of terminal is known, as over SSH."""


def osc52(text: str, wrapping: Wrapping = "") -> str | None:
    """Return the sequence that hands a text to the terminal's clipboard; None where it is too long to be carried.

    Inside tmux it is sent twice: as it is, for ``set-clipboard on``, and wrapped for ``allow-passthrough``. Screen
    drops what is not wrapped, in pieces. See the xterm control sequences, "Operating System Commands", 52, tmux(1) and
    screen(1), "Device Control String".
    """
    data = text.encode()
    if len(data) > MAX_OSC52_BYTES:
        return None
    plain = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    if wrapping == "tmux":
        return f"{plain}{_tmux_passthrough(plain)}"
    if wrapping == "screen":
        return _screen_passthrough(plain)
    # A tmux that is not known drops the pieces.
    return f"{plain}{_screen_passthrough(plain)}" if wrapping else plain


def wrapping_in(environ: Mapping[str, str]) -> Wrapping:
    """Tell from the environment what the program runs in."""
    if environ.get("TMUX"):
        return "tmux"
    if environ.get("STY"):
        return "screen"
    return "perhaps screen" if environ.get("TERM", "").partition("-")[0].partition(".")[0] == "screen" else ""


def copy_text(
    text: str,
    write: Callable[[str], None] | None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Yank:
    """Copy by tmux inside it, else by OSC 52 through ``write`` (the driver's), else into a new file.

    The file, mode 0600 below ``state_folder()/yank``, is for texts over 74 kB and where there is no terminal. Raises
    ``OSError`` where it cannot be written.
    """
    # It may hold the end mark of a bracketed paste, after which a terminal would run what follows.
    safe = visible_lines(text)
    size = len(safe.encode())
    known = os.environ if environ is None else environ
    wrapping = wrapping_in(known)
    if wrapping == "tmux" and write is not None and (taken := _taken_by_tmux(safe, known)) is not None:
        return Yank(size, None, f"sent {_size(size)} to tmux (prefix ]) {taken}")
    sequence = osc52(safe, wrapping)
    if sequence is not None and write is not None:
        write(sequence)
        by = " through screen" if wrapping == "screen" else ""
        return Yank(size, None, f"sent {_size(size)}{by} to the terminal's clipboard")
    path = _write_file(safe, folder or state_folder() / "yank")
    why = "too long for the clipboard" if sequence is None else "no terminal to copy through"
    return Yank(size, path, f"{why}: wrote {_size(size)} to {path}")


def _tmux_passthrough(sequence: str) -> str:
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def _screen_passthrough(sequence: str) -> str:
    pieces = (sequence[start : start + SCREEN_BYTES] for start in range(0, len(sequence), SCREEN_BYTES))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)


def _taken_by_tmux(text: str, environ: Mapping[str, str]) -> str | None:
    """Hand a text to tmux, which by default takes no OSC 52 from the programs in it; None for one before 3.2.

    Returns in words whether the terminal around it has a clipboard, as far as tmux knows.
    """
    hand_over = ["tmux", "load-buffer", "-w", "-", ";", "display-message", "-p", "#{client_termfeatures}"]
    try:
        done = subprocess.run(
            hand_over, input=text.encode(), env={**os.environ, **environ},
            capture_output=True, timeout=TMUX_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    has_clipboard = b"clipboard" in done.stdout.split(b"\n")[0].split(b",")
    return "and the clipboard" if has_clipboard else "alone: the terminal around it takes no copies"


def _write_file(text: str, folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _size(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.1f} kB"  # noqa: PLR2004 - a kilobyte
