"""What comes through a pipe: standard input as ``-``, or a FIFO that is named like a file, as ``<(…)`` does.

In the inputs of an investigation a pipe has a name of its own, since it cannot be opened again like a file.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from triage_tui.config.paths import path_named
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.state import PIPE_PREFIX

if TYPE_CHECKING:
    from triage_tui.logs.content.piped_bytes import PipedBytes

STDIN = "-"
_TERMINAL = "/dev/tty"
# Names that the shell gave to a process: in another one they are other files.
_OF_ONE_PROCESS = ("/dev/fd/", "/proc/")


def input_name(name: str) -> str | None:
    """Return what an argument is called in the inputs where it is a pipe, or standard input; None for all others.

    Standard input that is redirected from the beginning of a file is that file.
    """
    if name == STDIN:
        return _redirected_file() or PIPE_PREFIX + STDIN
    path = path_named(name)
    try:
        return PIPE_PREFIX + str(path.absolute()) if path.is_fifo() else None
    except OSError:
        return None


def is_pipe_name(name: str) -> bool:
    """Tell whether an input's name is one of a pipe."""
    return name.startswith(PIPE_PREFIX)


def shown_pipe_name(name: str) -> str:
    """Return how a pipe is called on the screen."""
    where = name.removeprefix(PIPE_PREFIX)
    if where == STDIN:
        return "stdin"
    return where if where.startswith(_OF_ONE_PROCESS) else Path(where).name


def stdin_brings_text() -> bool:
    """Tell whether standard input is a pipe, a file or a socket, and no terminal or ``/dev/null``."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def open_named_pipe(name: str, *, again: bool = False) -> PipedBytes | None:
    """Return what a pipe's name stands for; None where it is gone in an investigation that is opened ``again``.

    Raises ``UnreadableInput`` where there is nothing to read.
    """
    from triage_tui.logs.content.piped_bytes import PipedBytes, open_fifo

    where, shown = name.removeprefix(PIPE_PREFIX), shown_pipe_name(name)
    if where == STDIN and stdin_brings_text():
        # The screen takes its keys from where standard input was.
        return PipedBytes(shown, os.dup(sys.stdin.fileno()))
    if where != STDIN and _is_fifo(where) and not (again and where.startswith(_OF_ONE_PROCESS)):
        return PipedBytes(shown, open_fifo(Path(where)))
    if again:
        return None
    raise UnreadableInput(shown, "brings no text; pipe a log into it: kubectl logs … | triage replay -")


def has_terminal() -> bool:
    """Tell whether there is a terminal for the keys although standard input is a log."""
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def take_keys_from_terminal() -> None:
    """Put the terminal where standard input was; a pipe that is read has a descriptor of its own."""
    descriptor = os.open(_TERMINAL, os.O_RDWR | os.O_CLOEXEC)
    os.dup2(descriptor, sys.stdin.fileno())
    os.close(descriptor)


def _redirected_file() -> str | None:
    """Return the path of the regular file that standard input reads from its beginning."""
    try:
        descriptor = sys.stdin.fileno()
        own = os.fstat(descriptor)
        path = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - a Path would lose what is no path
        same = stat.S_ISREG(own.st_mode) and os.path.samestat(own, Path(path).stat())
        return path if same and os.lseek(descriptor, 0, os.SEEK_CUR) == 0 else None
    except (AttributeError, OSError, ValueError):
        return None


def _is_fifo(where: str) -> bool:
    try:
        return Path(where).is_fifo()
    except OSError:
        return False
