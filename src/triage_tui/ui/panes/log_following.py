"""The part of the log pane that follows a growing log: stays at the newest line, or holds still and counts."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable

from triage_tui.investigation.source import LogLines
from triage_tui.ui.messages import Said
from triage_tui.ui.panes.log_marks import MarkedLogs

SECONDS_OF_RATE = 3.0
TICK_S = 1.0


class Arrivals:
    """How many lines came by when, to tell their rate."""

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int]] = deque()

    def note(self, count: int, now: float) -> None:
        """Take note of how many lines there are by now; ``now`` is in seconds."""
        self._counts.append((now, count))
        while len(self._counts) > 1 and self._counts[1][0] <= now - SECONDS_OF_RATE:
            self._counts.popleft()

    def rate(self) -> float:
        """Return the lines a second over the last seconds; 0 before there is a stretch of time."""
        (began, first), (ended, last) = (self._counts[0], self._counts[-1]) if self._counts else ((0.0, 0), (0.0, 0))
        return (last - first) / (ended - began) if ended > began else 0.0


class FollowedLogs(MarkedLogs):
    """A pause holds what is shown; lines that come meanwhile are counted and shown when it ends."""

    def __init__(self, *, id: str, expected: Iterable[str] = ()) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, expected=expected)
        self._newest: LogLines | None = None
        self._held: LogLines | None = None
        self._seen = 0
        self._arrivals = Arrivals()
        self._rate = 0.0

    def on_mount(self) -> None:
        """Keep the rate true, and take up what had to wait, also when nothing comes any more."""
        self.set_interval(TICK_S, self._tick)

    def lines_to_show(self, newest: LogLines | None) -> LogLines | None:
        """Take note of the newest lines; returns those to be shown: the ones that are held, in a pause."""
        if newest is not self._newest:
            if self._newest is None or self._looks_at_newest or not self.awaits_lines:
                self._seen = len(newest) if newest is not None else 0
            self._newest = newest
        return newest if self._held is None else self._held

    def action_follow(self) -> None:
        """Go to the newest line and stay there as lines come; there, hold still until it is asked for again."""
        if not self.awaits_lines:
            self._view.sight.go_bottom()
            self.post_message(Said("at the last line: a replay reads nothing newer"))
        elif self.follow_holds:
            self._hold(self._newest)
        else:
            self._hold(None)
            self._view.sight.go_bottom()

    def follow_note(self) -> str:
        """Say how fast lines come, or how many came since the newest one was looked at; "" where none come."""
        if not self.awaits_lines:
            return ""
        missed = self._missed()
        since = f"+{missed:,} lines since" if missed else ""
        if self._held is not None:
            return " · ".join(part for part in ("paused", since, "f goes on") if part)
        if self._looks_at_newest:
            return f"following · {self._rate:,.0f} lines/s" if self._rate >= 1 else "following"
        return f"{since} · f follows" if since else ""

    @property
    def follow_holds(self) -> bool:
        """Tell whether the follow key would hold the log still."""
        return self.awaits_lines and self._looks_at_newest

    @property
    def _looks_at_newest(self) -> bool:
        return self._held is None and self.is_at_newest

    def _has_waiting_lines(self) -> bool:
        """Tell whether lines came while the ones before were still filtered or counted."""
        shown = self.filtered_lines
        wanted = self._newest if self._held is None else self._held
        return shown is not wanted or (self._bars.display and self._counted[0] is not shown)

    def _missed(self) -> int:
        return max(0, len(self._newest) - self._seen) if self._newest is not None else 0

    def _hold(self, lines: LogLines | None) -> None:
        """Hold lines still, or with None show the newest again."""
        self._held = lines
        self._seen = len(self._newest) if self._newest is not None else 0
        if self.investigation is not None:
            self.draw(self.investigation)

    def _tick(self) -> None:
        if not self.awaits_lines or self.investigation is None or not self.display:
            return
        if self._newest is not None:
            self._arrivals.note(len(self._newest), time.monotonic())
        self._rate = self._arrivals.rate()
        if self._looks_at_newest:
            self._seen = len(self._newest) if self._newest is not None else 0
        if self._has_waiting_lines():
            self.draw(self.investigation)
        else:
            self._draw_border()
