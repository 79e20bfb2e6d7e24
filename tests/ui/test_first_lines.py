"""The first frame of a log, drawn before its pane is made, and what comes when that takes its place."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace
from rich.segment import Segment
from textual.events import Key
from textual.pilot import Pilot
from textual.strip import Strip

from tests.ui.driving import fixed_findings, lobby, settled, until
from tests.ui.logged import record
from tests.ui.story import story
from tests.ui.test_large_log import HeadedSlowLog
from triage_tui.logs.log_input import LogInput
from triage_tui.sources.log_files import LogFileSource
from triage_tui.ui import app as app_module
from triage_tui.ui.app import TriageApp
from triage_tui.ui.panes.pane_place import PanePlace
from triage_tui.ui.screens.investigation import InvestigationScreen
from triage_tui.ui.widgets.log_view import LogView

Cell = tuple[str, object, object]
Started = tuple["FramesApp", Pilot[None]]


class FramesApp(TriageApp):
    """Keeps what each frame shows, and how many panes there were in it."""

    CSS_PATH = str(Path(app_module.__file__).parent / "styles/triage.tcss")
    frames: tuple[list[list[Cell]], ...] = ()
    panes: tuple[int, ...] = ()

    def post_display_hook(self) -> None:
        self.frames += ([_cells(strip) for strip in self.screen._compositor.render_strips()],)
        self.panes += (len(self.screen.query("EvidencePane")),)
        if len(self.frames) == 1:
            self.do_at_once()

    def do_at_once(self) -> None:
        """What someone does before anything else happens."""


def _cells(strip: Strip) -> list[Cell]:
    return [_seen(character, segment) for segment in strip for character in segment.text]


def _seen(character: str, segment: Segment) -> Cell:
    """A blank has no colour that is seen but the one behind it."""
    style = segment.style
    assert style is not None
    shows_ink = character != " " or style.reverse or style.underline
    ink = (style.color, bool(style.bold), bool(style.reverse), bool(style.underline)) if shows_ink else ()
    return character, style.bgcolor, ink


class OneSlowLog(HeadedSlowLog):
    """A slow log of one file."""

    def __init__(self) -> None:
        super().__init__()
        data = "\n".join(json.dumps(record(number)) for number in range(90)).encode()
        self._whole = LogFileSource("app logs", [LogInput("web.jsonl", data=data)])


@asynccontextmanager
async def started(folder: Path, size: tuple[int, int], kind: type[FramesApp] = FramesApp) -> AsyncIterator[Started]:
    """The program with the first lines of a log, whose source does not answer until all is looked at."""
    source = OneSlowLog()
    case = replace(story(), sources=(source,))
    app = kind(case, lobby=lobby(), journal_root=folder, compute=fixed_findings)
    async with app.run_test(size=size, notifications=True) as pilot:
        try:
            await until(pilot, lambda: bool(app.screen.query(LogView)) and not app.screen.query(PanePlace))
            yield app, pilot
        finally:
            source.asked.set()
            source.stopped.set()
        await settled(pilot)


@pytest.mark.parametrize("size", [(80, 16), (80, 24), (120, 36), (200, 50)])
async def test_the_pane_draws_what_stood_in_its_place(tmp_path: Path, size: tuple[int, int]) -> None:
    async with started(tmp_path, size) as (app, pilot):
        await pilot.pause()
        assert app.panes[0] == 0
        assert app.panes[-1] == 1
        first = app.frames[0][2:-4]
        assert "GET /api/orders/0 took 0 ms" in "".join(character for line in first for character, *_ in line)
        for frame in app.frames[1:]:
            assert frame[2:-4] == first


async def test_keys_that_come_before_the_pane_act_in_it(tmp_path: Path) -> None:
    class Hurried(FramesApp):
        def do_at_once(self) -> None:
            cast("InvestigationScreen", self.screen).on_key(Key("j", "j"))

    async with started(tmp_path, (120, 36), Hurried) as (app, pilot):
        assert app.panes[0] == 0
        view = app.screen.query_one(LogView)
        await until(pilot, lambda: view.sight.cursor == 1)
        assert app.focused is not None
        assert app.focused.id == "logs"
        await pilot.press("j")
        await until(pilot, lambda: view.sight.cursor == 2)
