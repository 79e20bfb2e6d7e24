"""The screen itself: its sizes, its start, its keys."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.ui.driving import (
    LARGE,
    NARROW,
    USUAL,
    fixed_findings,
    keys,
    lobby,
    program,
    running,
    screen_text,
    settled,
    shows,
    state,
    until,
    write,
)
from tests.ui.story import sources, story, with_sources
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Findings
from triage_tui.investigation.steps import Step
from triage_tui.ui import app as app_module
from triage_tui.ui.app import TriageApp
from triage_tui.ui.commands import COMMANDS, Scope, bindings_of, commands_of, footer_commands
from triage_tui.ui.panes.pane_place import PanePlace
from triage_tui.ui.screens.fields import FieldsScreen
from triage_tui.ui.screens.investigation import InvestigationScreen
from triage_tui.ui.screens.layout import next_pane, panes_in_sight, panes_of
from triage_tui.ui.screens.start import StartScreen
from triage_tui.ui.screens.trace import TraceScreen

HEAVY = ("polars", "numpy", "plotext", "httpx", "git", "requests", "prometheus_api_client")
# Each takes part of a millisecond, and was once on the way for a name or a rare case.
NOT_NEEDED = ("argparse", "csv", "gzip", "statistics")
SCREEN_OF_SCOPE = {
    Scope.INVESTIGATION: InvestigationScreen,
    Scope.TRACE: TraceScreen,
    Scope.FIELDS: FieldsScreen,
    Scope.START: StartScreen,
}


async def test_resizing_live_keeps_focus_state_and_what_is_shown(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), USUAL) as pilot:
        await keys(pilot, "e", "I")
        request = state(pilot).correlation_id
        for size in (NARROW, LARGE, NARROW, USUAL):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert pilot.app.focused is not None
            assert pilot.app.focused.id == "logs"
            assert state(pilot).correlation_id == request
            assert f"request {request}" in screen_text(pilot)
            assert ("PRIME SUSPECT" in screen_text(pilot)) == (size is not NARROW)


@pytest.mark.parametrize("size", [NARROW, USUAL, LARGE])
async def test_the_two_top_lines_the_question_and_the_keys_never_leave(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(program(tmp_path, story()), size) as pilot:
        for number in range(2, 10):
            await keys(pilot, str(number))
            if state(pilot).step.value != number:
                await write(pilot, "later")
            lines = screen_text(pilot).split("\n")
            assert "DEGRADED" in lines[0]
            assert f"{number} {Step(number).title}" in lines[1] or f"{number}●{Step(number).title}" in lines[1]
            assert "? help" in lines[-1]
            assert all(len(line) <= size[0] for line in lines)


async def test_zoom_shows_one_pane_and_escape_all_again(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "z")
        assert "Changes ─" not in screen_text(pilot)
        await keys(pilot, "escape")
        assert "Changes ─" in screen_text(pilot)


@pytest.mark.parametrize(("key", "shown"), [("t", "Trace ▸"), ("d", "Change ▸")])
async def test_escape_and_q_go_back_from_a_view(tmp_path: Path, key: str, shown: str) -> None:
    async with running(program(tmp_path, story())) as pilot:
        for leave in ("escape", "q"):
            await keys(pilot, key)
            await shows(pilot, shown)
            await keys(pilot, leave)
            assert shown not in screen_text(pilot)


async def test_the_key_of_the_step_one_is_at_brings_its_pane_back(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), NARROW) as pilot:
        await keys(pilot, "slash", "escape", "z")
        assert "Logs" in screen_text(pilot)
        await keys(pilot, "1")
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "impact"
        assert state(pilot).step is Step.ALERT


async def test_what_was_said_does_not_hide_what_is_asked(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), NARROW) as pilot:
        await keys(pilot, "left_square_bracket", "right_square_bracket")
        await shows(pilot, "this is the first step")
        assert "3 questions are open here. Why move on? (Esc, then A accepts 3 suggested" in screen_text(pilot)


async def test_what_is_clicked_is_selected(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await pilot.click("#impact", offset=(5, 4))
        await keys(pilot, "p")
        assert state(pilot).pins[0].text.startswith("state")


async def test_tab_goes_through_the_panes_of_the_step_and_back(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), NARROW) as pilot:
        for pane in ("changes", "metrics", "logs", "notebook", "impact"):
            await keys(pilot, "tab")
            assert pilot.app.focused is not None
            assert pilot.app.focused.id == pane
        await keys(pilot, "shift+tab")
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "notebook"


@pytest.mark.parametrize("step", list(Step))
def test_every_pane_of_a_step_can_be_reached_and_is_then_in_sight(step: Step) -> None:
    pane = panes_of(step)[0]
    seen = set()
    for _ in panes_of(step):
        for wide in (True, False):
            assert pane in panes_in_sight(step, pane, wide=wide, zoomed=False)
        seen.add(pane)
        pane = next_pane(step, pane, 1)
    assert seen == set(panes_of(step))


def test_one_key_means_one_thing_everywhere() -> None:
    keys_of = [(key, command.id) for command in COMMANDS for key in command.keys]
    assert len({key for key, _ in keys_of}) == len(keys_of)


def test_every_command_has_a_sentence_and_a_binding_that_can_be_changed() -> None:
    assert all(command.tooltip and command.label for command in COMMANDS)
    bound = {binding.id for scope in Scope for binding in bindings_of(scope)}
    assert bound == {command.id for command in COMMANDS}


@pytest.mark.parametrize("scope", list(SCREEN_OF_SCOPE))
def test_no_key_of_a_screen_is_dead(scope: Scope) -> None:
    for command in commands_of(scope):
        name = command.bound_action.partition("(")[0]
        assert hasattr(SCREEN_OF_SCOPE[scope], f"action_{name}"), command.id


def test_the_footer_begins_with_what_is_needed_most() -> None:
    assert [command.id for command in footer_commands(Scope.INVESTIGATION, "changes")][:4] == [
        "answer", "next_step", "next_pane", "diff",
    ]  # fmt: skip


async def test_the_palette_runs_a_command_by_its_name(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "colon")
        await pilot.press(*"zoom")
        await shows(pilot, "Show this pane alone")
        await keys(pilot, "enter")
        await settled(pilot)
        assert "Changes ─" not in screen_text(pilot)


async def test_help_lists_every_command(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), (120, 100)) as pilot:
        await keys(pilot, "question_mark")
        shown = screen_text(pilot)
        assert [one.tooltip for one in COMMANDS if one.tooltip[:40] not in shown and "step_" not in one.id] == []


async def test_without_a_log_nothing_is_counted_and_no_person_is_told_to_know(tmp_path: Path) -> None:
    without = [source for source in sources() if source.kind is not EvidenceKind.LOGS]
    case = with_sources(*without)
    async with running(program(tmp_path, case, compute=lambda *_: Findings())) as pilot:
        await keys(pilot, "4")
        await write(pilot, "looking")
        await shows(pilot, "no log was given")
        assert "counting" not in screen_text(pilot)
        assert "nothing that was given tells" in screen_text(pilot)


async def test_a_healthy_request_beside_is_called_one(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), size=LARGE) as pilot:
        await keys(pilot, "4")
        await write(pilot, "looking")
        await keys(pilot, "e", "t", "c")
        await shows(pilot, "right: healthy")
        await keys(pilot, "c")
        await until(pilot, lambda: "right: healthy" not in screen_text(pilot))


async def test_quitting_says_where_the_investigation_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await pilot.press("q")
    said = capsys.readouterr().err.replace("\n", "")
    assert str(tmp_path / story().investigation_id) in said
    assert f"triage resume {story().investigation_id}" in said


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
@pytest.mark.parametrize(("named", "pane"), [("demo:connection-pool", "impact"), ("app.log", "logs")])
def test_the_first_frame_is_there_before_the_heavy_libraries(
    tmp_path: Path, named: str, pane: str, size: tuple[int, int]
) -> None:
    (tmp_path / "app.log").write_text("2026-11-24 14:00:00,123 ERROR orders: pool exhausted\n" * 30, encoding="utf-8")
    program_text = f"""
import asyncio, sys
from pathlib import Path
from typing import cast
from triage_tui.cli.composing import compose
from triage_tui.cli.lobby import lobby_of
from triage_tui.investigation.state import CaseInputs
from triage_tui.ui.app import TriageApp

async def main():
    folder = Path({str(tmp_path)!r})
    case = compose(CaseInputs(paths=({named!r} if ":" in {named!r} else str(folder / {named!r}),)))
    app = TriageApp(case, lobby=lobby_of(folder), journal_root=folder)
    app.load_all = lambda: None
    async with app.run_test(size={size}) as pilot:
        await pilot.pause()
        assert {pane.title()!r} in str(app.screen.query_one("#{pane}").border_title)
        print(",".join(sorted(set({HEAVY + NOT_NEEDED!r}) & set(sys.modules))))

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program_text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


class _FirstFrame(TriageApp):
    """Keeps what its frames show, and which panes there are in the first."""

    CSS_PATH = str(Path(app_module.__file__).parent / "styles/triage.tcss")
    made: tuple[str | None, ...] = ()
    frames: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        return self.frames[0]

    def post_display_hook(self) -> None:
        self.frames += ("\n".join(strip.text for strip in self.screen._compositor.render_strips()),)
        if len(self.frames) == 1:
            self.made = panes_of_screen(self)
            self.do_at_once()

    def do_at_once(self) -> None:
        """What someone does before anything else happens."""


def panes_of_screen(app: TriageApp) -> tuple[str | None, ...]:
    return tuple(pane.id for pane in app.screen.query("EvidencePane"))


async def test_the_first_frame_has_borders_and_rows_that_fit_already(tmp_path: Path) -> None:
    app = _FirstFrame(story(), lobby=lobby(), journal_root=tmp_path, compute=fixed_findings)
    async with running(app, (200, 50)):
        assert "connection pool exhausted" in app.first
        for words in ("─ Impact", "waiting for the sources…", "─ Changes", "─ Logs", "app.jsonl · loading…"):
            assert words in app.first


async def test_the_panes_beside_the_first_come_after_the_first_frame(tmp_path: Path) -> None:
    app = _FirstFrame(story(), lobby=lobby(), journal_root=tmp_path, compute=fixed_findings)
    async with running(app, (200, 50)) as pilot:
        assert app.made == ("impact",)
        assert panes_of_screen(app) == ("impact", "changes", "metrics", "logs")
        assert not app.screen.query(PanePlace)
        for border in ("╭─ Impact ─", "╭─ Changes ─", "╭─ Metrics ─", "╭─ Logs ─"):
            assert all(border in frame for frame in app.frames)
        assert "PRIME SUSPECT" in screen_text(pilot)


async def test_a_pane_that_is_wanted_before_it_is_made_gets_the_keys(tmp_path: Path) -> None:
    class Hurried(_FirstFrame):
        def do_at_once(self) -> None:
            cast("InvestigationScreen", self.screen).action_next_pane()

    app = Hurried(story(), lobby=lobby(), journal_root=tmp_path, compute=fixed_findings)
    async with running(app, (200, 50)):
        assert app.made == ("impact",)
        assert app.focused is not None
        assert app.focused.id == "changes"
        assert panes_of_screen(app) == ("impact", "changes", "metrics", "logs")


async def test_fully_down_offers_to_stop_the_bleeding_first(tmp_path: Path) -> None:
    import msgspec

    from tests.ui.story import findings

    found = findings()
    down = msgspec.structs.replace(found, impact=msgspec.structs.replace(found.impact, state="down"))
    async with running(program(tmp_path, story(), compute=lambda *_: down)) as pilot:
        await keys(pilot, "A", "right_square_bracket", "A", "right_square_bracket")
        assert "Stop the bleeding first?" in screen_text(pilot)
        await keys(pilot, "enter")
        assert state(pilot).step is Step.FIX


async def test_the_time_cursor_stays_in_the_window(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        before = state(pilot).cursor
        await keys(pilot, "right")
        after = state(pilot).cursor
        assert before is not None
        assert after is not None
        assert after - before == timedelta(minutes=92) / 100
