"""The keys of the one clock."""

from __future__ import annotations

from pathlib import Path

from tests.ui.driving import keys, program, running, shows, state
from tests.ui.story import END, ONSET, minutes, story
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.ui.messages import CursorMoved


async def test_a_window_that_ends_with_the_last_moment_begins_where_it_began(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        pilot.app.post_message(CursorMoved(ONSET))
        await keys(pilot, "left_parenthesis")
        pilot.app.post_message(CursorMoved(END))
        await keys(pilot, "right_parenthesis")
        assert state(pilot).window == TimeWindow(ONSET, END)


async def test_a_window_that_could_not_be_is_not_chosen_and_it_is_said_why(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        pilot.app.post_message(CursorMoved(ONSET))
        await keys(pilot, "left_parenthesis")
        pilot.app.post_message(CursorMoved(minutes(10)))
        await keys(pilot, "right_parenthesis")
        await shows(pilot, "no window can end here")
        pilot.app.post_message(CursorMoved(END))
        await keys(pilot, "left_parenthesis")
        await shows(pilot, "no window can begin here")
        assert state(pilot).window == TimeWindow(ONSET, END)
