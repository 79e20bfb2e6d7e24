"""The memory that whole programs hold while a log is open in them: theirs and that of the processes they started."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from tests.bench.process_memory import held_mb
from tests.terminal.session import TerminalSession

_EVERY_S, _STEADY_S, _MOST_S = 0.2, 4.0, 120.0
_ALIKE_MB = 2.0


class Held(NamedTuple):
    """MB of a program and those that it started: the most at a time, and what is left when all is done."""

    peak: float
    settled: float


def held_by(command: Sequence[str], words: str, state: Path) -> Held:
    """Open a log in a program; it has settled when it holds the same for some seconds after it has shown the words."""
    homes = {name: str(state / "held") for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    session = TerminalSession(command, 80, 24, homes)
    try:
        return _watched(session, words)
    finally:
        session.close()


def _watched(session: TerminalSession, words: str) -> Held:
    peak, began = 0.0, monotonic()
    steady_since, steady_mb = began, 0.0
    while monotonic() - began < _MOST_S:
        session.read_more(_EVERY_S)
        now_mb = held_mb(session.child.pid)
        peak = max(peak, now_mb)
        if abs(now_mb - steady_mb) > _ALIKE_MB or words not in session.text:
            steady_since, steady_mb = monotonic(), now_mb
        elif monotonic() - steady_since > _STEADY_S:
            return Held(peak, now_mb)
    raise RuntimeError(f"{words!r} did not come, or the memory did not settle; the screen was:\n{session.text}")
