"""The keys of the one clock: the window that every pane shows, and the time cursor in it."""

from __future__ import annotations

from datetime import timedelta

from triage_tui.investigation.events import WindowChosen
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.ui.messages import CursorMoved
from triage_tui.ui.screens.case_screen import CaseScreen, now

NARROWER, WIDER = 0.5, 2.0
SHIFT = 0.25
CURSOR_STEPS = 100
MOMENT = timedelta(seconds=1)


class WindowKeys(CaseScreen):
    """The part of the main screen that moves time."""

    def action_narrow_window(self) -> None:
        """Halve the window around the cursor."""
        self._scale(NARROWER)

    def action_widen_window(self) -> None:
        """Double the window around the cursor, up to the whole."""
        self._scale(WIDER)

    def action_window_earlier(self) -> None:
        """Move the window back by a quarter."""
        self._shift(-SHIFT)

    def action_window_later(self) -> None:
        """Move the window on by a quarter."""
        self._shift(SHIFT)

    def action_window_from(self) -> None:
        """Let the window begin at the time cursor."""
        window, cursor = self.case.window, self.case.cursor
        if window is not None and cursor is not None and cursor < window.end:
            self._choose(TimeWindow(cursor, window.end))
        else:
            self.tell("no window can begin here: move the time cursor to before its end (left, right)")

    def action_window_to(self) -> None:
        """Let the window end with the time cursor."""
        window, cursor, full = self.case.window, self.case.cursor, self.case.full_window
        if window is not None and cursor is not None and window.start <= cursor:
            end = cursor + MOMENT
            self._choose(TimeWindow(window.start, min(end, full.end) if full is not None else end))
        else:
            self.tell("no window can end here: move the time cursor to behind its beginning (left, right)")

    def action_whole_window(self) -> None:
        """Show all that was fetched."""
        if self.case.full_window is not None:
            self._choose(self.case.full_window)

    def action_cursor_later(self) -> None:
        """Move the cursor on by a hundredth of the window."""
        self._step_cursor(1)

    def action_cursor_earlier(self) -> None:
        """Move the cursor back by a hundredth of the window."""
        self._step_cursor(-1)

    def _scale(self, factor: float) -> None:
        if self.case.window is not None:
            self._choose(self.case.window.scaled(factor, self.case.cursor))

    def _shift(self, fraction: float) -> None:
        if self.case.window is not None:
            self._choose(self.case.window.shifted(fraction))

    def _choose(self, window: TimeWindow) -> None:
        chosen = slid_into(window, self.case.full_window or window)
        if chosen == self.case.window:
            self.tell("that is all that was fetched")
        else:
            self.decide(WindowChosen(at=now(), window=chosen))

    def _step_cursor(self, steps: int) -> None:
        window = self.case.window
        if window is None:
            return
        here = self.case.cursor if self.case.cursor is not None else window.start + window.length / 2
        moved = here + window.length * steps / CURSOR_STEPS
        self.post_message(CursorMoved(min(max(moved, window.start), window.end)))


def slid_into(window: TimeWindow, full: TimeWindow) -> TimeWindow:
    """Return a window as long as the one given, or as long as may be, moved so that it lies in the full one."""
    if window.length >= full.length:
        return full
    if window.start < full.start:
        return TimeWindow(full.start, full.start + window.length)
    return TimeWindow(full.end - window.length, full.end) if window.end > full.end else window
