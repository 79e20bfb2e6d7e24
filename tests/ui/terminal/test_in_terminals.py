"""What is drawn with few bytes is what drawing all anew would show: in an emulator, and in tmux."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from tests.servers.processes import require_program
from tests.terminal.session import TerminalSession

ROWS, COLUMNS = 24, 80
INSIDE = ROWS - 2
CURSOR_ROW = "33406a"
PROGRAM = [sys.executable, "-m", "tests.ui.terminal.shown_program"]
WALK = [
    "j" * INSIDE, "j", "jjj", "k" * (INSIDE + 3), "d", "d", "jdkk", "u", "t", "j" * INSIDE, "jj", "d", "w", "j", "d",
    "j" * INSIDE, "jj", "uu", "kkk", "ddddjk",
]  # fmt: skip


@pytest.fixture
def session() -> Iterator[TerminalSession]:
    opened = TerminalSession(PROGRAM, COLUMNS, ROWS, {"COLORTERM": "truecolor"})
    try:
        opened.wait_for(f"event {INSIDE - 1}")
        opened.settle()
        yield opened
    finally:
        opened.close()


def look(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """Return what each cell shows; on a blank, colour and weight of the text cannot be seen."""
    cells = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
    return [[(one.data, one.bg) if one.data == " " and not one.reverse else tuple(one) for one in row] for row in cells]


def events(session: TerminalSession) -> list[int]:
    """Return the number in each row between the borders."""
    found = [re.fullmatch(r"│.*event (\d+) +│", line) for line in session.screen.display[1:-1]]
    return [int(match[1]) if match else -1 for match in found]


def test_every_step_leaves_the_screen_that_drawing_all_anew_leaves(session: TerminalSession) -> None:
    for keys in WALK:
        session.press(keys)
        session.settle()
        shown = look(session.screen)
        session.press("l")
        session.settle()
        assert look(session.screen) == shown, keys


def test_a_step_at_the_edge_sends_one_row_and_not_all(session: TerminalSession) -> None:
    session.press("j" * (INSIDE - 1))
    session.wait_until(lambda _: session.screen.buffer[INSIDE][5].bg == CURSOR_ROW, "the cursor on the last row")
    session.settle()
    session.received.clear()
    session.press("j")
    session.settle()
    assert 0 < len(session.received) < 300
    assert events(session) == list(range(1, 1 + INSIDE))
    assert session.screen.display[0].startswith("╭")
    assert session.screen.display[-1].startswith("╰")


def test_keys_that_come_faster_than_frames_leave_no_stale_row(session: TerminalSession) -> None:
    session.press("j" * (INSIDE + 40) + "k" * 30 + "j" * 17)
    session.wait_for("event 49")
    session.settle()
    assert events(session) == list(range(events(session)[0], events(session)[0] + INSIDE))


def test_drawing_anew_mends_what_another_program_wrote(session: TerminalSession) -> None:
    shown = look(session.screen)
    session._stream.feed(b"\x1b[5;5HBroadcast message from root\x1b[9;1H\x1b[31mgoing down")
    assert look(session.screen) != shown
    session.press("l")
    session.settle()
    assert look(session.screen) == shown


def test_a_resized_terminal_is_drawn_as_a_whole(session: TerminalSession) -> None:
    session.press("j" * 5)
    session.settle()
    session.resize(COLUMNS - 10, ROWS - 4)
    session.wait_until(lambda _: session.screen.display[-1].startswith("╰"), "the border at the new bottom")
    session.settle()
    assert [int(match) for match in re.findall(r"event (\d+)", session.text)] == list(range(INSIDE - 4))


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

    def _run(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True).stdout

    def press(self, keys: str) -> None:
        self._run("send-keys", "-l", keys)

    def screen(self) -> str:
        """Return the screen with its colours, as tmux keeps it."""
        return self._run("capture-pane", "-p", "-e", "-N")

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 20
        while text not in self.screen():
            assert time.monotonic() < deadline, self.screen()
            time.sleep(0.05)

    def settled(self) -> str:
        """Return the screen once it has stood still for a while."""
        before, same = "", 0
        while same < 4:
            time.sleep(0.06)
            now = self.screen()
            same = same + 1 if now == before else 0
            before = now
        return before

    def close(self) -> None:
        self._run("kill-server")


@pytest.mark.services
def test_in_tmux_every_step_leaves_the_screen_that_drawing_all_anew_leaves(tmp_path: Path) -> None:
    tmux = Tmux(tmp_path / "tmux")
    try:
        tmux.wait_for(f"event {INSIDE - 1}")
        for keys in WALK:
            tmux.press(keys)
            shown = tmux.settled()
            tmux.press("l")
            assert captured(tmux.settled()) == captured(shown), keys
    finally:
        tmux.close()
