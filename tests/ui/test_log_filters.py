"""Filtering the log while typing, and what becomes of filters."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input

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
    until,
    write,
)
from tests.ui.logged import RECORDS, logged, record
from triage_tui.investigation.journal import read_journal
from triage_tui.ui.messages import Said
from triage_tui.ui.panes import log_filters
from triage_tui.ui.panes.logs import LogsPane

ERRORS = sum(record(number)["level"] == "error" for number in range(RECORDS))
WARNINGS = sum(record(number)["level"] == "warning" for number in range(RECORDS))


def rows(pilot: Pilot[None]) -> int:
    return pilot.app.screen_stack[0].query_one(LogsPane)._view.row_count()


def border(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen_stack[0].query_one(LogsPane).border_title)


async def typed(pilot: Pilot[None], text: str) -> None:
    """Type into the filter line and wait until it rests."""
    pilot.app.screen.query_one(Input).value = text
    await settled(pilot)


@pytest.mark.parametrize("size", [NARROW, USUAL, LARGE])
async def test_lines_are_filtered_while_the_filter_is_typed(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(program(tmp_path, logged()), size) as pilot:
        await keys(pilot, "4")
        await write(pilot, "looked elsewhere")
        await keys(pilot, "ampersand")
        await typed(pilot, "level>=warn")
        await until(pilot, lambda: rows(pilot) == ERRORS + WARNINGS)
        await until(pilot, lambda: f"{ERRORS + WARNINGS} of {RECORDS} lines" in border(pilot))
        assert state(pilot).log_filters == ()
        await keys(pilot, "escape")
        await until(pilot, lambda: rows(pilot) == RECORDS)


async def test_filters_add_up_are_listed_saved_removed_one_by_one_and_recalled(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await keys(pilot, "ampersand")
        await write(pilot, "level>=warn")
        await keys(pilot, "ampersand")
        await write(pilot, "!level=error")
        await until(pilot, lambda: rows(pilot) == WARNINGS)
        await shows(pilot, "level>=warn · !level=error")
        assert state(pilot).log_filters == ("level>=warn", "!level=error")
        await keys(pilot, "ampersand", "backspace")
        assert pilot.app.screen.query_one(Input).value == "!level=error"
        await typed(pilot, "")
        await keys(pilot, "enter")
        await until(pilot, lambda: rows(pilot) == ERRORS + WARNINGS)
        await keys(pilot, "ampersand", "up", "up")
        assert pilot.app.screen.query_one(Input).value == "!level=error"
        await keys(pilot, "escape", "U")
        await until(pilot, lambda: rows(pilot) == WARNINGS)
        await keys(pilot, "escape")
        await until(pilot, lambda: rows(pilot) == RECORDS)
        root = tmp_path / state(pilot).id
    kept = read_journal(root).decisions
    assert [one.filters for one in kept if hasattr(one, "filters")] == [
        ("level>=warn",), ("level>=warn", "!level=error"), ("level>=warn",), (),
    ]  # fmt: skip


async def test_a_filter_in_force_is_changed_in_its_place(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        for text in ("took", "level=error"):
            await keys(pilot, "ampersand")
            await write(pilot, text)
        await keys(pilot, "ampersand", "up", "up")
        await typed(pilot, "took 9")
        await keys(pilot, "enter")
        assert state(pilot).log_filters == ("took 9", "level=error")


async def test_context_keeps_the_neighbours_of_a_match(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await keys(pilot, "ampersand")
        await write(pilot, "/orders.150 /")
        await until(pilot, lambda: rows(pilot) == 1)
        await keys(pilot, "ampersand")
        await write(pilot, "-C2")
        await until(pilot, lambda: rows(pilot) == 5)


async def test_filters_and_the_followed_request_narrow_together(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await keys(pilot, "ampersand")
        await write(pilot, "level=info")
        await until(pilot, lambda: rows(pilot) == RECORDS - ERRORS - WARNINGS)
        await keys(pilot, "G", "I")
        request = state(pilot).correlation_id
        both = [record(n) for n in range(RECORDS) if f"req-{n // 3:04}" == request and record(n)["level"] == "info"]
        assert 0 < len(both) < 3
        await until(pilot, lambda: rows(pilot) == len(both))
        await keys(pilot, "escape")
        await until(pilot, lambda: rows(pilot) == RECORDS - ERRORS - WARNINGS)


async def test_filters_that_leave_nothing_say_so(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), NARROW) as pilot:
        await keys(pilot, "ampersand")
        await write(pilot, "no line holds this")
        await shows(pilot, "no line meets the filters · Esc shows all lines again")
        await keys(pilot, "escape")
        await until(pilot, lambda: rows(pilot) == RECORDS)
        assert "no line meets" not in screen_text(pilot)


async def test_escape_takes_filters_away_at_once_where_a_zoom_makes_no_difference(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged()), NARROW) as pilot:
        await keys(pilot, "ampersand")
        await write(pilot, "level=error")
        await until(pilot, lambda: rows(pilot) == ERRORS)
        await keys(pilot, "z", "escape")
        await until(pilot, lambda: rows(pilot) == RECORDS)


async def test_what_is_no_filter_says_so_and_is_not_kept(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await keys(pilot, "ampersand")
        for text in ("/(/", "level>=loud", "25:00.."):
            pilot.app.screen.query_one(Input).value = ""
            await write(pilot, text)
            await shows(pilot, f"{text}:")
        assert state(pilot).log_filters == ()
        assert rows(pilot) == RECORDS


HOSTILE = ("[/red]", "[@click=app.quit]x[/]", "a\u202eb", "\u200e", "$(reboot)", "status=[b]", "=", "-C", "!" * 50)


async def test_hostile_text_in_a_filter_is_text(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        for text in HOSTILE:
            await keys(pilot, "ampersand")
            await write(pilot, text)
            assert "\u202e" not in screen_text(pilot)
        assert set(state(pilot).log_filters) >= {"[/red]", "[@click=app.quit]x[/]", "$(reboot)"}
        await until(pilot, lambda: rows(pilot) == 0)


async def test_escape_stops_a_long_search_and_keeps_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage_tui.logs.filters import filtering

    go_on, begun = Event(), Event()
    whole = filtering.matches_in_steps

    def slowly(*given: object):  # type: ignore[no-untyped-def]
        steps = list(whole(*given))  # type: ignore[arg-type]
        yield steps[-1]._replace(share=0.4)
        begun.set()
        go_on.wait(60)
        yield steps[-1]

    monkeypatch.setattr(filtering, "matches_in_steps", slowly)
    async with running(program(tmp_path, logged())) as pilot:
        await keys(pilot, "ampersand")
        pilot.app.screen.query_one(Input).value = "level=error"
        await pilot.press("enter")
        await until(pilot, begun.is_set)
        await shows(pilot, "filtering 40%")
        await pilot.press("j", "escape")
        await shows(pilot, "stopped at 40%")
        go_on.set()
        await settled(pilot)
        assert rows(pilot) == ERRORS
        assert "stopped at 40%" in screen_text(pilot)


async def test_a_log_that_cannot_be_read_any_more_says_so_and_filtering_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage_tui.logs.search.record_search import RecordSearch

    def gone(*_: object) -> None:
        raise OSError("the disk is gone")

    app = program(tmp_path, logged())
    async with app.run_test(size=USUAL, notifications=True) as pilot:
        await until(pilot, lambda: rows(pilot) == RECORDS)
        monkeypatch.setattr(RecordSearch, "scan_for", gone)
        pilot.app.screen.query_one(LogsPane).filters.add("took")
        await shows(pilot, "the disk is gone")
        await shows(pilot, "stopped at 0%")


async def test_choosing_that_breaks_off_is_said_once_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        del given
        raise OSError("the disk is gone")

    monkeypatch.setattr(log_filters, "find_rows", broken)
    said: list[Said] = []
    post = LogsPane.post_message

    def heard(pane: LogsPane, message: Message) -> bool:
        said.extend([message] if isinstance(message, Said) else [])
        return post(pane, message)

    monkeypatch.setattr(LogsPane, "post_message", heard)
    app = program(tmp_path, logged())
    async with app.run_test(size=USUAL) as pilot:
        await until(pilot, lambda: bool(state(pilot).findings))
        pane = pilot.app.screen.query_one(LogsPane)
        pane.filters.add("level=error")
        await until(pilot, lambda: bool(said))
        await settled(pilot)
        assert [message.text for message in said] == ["filter: the disk is gone"]
        assert not pane.chosen.stop()
