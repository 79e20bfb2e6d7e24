"""Work that goes through a large log: told where it takes longer than a moment, and stopped by Esc."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Event

import msgspec
from textual.timer import Timer
from textual.widget import Widget

from triage_tui.ui.phrases import duration, figure

SECONDS_UNTIL_TOLD = 0.5
_STOPS = " · Esc stops"


def doing_words(notes: Iterable[str]) -> str:
    """Say what is being done; the way to stop it first, since a border that is too short is cut at its end."""
    going = sorted(filter(None, notes), key=lambda note: not note.endswith(_STOPS))
    words = " · ".join(note.removesuffix(_STOPS) for note in going)
    return f"Esc stops {words}" if going and going[0].endswith(_STOPS) else words


class LogWork(msgspec.Struct, eq=False):
    """One piece of work.

    Attributes:
        doing: what it does, "searching".
        total: how many lines it goes through.
        share: how much is done, 0 to 1; None where that is not known.
        began: when it began, in seconds of the monotonic clock.
        stopped: set when it is to stop, by Esc or because other work took its place.
    """

    doing: str
    total: int = 0
    share: float | None = None
    began: float = msgspec.field(default_factory=time.monotonic)
    stopped: Event = msgspec.field(default_factory=Event)

    def note(self, now: float) -> str:
        """Say how far it is; "" in the first half second, which nobody waits for."""
        seconds = now - self.began
        if seconds < SECONDS_UNTIL_TOLD:
            return ""
        return f"{self.doing} {self._progress(seconds)}{_STOPS}"

    def _progress(self, seconds: float) -> str:
        if not self.share:
            return duration(seconds)
        rate, left = self.share * self.total / seconds, seconds * (1 - self.share) / self.share
        return f"{self.share:.0%}, {duration(left)} left, {figure(rate)} lines/s"


class Works:
    """All work that a pane does; ``tell`` is called when some has ended, and twice a second while any goes on."""

    def __init__(self, pane: Widget, tell: Callable[[], None]) -> None:
        self._pane, self._tell = pane, tell
        self._going: list[LogWork] = []
        self._telling: Timer | None = None

    def begin(self, work: LogWork) -> LogWork:
        """Take note of work that has begun; it is told of until ``end``."""
        self._going.append(work)
        if self._telling is None:
            self._telling = self._pane.set_interval(SECONDS_UNTIL_TOLD, self._tell)
        return work

    def end(self, work: LogWork) -> None:
        """Take note that work has ended or was given up."""
        self._going = [one for one in self._going if one is not work]
        if not self._going and self._telling is not None:
            self._telling.stop()
            self._telling = None
        self._tell()

    def stop(self) -> bool:
        """Stop whatever runs; False where nothing does."""
        stopped = bool(self._going)
        for work in self._going:
            work.stopped.set()
        return stopped

    def notes(self) -> list[str]:
        """Say what is being done for longer than a moment."""
        now = time.monotonic()
        return [note for work in self._going if (note := work.note(now))]
