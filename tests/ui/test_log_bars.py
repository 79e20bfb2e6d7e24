"""The bars above the log, and brushing the window with them."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from tests.ui.driving import (
    LARGE,
    NARROW,
    USUAL,
    keys,
    program,
    running,
    screen_text,
    settled,
    shows,
    state,
    still,
    until,
)
from tests.ui.logged import RECORDS, logged
from tests.ui.story import END, START, sources, with_sources
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.ui.panes.logs import LogsPane
from triage_tui.ui.widgets.level_bars import LABEL_CELLS, LevelBars


def pane(pilot: Pilot[None]) -> LogsPane:
    return pilot.app.screen.query_one(LogsPane)


def counted(pilot: Pilot[None]) -> int:
    counts = pilot.app.screen_stack[0].query_one(LevelBars)._facts.counts
    return sum(counts.all) if counts else -1


async def test_bars_count_what_is_shown_and_follow_the_filters(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), LARGE) as pilot:
        await until(pilot, lambda: counted(pilot) == RECORDS)
        await shows(pilot, "err ")
        pane(pilot).filters.add("level=error")
        await until(pilot, lambda: counted(pilot) == RECORDS // 10)


async def test_a_low_pane_has_no_bars_and_a_zoomed_one_has_times_too(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), (120, 30)) as pilot:
        bars = pilot.app.screen.query_one(LevelBars)
        await until(pilot, lambda: not bars.display)
        pane(pilot).focus()
        await keys(pilot, "z")
        await until(pilot, lambda: bars.display)
        await pilot.resize_terminal(120, 40)
        await shows(pilot, "each ")


async def test_where_no_log_was_given_none_is_counted(tmp_path: Path) -> None:
    without = with_sources(*(one for one in sources() if one.kind is not EvidenceKind.LOGS))
    async with running(program(tmp_path, without), LARGE) as pilot:
        await shows(pilot, "no log was given")
        assert "counting" not in screen_text(pilot)


async def test_the_window_is_brushed_at_the_cursor_and_whole_again(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), USUAL) as pilot:
        pane(pilot).focus()
        await keys(pilot, "g", *["j"] * 20)
        cursor = state(pilot).cursor
        assert cursor is not None
        await keys(pilot, "left_parenthesis")
        window = state(pilot).window
        assert window is not None
        assert (window.start, window.end) == (cursor, END)
        await keys(pilot, *["j"] * 20, "right_parenthesis")
        window, later = state(pilot).window, state(pilot).cursor
        assert window is not None
        assert later is not None
        assert window.start == cursor
        assert window.contains(later)
        assert not window.contains(END)
        await keys(pilot, "0")
        await settled(pilot)
        whole = state(pilot).window
        assert whole is not None
        assert (whole.start, whole.end) == (START, END)


async def test_the_mouse_draws_over_bars_to_choose_the_window_and_a_click_moves_the_time_mark(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), LARGE) as pilot:
        await until(pilot, lambda: counted(pilot) == RECORDS)
        await still(pilot)
        counts = pilot.app.screen.query_one(LevelBars)._facts.counts
        assert counts is not None
        await pilot.mouse_down("#log-levels", offset=(LABEL_CELLS + 20, 0))
        await pilot.mouse_up("#log-levels", offset=(LABEL_CELLS + 9, 1))
        chosen = counts.window.start + 9 * counts.every
        await until(pilot, lambda: (now := state(pilot).window) is not None and now.start == chosen)
        window = state(pilot).window
        assert window is not None
        assert window.end == counts.window.start + 21 * counts.every
        await shows(pilot, f"Logs ▸ {window.start:%H:%M:%SZ}–{window.end:%H:%M:%SZ}")
        await pilot.click("#log-levels", offset=(LABEL_CELLS + 12, 0))
        clicked = counts.window.start + 12 * counts.every
        await until(pilot, lambda: (mark := state(pilot).cursor) is not None and mark >= clicked)
        assert state(pilot).window == window


async def test_the_file_of_the_line_is_named_above_where_lines_have_no_room_for_it(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), NARROW) as pilot:
        await keys(pilot, "e")
        pane(pilot).focus()
        await keys(pilot, "g")
        await shows(pilot, "Logs ▸ web-0.jsonl")
        await keys(pilot, "j")
        await shows(pilot, "Logs ▸ web-1.jsonl")
