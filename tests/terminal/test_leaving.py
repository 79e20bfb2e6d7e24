"""Leaving the program by the keys of a terminal, for a while and for good."""

import os
import signal
from pathlib import Path

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
