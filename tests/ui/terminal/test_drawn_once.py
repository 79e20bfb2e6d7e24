"""Screens over others: what is below stays in sight, and all has the size of the terminal."""

from pathlib import Path

from textual.pilot import Pilot

from tests.ui.driving import program, running, until
from tests.ui.story import story
from triage_tui.ui.screens.help import HelpScreen
from triage_tui.ui.screens.prompt import PromptScreen


def _shown(pilot: Pilot[None]) -> str:
    screen = pilot.app.screen
    update = screen._compositor.render_update(full=True, screen_stack=pilot.app._background_screens)
    return "\n".join("".join(strip.text for strip in row) for row in update.strips)  # type: ignore[union-attr]


async def test_what_is_below_an_overlay_is_seen_around_it_as_it_is_by_then(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        status = _shown(pilot).splitlines()[0]
        pilot.app.push_screen(PromptScreen("How many?"))
        await until(pilot, lambda: isinstance(pilot.app.screen, PromptScreen))
        await until(pilot, lambda: "How many?" in _shown(pilot))
        assert _shown(pilot).splitlines()[0] == status

        pilot.app.screen_stack[0].query("*").first().display = False
        await until(pilot, lambda: _shown(pilot).splitlines()[0] != status)
        assert "How many?" in _shown(pilot)


async def test_an_overlay_takes_the_size_that_the_terminal_gets(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.resize_terminal(90, 30)
        await until(pilot, lambda: _shown(pilot).count("\n") == 29)
        assert all(len(row) == 90 for row in _shown(pilot).splitlines())
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, HelpScreen))
        assert _shown(pilot).count("\n") == 29
