"""All fields of a record, and the values of one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.driving import LARGE, NARROW, USUAL, keys, program, running, screen_text, shows, state, until
from tests.ui.logged import RECORDS, logged
from triage_tui.ui.entries import PinDraft
from triage_tui.ui.panes.field_rows import field_rows, readable
from triage_tui.ui.panes.logs import LogsPane
from triage_tui.ui.panes.other_fields import MOST_ROWS, _sampled
from triage_tui.ui.screens.fields import FieldsPane, FieldsScreen
from triage_tui.ui.screens.investigation import InvestigationScreen
from triage_tui.ui.widgets.log_view import LogView


async def at_row(pilot: Pilot[None], row: int) -> None:
    """Open the fields of a row."""
    pilot.app.screen.query_one(LogsPane).focus()
    pilot.app.screen.query_one(LogView).go_to_row(row)
    await keys(pilot, "F")


@pytest.mark.parametrize("size", [NARROW, USUAL, LARGE])
async def test_a_record_is_shown_with_every_field_and_its_trace_folded(tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(program(tmp_path, logged()), size) as pilot:
        await keys(pilot, "e")
        await at_row(pilot, 9)
        for told in (
            "http.host",
            "web-1",
            "http.peer.zone",
            "GET /api/orders/9",
            "reports.py",
            "1 library frame",
            "Enter unfolds",
        ):
            await shows(pilot, told)
        assert "starlette" not in screen_text(pilot)
        pilot.app.screen.query_one(FieldsPane).select_key("exception")
        await keys(pilot, "enter")
        await shows(pilot, "starlette")
        await keys(pilot, "enter")
        await until(pilot, lambda: "starlette" not in screen_text(pilot))


async def test_the_values_of_a_field_are_counted_and_one_becomes_a_filter(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await at_row(pilot, 9)
        pilot.app.screen.query_one(FieldsPane).select_key("status")
        await keys(pilot, "enter")
        await shows(pilot, f"2 values in {RECORDS} lines")
        await shows(pilot, "270  90.0%")
        await keys(pilot, "j", "ampersand")
        await until(pilot, lambda: isinstance(pilot.app.screen, InvestigationScreen))
        assert state(pilot).log_filters == ("status=500",)
        await until(pilot, lambda: pilot.app.screen.query_one(LogView).row_count() == RECORDS // 10)
        await at_row(pilot, 19)
        pilot.app.screen.query_one(FieldsPane).select_key("level")
        await keys(pilot, "enter")
        await shows(pilot, f"1 value in {RECORDS // 10} lines")
        await keys(pilot, "escape")
        pilot.app.screen.query_one(FieldsPane).select_key("http.host")
        await keys(pilot, "exclamation_mark")
        assert state(pilot).log_filters == ("status=500", "http.host!=web-1")


async def test_values_are_listed_from_the_most_frequent_the_lowest_or_the_highest(tmp_path: Path) -> None:
    sizes = [9, 100, 100, 25]
    more = [{"time": "2026-11-24T14:59:00Z", "level": "info", "message": "x", "size": one} for one in sizes]
    async with running(program(tmp_path, logged(more=more))) as pilot:
        await at_row(pilot, RECORDS)
        await shows(pilot, "V order")
        await keys(pilot, "V")
        await shows(pilot, "Enter on a field lists its values first")
        pilot.app.screen.query_one(FieldsPane).select_key("size")
        await keys(pilot, "enter")
        await shows(pilot, f"4 values in {RECORDS + 4} lines")
        pane = pilot.app.screen.query_one(FieldsPane)
        for told, first in (("lowest first", "9"), ("highest first", "100"), ("most frequent first", "")):
            await keys(pilot, "V")
            await shows(pilot, told)
            row = pane.selected_row()
            assert row is not None
            assert row.text == first


async def test_a_value_with_blanks_becomes_one_filter_whatever_it_looks_like(tmp_path: Path) -> None:
    told = {"time": "2026-11-24T14:59:00Z", "level": "info", "message": "x", "query": "where level=error -C3"}
    async with running(program(tmp_path, logged(more=[told]))) as pilot:
        await keys(pilot, "f")
        await at_row(pilot, RECORDS)
        await shows(pilot, "where level=error")
        pilot.app.screen.query_one(FieldsPane).select_key("query")
        await keys(pilot, "enter")
        await shows(pilot, "no such field")
        await keys(pilot, "j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, InvestigationScreen))
        assert state(pilot).log_filters == ('query="where level=error -C3"',)
        await until(pilot, lambda: pilot.app.screen.query_one(LogView).row_count() == 1)


async def test_fields_that_appear_late_are_listed_below_with_how_many_lines_have_them(tmp_path: Path) -> None:
    late = [{"time": "2026-11-24T14:59:00Z", "level": "info", "message": "x", "retry_after": n} for n in (1, 2, 2)]
    async with running(program(tmp_path, logged(more=late))) as pilot:
        await at_row(pilot, 3)
        await shows(pilot, f"In other lines, of {RECORDS + 3} that were looked at")
        await shows(pilot, "retry_after              in 3 lines")
        await shows(pilot, "fields · 2 in other lines")
        await shows(pilot, "exception                in 30 lines")
        pilot.app.screen.query_one(FieldsPane).select_key("retry_after")
        await keys(pilot, "exclamation_mark")
        await shows(pilot, "no filter can be made of this value")
        await keys(pilot, "enter")
        await shows(pilot, f"3 values in {RECORDS + 3} lines")
        await keys(pilot, "j", "ampersand")
        assert state(pilot).log_filters == ("retry_after=2",)


def test_of_a_large_log_lines_at_even_distances_and_the_last_ones_are_looked_at() -> None:
    places = list(_sampled(1_000_000))
    assert len(places) == len(set(places)) == MOST_ROWS
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] == 999_999
    assert list(_sampled(5)) == [0, 1, 2, 3, 4]


async def test_escape_goes_from_values_to_fields_to_the_log(tmp_path: Path) -> None:
    async with running(program(tmp_path, logged())) as pilot:
        await at_row(pilot, 3)
        await keys(pilot, "j", "enter", "escape")
        assert isinstance(pilot.app.screen, FieldsScreen)
        await keys(pilot, "escape")
        assert isinstance(pilot.app.screen, InvestigationScreen)


async def test_hostile_fields_are_text(tmp_path: Path) -> None:
    told = {
        "time": "2026-11-24T14:59:00Z", "level": "error", "[red]": "[@click=app.quit]x[/]", "bidi": "a\u202eb",
        "escape": "\x1b]0;owned\x07", "lines": "a\r\nb\tc", "deep": [[[[{"a": [1]}]]]], "json": '{"b": [2]}',
        "": "nameless", "message": "x" * 5000,
    }  # fmt: skip
    async with running(program(tmp_path, logged(more=[told]))) as pilot:
        await keys(pilot, "f")
        await at_row(pilot, RECORDS)
        await shows(pilot, "[@click=app.quit]x[/]")
        text = screen_text(pilot)
        assert "\u202e" not in text
        assert "\x1b" not in text
        for name in told:
            pilot.app.screen.query_one(FieldsPane).select_key(name)
            await keys(pilot, "p", "enter", "escape" if name != "json" else "j")
            if isinstance(pilot.app.screen, InvestigationScreen):
                await at_row(pilot, RECORDS)


def test_nested_values_are_laid_out_and_deep_or_broken_ones_survive() -> None:
    assert readable('{"a": [1]}') == '{\n  "a": [\n    1\n  ]\n}'
    assert readable({"a": None}) == '{\n  "a": null\n}'
    assert readable("{broken") == "{broken"
    assert readable("[" * 100_000).startswith("[[[")
    rows = field_rows({"deep": "[" * 50_000, "n": 1.5}, frozenset(), 40, PinDraft("", "app.log"))
    assert [row.key for row in rows] == ["deep", "n"]
