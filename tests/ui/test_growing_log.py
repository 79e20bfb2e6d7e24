"""A log that grows in a live case: what moves with it, what does not, and how much it may send."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.driving import keys, program, running, shows, until
from tests.ui.logged import RECORDS, logged
from tests.ui.story import story
from tests.ui.test_live import Probes
from tests.ui.test_log_search import SlowSearch
from triage_tui.investigation.case import Case
from triage_tui.investigation.refresh import RefreshPolicy
from triage_tui.investigation.source import LogLines
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.index import file_index
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.index_workers import IndexWorkers
from triage_tui.logs.log_input import DEFAULT_OPTIONS
from triage_tui.sources.log_globs import LogGlobs
from triage_tui.ui.app import TriageApp
from triage_tui.ui.growing_logs import seconds_of_link
from triage_tui.ui.panes import line_choice, log_filters
from triage_tui.ui.panes.line_choice import LineChoice, RowsChosen
from triage_tui.ui.panes.log_following import TICK_S
from triage_tui.ui.panes.logs import LogsPane
from triage_tui.ui.widgets.level_bars import LevelBars
from triage_tui.ui.widgets.log_view import LogView


def write(log: Path, first: int, count: int, at: datetime | None = None) -> None:
    now = (at or datetime.now(UTC)).isoformat(timespec="microseconds")
    lines = [json.dumps({"time": now, "level": "info", "event": f"record {n}"}) for n in range(first, first + count)]
    with log.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def growing(log: Path) -> Case:
    now = datetime.now(UTC)
    source = LogGlobs([str(log)], lambda: [log], DEFAULT_OPTIONS)
    window, slow = TimeWindow(now - timedelta(minutes=90), now), RefreshPolicy(interval_s=60.0)
    inputs = CaseInputs(live="orders")
    return replace(story(), sources=(source,), window=window, inputs=inputs, live=True, refresh=slow)


@asynccontextmanager
async def examined(app: TriageApp) -> AsyncIterator[tuple[Pilot[None], LogsPane, LogView]]:
    """Run a program until its log is there and was analysed."""
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, lambda: app.investigation is not None and app.investigation.findings is not None)
        yield pilot, app.screen.query_one(LogsPane), app.screen.query_one(LogView)


async def test_a_replay_does_not_call_its_last_line_the_newest(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await keys(pilot, "f")
        await shows(pilot, "at the last line: a replay reads nothing newer")
        assert pilot.app.screen.query_one(LogView).sight.cursor == RECORDS - 1


async def test_lines_that_are_followed_move_neither_the_time_mark_nor_the_evidence(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    write(log, 0, 50)
    app = program(tmp_path / "journals", growing(log))
    async with examined(app) as (pilot, pane, view):
        pane.focus()
        await pilot.press("G")
        await until(pilot, lambda: view.sight.cursor == 49 and pane.following.note().startswith("following"))
        assert app.investigation is not None
        cursor, evidence = app.investigation.cursor, app.investigation.evidence
        write(log, 50, 25)
        await until(pilot, lambda: view.sight.cursor == 74)
        assert app.investigation.cursor == cursor
        assert app.investigation.evidence is evidence
        await pilot.press("k")
        await until(pilot, lambda: view.sight.cursor == 73)
        write(log, 75, 5)
        await until(pilot, lambda: pane.following.note() == "+5 lines since · f follows")
        assert view.sight.cursor == 73


class Stumbling(LogGlobs):
    """Logs that cannot be looked at once."""

    stumbled = False

    def newer_lines(self) -> LogLines | None:
        if not self.stumbled:
            self.stumbled = True
            raise PermissionError("no look at the folder")
        return super().newer_lines()


async def test_a_log_is_watched_again_after_that_broke_down(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    write(log, 0, 50)
    case, source = growing(log), Stumbling([str(log)], lambda: [log], DEFAULT_OPTIONS)
    policy = RefreshPolicy(interval_s=60.0, longest_s=0.1)
    app = program(tmp_path / "journals", replace(case, sources=(source,), refresh=policy))
    async with examined(app) as (pilot, _, view):
        await until(pilot, lambda: source.stumbled)
        write(log, 50, 5)
        await until(pilot, lambda: view.row_count() == 55)


async def test_bars_count_the_lines_that_came_after_the_last_fetch(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    write(log, 0, 50)
    app = program(tmp_path / "journals", growing(log))
    async with app.run_test(size=(150, 50), notifications=True) as pilot:
        await until(pilot, lambda: bool(app.screen.query(LevelBars)))
        bars = app.screen.query_one(LevelBars)

        def counted() -> int:
            return sum(bars._facts.counts.all) if bars._facts.counts is not None else -1

        await until(pilot, lambda: counted() == 50)
        assert app.investigation is not None
        full = app.investigation.full_window
        write(log, 50, 25)
        await until(pilot, lambda: counted() == 75)
        assert app.investigation.full_window == full
        write(log, 75, 5, datetime.now(UTC) + timedelta(days=1))
        await until(pilot, lambda: app.screen.query_one(LogView).row_count() == 80)
        write(log, 80, 5)
        await until(pilot, lambda: app.screen.query_one(LogView).row_count() == 85)
        assert bars._facts.counts is not None
        assert bars._facts.counts.window.end < datetime.now(UTC) + timedelta(hours=1)


async def test_holding_the_log_still_asks_nobody_and_going_on_asks_every_source_once(tmp_path: Path) -> None:
    log, health = tmp_path / "app.jsonl", Probes("health")
    write(log, 0, 50)
    case = growing(log)
    app = program(tmp_path / "journals", replace(case, sources=(*case.sources, health)))
    async with examined(app) as (pilot, pane, _):
        pane.focus()
        await pilot.press("G")
        await until(pilot, lambda: pane.following.note().startswith("following"))
        for asked in (1, 2, 3):
            await until(pilot, lambda asked=asked: health.asked == asked)  # type: ignore[misc]
            await pilot.press("f")
            await until(pilot, lambda: pane.following.note().startswith("paused"))
            await pilot.pause()
            assert health.asked == asked
            await pilot.press("f")
            await until(pilot, lambda: pane.following.note().startswith("following"))


async def test_a_filter_that_leaves_no_line_for_a_moment_does_not_end_following(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    write(log, 0, 50)
    app = program(tmp_path / "journals", growing(log))
    async with examined(app) as (pilot, pane, view):
        pane.focus()
        await pilot.press("f")
        await until(pilot, lambda: pane.following.note().startswith("following"))
        for text, left in (("no line holds this", 0), ("record", 50)):
            await pilot.press("ampersand")
            app.screen.query_one(Input).value = text
            await until(pilot, lambda left=left: view.row_count() == left)  # type: ignore[misc]
            await pilot.press("escape")
            await until(pilot, lambda: view.row_count() == 50)
            assert pane.following.note().startswith("following")
        write(log, 50, 5)
        await until(pilot, lambda: view.row_count() == 55)
        assert view.sight.cursor == 54


def test_a_frame_takes_its_time_from_the_next_ones_by_what_it_sent() -> None:
    assert seconds_of_link(4_800, 80 * 24) == 1.0
    assert seconds_of_link(0, 80 * 24) == 0.0
    assert seconds_of_link(25_000, 200 * 50) == 1.0


async def test_what_comes_after_a_whole_log_was_filtered_waits_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_choice, "TIMES_AS_LONG", 1e9)
    log = tmp_path / "app.jsonl"
    write(log, 0, 50)
    app = program(tmp_path / "journals", growing(log))
    async with examined(app) as (pilot, pane, view):
        pane.filters.add("record")
        await until(pilot, lambda: view.row_count() == 50 and pane.chosen.note() == "50 of 50 lines")
        assert pane.chosen.choosing._again_at < monotonic()
        write(log, 50, 25)
        await until(pilot, lambda: view.row_count() == 75)
        assert pane.chosen.choosing._again_at > monotonic()


async def test_a_search_leads_to_its_line_although_others_came_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan, log = SlowSearch(monkeypatch), tmp_path / "app.jsonl"
    write(log, 0, 50)
    async with examined(program(tmp_path / "journals", growing(log))) as (pilot, pane, view):
        view.sight.go_to(0)
        pane.jumps.search("record 30")
        await until(pilot, scan.begun.is_set)
        write(log, 50, 10, datetime.now(UTC) - timedelta(minutes=1))
        await until(pilot, lambda: view.row_count() == 60)
        scan.go_on.set()
        await until(pilot, lambda: view.cursor_line is not None and view.cursor_line.event == "record 30")
        assert view.sight.cursor == 40


async def test_filtering_that_was_stopped_does_not_begin_again_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[LineChoice] = []

    def endless(choice: LineChoice, known: RowsChosen | None, tell: object) -> None:
        del known, tell
        begun.append(choice)
        choice.work.stopped.wait(60)

    monkeypatch.setattr(log_filters, "find_rows", endless)
    log = tmp_path / "app.jsonl"
    write(log, 0, 50)
    async with examined(program(tmp_path / "journals", growing(log))) as (pilot, pane, _):
        pane.filters.add("record 3")
        await until(pilot, lambda: len(begun) == 1)
        await pilot.press("escape")
        write(log, 50, 5)
        await until(pilot, lambda: pane.following.newest is not None and len(pane.following.newest) == 55)
        await pilot.pause(TICK_S * 1.5)
        assert len(begun) == 1
        pane.filters.add("record 4")
        await until(pilot, lambda: len(begun) == 2)
        await pilot.press("escape")


async def test_escape_stops_the_first_reading_of_a_live_log_and_new_lines_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, advance, stopped = tmp_path / "app.jsonl", FileIndex.advance, Event()
    now = datetime.now(UTC)
    for minute in range(60):
        write(log, minute * 100, 100, now - timedelta(minutes=60 - minute))
    monkeypatch.setattr(file_index, "SLOW_BYTES", 4096)
    monkeypatch.setattr(file_index, "QUICK_BYTES", 4096)

    def slow(self: FileIndex, workers: IndexWorkers | None = None) -> bool:
        if self.record_count:
            stopped.wait(60)
        return advance(self, workers)

    monkeypatch.setattr(FileIndex, "advance", slow)
    case = growing(log)
    (source,) = case.sources
    assert isinstance(source, LogGlobs)
    app = program(tmp_path / "journals", case)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, lambda: bool(app.screen.query(LogsPane)))
        app.screen.query_one(LogsPane).focus()
        await shows(pilot, "Esc stops")
        await pilot.press("escape")
        await until(pilot, source._stopped.is_set)
        stopped.set()
        await pilot.press("z")
        await shows(pilot, "kB not read")
        view = app.screen.query_one(LogView)
        read = view.row_count()
        assert 0 < read < 6000
        write(log, 6000, 3)
        await pilot.press("G")
        await until(pilot, lambda: view.row_count() == read + 3)
        await shows(pilot, "record 6002")
