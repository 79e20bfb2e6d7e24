"""Searching a log: what runs long is told of and stopped by Esc, and what was found once is kept."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.driving import NARROW, keys, program, running, screen_text, settled, shows, until, write
from tests.ui.logged import RECORDS, logged
from tests.ui.story import WINDOW, story
from tests.ui.widgets.log_lines import START, CountedLines
from triage_tui.investigation.source import LogLine
from triage_tui.logs import freed_memory
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.search import next_match
from triage_tui.logs.search.next_match import TextHits
from triage_tui.logs.search.scanner import offsets_in
from triage_tui.sources.log_files import LogFileSource
from triage_tui.ui.panes.log_following import Arrivals
from triage_tui.ui.panes.log_search import next_pause
from triage_tui.ui.panes.log_work import LogWork, doing_words
from triage_tui.ui.panes.logs import LogsPane
from triage_tui.ui.widgets.log_view import LogView
from triage_tui.ui.widgets.shown_lines import ShownLines


class SlowSearch:
    """A search of the log that stands still at 40 % until it may go on, and how often the log was read for one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on, self.count = Event(), Event(), 0
        whole, scan = TextHits.next, offsets_in

        def slowly(hits: TextHits, row: int, step: int, shown: object, tell: Callable[[float], None], *more: object):  # type: ignore[no-untyped-def]
            tell(0.4)
            self.begun.set()
            self.go_on.wait(60)
            return whole(hits, row, step, shown, tell, *more)  # type: ignore[arg-type]

        def counted(*given: object):  # type: ignore[no-untyped-def]
            for found in scan(*given):  # type: ignore[arg-type]
                self.count += 1
                yield found

        monkeypatch.setattr(TextHits, "next", slowly)
        monkeypatch.setattr(next_match, "offsets_in", counted)


def view(pilot: Pilot[None]) -> LogView:
    return pilot.app.screen.query_one(LogView)


async def search(pilot: Pilot[None], text: str) -> None:
    """Search from the first line on."""
    pilot.app.screen.query_one(LogsPane).focus()
    view(pilot).sight.go_to(0)
    await keys(pilot, "slash")
    pilot.app.screen.query_one("#prompt-input").value = text  # type: ignore[attr-defined]
    await pilot.press("enter")


async def test_a_long_search_says_how_far_it_is_and_escape_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = SlowSearch(monkeypatch)
    async with running(program(tmp_path, logged())) as pilot:
        await search(pilot, "orders/200 ")
        await until(pilot, scan.begun.is_set)
        await shows(pilot, "searching 40%, ")
        await shows(pilot, "s left")
        await pilot.press("j")
        assert view(pilot).sight.cursor == 1
        await pilot.press("escape")
        await shows(pilot, "stopped looking")
        scan.go_on.set()
        await settled(pilot)
        assert view(pilot).sight.cursor == 1
        assert "searching" not in str(pilot.app.screen.query_one(LogsPane).border_title)


async def test_a_search_that_is_given_up_before_its_first_step_leaves_nothing_to_stop(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        pane = pilot.app.screen.query_one(LogsPane)
        pane.action_next_error()
        pane.action_next_error()
        await settled(pilot)
        assert not pane.chosen.stop()


async def test_what_was_found_once_is_gone_through_without_reading_the_log_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = SlowSearch(monkeypatch)
    scan.go_on.set()
    async with running(program(tmp_path, logged())) as pilot:
        await search(pilot, "took 7 ms")
        hits = [number for number in range(RECORDS) if number % 13 == 7]
        await until(pilot, lambda: view(pilot).sight.cursor == hits[0])
        once = scan.count
        for hit in hits[1:4]:
            await keys(pilot, "n")
            await until(pilot, lambda hit=hit: view(pilot).sight.cursor == hit)  # type: ignore[misc]
        await keys(pilot, "N")
        await until(pilot, lambda: view(pilot).sight.cursor == hits[2])
        assert scan.count == once > 0
        pilot.app.screen.query_one(LogsPane).filters.add("level=error")
        await until(pilot, lambda: view(pilot).row_count() == 30)
        view(pilot).sight.go_to(0)
        await keys(pilot, "n")
        errors = [hit for hit in hits if hit % 10 == 9]
        await until(pilot, lambda: view(pilot).cursor_row == errors[0])


async def test_what_a_search_has_freed_goes_back_to_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[str] = []
    async with running(program(tmp_path, logged())) as pilot:
        monkeypatch.setattr(freed_memory, "return_freed_memory", lambda: given_back.append("search"))
        await search(pilot, "took 7 ms")
        await until(pilot, lambda: view(pilot).sight.cursor == 7)
        assert given_back == ["search"]


async def test_a_match_far_away_comes_with_what_is_around_it_and_one_out_of_sight_is_explained(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await search(pilot, "orders/150 ")
        await until(pilot, lambda: view(pilot).sight.cursor == 150)
        assert 150 - view(pilot).sight.top == view(pilot).size.height // 2
        assert "does not show" not in screen_text(pilot)
        await search(pilot, "req-0090")
        await until(pilot, lambda: view(pilot).sight.cursor == 270)
        await shows(pilot, "the match is in a field that the line does not show")


async def test_searches_are_recalled_and_escape_ends_one(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await search(pilot, "orders/150 ")
        await search(pilot, "took 7 ms")
        await keys(pilot, "slash")
        assert pilot.app.screen.query_one(Input).value == ""
        await keys(pilot, "up", "up")
        assert pilot.app.screen.query_one(Input).value == "orders/150"
        await keys(pilot, "escape")
        assert "▸ /took 7 ms" in str(pilot.app.screen.query_one(LogsPane).border_title)
        await keys(pilot, "escape")
        assert "/took" not in str(pilot.app.screen.query_one(LogsPane).border_title)


async def test_an_id_is_followed_on_from_a_line_that_has_it_in_its_text_alone(tmp_path: Path) -> None:
    web = [f"ts=2026-11-24T14:00:{n:02}Z level=info trace_id=rq-7 msg=begun" for n in range(0, 40, 2)]
    pay = [f"2026-11-24T14:00:{n:02}Z INFO pay [rq-7] charging" for n in range(1, 41, 2)]
    logs = [LogInput(name, data="\n".join(of).encode()) for name, of in (("web.log", web), ("pay.log", pay))]
    case = replace(story(), sources=(LogFileSource("app logs", logs),), window=WINDOW)
    async with running(program(tmp_path, case)) as pilot:
        pilot.app.screen.query_one(LogsPane).focus()
        view(pilot).sight.go_to(0)
        for position in (1, 2, 3):
            await keys(pilot, "o")
            await until(pilot, lambda position=position: view(pilot).sight.cursor == position)  # type: ignore[misc]
        await keys(pilot, "t")
        await shows(pilot, "Trace ▸ rq-7")


async def test_what_is_cut_off_at_the_right_is_brought_into_sight_and_back(tmp_path: Path) -> None:
    long = {"time": "2026-11-24T15:59:00Z", "level": "error", "message": "x" * 120 + " the end"}
    async with running(program(tmp_path, logged(more=[long])), NARROW) as pilot:
        await keys(pilot, "4")
        await write(pilot, "looked elsewhere")
        await keys(pilot, "G")
        assert "the end" not in screen_text(pilot)
        await keys(pilot, "greater_than_sign", "greater_than_sign")
        assert "the end" in screen_text(pilot)
        await keys(pilot, "less_than_sign", "less_than_sign")
        assert "15:59:00" in screen_text(pilot)


async def test_saving_is_stopped_by_escape_and_says_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage_tui.ui.panes import log_marks

    monkeypatch.chdir(tmp_path)
    whole, begun, go_on = log_marks.redacted_lines, Event(), Event()

    def slowly(shown: ShownLines):  # type: ignore[no-untyped-def]
        for number, text in enumerate(whole(shown)):
            if number == 10:
                begun.set()
                go_on.wait(60)
            yield text

    monkeypatch.setattr(log_marks, "redacted_lines", slowly)
    async with running(program(tmp_path / "journals", logged())) as pilot:
        pilot.app.screen.query_one(LogsPane).focus()
        await keys(pilot, "Y")
        pilot.app.screen.query_one("#prompt-input").value = str(tmp_path / "part.log")  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, begun.is_set)
        await shows(pilot, "saving 3%, ")
        await pilot.press("escape")
        go_on.set()
        await shows(pilot, f"stopped: the first 11 of {RECORDS} lines")
    assert len((tmp_path / "part.log").read_text().splitlines()) == 11


class TimedLines(CountedLines):
    """Records at given seconds, None for one without a time."""

    def __init__(self, seconds: list[float | None]) -> None:
        super().__init__(len(seconds))
        self.seconds = seconds

    def row(self, number: int) -> LogLine:
        line = super().row(number)
        at = self.seconds[number]
        moment: datetime | None = None if at is None else START + timedelta(seconds=at)
        return LogLine(number, moment, line.level, line.request_id, line.event, line.text, line.file, line.line)


def with_pauses(pauses: dict[int, float], count: int) -> ShownLines:
    """Return lines ten milliseconds apart, longer before some."""
    at, seconds = 0.0, []
    for number in range(count):
        at += pauses.get(number, 0.01)
        seconds.append(at)
    return ShownLines(TimedLines(list(seconds)))


def test_pauses_are_found_in_both_directions_wherever_they_are() -> None:
    dice = random.Random(7)
    pauses = {dice.randrange(1, 20_000): dice.choice([0.3, 2.0, 60.0]) for _ in range(12)}
    shown, places = with_pauses(pauses, 20_000), sorted(pauses)
    here, found = 0, []
    while (after := next_pause(shown, here, 1, LogWork("looking"))) is not None:
        found.append(after)
        here = after
    assert found == places
    here, back = 19_999, []
    while (before := next_pause(shown, here, -1, LogWork("looking"))) is not None:
        back.append(before)
        here = before
    assert back == [place for place in reversed(places) if place < 19_999]


def test_the_way_to_stop_stands_before_all_that_is_done() -> None:
    reading, filtering = "reading 13%, 350 MB/s, 2 s left · Esc stops", "filtering 3s · Esc stops"
    assert doing_words(["", filtering]) == "Esc stops filtering 3s"
    assert doing_words([reading, filtering]) == "Esc stops reading 13%, 350 MB/s, 2 s left · filtering 3s"
    assert doing_words(["12 lines indexed · taking them in…", filtering]) == (
        "Esc stops filtering 3s · 12 lines indexed · taking them in…"
    )
    assert doing_words(["taking them in…"]) == "taking them in…"
    assert doing_words(["", ""]) == ""


def test_looking_for_a_pause_reads_a_part_of_the_lines_and_can_be_stopped() -> None:
    shown = with_pauses({90_000: 30.0}, 100_000)
    assert isinstance(shown.lines, TimedLines)
    assert next_pause(shown, 0, 1, LogWork("looking")) == 90_000
    assert shown.lines.reads < 40_000
    stopped = LogWork("looking")
    stopped.stopped.set()
    assert next_pause(shown, 0, 1, stopped) is None


def test_a_pause_is_looked_for_in_a_thread_while_the_screen_reads_lines() -> None:
    shown = with_pauses({}, 20_000)

    def look() -> None:
        for start in range(0, 10_000, 500):
            next_pause(shown, start, 1, LogWork("looking"))

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        while not looking.done():
            for row in range(0, 20_000, 7):
                assert shown.record(row) is not None
    looking.result()


def test_lines_without_a_time_are_no_pause() -> None:
    shown = ShownLines(TimedLines([0.0, 0.01, None, None, 0.02, 0.03, 5.0, None]))
    assert next_pause(shown, 0, 1, LogWork("looking")) == 6
    assert next_pause(ShownLines(TimedLines([None, None, None])), 0, 1, LogWork("looking")) is None


def test_work_is_told_of_after_half_a_second_with_its_rate_and_the_time_that_is_left() -> None:
    work = LogWork("searching", total=1_000_000, began=100.0)
    assert work.note(100.4) == ""
    assert work.note(102.0) == "searching 2s · Esc stops"
    work.share = 0.25
    assert work.note(102.0) == "searching 25%, 6s left, 125 k lines/s · Esc stops"


def test_the_rate_of_arrivals_is_that_of_the_last_seconds() -> None:
    arrivals = Arrivals()
    assert arrivals.rate() == 0
    for second in range(10):
        arrivals.note(second * 500, float(second))
    assert arrivals.rate() == 500
    for second in range(10, 14):
        arrivals.note(4500, float(second))
    assert arrivals.rate() == 0
