"""A large log on the screen: usable while it is read, stopped by Esc, and cheap to move in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace
from textual.app import App
from textual.pilot import Pilot

from tests.ui.driving import program, screen_text, settled, shows, until
from tests.ui.logged import RECORDS, logged
from tests.ui.story import story
from triage_tui.investigation.events import WindowChosen
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.source import LogLines, Source
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.search import error_scan
from triage_tui.sources.log_files import LogFileSource
from triage_tui.ui.app import TriageApp
from triage_tui.ui.messages import Decided
from triage_tui.ui.panes import log_filters
from triage_tui.ui.panes.line_choice import LineChoice
from triage_tui.ui.panes.logs import LogsPane
from triage_tui.ui.widgets.level_bars import ERRORS_ONLY, LevelBars
from triage_tui.ui.widgets.log_view import LogView


class SlowLog:
    """Hands a part over, and answers once it is stopped."""

    name, kind = "app logs", EvidenceKind.LOGS

    def __init__(self) -> None:
        (self._whole,) = logged().sources
        self.stopped = Event()
        self._take: Callable[[Evidence], None] = lambda _: None

    def hand_parts_to(self, take: Callable[[Evidence], None]) -> None:
        self._take = take

    def stop_reading(self) -> None:
        self.stopped.set()

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        return await asyncio.to_thread(self._read, window)

    def _read(self, window: TimeWindow | None) -> Evidence:
        assert isinstance(self._whole, LogFileSource)
        answer = self._whole.read(window)
        note = "reading 40% of 1.0 GB, 350 MB/s, 2 s left · Esc stops"
        self._take(replace(answer, held=answer.frame.clear(), completeness=Completeness(False, note, reading=True)))
        self.stopped.wait(60)
        return replace(answer, fetched_at=datetime.now(UTC))


@asynccontextmanager
async def shown(folder: Path, source: Source, *, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Pilot[None]]:
    """The program with a log, until what it was doing at the end is done."""
    app = program(folder, replace(story(), sources=(source,)))
    async with app.run_test(size=size, notifications=True) as pilot:
        yield pilot
        await settled(pilot)


def is_diagnosed(pilot: Pilot[None]) -> bool:
    assert isinstance(pilot.app, TriageApp)
    return pilot.app.investigation is not None and pilot.app.investigation.findings is not None


async def test_a_log_is_usable_while_it_is_read_and_escape_stops_the_reading(tmp_path: Path) -> None:
    source = SlowLog()
    async with shown(tmp_path, source) as pilot:
        await shows(pilot, "reading 40%")
        pilot.app.screen.query_one(LogsPane).focus()
        await pilot.press("G", "k")
        view = pilot.app.screen.query_one(LogView)
        await until(pilot, lambda: view.cursor_row == 298)
        assert not is_diagnosed(pilot)
        await pilot.press("escape")
        await until(pilot, source.stopped.is_set)
        await until(pilot, lambda: is_diagnosed(pilot))
        assert view.cursor_row is not None


async def test_reading_and_filtering_leave_the_way_to_stop_in_sight_on_a_small_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_filters, "find_rows", lambda choice, *_: choice.work.stopped.wait(60))
    source = SlowLog()
    async with shown(tmp_path, source, size=(80, 24)) as pilot:
        await shows(pilot, "app logs: reading 40%")
        await pilot.press("4", *"why", "enter")
        await shows(pilot, "Esc stops reading 40%")
        pane = pilot.app.screen.query_one(LogsPane)
        pane.filters.add("pool")
        pane.filters.add("no such text")
        await shows(pilot, "Esc stops reading 40%")
        await until(pilot, lambda: len(pane.works.notes()) > 0)
        pane.draw_border()
        await shows(pilot, "s left · filtering")
        assert "Esc stops reading 40%" in screen_text(pilot)
        await pilot.press("escape")
        source.stopped.set()


class ReadToItsEnd(SlowLog):
    """A slow log that has other lines at its end than while it was read."""

    def _read(self, window: TimeWindow | None) -> Evidence:
        super()._read(window)
        (whole,) = logged().sources
        assert isinstance(whole, LogFileSource)
        return replace(whole.read(window), fetched_at=datetime.now(UTC))


async def test_filtering_that_was_stopped_does_not_begin_again_when_reading_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[LineChoice] = []

    def endless(choice: LineChoice, *_: object) -> None:
        begun.append(choice)
        choice.work.stopped.wait(60)

    monkeypatch.setattr(log_filters, "find_rows", endless)
    source = ReadToItsEnd()
    async with shown(tmp_path, source) as pilot:
        await shows(pilot, "reading 40%")
        pane = pilot.app.screen.query_one(LogsPane)
        pane.focus()
        pane.filters.add("took")
        await until(pilot, lambda: len(begun) == 1)
        await pilot.press("escape")
        await until(pilot, begun[0].work.stopped.is_set)
        source.stopped.set()
        await until(pilot, lambda: is_diagnosed(pilot) and not logs_of(pilot.app).completeness.reading)
        await settled(pilot)
        assert len(begun) == 1
        pane.filters.drop()
        await until(pilot, lambda: pilot.app.screen.query_one(LogView).row_count() == RECORDS)


class HeadedSlowLog(SlowLog):
    """A slow log whose first lines are there at once."""

    def head(self) -> LogLines | None:
        assert isinstance(self._whole, LogFileSource)
        return self._whole.head()

    def _read(self, window: TimeWindow | None) -> Evidence:
        self.asked.wait(60)
        return super()._read(window)

    def __init__(self) -> None:
        super().__init__()
        self.asked = Event()


async def test_the_first_lines_have_the_screen_until_the_answer_is_there(tmp_path: Path) -> None:
    source = HeadedSlowLog()
    async with shown(tmp_path, source) as pilot:
        await shows(pilot, "lines · reading…")
        assert "GET /api/orders/0 took 0 ms" in screen_text(pilot)
        assert "Impact ─" not in screen_text(pilot)
        source.asked.set()
        await shows(pilot, "reading 40%")
        await pilot.press("escape")
        await until(pilot, source.stopped.is_set)
        await shows(pilot, "Impact ─")
        assert "Metrics ─" in screen_text(pilot)


class HeadedSearchedLog(HeadedSlowLog):
    """A log that is searched for errors before it is indexed, until it is stopped."""

    def _read(self, window: TimeWindow | None) -> Evidence:
        assert isinstance(self._whole, LogFileSource)
        answer = self._whole.read(window)
        searching = Completeness(False, "looking for errors · Esc stops", reading=True)
        self._take(replace(answer, held=answer.frame.clear(), completeness=searching, lines=None))
        self.stopped.wait(10)
        return replace(answer, fetched_at=datetime.now(UTC))


async def test_the_first_lines_stay_while_errors_are_looked_for_and_escape_stops_that(tmp_path: Path) -> None:
    source = HeadedSearchedLog()
    async with shown(tmp_path, source) as pilot:
        await shows(pilot, "Esc stops looking for errors")
        assert "GET /api/orders/0 took 0 ms" in screen_text(pilot)
        await pilot.press("escape")
        await until(pilot, source.stopped.is_set)
        await shows(pilot, "Impact ─")


async def test_who_reads_in_the_first_lines_stays_there(tmp_path: Path) -> None:
    source = HeadedSlowLog()
    async with shown(tmp_path, source, size=(80, 24)) as pilot:
        await shows(pilot, "lines · reading…")
        await pilot.press("j", "j", "j")
        view = pilot.app.screen.query_one(LogView)
        await until(pilot, lambda: view.sight.cursor == 3)
        line = view.cursor_line
        source.asked.set()
        await shows(pilot, "reading 40%")
        assert view.cursor_line is not None
        assert line is not None
        assert (view.cursor_line.file, view.cursor_line.line) == (line.file, line.line)
        source.stopped.set()
        await until(pilot, lambda: is_diagnosed(pilot))
        await settled(pilot)
        assert "╭─ Logs " in screen_text(pilot)
        assert "Impact ─" not in screen_text(pilot)


class SearchedSlowLog(SlowLog):
    """A slow log whose errors are found at once, and which is indexed when it is asked to be."""

    def __init__(self) -> None:
        super().__init__()
        self.indexed = Event()

    def _read(self, window: TimeWindow | None) -> Evidence:
        (whole,) = logged().sources
        assert isinstance(whole, LogFileSource)
        errors = IndexedLogs(whole._all_inputs()).find_errors(Event())
        assert errors is not None
        answer = whole.read(window)
        part = replace(answer, held=answer.frame.clear(), completeness=Completeness(False, "reading 9%", reading=True))
        self._take(replace(part, errors=errors))
        self.indexed.wait(10)
        self._take(part)
        self.stopped.wait(10)
        return replace(answer, fetched_at=datetime.now(UTC))


async def test_errors_stand_above_a_log_that_is_read_and_all_levels_once_they_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_scan, "_MOST_ERRORS", 1.0)
    source = SearchedSlowLog()
    async with shown(tmp_path, source, size=(120, 50)) as pilot:
        await shows(pilot, ERRORS_ONLY)
        bars = pilot.app.screen.query_one(LevelBars)
        counts = bars._facts.counts
        assert counts is not None
        assert sum(counts.errors) == RECORDS // 10
        assert "│all  " not in screen_text(pilot)
        assert "│err  " in screen_text(pilot)
        source.indexed.set()
        await shows(pilot, "│all  ")
        assert ERRORS_ONLY not in screen_text(pilot)
        counts = bars._facts.counts
        assert counts is not None
        assert sum(counts.all) == RECORDS
        await pilot.press("escape")
        await until(pilot, source.stopped.is_set)


async def test_a_narrower_window_of_a_log_that_is_too_large_is_read_and_computed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = IndexedLogs.records
    monkeypatch.setattr(IndexedLogs, "records", lambda logs, window, *_: whole(logs, window, bytes_cap=9000))
    (small,) = logged().sources
    assert isinstance(small, LogFileSource)
    async with shown(tmp_path, LogFileSource("app logs", small._all_inputs(), whole_bytes=0)) as pilot:
        app = pilot.app
        assert isinstance(app, TriageApp)
        await until(pilot, lambda: is_diagnosed(pilot))
        before = logs_of(app)
        assert not before.completeness.complete
        assert app.investigation is not None
        assert app.investigation.window is not None
        start = app.investigation.window.start
        window = TimeWindow(start, start + timedelta(seconds=5))
        app.post_message(Decided(WindowChosen(at=datetime.now(UTC), window=window)))
        await until(pilot, lambda: logs_of(app) is not before)
        assert logs_of(app).window == window
        assert logs_of(app).completeness.complete


def logs_of(app: App[None]) -> Evidence:
    assert isinstance(app, TriageApp)
    assert app.investigation is not None
    return app.investigation.evidence["app logs"]
