"""A log that is replayed is on the terminal before the program is loaded, and nothing of that stays behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pyte
import pytest

from tests.terminal.session import TerminalSession, triage
from triage_tui.cli.head_paint import _log_of

ALTERNATE, NORMAL = b"\x1b[?1049h", b"\x1b[?1049l"
PROGRAM_STARTS = b"\x1b[?1004h"
SIZES = [(80, 24), (120, 36), (200, 50)]


def log(path: Path, event: str = "request") -> Path:
    lines = [
        {"timestamp": f"2026-11-24T02:00:{number % 60:02}.{number:03}Z", "level": "info", "event": f"{event} {number}"}
        for number in range(500)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def homes(folder: Path) -> dict[str, str]:
    return {name: str(folder / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}


def rows_of(screen: str) -> list[str]:
    return [row[3:70].rstrip() for row in screen.split("\n")]


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_painted_lines_stand_where_the_program_shows_them(tmp_path: Path, columns: int, rows: int) -> None:
    with triage(
        "replay", str(log(tmp_path / "app.jsonl")), columns=columns, rows=rows, environment=homes(tmp_path)
    ) as session:
        session.wait_until(lambda _: PROGRAM_STARTS in session.received, "the program")
        before = pyte.Screen(columns, rows)
        pyte.ByteStream(before).feed(bytes(session.received[: session.received.index(PROGRAM_STARTS)]))
        painted = {at: row for at, row in enumerate(rows_of("\n".join(before.display))) if "request" in row}
        assert len(painted) > rows // 2

        def shows_them(text: str) -> bool:
            return "REPLAY" in text and all(rows_of(text)[at] == row for at, row in painted.items())

        session.wait_until(shows_them, "the painted lines at their places")
    assert session.received.count(ALTERNATE) == 1


def test_no_byte_of_a_log_acts_on_the_terminal(tmp_path: Path) -> None:
    hostile = "\x1b]0;pwned\x07\u202e\x1b[2J"
    with triage("replay", str(log(tmp_path / "app.jsonl", hostile)), environment=homes(tmp_path)) as session:
        session.wait_for("␛]0;pwned")
        assert b"\x1b]0;" not in session.received
        assert "\u202e".encode() not in session.received


def test_a_terminal_of_ascii_alone_gets_nothing_else(tmp_path: Path) -> None:
    environment = {**homes(tmp_path), "LC_ALL": "C", "NO_COLOR": "1"}
    with triage("replay", str(log(tmp_path / "app.jsonl", "café 事件")), environment=environment) as session:
        session.wait_for("caf? ???? 3", "REPLAY")
        assert session.received.isascii()


def test_an_error_stands_on_the_terminal_as_it_was(tmp_path: Path) -> None:
    named = ("replay", str(log(tmp_path / "app.jsonl")), str(tmp_path / "missing.jsonl"))
    with triage(*named, environment=homes(tmp_path)) as session:
        session.wait_for("no such file or folder")
        assert ALTERNATE in session.received
        assert session.received.index(NORMAL) < session.received.index(b"no such file")
        session.child.wait()
        assert session.child.exitstatus == 2


def test_a_signal_gives_the_terminal_back(tmp_path: Path) -> None:
    path = log(tmp_path / "app.jsonl")
    program = (
        "import os, signal\n"
        "from triage_tui.cli.head_paint import paint_head\n"
        f"paint_head(['replay', {str(path)!r}])\n"
        "os.kill(os.getpid(), signal.SIGTERM)"
    )
    session = TerminalSession([sys.executable, "-c", program], 80, 24, homes(tmp_path))
    session.wait_until(lambda _: NORMAL in session.received, "the end")
    session.child.wait()
    assert ALTERNATE in session.received
    assert session.child.exitstatus == 128 + signal.SIGTERM


def test_nothing_is_painted_without_a_terminal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "triage_tui", "replay", str(log(tmp_path / "app.jsonl"))]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert b"\x1b" not in done.stdout + done.stderr


def test_only_what_is_plain_from_the_arguments_is_painted() -> None:
    assert _log_of(["replay", "x/b.log", "y/a.log"]) == "y/a.log"
    assert _log_of(["replay", "--since", "90m", "-q", "b.log"]) == "b.log"
    assert _log_of(["replay", "--theme=light", "b.log"]) == "b.log"
    assert _log_of(["replay", "--format", "json", "b.log"]) is None
    assert _log_of(["replay", "--help"]) is None
    assert _log_of(["replay", "--timezone", "Asia/Kolkata", "b.log"]) is None
    assert _log_of(["replay", "-"]) is None
    assert _log_of(["replay"]) is None
    assert _log_of(["report", "b.log"]) is None
    assert _log_of([]) is None
