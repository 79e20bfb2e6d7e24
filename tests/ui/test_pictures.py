"""Pictures of the screens at the three sizes, of fixed data; a changed one is looked at before it is taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.driving import LARGE, NARROW, USUAL, lobby, program, settled, shows, still, until
from tests.ui.story import END, START, decided, story
from triage_tui.investigation.case import Case, Resumable
from triage_tui.investigation.steps import Step
from triage_tui.ui.app import TriageApp

Compare = Callable[..., bool]
WAITING = Resumable(investigation_id="20261123-0200-ffff", title="Disk full", opened_at=START, last_at=END,
                    step=Step.LOGS, decisions=12)  # fmt: skip
SIZES = pytest.mark.parametrize("size", [NARROW, USUAL, LARGE], ids=["80x24", "120x36", "200x50"])


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal root; nothing of its path is on the screens."""
    return tmp_path_factory.mktemp("journals")


def shown(root: Path, case: Case | None) -> TriageApp:
    return program(root, case, start=lobby(WAITING))


async def _ready(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, TriageApp)
    await until(pilot, lambda: app.investigation is not None and app.investigation.findings is not None)
    await still(pilot)


@SIZES
def test_the_main_screen(snap_compare: Compare, root: Path, size: tuple[int, int]) -> None:
    assert snap_compare(shown(root, story()), terminal_size=size, run_before=_ready)


@SIZES
def test_the_start_screen(snap_compare: Compare, root: Path, size: tuple[int, int]) -> None:
    async def waits(pilot: Pilot[None]) -> None:
        await shows(pilot, "Disk full")
        await still(pilot)

    assert snap_compare(shown(root, None), terminal_size=size, run_before=waits)


@SIZES
def test_the_trace(snap_compare: Compare, root: Path, size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await _ready(pilot)
        await pilot.press("e")
        await settled(pilot)
        await pilot.press("t")
        await settled(pilot)
        await shows(pilot, "ValueError: invalid date range")
        await still(pilot)

    assert snap_compare(shown(root, story()), terminal_size=size, run_before=opened)


@SIZES
def test_the_post_mortem(snap_compare: Compare, root: Path, size: tuple[int, int]) -> None:
    assert snap_compare(shown(root, decided(Step.POSTMORTEM)), terminal_size=size, run_before=_ready)


@SIZES
def test_the_notebook(snap_compare: Compare, root: Path, size: tuple[int, int]) -> None:
    assert snap_compare(shown(root, decided(Step.HYPOTHESIS)), terminal_size=size, run_before=_ready)
