"""The lab with the program on it: one command, a story told on the screen, a server killed in the middle, a bundle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.servers.processes import require_program
from tests.terminal.session import TerminalSession, triage
from tests.terminal.test_walk import go_on
from triage_tui.investigation.steps import Step

STORY_S = 180.0
ROOT = Path(__file__).parents[2]
GUILTY = ("deploy-v1.4.2", "Add the sales report", "PRIME SUSPECT")


@contextmanager
def lab(folder: Path) -> Iterator[TerminalSession]:
    """Play the story of the leak in a tenth of its time, with the program on it."""
    for program in ("prometheus", "prometheus-alertmanager", "git"):
        require_program(program)
    command = [sys.executable, "-m", "tests.lab", "live", "leak", "--quick", "--folder", str(folder)]
    session = TerminalSession(command, 120, 36, {"PYTHONPATH": str(ROOT)})
    try:
        yield session
    finally:
        session.child.kill(signal.SIGTERM)
        session.child.wait()
        session.close()


def process_of(folder: Path, name: str) -> int:
    return int((folder / f"{name}.pid").read_text())


def found_in(bundle: Path, cwd: Path, zone: str) -> dict[str, Any]:
    """What ``triage analyze`` says of a bundle, from a folder and in a time zone."""
    command = [sys.executable, "-m", "triage_tui", "analyze", str(bundle), "--format", "json"]
    answer = subprocess.run(command, cwd=cwd, env={**os.environ, "TZ": zone}, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def walk(session: TerminalSession, folder: Path) -> None:
    """Go through the steps; Prometheus is killed on the way and comes back by itself."""
    for step in list(Step)[1:]:
        go_on(session, step)
        if step is Step.CHANGES:
            session.press("f")  # the deploy log is asked seldom
            session.wait_for(*GUILTY, "recorded by")
            os.kill(process_of(folder, "prometheus"), signal.SIGKILL)
            session.wait_for("1 FAILING", "stale since", *GUILTY)
        if step is Step.LOGS:
            session.wait_for("Database session released", "is missing after")


@pytest.mark.services
def test_a_live_story_is_walked_while_a_server_is_killed_and_its_bundle_says_the_same_anywhere(tmp_path: Path) -> None:
    folder, bundle = tmp_path / "lab", tmp_path / "captured.zip"
    with lab(folder) as session:
        session.wait_for("● LIVE", "orders-api", patience_s=STORY_S)
        session.wait_for(*GUILTY, "DEGRADED", "before errors", patience_s=STORY_S)
        walk(session, folder)
        session.wait_until(lambda text: "FAILING" not in text, "Prometheus to come back")
        session.press("X")
        session.write_over(bundle)
        session.wait_until(lambda _: bundle.exists(), "the bundle")
        session.press("q")
        session.child.expect(pexpect.EOF)
        left = [file.stem for file in folder.glob("*.pid") if Path(f"/proc/{file.read_text().strip()}").exists()]
        assert not left
    found = found_in(bundle, tmp_path, "UTC")
    assert found == found_in(bundle, Path("/"), "Asia/Tokyo")
    assert [change["id"] for change in found["changes"] if change["verdict"] == "prime"] == ["deploy-v1.4.2"]
    recorded = [{one["source"] for one in change["records"]} for change in found["changes"] if "v1.4.2" in change["id"]]
    assert recorded == [{"git:repository", "deploys"}]
    assert "missing_line" in {pattern["kind"] for pattern in found["patterns"]}
    assert [one["cap"] for one in found["signals"] if one["metric"] == "pool_checked_out" and one["at_cap_since"]] == [
        20
    ]
    # The walk has seen it on the screen: it is still known of all that was captured.
    assert found["lead"]["first"] == ["orders-api", "pool_checked_out"]
    with triage("replay", str(bundle), environment={"XDG_STATE_HOME": str(tmp_path / "state")}) as session:
        session.wait_for("◆ REPLAY")
        session.press("3")
        session.wait_for(*GUILTY, "before errors")
