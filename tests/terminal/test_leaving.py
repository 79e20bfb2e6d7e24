"""Leaving the program by the keys of a terminal, for a while and for good."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.terminal.session import TerminalSession, triage

WHOLE = ("1●Alert", "Impact", "What fired?", "? help")


def is_stopped(session: TerminalSession) -> bool:
    """Tell whether the program's process is stopped (proc_pid_stat(5))."""
    status = Path(f"/proc/{session.child.pid}/stat").read_text()
    return status.rpartition(")")[2].split()[0] == "T"


def test_ctrl_z_leaves_for_the_shell_and_the_whole_screen_is_drawn_when_it_comes_back(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with triage("demo", columns=80, rows=24, environment=environment) as session:
        session.wait_for("DEGRADED", *WHOLE)
        session.settle()
        session.press("ctrl+z")
        session.wait_until(lambda _: is_stopped(session), "a stopped process")
        session.settle()
        session.screen.reset()
        os.kill(session.child.pid, signal.SIGCONT)
        session.wait_for("DEGRADED", *WHOLE)
        session.press("ctrl+c")
        session.wait_for("ctrl+q leaves the program")
        session.press("ctrl+q")
        session.wait_for("Go on with: triage resume")


def test_a_terminal_without_an_alternate_screen_shows_nothing_but_where_the_investigation_is_kept(
    tmp_path: Path,
) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "screen"}
    with triage("demo", columns=80, rows=24, environment=environment) as session:
        session.wait_for("DEGRADED", *WHOLE)
        session.settle()
        session.press("q")
        screen = session.wait_for("Go on with: triage resume")
        shown = [line.strip() for line in screen.split("\n") if line.strip()]
        assert shown[0].startswith("Kept in")
        assert shown[-1].startswith("Go on with: triage resume")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with triage("demo", columns=80, rows=24, environment=environment) as session:
        session.wait_for("DEGRADED", *WHOLE)
        session.child.kill(number)
        session.wait_for("Go on with: triage resume")
        session.child.wait()
        assert session.child.exitstatus == 128 + number
        assert session.received.rindex(b"\x1b[?1049l") > session.received.rindex(b"\x1b[?1049h")
        assert session.received.rindex(b"\x1b[?25h") > session.received.rindex(b"\x1b[?25l")


def children_of(pid: int) -> list[str]:
    """Tell which processes a process has started (proc_pid_task(5))."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_without_its_terminal_the_program_ends_though_nobody_says_so(tmp_path: Path) -> None:
    homes = {name: str(tmp_path / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    shell = 'trap "" HUP; "$0" -m triage_tui demo; sleep 60'
    session = TerminalSession(["/bin/sh", "-c", shell, sys.executable], 80, 24, homes)
    session.wait_for("DEGRADED", *WHOLE)
    program = children_of(session.child.pid)
    os.close(session.child.child_fd)
    deadline = time.monotonic() + 20
    while children_of(session.child.pid) == program and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children_of(session.child.pid) != program
    os.kill(session.child.pid, signal.SIGKILL)
