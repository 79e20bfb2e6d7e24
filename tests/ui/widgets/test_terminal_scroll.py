from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator

import pexpect
import pyte
import pytest

from tests.ui.widgets.scrolled_program import Bordered
from triage_tui.ui.widgets.log_view import LogView
from triage_tui.ui.widgets.terminal_scroll import scroll_sequence, scrolls_alone

ROWS, COLUMNS = 24, 80
INSIDE = ROWS - 2


class Terminal:
    """A program in a terminal of its own, as the user would see it."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.received = 0
        environ = {"TERM": "xterm-256color", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COLORTERM": "truecolor"}
        program = ["-m", "tests.ui.widgets.scrolled_program"]
        self._child = pexpect.spawn(sys.executable, program, env=environ, dimensions=(ROWS, COLUMNS))
        self._child.delaybeforesend = None

    def close(self) -> None:
        self._child.close(force=True)

    def press(self, keys: str) -> None:
        self._child.send(keys)
        self.wait_until_quiet()

    def wait_until_quiet(self) -> None:
        """Read until nothing came for a tenth of a second."""
        quiet = time.monotonic() + 0.1
        while time.monotonic() < quiet:
            try:
                data = self._child.read_nonblocking(65536, timeout=0.02)
            except pexpect.TIMEOUT:
                continue
            self.received += len(data)
            self._stream.feed(data)
            quiet = time.monotonic() + 0.1

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 15
        while text not in "".join(self.screen.display):
            assert time.monotonic() < deadline, self.screen.display
            self.wait_until_quiet()

    def events(self) -> list[int]:
        """Return the number in each row between the borders."""
        found = [re.fullmatch(r"│.*event (\d+) +│", line) for line in self.screen.display[1:-1]]
        return [int(match[1]) if match else -1 for match in found]

    def cursor_rows(self) -> list[int]:
        """Return the rows that are drawn with a background of their own."""
        backgrounds = [self.screen.buffer[y][5].bg for y in range(1, ROWS - 1)]
        return [y for y, background in enumerate(backgrounds) if backgrounds.count(background) == 1]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    try:
        opened.wait_for(f"event {INSIDE - 1}")
        opened.wait_until_quiet()
        yield opened
    finally:
        opened.close()


def test_a_step_at_the_edge_sends_little_and_the_screen_is_as_if_all_was_drawn(terminal: Terminal) -> None:
    terminal.press("j" * (INSIDE - 1))
    before = terminal.received
    for _ in range(3):
        terminal.press("j")
    assert (terminal.received - before) / 3 < 900
    assert terminal.events() == list(range(3, 3 + INSIDE))
    assert terminal.cursor_rows() == [INSIDE - 1]
    terminal.press("k" * (INSIDE + 1))
    assert terminal.events() == list(range(1, 1 + INSIDE))
    assert terminal.cursor_rows() == [0]
    assert terminal.screen.display[0].startswith("╭")
    assert terminal.screen.display[-1].startswith("╰")


def test_keys_that_come_faster_than_frames_leave_no_stale_row(terminal: Terminal) -> None:
    terminal.press("j" * (INSIDE + 40) + "k" * 30 + "j" * 17)
    terminal.wait_for("event 49")
    terminal.wait_until_quiet()
    assert terminal.events() == list(range(terminal.events()[0], terminal.events()[0] + INSIDE))
    assert [terminal.events()[row] for row in terminal.cursor_rows()] == [49]


def test_with_a_toast_over_the_rows_all_is_drawn(terminal: Terminal) -> None:
    terminal.press("j" * (INSIDE - 1) + "t")
    terminal.wait_for("a toast lies over the rows")
    terminal.press("j")
    terminal.press("j")
    toasts = [line for line in terminal.screen.display if "a toast lies over" in line]
    assert len(toasts) == 1
    assert terminal.events()[:10] == list(range(2, 12))


async def test_only_a_list_that_has_its_rows_to_itself_is_moved_by_the_terminal() -> None:
    view = LogView()
    app = Bordered(view)
    async with app.run_test(size=(COLUMNS, ROWS), notifications=True) as pilot:
        await pilot.pause()
        assert scrolls_alone(view)
        app.notify("over it")
        for _ in range(100):
            await pilot.pause()
            if app.screen.query("Toast"):
                break
        await pilot.pause()
        assert not scrolls_alone(view)


async def test_a_list_beside_another_widget_is_drawn_by_the_program() -> None:
    view = LogView()
    app = Bordered(view)
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        view.styles.width = 40
        await pilot.pause()
        assert not scrolls_alone(view)


def test_the_sequence_sets_the_region_moves_and_restores() -> None:
    assert scroll_sequence(1, 22, 2) == "\x1b7\x1b[m\x1b[2;23r\x1b[23;1H\x1bD\x1bD\x1b[r\x1b8"
    assert scroll_sequence(1, 22, -1) == "\x1b7\x1b[m\x1b[2;23r\x1b[2;1H\x1bM\x1b[r\x1b8"
