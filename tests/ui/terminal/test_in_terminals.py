"""What is drawn with few bytes is what drawing all anew would show: in an emulator, and in tmux."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from tests.servers.processes import require_program
from tests.terminal.session import PATIENCE_S, TerminalSession

ROWS, COLUMNS = 24, 80
INSIDE = ROWS - 2
PROGRAM = [sys.executable, "-m", "tests.ui.terminal.shown_program"]
WALK = [
    "j" * INSIDE, "j", "jjj", "k" * (INSIDE + 3), "d", "d", "jdkk", "u", "t", "j" * INSIDE, "jj", "d", "w", "j", "d",
    "j" * INSIDE, "jj", "uu", "kkk", "ddddjk",
]  # fmt: skip


class Shown:
    """The program in an emulator; ``press`` returns once the frame after the last key is there."""

    def __init__(self) -> None:
        self.session = TerminalSession(PROGRAM, COLUMNS, ROWS, {"COLORTERM": "truecolor"})
        self._pressed = 0
        self.session.wait_for(f"event {INSIDE - 1}")

    @property
    def screen(self) -> pyte.Screen:
        return self.session.screen

    def press(self, keys: str) -> None:
        self._pressed += len(keys)
        self.session.press(keys)
        self.session.wait_until(lambda _: self.screen.title == str(self._pressed), f"the frame after {keys!r}")
        before: list[list[tuple[object, ...]]] | None = None
        while before != (before := look(self.screen)):
            self.session.settle()


@pytest.fixture
def shown() -> Iterator[Shown]:
    opened = Shown()
    try:
        yield opened
    finally:
        opened.session.close()


def look(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """Return what each cell shows; on a blank, colour and weight of the text cannot be seen."""
    cells = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
    return [[(one.data, one.bg) if one.data == " " and not one.reverse else tuple(one) for one in row] for row in cells]


def events(screen: pyte.Screen) -> list[int]:
    """Return the number in each row between the borders."""
    found = [re.fullmatch(r"│.*event (\d+) +│", line) for line in screen.display[1:-1]]
    return [int(match[1]) if match else -1 for match in found]


def test_every_step_leaves_the_screen_that_drawing_all_anew_leaves(shown: Shown) -> None:
    for keys in WALK:
        shown.press(keys)
        stepwise = look(shown.screen)
        shown.press("l")
        assert look(shown.screen) == stepwise, keys


def test_a_step_at_the_edge_sends_one_row_and_not_all(shown: Shown) -> None:
    shown.press("j" * (INSIDE - 1))
    shown.session.received.clear()
    shown.press("j")
    assert 0 < len(shown.session.received) < 300
    assert events(shown.screen) == list(range(1, 1 + INSIDE))
    assert shown.screen.display[0].startswith("╭")
    assert shown.screen.display[-1].startswith("╰")


def test_keys_that_come_faster_than_frames_leave_no_stale_row(shown: Shown) -> None:
    shown.press("j" * (INSIDE + 40) + "k" * 30 + "j" * 17)
    rows = events(shown.screen)
    assert rows == list(range(rows[0], rows[0] + INSIDE))
    assert 49 in rows


def test_drawing_anew_mends_what_another_program_wrote(shown: Shown) -> None:
    before = look(shown.screen)
    pyte.ByteStream(shown.screen).feed(b"\x1b[5;5HBroadcast message from root\x1b[9;1H\x1b[31mgoing down")
    assert look(shown.screen) != before
    shown.press("l")
    assert look(shown.screen) == before


def test_a_resized_terminal_is_drawn_as_a_whole(shown: Shown) -> None:
    shown.press("j" * 5)
    shown.session.resize(COLUMNS - 10, ROWS - 4)
    shown.session.wait_until(lambda _: shown.screen.display[-1].startswith("╰"), "the border at the new bottom")
    shown.session.settle()
    numbers = re.findall(r"event (\d+)", shown.session.text)
    assert [int(number) for number in numbers] == list(range(INSIDE - 4))


def captured(capture: str) -> list[list[tuple[object, ...]]]:
    """Return what each cell of a capture shows."""
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed(capture.rstrip("\n").replace("\n", "\r\n"))
    return look(screen)


class Tmux:
    """The program in a tmux of its own."""

    def __init__(self, socket: Path) -> None:
        self._tmux = [require_program("tmux"), "-S", str(socket), "-f", "/dev/null"]
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._run("new-session", "-d", *size, f"COLORTERM=truecolor {' '.join(PROGRAM)}")
        self._run("set", "status", "off")
        self._pressed = 0

    def _run(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True).stdout

    def press(self, keys: str) -> str:
        """Press keys; returns the screen with its colours once the frame after the last one stands still."""
        self._pressed += len(keys)
        self._run("send-keys", "-l", keys)
        self._wait_until(lambda: self._run("display", "-p", "#{pane_title}").strip() == str(self._pressed))
        before = ""
        while before != (before := self._screen()):
            time.sleep(0.15)
        return before

    def wait_for(self, text: str) -> None:
        self._wait_until(lambda: text in self._screen())

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, self._screen()
            time.sleep(0.05)

    def _screen(self) -> str:
        return self._run("capture-pane", "-p", "-e", "-N")

    def close(self) -> None:
        self._run("kill-server")


@pytest.mark.services
def test_in_tmux_every_step_leaves_the_screen_that_drawing_all_anew_leaves(tmp_path: Path) -> None:
    tmux = Tmux(tmp_path / "tmux")
    try:
        tmux.wait_for(f"event {INSIDE - 1}")
        for keys in WALK:
            stepwise = tmux.press(keys)
            assert captured(tmux.press("l")) == captured(stepwise), keys
    finally:
        tmux.close()
