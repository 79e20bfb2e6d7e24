from pathlib import Path

from tests.ui.driving import keys, lobby, running, screen_text, state
from tests.ui.story import story
from triage_tui.ui.app import TriageApp
from triage_tui.ui.commands import COMMANDS, key_name, keys_of, unknown_commands
from triage_tui.ui.panes.key_line import key_hints
from triage_tui.ui.screens.investigation import InvestigationScreen


async def test_a_command_answers_to_the_key_that_the_user_chose(tmp_path: Path) -> None:
    app = TriageApp(story(), lobby=lobby(), journal_root=tmp_path, key_map={"answer": "f5"})
    async with running(app) as pilot:
        before = len(state(pilot).answers)
        await pilot.press("a")
        await pilot.pause()
        assert len(state(pilot).answers) == before
        await pilot.press("f5")
        await pilot.pause()
        assert len(state(pilot).answers) == before + 1


def test_footer_and_help_name_the_users_key() -> None:
    hints = key_hints(InvestigationScreen.SCOPE, "impact", {"answer": "f5,ctrl+a"})
    assert "f5" in {hint.key for hint in hints}
    answer = next(command for command in COMMANDS if command.id == "answer")
    assert keys_of(answer, {"answer": "f5,ctrl+a"}) == ("f5", "ctrl+a")
    assert keys_of(answer, {}) == answer.keys


async def test_help_parts_keys_from_what_they_do_however_long_they_are(tmp_path: Path) -> None:
    app = TriageApp(story(), lobby=lobby(), journal_root=tmp_path, key_map={"next_step": "ctrl+shift+right"})
    async with running(app, (120, 60)) as pilot:
        await keys(pilot, "question_mark")
        rows = [" ".join(row.split()) for row in screen_text(pilot).split("│")]
        assert "^shift+right" in rows
        assert "Go to the next step" in rows
        assert "[ Go to the step before" in rows
    assert key_name("shift+right") == "S-Right"


def test_a_command_that_does_not_exist_is_named_with_the_nearest() -> None:
    assert unknown_commands({"answr": "f5", "answer": "f6"}) == (
        "keys: there is no command 'answr'; did you mean 'answer'?",
    )
