"""Following a growing log: staying at its newest line, or holding still and counting."""

from __future__ import annotations

import time
from collections import deque

from triage_tui.investigation.source import LogLines
from triage_tui.ui.evidence_pane import EvidencePane
from triage_tui.ui.messages import Said
from triage_tui.ui.panes.log_bars import LogBars
from triage_tui.ui.panes.log_filters import ChosenLines
from triage_tui.ui.widgets.log_view import LogView

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


class Following:
    """A pause holds what is shown; lines that come meanwhile are counted and shown when it ends.

    Attributes:
        newest: the lines that there are, shown or not.
    """

    def __init__(self, pane: EvidencePane, view: LogView, chosen: ChosenLines, bars: LogBars) -> None:
        self._pane, self._view, self._chosen, self._bars = pane, view, chosen, bars
        self.newest: LogLines | None = None
        self._held: LogLines | None = None
        self._seen = 0
        self._arrivals = Arrivals()
        self._rate = 0.0

    @property
    def awaits_lines(self) -> bool:
        """Whether newer lines come by themselves."""
        return self._pane.investigation is not None and self._pane.investigation.awaits_lines

    @property
    def is_at_newest(self) -> bool:
        """Whether the cursor stands on the newest of the lines that are shown, and newer ones come."""
        return self.awaits_lines and self._chosen.is_last

    @property
    def would_hold(self) -> bool:
        """Whether the follow key would hold the log still."""
        return self.awaits_lines and self._looks_at_newest

    @property
    def _looks_at_newest(self) -> bool:
        return self._held is None and self.is_at_newest

    def lines_to_show(self, newest: LogLines | None) -> LogLines | None:
        """Take note of the newest lines; returns those to be shown: the ones that are held, in a pause."""
        if newest is not self.newest:
            if self.newest is None or self._looks_at_newest or not self.awaits_lines:
                self._seen = len(newest) if newest is not None else 0
            self.newest = newest
        return self._wanted

    def turn(self) -> None:
        """Go to the newest line and stay there as lines come; there, hold still until it is asked for again."""
        if not self.awaits_lines:
            self._view.sight.go_bottom()
            self._pane.post_message(Said("at the last line: a replay reads nothing newer"))
        elif self.would_hold:
            self._hold(self.newest)
        else:
            self._hold(None)
            self._view.sight.go_bottom()

    def note(self) -> str:
        """Say how fast lines come, or how many came since the newest one was looked at; "" where none come."""
        if not self.awaits_lines:
            return ""
        missed = max(0, self._count() - self._seen)
        since = f"+{missed:,} lines since" if missed else ""
        if self._held is not None:
            return " · ".join(part for part in ("paused", since, "f goes on") if part)
        if self._looks_at_newest:
            return f"following · {self._rate:,.0f} lines/s" if self._rate >= 1 else "following"
        return f"{since} · f follows" if since else ""

    def tick(self) -> None:
        """Keep the rate true, and take up what had to wait, also when nothing comes any more."""
        investigation = self._pane.investigation
        if investigation is None or not investigation.awaits_lines or not self._pane.display:
            return
        if self.newest is not None:
            self._arrivals.note(len(self.newest), time.monotonic())
        self._rate = self._arrivals.rate()
        if self._looks_at_newest:
            self._seen = self._count()
        # Lines came while the ones before were still filtered or counted.
        if self._chosen.lines is not self._wanted or self._bars.are_behind:
            self._pane.draw(investigation)
        else:
            self._pane.draw_border()

    @property
    def _wanted(self) -> LogLines | None:
        return self.newest if self._held is None else self._held

    def _count(self) -> int:
        return len(self.newest) if self.newest is not None else 0

    def _hold(self, lines: LogLines | None) -> None:
        """Hold lines still, or with None show the newest again."""
        self._held = lines
        self._seen = self._count()
        if self._pane.investigation is not None:
            self._pane.draw(self._pane.investigation)
