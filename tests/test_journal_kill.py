"""A program that is killed loses nothing that its screen had acknowledged."""

from __future__ import annotations

from pathlib import Path

from tests.terminal.session import TerminalSession, triage
from triage_tui.investigation.events import fold
from triage_tui.investigation.journal import investigation_folders, read_journal
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.steps import Step

HYPOTHESIS = "the report keeps its session; the pool of 20 runs dry"


def test_a_killed_program_goes_on_at_the_same_step_with_the_same_pins_and_words(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    with triage("demo", environment=environment) as session:
        _decide(session)
        session.kill()
    killed = _journaled(tmp_path)
    assert killed.step is Step.IMPACT
    assert len(killed.pins) == 1
    assert [one.statement for one in killed.hypotheses] == [HYPOTHESIS]
    with triage("resume", environment=environment) as session:
        session.wait_for("2 Impact ●", "1 pin")
        session.press("U")
        session.wait_for("0 pins")
        session.press("U")
        session.wait_for("undone: the hypothesis")
    undone = _journaled(tmp_path)
    assert (undone.step, undone.pins, undone.hypotheses) == (Step.IMPACT, (), ())


def test_a_record_torn_by_the_kill_is_told_and_left_where_it_is(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    with triage("demo", environment=environment) as session:
        session.wait_for("2 Impact")
        # The screen comes first, and the disk right after it.
        session.wait_until(lambda _: any(one.stat().st_size for one in tmp_path.rglob("*.jsonl")), "the journal")
        session.kill()
    (journal,) = _folder(tmp_path).glob("*.jsonl")
    torn = journal.read_bytes() + b'{"crc":1,"len":90,"event":{"type":"pinned"'
    journal.write_bytes(torn)
    with triage("resume", environment=environment) as session:
        session.wait_for("2 Impact", "1 damaged record")
    assert journal.read_bytes() == torn


def _decide(session: TerminalSession) -> None:
    session.wait_for("PRIME SUSPECT", "Alert ●0/3")
    session.press("A")
    session.wait_for("every question of this step is answered")
    session.press("]")
    session.wait_for("2 Impact ●")
    session.press("h")
    session.wait_for("Enter keeps it")
    session.press(HYPOTHESIS, "enter")
    session.wait_until(lambda text: "Enter keeps it" not in text, "the prompt to close")
    session.press("p")
    session.wait_for("1 pin")


def _folder(state: Path) -> Path:
    (folder,) = investigation_folders(state / "triage" / "investigations")
    return folder


def _journaled(state: Path) -> Investigation:
    return fold(read_journal(_folder(state)).decisions)
