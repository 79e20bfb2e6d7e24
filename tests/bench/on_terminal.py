"""What programs send to a terminal, and when: bytes a key, bytes a second, milliseconds to a frame."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from tests.bench.peers import TOOLONG
from tests.bench.timing import Run
from tests.terminal.session import TerminalSession

QUIET_S = 0.12
IDLE_S = 10.0
FOLLOWED_S = 5.0
LINES_A_SECOND = 100
SETTLED_CHECKS = 3


class Program(NamedTuple):
    """A program that shows a log: its name, its command for a file, and words that its first screen has.

    ``top_key`` goes to the first line, "" where the program starts there.
    """

    name: str
    command: tuple[str, ...]
    ready: str = "request"
    top_key: str = ""
    down_key: str = "down"
    page_key: str = "pagedown"


@contextmanager
def shown(program: Program, columns: int, rows: int, state: Path) -> Iterator[TerminalSession]:
    """Run a program until its first screen stands still."""
    homes = {name: str(state / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    session = TerminalSession(program.command, columns, rows, homes)
    try:
        session.wait_for(program.ready)
        for _ in range(SETTLED_CHECKS):
            session.settle()
        yield session
    finally:
        session.close()


def time_to(command: Sequence[str], words: str, state: Path) -> Run:
    """Measure from the shell until what shows some words has come, in a home of its own that knows no index."""
    with TemporaryDirectory(dir=state) as home:
        # A user's Python keeps the modules that it compiled, whatever the one that measures does.
        homes = {"XDG_STATE_HOME": home, "XDG_CACHE_HOME": home, "PYTHONDONTWRITEBYTECODE": ""}
        began = perf_counter()
        session = TerminalSession(command, 120, 36, homes)
        try:
            session.wait_for(words)
            return Run(session.read_at - began)
        finally:
            session.close()


def bytes_of(session: TerminalSession, key: str, times: int) -> int:
    """Median of the bytes that one key costs."""
    counts = []
    for _ in range(times):
        session.received.clear()
        session.press(key)
        session.settle()
        counts.append(len(session.received))
    return int(median(counts))


def frame_times(session: TerminalSession, keys: Sequence[str], times: int) -> tuple[float, float]:
    """Milliseconds from a key to the last byte of what it draws: the median and the 95th percentile."""
    taken = []
    for number in range(times):
        session.press(keys[number % len(keys)])
        taken.append(1000 * _time_of_last_byte(session))
    return median(taken), quantiles(taken, n=20)[-1]


def _time_of_last_byte(session: TerminalSession) -> float:
    began = last = perf_counter()
    while session.read_more(QUIET_S):
        last = session.read_at  # the emulator's work comes after it
    return last - began


def idle_bytes(session: TerminalSession, seconds: float = IDLE_S) -> int:
    """Count what is sent while nothing happens."""
    return _bytes_while(session, seconds, lambda _: None)


def followed_bytes(session: TerminalSession, log: Path, coming: Iterator[bytes], seconds: float = FOLLOWED_S) -> int:
    """Count bytes a second while lines are appended to a log: later ones, since older ones would not be in sight."""
    with log.open("ab", buffering=0) as file:
        sent = 0

        def append(elapsed: float) -> None:
            nonlocal sent
            while sent < elapsed * LINES_A_SECOND:
                file.write(next(coming))
                sent += 1

        return int(_bytes_while(session, seconds, append) / seconds)


def _bytes_while(session: TerminalSession, seconds: float, work: Callable[[float], None]) -> int:
    session.received.clear()
    began = perf_counter()
    while (elapsed := perf_counter() - began) < seconds:
        work(elapsed)
        session.read_more(0.01)
    return len(session.received)


def triage_program(*arguments: str, ready: str) -> Program:
    """The whole program."""
    return Program("triage", (sys.executable, "-m", "triage_tui", *arguments), ready)


def log_view_program(*arguments: str) -> Program:
    """The log view alone."""
    return Program("log view", (sys.executable, "-m", "tests.bench.log_screen", *arguments))


def peers(log: Path) -> list[Program]:
    """The pagers that are installed."""
    # Letters, since these two switch the arrow keys of the terminal to another mode.
    known = [
        Program("lnav", ("lnav", str(log)), top_key="g", down_key="j", page_key="space"),
        Program("less", ("less", "-S", str(log)), down_key="j", page_key="space"),
        Program("toolong", (str(TOOLONG), str(log)), ready="Tail", top_key="home"),
    ]
    return [one for one in known if shutil.which(one.command[0])]
