"""The way to the full-screen program."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.cli.head_paint import is_painted, leave_to_program
from triage_tui.cli.pipes import has_terminal, take_keys_from_terminal
from triage_tui.config import journal_root
from triage_tui.config.reading import read_settings

if TYPE_CHECKING:
    from argparse import Namespace

    from textual.driver import Driver

    from triage_tui.investigation.case import Case
    from triage_tui.investigation.state import Investigation
    from triage_tui.ui.app import TriageApp

Composing = Callable[[], "Case"]

ENVIRONMENT = {
    # How long Esc may be the beginning of another key; Textual's twice as long is felt.
    "ESCDELAY": "50",
    # What polars frees goes back to the system at once: kept for half a second, it doubles what a diagnosis takes.
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0",
}
"""What the libraries read when they are loaded, unless the user says otherwise."""


def can_draw(*, keys_elsewhere: bool = False) -> bool:
    """Tell whether there is a terminal to draw on that gives keys; ``keys_elsewhere`` where standard input is a log."""
    draws = sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in {"dumb", ""}
    return draws and (sys.stdin.isatty() or (keys_elsewhere and has_terminal()))


def open_screen(compose: Composing | None, options: Namespace) -> int:
    """Run the full-screen program and return its exit code.

    Raises ``SettingsError`` and what ``compose`` raises.
    """
    app = _loaded(compose, options)
    app.driver_class = _driver()
    if is_painted():
        leave_to_program()
    app.run(mouse=False)
    return app.return_code or 0


def _driver() -> type[Driver]:
    """Return what writes to the terminal, which shows the beginning of a log already or nothing of the program."""
    if is_painted():
        from triage_tui.ui.terminal.painted_driver import PaintedDriver

        return PaintedDriver
    from triage_tui.ui.terminal.terminal_driver import TerminalDriver

    return TerminalDriver


def _loaded(compose: Composing | None, options: Namespace) -> TriageApp:
    """Load the program; no garbage is looked for until its first frame is out.

    One after the other: two threads that both load modules pass the interpreter's lock to and fro, which takes 40 ms.
    """
    from triage_tui.logs.freed_memory import keep_one_heap

    gc.disable()
    keep_one_heap()
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    return _app(_composed(compose) if compose else None, options)


def _composed(compose: Composing) -> Case:
    """Compose a case, and have the first lines of its log at hand."""
    from triage_tui.investigation.source import HeadedSource

    case = compose()
    for source in case.sources:
        if isinstance(source, HeadedSource):
            source.head()
    return case


def _app(case: Case | None, options: Namespace) -> TriageApp:
    from triage_tui.cli.lobby import lobby_of
    from triage_tui.ui.app import TriageApp
    from triage_tui.ui.themes import DEFAULT_THEME

    if not sys.stdin.isatty():
        take_keys_from_terminal()
    root, settings = journal_root(), read_settings(Path.cwd())
    return TriageApp(
        case,
        lobby=lobby_of(root, settings),
        journal_root=root,
        freeze=_freeze,
        ascii_only=getattr(options, "ascii", False) or settings.ascii_only or _draws_ascii_alone(),
        theme=getattr(options, "theme", None) or settings.theme or DEFAULT_THEME,
        key_map=settings.keys,
    )


def _freeze(case: Case, shown: Investigation, path: Path) -> str:
    from triage_tui.cli.capture import freeze_shown

    return freeze_shown(case, shown, path)


def _draws_ascii_alone() -> bool:
    """Tell whether more than ASCII cannot be trusted: by the locale, or on the Linux console."""
    from triage_tui.ui.safe_text import wants_ascii

    return os.environ.get("TERM") == "linux" or wants_ascii(dict(os.environ))
