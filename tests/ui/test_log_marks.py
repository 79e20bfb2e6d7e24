"""Going by ID and by mark, and saving lines."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Event, current_thread, main_thread
from time import sleep

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.driving import NARROW, keys, program, running, settled, shows, state, until, write
from tests.ui.logged import RECORDS, logged
from tests.ui.story import START, decided, story
from triage_tui.investigation.events import LineMarked
from triage_tui.investigation.journal import read_journal
from triage_tui.investigation.source import LogLines
from triage_tui.investigation.state import LogMark
from triage_tui.investigation.steps import Step
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import log_inputs
from triage_tui.ui.panes import log_marks
from triage_tui.ui.panes.line_marks import found_again, mark_of
from triage_tui.ui.panes.logs import LogsPane
from triage_tui.ui.widgets.log_view import LogView
from triage_tui.ui.widgets.shown_lines import ShownLines

SECRET = "ghp_" + "a1B2" * 9


def row(pilot: Pilot[None]) -> int | None:
    return pilot.app.screen.query_one(LogView).cursor_row


async def test_the_same_id_is_gone_to_in_both_directions_among_all_lines(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        pilot.app.screen.query_one(LogsPane).focus()
        await keys(pilot, "g", *["j"] * 4)
        assert row(pilot) == 4
        await keys(pilot, "o")
        assert row(pilot) == 5
        await keys(pilot, "o")
        await shows(pilot, "no line of req-0001 after this one")
        await keys(pilot, "O", "O")
        assert row(pilot) == 3
        await keys(pilot, "I")
        await shows(pilot, f"3 of {RECORDS} lines")
        await keys(pilot, "I")
        await until(pilot, lambda: pilot.app.screen.query_one(LogView).row_count() == RECORDS)


async def test_where_a_filter_leaves_no_further_line_of_an_id_the_message_says_so(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        pane = pilot.app.screen.query_one(LogsPane)
        pane.focus()
        pane.filters.add("level=error")
        await until(pilot, lambda: pane.chosen.note().startswith("30 of"))
        await keys(pilot, "g", "O")
        await shows(pilot, "no line of req-0003 before this one among")
        await keys(pilot, "G", "e")
        await shows(pilot, "no error after this one among those that are")


async def test_marks_stand_in_the_gutter_and_are_gone_to_in_turn_also_among_filtered_lines(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), NARROW) as pilot:
        await keys(pilot, "e")
        pane = pilot.app.screen.query_one(LogsPane)
        pane.focus()
        await keys(pilot, "g", "j", "m", *["j"] * 8, "m", "g", "u")
        assert row(pilot) == 1
        await shows(pilot, " m13:00:18")
        await keys(pilot, "u")
        assert row(pilot) == 9
        await keys(pilot, "u")
        assert row(pilot) == 1
        pane.filters.add("level=error")
        await until(pilot, lambda: pane.chosen.note().startswith("30 of"))
        await keys(pilot, "u")
        assert row(pilot) == 9
        await keys(pilot, "m", "u")
        await shows(pilot, "1 marked line hidden by the filters")


async def test_marks_of_lines_that_are_not_there_are_said_to_be_missing(tmp_path: Path) -> None:
    mark = LogMark("app.log@4711", 2, START, 0)
    kept = (*decided(Step.LOGS).decisions, LineMarked(at=START, mark=mark, is_marked=True))
    async with running(program(tmp_path, replace(logged(), decisions=kept)), NARROW) as pilot:
        pilot.app.screen.query_one(LogsPane).focus()
        await keys(pilot, "u")
        await shows(pilot, "1 marked line not found: rotated, or not read as far")


def test_a_mark_of_a_log_that_was_read_in_part_is_found_where_all_of_it_is_read(tmp_path: Path) -> None:
    path, stopped = tmp_path / "app.log", Event()
    lines = [f"2026-11-24T02:{number // 60:02}:{number % 60:02}Z INFO a: line {number}\n" for number in range(900)]
    path.write_text("".join(lines[:800]))
    stopped.set()
    part = IndexedLogs(log_inputs([path]))
    part.build(lambda _: None, stopped)
    part.follow()
    with path.open("a") as log:
        log.write("".join(lines[800:]))
    part.extend()
    marked = [mark_of(part.store().row(row)) for row in (len(part.store()) - 100, len(part.store()) - 1)]
    whole = IndexedLogs(log_inputs([path]))
    whole.build(lambda _: None, Event())
    found = [found_again(mark, whole.store()) for mark in marked]
    assert {mark.file.partition("@")[0] for mark in marked} == {"app.log"}
    assert [mark and mark.row for mark in found] == [800, 899]
    assert found_again(replace(marked[0], line=101), whole.store()) is None


async def test_marks_are_kept_with_the_investigation_and_can_be_undone(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), NARROW) as pilot:
        await keys(pilot, "e")
        pilot.app.screen.query_one(LogsPane).focus()
        await keys(pilot, "g", "j", "m", "j", "m", "j", "m", "m", "U")
        assert [mark.row for mark in state(pilot).log_marks] == [1, 2, 3]
        await keys(pilot, "U")
    kept = read_journal(tmp_path / story().investigation_id).decisions
    async with running(program(tmp_path / "again", replace(logged(), decisions=kept)), NARROW) as pilot:
        await keys(pilot, "e")
        pilot.app.screen.query_one(LogsPane).focus()
        await keys(pilot, "g", "u")
        assert row(pilot) == 1
        await keys(pilot, "u")
        assert row(pilot) == 2
        await keys(pilot, "u")
        assert row(pilot) == 1


async def test_the_lines_shown_are_saved_without_secrets_and_never_over_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = {"time": "2026-11-24T14:59:00Z", "level": "error", "message": f"token {SECRET} refused", "status": 500}
    async with running(program(tmp_path / "journals", logged(more=[told]))) as pilot:
        pane = pilot.app.screen.query_one(LogsPane)
        pane.filters.add("level=error")
        await until(pilot, lambda: pane.chosen.note().startswith("31 of"))
        await keys(pilot, "Y")
        await write(pilot, "")
        await settled(pilot)
        saved = tmp_path / "lines.log"
        text = saved.read_text()
        assert len(text.splitlines()) == 31
        assert "[redacted]" in text
        assert SECRET not in text
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        await keys(pilot, "Y")
        pilot.app.screen.query_one("#prompt-input").value = str(saved)  # type: ignore[attr-defined]
        await keys(pilot, "enter")
        await shows(pilot, "is there already")
    assert saved.read_text() == text


async def test_the_program_waits_for_no_lines_that_are_still_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = Event()

    def endless(shown: ShownLines) -> Iterator[str]:
        try:
            while len(shown):
                sleep(0.01)
                yield "a line"
        finally:
            ended.set()

    monkeypatch.setattr(log_marks, "redacted_lines", endless)
    app = program(tmp_path / "journals", logged())
    async with app.run_test() as pilot:
        await until(pilot, lambda: bool(app.screen.query(LogView)) and app.screen.query_one(LogView).row_count() > 0)
        app.screen.query_one(LogsPane).focus()
        await pilot.press("Y")
        await until(pilot, lambda: bool(app.screen.query(Input)))
        await pilot.press("enter")
        await until(pilot, (tmp_path / "lines.log").exists)
    assert ended.wait(10)


async def test_marks_among_many_lines_of_one_time_are_looked_for_while_the_screen_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = LogMark("web-0.jsonl", 2, START, 0)
    kept = (*decided(Step.LOGS).decisions, LineMarked(at=START, mark=mark, is_marked=True))
    may_end, threads = Event(), list[str]()

    def slow(mark: LogMark, _: LogLines) -> LogMark | None:
        threads.append(current_thread().name)
        may_end.wait(60)
        return replace(mark, row=2)

    monkeypatch.setattr(log_marks, "found_again", slow)
    async with program(tmp_path, replace(logged(), decisions=kept)).run_test(size=NARROW) as pilot:
        await until(pilot, lambda: bool(threads) and state(pilot).findings is not None)
        pilot.app.screen.query_one(LogsPane).focus()
        await pilot.press("g", "u", "j")
        await until(pilot, lambda: row(pilot) == 1)
        may_end.set()
        await until(pilot, lambda: row(pilot) == 2)
    assert main_thread().name not in threads


async def test_an_error_of_the_filter_stops_no_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    may_end = Event()
    redacted = log_marks.redacted_lines

    def slow(shown: ShownLines) -> Iterator[str]:
        may_end.wait(60)
        yield from redacted(shown)

    monkeypatch.setattr(log_marks, "redacted_lines", slow)
    app = program(tmp_path / "journals", logged())
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await settled(pilot)
        await keys(pilot, "e", "Y")
        pane = pilot.app.screen_stack[0].query_one(LogsPane)
        await pilot.press("enter")
        await until(pilot, lambda: any(one.name == "save" for one in app.workers))
        monkeypatch.setattr("triage_tui.ui.panes.line_choice.chosen_rows", broken)
        pane.filters.add("level=error")
        await shows(pilot, "filter: it broke")
        may_end.set()
        await until(pilot, lambda: (tmp_path / "lines.log").read_text().count("\n") == RECORDS)


def broken(*_: object) -> Iterator[object]:
    raise ValueError("it broke")
