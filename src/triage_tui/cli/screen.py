"""The way to the full-screen program."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from triage_tui.cli.capture import freeze_shown
from triage_tui.cli.lobby import lobby_of
from triage_tui.cli.opening import settings_here
from triage_tui.cli.pipes import has_terminal, take_keys_from_terminal
from triage_tui.config import journal_root

if TYPE_CHECKING:
    from triage_tui.investigation.case import Case


def can_draw(*, keys_elsewhere: bool = False) -> bool:
    """Tell whether there is a terminal to draw on that gives keys; ``keys_elsewhere`` where standard input is a log."""
    draws = sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in {"dumb", ""}
    return draws and (sys.stdin.isatty() or (keys_elsewhere and has_terminal()))


def open_screen(case: Case | None, options: Namespace) -> int:
    """Run the full-screen program and return its exit code; raises ``SettingsError``."""
    from triage_tui.ui.app import TriageApp
    from triage_tui.ui.themes import DEFAULT_THEME

    if not sys.stdin.isatty():
        take_keys_from_terminal()
    root, settings = journal_root(), settings_here()
    app = TriageApp(
        case,
        lobby=lobby_of(root, settings),
        journal_root=root,
        freeze=freeze_shown,
        ascii_only=getattr(options, "ascii", False) or settings.ascii_only or _draws_ascii_alone(),
        theme=getattr(options, "theme", None) or settings.theme or DEFAULT_THEME,
        key_map=settings.keys,
    )
    app.run(mouse=False)
    return app.return_code or 0


def _draws_ascii_alone() -> bool:
    """Tell whether more than ASCII cannot be trusted: by the locale, or on the Linux console."""
    from triage_tui.ui.safe_text import wants_ascii

    return os.environ.get("TERM") == "linux" or wants_ascii(dict(os.environ))
