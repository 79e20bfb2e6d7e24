"""Both stories, walked from the alert to the exported post-mortem by keys alone, at three sizes."""

import re
from pathlib import Path

import pytest

from tests.terminal.session import TerminalSession, triage
from triage_tui.investigation.steps import Step

SIZES = [(80, 24), (120, 36), (200, 50)]
REASON = "seen in the recording"
WHY = "Why move on?"


def is_at(step: Step, screen: str) -> bool:
    return f"{step.value}●{step.title}" in screen or f"{step.value} {step.title} ●" in screen


def go_on(session: TerminalSession, following: Step) -> None:
    """Accept what is suggested and move on, with a reason where a question stays open."""
    session.press("A")
    session.settle()
    session.press("]")
    screen = session.wait_until(lambda text: WHY in text or is_at(following, text), f"step {following.title}")
    if WHY in screen:
        session.press(REASON, "enter")
        session.wait_until(lambda text: is_at(following, text), f"step {following.title} after a reason")


def walk(session: TerminalSession, document: Path) -> str:
    """Go through all nine steps and export; returns the post-mortem."""
    session.wait_for("DEGRADED")
    for step in list(Step)[1:]:
        go_on(session, step)
    session.press("x")
    session.wait_for("Write the post-mortem to")
    session.write_over(document)
    session.wait_until(lambda _: document.exists() and "## Sources" in document.read_text(), "the whole document")
    return document.read_text(encoding="utf-8")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_connection_pool_story_is_walked_by_keys(tmp_path: Path, columns: int, rows: int) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with triage("demo", columns=columns, rows=rows, environment=environment) as session:
        document = walk(session, tmp_path / "pm.md")
    for words in (
        "Add the sales report",
        "PRIME SUSPECT",
        "pool\\_checked\\_out",
        "cap 20",
        "Database session released",
    ):
        assert words in document
    assert re.search(r"[\d,]{3,} errors, \d+ users", document)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_slow_dependency_story_is_walked_by_keys(tmp_path: Path, columns: int, rows: int) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with triage("demo", "slow-dependency", columns=columns, rows=rows, environment=environment) as session:
        document = walk(session, tmp_path / "pm.md")
    assert "no change to blame" in document
    assert "Authorising payment" in document
    assert "after the onset" in document


def test_a_killed_program_goes_on_at_the_same_step_with_the_same_text(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with triage("demo", environment=environment) as session:
        session.wait_for("DEGRADED")
        go_on(session, Step.IMPACT)
        session.press("p")
        session.wait_for("1 pin")
        session.press("h")
        session.wait_for("X happens because Y")
        session.press("get_db keeps sessions", "enter")
        session.settle()
        session.kill()
    with triage("resume", environment=environment) as session:
        screen = session.wait_for("DEGRADED", "1 pin")
        assert is_at(Step.IMPACT, screen)
        session.press("6")
        session.wait_until(lambda text: WHY in text or is_at(Step.HYPOTHESIS, text), "the notebook")
        if WHY in session.text:
            session.press(REASON, "enter")
        session.wait_for("get_db keeps sessions")


def test_the_terminal_is_given_back_on_leaving(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with triage("demo", environment=environment) as session:
        session.wait_for("DEGRADED")
        session.press("q")
        session.wait_until(lambda _: not session.child.isalive() or not session.read_more(1.0), "the end")
        while session.read_more(0.5):
            pass
        assert not session.child.isalive()
        assert b"\x1b[?1049l" in session.received
        assert session.child.exitstatus == 0
