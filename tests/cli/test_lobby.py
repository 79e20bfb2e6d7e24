from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.ports import free_port
from triage_tui.cli.composing import compose
from triage_tui.cli.lobby import lobby_of, newest_or_named, resumable, resumed_case
from triage_tui.config.settings import Server, Settings
from triage_tui.investigation import events
from triage_tui.investigation.case import OpenFiles, PlayDemo, Resume
from triage_tui.investigation.events import fold
from triage_tui.investigation.journal import Journal, JournalError
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.steps import Step

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DEMO = CaseInputs(paths=("demo:connection-pool",))


def begun(root: Path, inputs: CaseInputs = DEMO) -> str:
    case = compose(inputs)
    journal = Journal(root / case.investigation_id, NOW)
    journal.append(
        events.InvestigationOpened(
            at=NOW, investigation_id=case.investigation_id, title=case.title, inputs=case.inputs, alert=case.alert,
            window=case.window,
        )
    )  # fmt: skip
    journal.append(events.StepEntered(at=NOW, step=Step.LOGS, reason="looked already"))
    journal.close()
    return case.investigation_id


def test_an_investigation_is_resumed_at_the_same_step_with_the_same_inputs(tmp_path: Path) -> None:
    name = begun(tmp_path)
    case = resumed_case(tmp_path, newest_or_named(tmp_path, None))
    assert case.investigation_id == name
    assert fold(case.decisions).step is Step.LOGS
    assert case.inputs == DEMO
    assert [one.investigation_id for one in resumable(tmp_path)] == [name]


def test_an_investigation_is_found_by_a_part_of_its_id(tmp_path: Path) -> None:
    name = begun(tmp_path)
    assert newest_or_named(tmp_path, name[-4:]) == name
    with pytest.raises(JournalError, match="matches none"):
        newest_or_named(tmp_path, "zzzz")
    with pytest.raises(JournalError, match="no investigation to resume"):
        newest_or_named(tmp_path / "nowhere", None)


def test_files_that_have_moved_are_named(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    log.write_text('{"time":"2026-11-24T12:00:00Z","message":"x"}\n')
    name = begun(tmp_path / "root", CaseInputs(paths=(str(log),)))
    log.unlink()
    with pytest.raises(UnreadableInput, match=r"app\.jsonl: no such file"):
        resumed_case(tmp_path / "root", name)


def test_a_damaged_journal_is_left_out_of_the_list_and_named_when_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "20261124-1200-ab12"
    folder.mkdir()
    (folder / "x.jsonl").write_text("{broken\n")
    assert resumable(tmp_path) == ()
    with pytest.raises(JournalError, match="holds no beginning"):
        resumed_case(tmp_path, folder.name)


def test_the_lobby_opens_demos_files_and_investigations(tmp_path: Path) -> None:
    lobby = lobby_of(tmp_path)
    name = begun(tmp_path)
    assert {lobby.open_case(PlayDemo(story.name)).alert.service for story in lobby.demos} == {"orders-api"}
    assert lobby.open_case(OpenFiles(DEMO)).window == compose(DEMO).window
    assert lobby.open_case(Resume(name)).decisions


def test_the_lobby_asks_the_servers_that_are_configured_and_no_others(tmp_path: Path) -> None:
    assert lobby_of(tmp_path).servers is None
    settings = Settings(alertmanager=Server(url=f"http://127.0.0.1:{free_port()}"))
    ask = lobby_of(tmp_path, settings).servers
    assert ask is not None
    (health,) = ask()
    assert (health.name, health.failed) == ("alertmanager", True)
    assert "cannot connect" in health.problem
