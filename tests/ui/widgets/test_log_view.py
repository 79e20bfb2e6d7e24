from __future__ import annotations

from array import array
from collections.abc import Callable
from datetime import timedelta, timezone
from functools import partial

import pytest
from textual import on
from textual.strip import Strip

from tests.ui.widgets.log_lines import START, CountedLines
from tests.ui.widgets.shown_app import ShownApp
from triage_tui.investigation.source import LogLine
from triage_tui.ui.widgets.log_line import LineLook, line_content
from triage_tui.ui.widgets.log_view import LogView
from triage_tui.ui.widgets.shown_lines import MOST_READ, ShownLines
from triage_tui.ui.widgets.time_marks import MarkKind, TimeMark

SIZE = (100, 24)
MILLION = 1_000_000


class LogApp(ShownApp):
    """Shows a log and keeps what it says."""

    def __init__(self, view: LogView) -> None:
        super().__init__(view)
        self.view = view
        self.moves: list[LogView.CursorRowChanged] = []

    @on(LogView.CursorRowChanged)
    def _keep_move(self, message: LogView.CursorRowChanged) -> None:
        self.moves.append(message)


async def test_a_million_rows_cost_no_more_reads_than_are_in_sight() -> None:
    lines, view = CountedLines(MILLION), LogView()
    async with LogApp(view).run_test(size=SIZE) as pilot:
        view.show(lines)
        await pilot.pause()
        assert lines.reads <= SIZE[1] + 2
        sight = view.sight
        actions: list[Callable[[], None]] = [
            partial(sight.move, 1), partial(sight.page, 1), sight.go_bottom, partial(sight.page, -1),
            partial(sight.move, -1), partial(view.go_to_row, 500_000), partial(sight.go_to, 0),
            partial(view.go_to_time, START + timedelta(hours=3)),
        ]  # fmt: skip
        for action in actions:
            lines.reads = 0
            action()
            await pilot.pause()
            assert lines.reads <= SIZE[1] + 2


async def test_moving_in_sight_reads_nothing_and_redraws_two_lines() -> None:
    lines, view = CountedLines(MILLION), LogView()
    async with LogApp(view).run_test(size=SIZE) as pilot:
        view.show(lines)
        await pilot.pause()
        lines.reads = 0
        drawn: list[int] = []
        render_line = view.render_line

        def counted(y: int) -> Strip:
            drawn.append(y)
            return render_line(y)

        view.render_line = counted  # type: ignore[method-assign]  # counts the lines that are drawn
        view.sight.move(1)
        await pilot.pause()
        assert lines.reads == 0
        assert sorted(set(drawn)) == [0, 1]


async def test_a_line_shows_time_level_and_event_and_the_gutter_marks() -> None:
    view = LogView()
    app = LogApp(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(CountedLines(100))
        view.set_pinned([3])
        view.set_marks(
            [
                TimeMark(MarkKind.DEPLOY, START + timedelta(seconds=1.5)),
                TimeMark(MarkKind.ONSET, START + timedelta(seconds=4)),
                TimeMark(MarkKind.FIX, START + timedelta(hours=9)),
            ]
        )
        await pilot.pause()
        assert app.drawn()[:5] == [
            "   13:59:50.000 INFO  Database session acquired".replace("   ", "  ", 1),
            "  13:59:51.000 INFO  Querying report data",
            "D 13:59:52.000 DEBUG Database session acquired",
            " ●13:59:53.000 WARN  Querying report data",
            "O 13:59:54.000 ERROR Database session acquired",
        ]


async def test_rows_of_one_request_carry_their_offset_and_the_cursor_stays_on_its_record() -> None:
    lines, view = CountedLines(1000), LogView()
    app = LogApp(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(lines)
        view.go_to_row(21)
        view.show(lines, lines.rows_with_id("abc-123"))
        await pilot.pause()
        assert view.cursor_row == 21
        assert app.drawn()[0].startswith("    +0.000 13:59:50.000 INFO")
        assert app.drawn()[3].startswith("   +21.000 14:00:11.000 INFO")
        view.show(lines)
        assert view.cursor_row == 21


async def test_moves_post_row_and_time() -> None:
    view = LogView()
    app = LogApp(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(CountedLines(100))
        view.sight.move(5)
        await pilot.pause()
        assert [(move.row, move.moment) for move in app.moves] == [(5, START + timedelta(seconds=5))]


async def test_a_text_is_found_and_highlighted_also_among_filtered_rows() -> None:
    lines, view = CountedLines(700, events=("quiet", "Needle here", "quiet")), LogView()
    async with LogApp(view).run_test(size=SIZE) as pilot:
        view.show(lines)
        view.set_search("needle")
        assert view.shown.next_match("needle", 0, 1) == 1
        view.show(lines, [0, 7, 14, 21, 28])
        assert view.shown.next_match("needle", 0, 1) == 1
        assert view.shown.next_match("needle", 1, 1) == 4
        assert view.shown.next_match("needle", 4, 1) is None
        assert view.shown.next_level(frozenset({"ERROR"}), 4, -1) == 2
        await pilot.pause()
        assert "search-match" in str(view.rows.content(1, 100).spans)


async def test_a_file_that_shrank_shows_what_cannot_be_read_and_does_not_fail() -> None:
    lines, view = CountedLines(50), LogView()
    app = LogApp(view)
    async with app.run_test(size=SIZE) as pilot:
        # The rows are known from before the file shrank.
        view.show(lines, range(50))
        await pilot.pause()
        lines.count = 10
        view.sight.go_to(45)
        await pilot.pause()
        assert any("can no longer be read" in line for line in app.drawn())


async def test_a_view_that_got_smaller_keeps_the_cursor_in_sight() -> None:
    view = LogView()
    app = LogApp(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(CountedLines(1000))
        view.sight.go_to(20)
        await pilot.resize_terminal(60, 5)
        await pilot.pause()
        assert any("14:00:10" in line for line in app.drawn())


async def test_without_lines_it_says_so() -> None:
    view = LogView()
    app = LogApp(view)
    async with app.run_test(size=SIZE) as pilot:
        view.rows.empty = "no log source is configured"
        view.show(None)
        view.sight.move(1)
        await pilot.pause()
        assert app.drawn()[0].strip() == "no log source is configured"


async def test_hostile_lines_reach_no_terminal() -> None:
    hostile = ("\x1b[2J\x1b]0;x\x07 [bold]x[/] [@click=app.quit]y[/]\u202e\u200b\U000e0041", "\ud800[/]")
    view = LogView()
    app = LogApp(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(CountedLines(30, events=hostile))
        await pilot.pause()
        text = "".join(app.drawn())
        assert "[@click=app.quit]y[/]‹U+202E›" in text
        assert text.isprintable()


def _line(**fields: object) -> LogLine:
    known = {
        "row": 0,
        "time": START,
        "level": "ERROR",
        "request_id": None,
        "event": "boom",
        "text": "raw",
        "file": "f",
        "line": 1,
    }
    return LogLine(**{**known, **fields})  # type: ignore[arg-type]  # any field may be given


@pytest.mark.parametrize(
    ("look", "width", "shown"),
    [
        (LineLook(), 40, "  13:59:50 E boom"),
        (LineLook(origin=START), 40, "    +0.000 E boom"),
        (LineLook(zone=timezone(timedelta(hours=5, minutes=30))), 80, "  19:29:50.000 ERROR boom"),
        (LineLook(with_date=True), 80, "  11-24 13:59:50.000 ERROR boom"),
        (LineLook(origin=START - timedelta(seconds=5000)), 40, "    +5000s E boom"),
    ],
)
def test_a_record_in_every_look(look: LineLook, width: int, shown: str) -> None:
    assert line_content(_line(), look, width).plain == shown


def test_a_record_without_time_and_level_is_shown() -> None:
    assert line_content(_line(time=None, level=None), LineLook(), 80).plain == "  -                  boom"


async def test_the_cursor_row_is_reversed_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    view = LogView()
    async with LogApp(view).run_test(size=SIZE) as pilot:
        view.show(CountedLines(10))
        await pilot.pause()
        styles = [segment.style for segment in view.render_line(0)]
        assert all(style is not None and style.reverse for style in styles)


async def test_another_theme_redraws_the_colours() -> None:
    view = LogView()
    app = LogApp(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show(CountedLines(10))
        await pilot.pause()
        before = [segment.style for segment in view.render_line(4)]
        app.theme = "triage-light"
        await pilot.pause()
        assert [segment.style for segment in view.render_line(4)] != before


async def test_a_filter_that_leaves_half_of_a_million_records_costs_what_is_on_the_screen() -> None:
    lines, view = CountedLines(MILLION), LogView()
    async with LogApp(view).run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        lines.reads = 0
        view.show(lines, array("q", range(0, MILLION, 2)), offsets=False)
        await pilot.pause()
        view.sight.go_bottom()
        await pilot.pause()
        assert view.cursor_row == 999_998
        assert lines.reads < 120


async def test_records_of_several_files_name_theirs_where_there_is_room() -> None:
    lines, view = CountedLines(10), LogView()
    async with LogApp(view).run_test(size=(120, 24)) as pilot:
        view.show(lines)
        view.name_files(("app.jsonl",))
        assert "app.jsonl" not in view.rows.content(0, 120).plain
        view.name_files(("app.jsonl", "web.jsonl"))
        await pilot.pause()
        assert "INFO  app.jsonl Database" in view.rows.content(0, 120).plain
        assert "app.jsonl" not in view.rows.content(0, 80).plain


@pytest.mark.parametrize("count", [100, 3 * MOST_READ])
def test_a_search_among_filtered_rows_finds_the_same_whether_rows_are_read_or_the_log_is_asked(count: int) -> None:
    lines = CountedLines(count, events=("one", "two", "three"))
    rows = list(range(0, count, 2))
    shown = ShownLines(lines, rows)
    hits = [place for place, row in enumerate(rows) if row % 3 == 1]
    assert shown.next_match("TWO", hits[3], 1) == hits[4]
    assert shown.next_match("TWO", hits[3], -1) == hits[2]
    assert shown.next_match("nothing", 0, 1) is None
    errors = [place for place, row in enumerate(rows) if row % 5 == 4]
    assert shown.next_level(frozenset({"ERROR"}), errors[1], 1) == errors[2]
    assert shown.next_level(frozenset({"ERROR"}), errors[0], -1) is None
