"""What the terminal can do, as far as it can be known without asking it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping

import msgspec

TMUX_DEADLINE_S = 2
SMALLEST = (80, 24)


class TerminalFeatures(msgspec.Struct, frozen=True, kw_only=True):
    """Columns and rows, colours in words, whether more than ASCII is drawn, and how a yank reaches the clipboard."""

    interactive: bool
    columns: int
    rows: int
    colours: str
    unicode: bool
    clipboard: str

    def sentence(self) -> str:
        """Return it in a line."""
        small = "" if self.columns >= SMALLEST[0] and self.rows >= SMALLEST[1] else " (80x24 is needed)"
        parts = [
            f"{self.columns}x{self.rows}{small}" if self.interactive else "none here: commands print their answers",
            self.colours,
            "Unicode" if self.unicode else "ASCII alone",
            self.clipboard,
        ]
        return " · ".join(parts)


def terminal_features(environment: Mapping[str, str]) -> TerminalFeatures:
    """Look at the terminal of this process."""
    from triage_tui.ui.safe_text import wants_ascii

    size = shutil.get_terminal_size(SMALLEST)
    return TerminalFeatures(
        interactive=sys.stdin.isatty() and sys.stdout.isatty(),
        columns=size.columns,
        rows=size.lines,
        colours=_colours(environment),
        unicode=not wants_ascii(dict(environment)),
        clipboard=_clipboard(environment),
    )


def _colours(environment: Mapping[str, str]) -> str:
    if environment.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    terminal = environment.get("TERM", "")
    if terminal in {"", "dumb"}:
        return "no colours (TERM)"
    if environment.get("COLORTERM") in {"truecolor", "24bit"} or terminal.endswith("-direct"):
        return "true colour"
    return "256 colours" if "256color" in terminal else "16 colours"


def _clipboard(environment: Mapping[str, str]) -> str:
    """Say how OSC 52 fares; no terminal tells whether it obeys it."""
    if not environment.get("TMUX"):
        return "copies by OSC 52, if the terminal lets it"
    passes = _tmux_option("set-clipboard") in {"on", "external"} or _tmux_option("allow-passthrough") in {"on", "all"}
    return "copies by OSC 52 through tmux" if passes else "tmux holds OSC 52 back: set -g set-clipboard on"


def _tmux_option(name: str) -> str:
    try:
        shown = subprocess.run(
            ["tmux", "show-options", "-gqv", name],
            capture_output=True, timeout=TMUX_DEADLINE_S, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return shown.stdout.decode("utf-8", "replace").strip()
