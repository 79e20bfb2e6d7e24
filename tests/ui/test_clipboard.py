from __future__ import annotations

import base64
import os
import re
import subprocess
from pathlib import Path

import pexpect
import pytest

from tests.servers.processes import require_program
from triage_tui.investigation.visible_text import visible_lines
from triage_tui.ui.clipboard import MAX_OSC52_BYTES, copy_text, osc52, wrapping_in


def test_the_sequence_carries_the_text_in_base64() -> None:
    encoded = base64.b64encode("städte\n".encode()).decode()
    assert osc52("städte\n") == f"\x1b]52;c;{encoded}\x07"


def test_inside_tmux_it_is_sent_plain_and_wrapped() -> None:
    sequence = osc52("hi", "tmux")
    assert sequence == "\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"


def test_inside_screen_it_is_sent_in_pieces_that_screen_hands_on() -> None:
    sequence = osc52("x" * 1000, "screen")
    assert sequence is not None
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", sequence, re.DOTALL)
    assert "".join(pieces) == osc52("x" * 1000)
    assert max(map(len, pieces)) < 256
    assert sequence == "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)


@pytest.mark.parametrize(
    ("environ", "wrapping"),
    [
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "screen.xterm-256color", "STY": "42.pts-0.web-1"}, "screen"),
        ({"TERM": "screen", "STY": "42.pts-0.web-1", "TMUX": "/run/tmux-0/default,1,0"}, "tmux"),
        ({"TERM": "screen-256color"}, "perhaps screen"),
        ({"TERM": "screen.linux"}, "perhaps screen"),
        ({"TERM": "tmux-256color"}, ""),
    ],
)
def test_what_the_program_runs_in_is_told_by_the_environment(environ: dict[str, str], wrapping: str) -> None:
    assert wrapping_in(environ) == wrapping


def test_over_ssh_where_screen_may_be_around_it_is_sent_plain_and_in_pieces() -> None:
    plain, pieces = osc52("hi"), osc52("hi", "screen")
    assert osc52("hi", "perhaps screen") == f"{plain}{pieces}"


@pytest.mark.services
def test_screen_itself_hands_the_whole_text_to_the_terminal_around_it(tmp_path: Path) -> None:
    screen = require_program("screen")
    text, sent = "a line\n" * 2_000, list[str]()
    yank = copy_text(text, sent.append, environ={"STY": "1.x"}, folder=tmp_path)
    assert yank.message == "sent 14.0 kB through screen to the terminal's clipboard"
    (tmp_path / "sequence").write_text(sent[0])
    (tmp_path / "sockets").mkdir(mode=0o700)
    show = ["-c", "/dev/null", "sh", "-c", f"sleep 0.2; cat {tmp_path}/sequence; sleep 0.5"]
    environ = {**os.environ, "TERM": "xterm-256color", "SCREENDIR": f"{tmp_path}/sockets"}
    child = pexpect.spawn(screen, show, env=environ, timeout=60)
    shown = child.read()
    child.close()
    handed = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", shown)
    assert [base64.b64decode(one).decode() for one in handed] == [text]


def test_a_text_beyond_the_cap_is_not_sent() -> None:
    assert osc52("x" * MAX_OSC52_BYTES) is not None
    assert osc52("x" * (MAX_OSC52_BYTES + 1)) is None


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("one\r\ntwo\tthree", "one\ntwo\tthree"),
        ("end\x1b[201~rm -rf /\r", "end␛[201~rm -rf /␍"),
        ("a\u202eb\x00", "a‹U+202E›b␀"),
        ("x" * 100_000, "x" * 100_000),
    ],
)
def test_what_is_yanked_cannot_act_when_it_is_pasted(tmp_path: Path, raw: str, safe: str) -> None:
    assert visible_lines(raw) == safe
    yank = copy_text(raw, None, environ={}, folder=tmp_path)
    assert yank.path is not None
    assert yank.path.read_text() == safe


def test_copying_goes_to_the_terminal(tmp_path: Path) -> None:
    sent: list[str] = []
    yank = copy_text("hello", sent.append, environ={}, folder=tmp_path)
    assert sent == ["\x1b]52;c;aGVsbG8=\x07"]
    assert yank.path is None
    assert yank.message == "sent 5 bytes to the terminal's clipboard"
    assert list(tmp_path.iterdir()) == []


def test_a_long_text_goes_to_a_file_that_only_the_user_can_read(tmp_path: Path) -> None:
    sent: list[str] = []
    text = "line\n" * 20_000
    yank = copy_text(text, sent.append, environ={}, folder=tmp_path / "yank")
    assert sent == []
    assert yank.path is not None
    assert yank.path.read_text() == text
    assert yank.path.stat().st_mode & 0o777 == 0o600
    assert yank.path.parent.stat().st_mode & 0o777 == 0o700
    assert re.fullmatch(r"too long for the clipboard: wrote 100\.0 kB to .*\.txt", yank.message)


def test_without_a_terminal_it_goes_to_a_file(tmp_path: Path) -> None:
    yank = copy_text("hello", None, environ={"TMUX": "/run/tmux"}, folder=tmp_path)
    assert yank.path is not None
    assert "no terminal" in yank.message


def test_the_users_tmux_is_seen_in_the_environment(tmp_path: Path) -> None:
    sent: list[str] = []
    copy_text("hi", sent.append, environ={"TMUX": "/run/tmux-0/default,1,0"}, folder=tmp_path)
    assert "\x1bPtmux;" in sent[0]


@pytest.mark.services
def test_tmux_itself_is_handed_the_text_whatever_its_size(tmp_path: Path) -> None:
    tmux = [require_program("tmux"), "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d"], check=True)
    try:
        text, sent = "a line\n" * 20_000, list[str]()
        yank = copy_text(text, sent.append, environ={"TMUX": f"{tmp_path / 'tmux'},1,0"}, folder=tmp_path / "yank")
        assert yank.path is None
        assert yank.message == "sent 140.0 kB to tmux (prefix ]) alone: the terminal around it takes no copies"
        assert sent == []
        kept = subprocess.run([*tmux, "show-buffer"], check=True, capture_output=True, text=True)
        assert kept.stdout == text
    finally:
        subprocess.run([*tmux, "kill-server"], check=True)
