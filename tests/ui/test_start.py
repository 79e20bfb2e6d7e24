"""The start screen: what it offers, and what is begun from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from tests.ui.driving import DEMOS, NARROW, keys, lobby, program, running, screen_text, settled, shows, until, write
from tests.ui.story import END, START, story
from triage_tui.investigation.case import (
    Case,
    Choice,
    OpenAlert,
    OpenFiles,
    PlayDemo,
    Resumable,
    Resume,
    ServerHealth,
    WaitingAlert,
)
from triage_tui.investigation.steps import Step
from triage_tui.ui.screens.investigation import InvestigationScreen
from triage_tui.ui.screens.start import names_in


def noting(asked: list[Choice]) -> Callable[[Choice], Case]:
    """Opens the story whatever is chosen, and notes the choice."""

    def opened(choice: Choice) -> Case:
        asked.append(choice)
        return story()

    return opened


async def test_the_start_screen_offers_what_waits_the_demos_and_files(tmp_path: Path) -> None:
    waiting = Resumable(investigation_id="20261123-0200-ffff", title="Disk full", opened_at=START, last_at=END,
                        step=Step.LOGS, decisions=12)  # fmt: skip
    asked: list[Choice] = []
    start = lobby(waiting, opened=noting(asked))
    async with running(program(tmp_path, None, start=start)) as pilot:
        await shows(pilot, "Disk full")
        assert "step 4 Logs" in screen_text(pilot)
        await keys(pilot, "enter")
        await shows(pilot, "1 Alert")
    assert asked == [Resume("20261123-0200-ffff")]


async def test_the_start_screen_says_that_no_alert_fires(tmp_path: Path) -> None:
    start = replace(lobby(), alerts=tuple)
    app = program(tmp_path, None, start=start)
    async with app.run_test(size=(120, 36)) as pilot:
        await shows(pilot, "no alert fires")


async def test_the_start_screen_says_how_the_configured_servers_do(tmp_path: Path) -> None:
    asked = (
        ServerHealth(name="prometheus"),
        ServerHealth(name="grafana", problem="its clock is 8.0 s ahead"),
        ServerHealth(name="alertmanager", problem="alertmanager at http://a: cannot connect", failed=True),
    )
    app = program(tmp_path, None, start=replace(lobby(), servers=lambda: asked))
    async with app.run_test(size=NARROW) as pilot:
        await shows(pilot, "prometheus: well")
        assert "grafana: its clock is 8.0 s ahead" in screen_text(pilot)
        assert "FAILED alertmanager at http://a: cannot connect" in screen_text(pilot)


async def test_the_demo_is_one_key_away_and_files_are_named_absolutely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[Choice] = []
    start = lobby(opened=noting(asked))
    async with running(program(tmp_path, None, start=start)) as pilot:
        await shows(pilot, "nothing yet")
        await keys(pilot, "k", "enter")
        await write(pilot, "app.jsonl metrics.json")
        await shows(pilot, "1 Alert")
    async with running(program(tmp_path / "other", None, start=start)) as pilot:
        await keys(pilot, "enter")
        await shows(pilot, "1 Alert")
    files, demo = asked
    assert isinstance(files, OpenFiles)
    assert files.inputs.paths == (str(tmp_path / "app.jsonl"), str(tmp_path / "metrics.json"))
    assert demo == PlayDemo("connection-pool")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("app.log metrics.json", ["app.log", "metrics.json"]),
        ("'of today.log' b.log", ["of today.log", "b.log"]),
        ("of\\ today.log", ["of today.log"]),
        ("it's.log b.log", ["it's.log", "b.log"]),
    ],
)
def test_files_are_named_as_in_a_shell(text: str, names: list[str]) -> None:
    assert names_in(text) == names


async def test_of_two_choices_that_are_made_before_either_is_ready_one_is_begun(tmp_path: Path) -> None:
    asked: list[Choice] = []
    both = Event()

    def opened(choice: Choice) -> Case:
        asked.append(choice)
        number = len(asked)
        if number > 1:
            both.set()
        both.wait(60)
        return replace(story(), investigation_id=f"20261124-1400-000{number}")

    async with running(program(tmp_path, None, start=lobby(opened=opened))) as pilot:
        await shows(pilot, "nothing yet")
        await pilot.press("enter", "enter")
        await shows(pilot, "1 Alert")
        await settled(pilot)
        assert len(asked) == 2
        assert sum(isinstance(one, InvestigationScreen) for one in pilot.app.screen_stack) == 1


def alert(number: int) -> WaitingAlert:
    return WaitingAlert(id=f"a{number}", title=f"Alert {number}", severity="critical", service="orders")


@pytest.mark.parametrize("alerts", [None, tuple(map(alert, range(12)))])
async def test_the_ways_to_begin_are_in_sight_beside_a_dozen_that_wait(
    tmp_path: Path, alerts: tuple[WaitingAlert, ...] | None
) -> None:
    waiting = [Resumable(investigation_id=f"20261123-0200-{number:04}", title=f"Disk {number} full", opened_at=START,
                         last_at=END, step=Step.LOGS, decisions=12) for number in range(12)]  # fmt: skip
    asked: list[Choice] = []
    start = replace(lobby(*waiting, opened=noting(asked)), alerts=None if alerts is None else lambda: alerts)
    async with program(tmp_path, None, start=start).run_test(size=NARROW) as pilot:
        await shows(pilot, "Disk 0 full" if alerts is None else "Alert 0")
        for way in ("exported logs", *(story.title for story in DEMOS)):
            assert way in screen_text(pilot)
        assert ("an alert as you were told" in screen_text(pilot)) == (alerts is not None)
        await pilot.press("enter")
        await until(pilot, lambda: bool(asked))
        assert asked == [Resume(waiting[0].investigation_id) if alerts is None else OpenAlert("a0")]
