from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.ui.widgets.shown_app import ShownApp
from triage_tui.investigation.findings import Example, Pattern
from triage_tui.investigation.trace import Trace, TraceRecord
from triage_tui.ui.widgets.ladder import Ladder, rung_content
from triage_tui.ui.widgets.ladder_rows import ladder_rungs, record_rungs

START = datetime(2026, 11, 24, 14, 0, 1, 204000, tzinfo=UTC)


def _record(
    offset: float, gap: float, event: str, *, level: str = "INFO", line: int = 1, p99: float | None = None
) -> TraceRecord:
    return TraceRecord(
        at=START + timedelta(seconds=offset), offset_s=offset, gap_s=gap, level=level, event=event, file="app.jsonl",
        line=line, row=line - 1, normal_p99_s=p99, normal_n=1204 if p99 else 0,
    )  # fmt: skip


RECORDS = (
    _record(0.0, 0.0, "GET /api/reports/generate", line=10),
    _record(0.011, 0.011, "Database session acquired", line=11, p99=0.012),
    _record(0.012, 0.001, "Querying report data", line=12),
    _record(1.020, 1.008, "ValueError: invalid date range", level="ERROR", line=13, p99=0.3),
)
GAP = Pattern(
    kind="gap",
    statement="waited",
    start=START + timedelta(seconds=0.012),
    numbers={"from_event": "Querying report data", "seconds": 1.008, "normal_p99": 0.3, "n": 1204},
)
MISSING = Pattern(
    kind="missing_line",
    statement="missing",
    start=START + timedelta(seconds=0.011),
    examples=(Example("app.jsonl", 11),),
    numbers={"event": "Database session released", "present_in": 1204, "of": 1204},
)
HEALTHY = (_record(0.0, 0.0, "GET /api/reports/generate"), _record(0.02, 0.02, "Database session released"))
TRACE = Trace(id="abc-123", records=RECORDS, gaps=(GAP,), missing=(MISSING,), healthy_example=HEALTHY)


def test_gaps_and_missing_lines_are_rungs_where_they_belong() -> None:
    assert [(rung.kind, rung.text.plain) for rung in ladder_rungs(TRACE)] == [
        ("step", "GET /api/reports/generate"),
        ("step", "Database session acquired"),
        ("missing", 'missing: "Database session released"'),
        ("step", "Querying report data"),
        ("gap", "waited 1.01 s for the next line"),
        ("step", "ValueError: invalid date range"),
    ]


def test_each_step_carries_the_wait_until_the_next_and_what_is_normal_for_it() -> None:
    rungs = record_rungs(RECORDS)
    assert [rung.wait_s for rung in rungs] == [0.011, 0.001, 1.008, None]
    assert [rung.normal.plain for rung in rungs] == ["p99 12 ms, n=1204", "", "p99 300 ms, n=1204", ""]


def test_what_has_no_place_stands_at_the_end() -> None:
    lost = Pattern(kind="missing_line", statement="s", numbers={"event": "x"})
    assert ladder_rungs(Trace(id="a", records=RECORDS, missing=(lost,)))[-1].kind == "missing"
    assert ladder_rungs(Trace(id="a")) == ()


def test_a_rung_is_drawn_with_offset_bar_event_and_normal() -> None:
    first, last = record_rungs(RECORDS)[0], record_rungs(RECORDS)[2]
    assert rung_content(first, 1.008, 100).plain.startswith("   +0.000    11 ms ▏          GET /api/reports/generate")
    assert rung_content(last, 1.008, 100).plain.startswith("   +0.012   1.01 s ██████████ Querying report data")
    assert rung_content(last, 1.008, 100).plain.rstrip().endswith("p99 300 ms, n=1204")


@pytest.mark.parametrize("width", [30, 50, 60, 76, 80, 120, 198])
def test_no_rung_is_wider_than_the_list(width: int) -> None:
    for rung in ladder_rungs(TRACE):
        assert rung_content(rung, 1.008, width).cell_length <= max(width, 30)


async def test_the_ladder_shows_the_trace_and_the_cursor_gives_the_rung() -> None:
    ladder = Ladder()
    app = ShownApp(ladder)
    async with app.run_test(size=(90, 10)) as pilot:
        ladder.show(TRACE)
        ladder.sight.move(3)
        await pilot.pause()
        assert ladder.cursor_rung is not None
        assert ladder.cursor_rung.row == 11
        assert 'missing: "Database session released"' in app.drawn()[2]
        assert "1204/1204 healthy have it" in app.drawn()[2]


async def test_a_healthy_request_lies_beside_where_there_is_room() -> None:
    ladder = Ladder()
    app = ShownApp(ladder)
    async with app.run_test(size=(160, 10)) as pilot:
        ladder.show(TRACE, beside=True)
        await pilot.pause()
        left, right = app.drawn()[1].split(" │ ")
        assert "Database session acquired" in left
        assert "Database session released" in right
        await pilot.resize_terminal(80, 10)
        await pilot.pause()
        assert "│" not in "".join(app.drawn())


async def test_without_a_trace_it_says_so() -> None:
    ladder = Ladder()
    app = ShownApp(ladder)
    async with app.run_test(size=(80, 5)) as pilot:
        assert app.drawn()[0].strip() == "its lines are looked for…"
        ladder.show(None)
        ladder.sight.move(1)
        await pilot.pause()
        assert app.drawn()[0].strip() == "no line of this request was found"
        assert ladder.cursor_rung is None


async def test_the_ladder_is_drawn_in_ascii_where_the_terminal_needs_it() -> None:
    ladder = Ladder()
    app = ShownApp(ladder, ascii_only=True)
    async with app.run_test(size=(120, 10)) as pilot:
        ladder.show(TRACE, beside=True)
        await pilot.pause()
        assert "".join(app.drawn()).isascii()


@pytest.mark.parametrize(
    ("level", "shown"), [("ERROR", "E boom"), ("warn", "W boom"), ("INFO", "boom"), (None, "boom")]
)
def test_a_step_that_went_wrong_says_so_without_colours(level: str | None, shown: str) -> None:
    (rung,) = record_rungs((_record(0.0, 0.0, "boom", level=level or ""),))
    assert rung_content(rung, 1.0, 60).plain.strip().endswith(f" {shown}")
