"""Copying out of the terminal: OSC 52 through SSH and tmux, and a file where that cannot carry it.

A terminal does not say whether it took the text, so what is told to the user never claims more than that it was sent.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from triage_tui.config import state_folder
from triage_tui.investigation.visible_text import visible_lines

# xterm, hterm and tmux drop a longer OSC 52 without a word.
MAX_OSC52_BYTES = 74_000
TMUX_S = 2.0


class Yank(msgspec.Struct, frozen=True):
    """What became of a copy: how many bytes, the file where it was written, and a sentence for the user."""

    size: int
    path: Path | None
    message: str


def osc52(text: str, *, in_tmux: bool = False) -> str | None:
    """Return the sequence that hands a text to the terminal's clipboard; None where it is too long to be carried.

    Inside tmux it is sent twice: as it is, for ``set-clipboard on``, and wrapped for ``allow-passthrough``.
    See the xterm control sequences, "Operating System Commands", 52, and tmux(1).
    """
    data = text.encode()
    if len(data) > MAX_OSC52_BYTES:
        return None
    plain = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    return f"{plain}{_tmux_passthrough(plain)}" if in_tmux else plain


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
    in_tmux = bool(known.get("TMUX"))
    if in_tmux and write is not None and _taken_by_tmux(safe, known):
        return Yank(size, None, f"sent {_size(size)} to tmux (prefix ]) and the clipboard")
    sequence = osc52(safe, in_tmux=in_tmux)
    if sequence is not None and write is not None:
        write(sequence)
        return Yank(size, None, f"sent {_size(size)} to the terminal's clipboard")
    path = _write_file(safe, folder or state_folder() / "yank")
    why = "too long for the clipboard" if sequence is None else "no terminal to copy through"
    return Yank(size, path, f"{why}: wrote {_size(size)} to {path}")


def _tmux_passthrough(sequence: str) -> str:
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def _taken_by_tmux(text: str, environ: Mapping[str, str]) -> bool:
    """Hand a text to tmux, which by default takes no OSC 52 from the programs in it; False for one before 3.2."""
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"], input=text.encode(), env={**os.environ, **environ},
            capture_output=True, timeout=TMUX_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _write_file(text: str, folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _size(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.1f} kB"  # noqa: PLR2004 - a kilobyte
