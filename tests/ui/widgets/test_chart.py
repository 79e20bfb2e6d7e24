from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from tests.ui.widgets.shown_app import ShownApp
from triage_tui.investigation.units import format_value, from_to, unit_of_metric
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.chart import ChartView, changed_cells
from triage_tui.ui.widgets.chart_axes import round_top, time_label, zone_shifted_ticks
from triage_tui.ui.widgets.chart_curve import curve_lines, sampled
from triage_tui.ui.widgets.chart_drawing import render_chart
from triage_tui.ui.widgets.chart_spec import ChartSeries, ChartSpec
from triage_tui.ui.widgets.time_marks import MarkKind, TimeMark

START = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
T0 = START.timestamp()
SPAN = 5400
ONSET = START + timedelta(seconds=3603)
DEPLOY = START + timedelta(minutes=30)


def _series(label: str = "errors", values: Sequence[float] | None = None, **fields: object) -> ChartSeries:
    times = [T0 + 15 * n for n in range(SPAN // 15)]
    stepped = [0.0 if time < ONSET.timestamp() else 5.0 for time in times]
    return ChartSeries(SafeText(label), times, values or stepped, **fields)  # type: ignore[arg-type]  # any field


def _spec(*series: ChartSeries, **fields: object) -> ChartSpec:
    marks = (TimeMark(MarkKind.DEPLOY, DEPLOY), TimeMark(MarkKind.ONSET, ONSET))
    return replace(ChartSpec(series or (_series(),), T0, T0 + SPAN, marks=marks), **fields)


def _text(spec: ChartSpec, width: int = 78, height: int = 18) -> list[str]:
    return [line.plain.rstrip() for line in render_chart(spec, width, height)]


@pytest.mark.parametrize("width", range(1, 200, 7))
@pytest.mark.parametrize("height", [1, 3, 4, 9, 18, 46])
def test_a_chart_fills_its_size_and_never_exceeds_it(width: int, height: int) -> None:
    wide = _series("日本語 latency " * 5, unit="connections", cap=20.0, shape=SafeText("at cap since 14:00:01 " * 3))
    lines = render_chart(_spec(_series(), wide, _series("c"), selected=1, cursor=T0 + 60), width, height)
    assert len(lines) == height
    assert max(line.cell_length for line in lines) <= width


@pytest.mark.parametrize("value", [1.797e308, -1.797e308, math.inf, 5e-324, -5e-324])
def test_a_value_that_no_axis_can_hold_is_left_out_and_the_others_are_drawn(value: float) -> None:
    for values in ([value] * 360, [value, 3.0] * 180):
        lines = _text(_spec(_series(values=values)))
        assert len(lines) == 18
        curve = {character for line in lines for character in line if "⠁" <= character <= "⣿"}
        assert bool(curve) == (values[1] == 3.0 or abs(value) < 1)


async def test_a_chart_that_cannot_be_drawn_says_so_and_the_program_goes_on() -> None:
    view = ChartView()
    async with ShownApp(view).run_test(size=(80, 20)) as pilot:
        view.show(_spec(_series(values=[1.0, 2.0])))
        while view.spec is not None:
            await pilot.pause(0.01)
        assert "could not be drawn" in view.render_line(0).text
        view.show(_spec())
        while "errors" not in view.render_line(0).text:
            await pilot.pause(0.01)


def test_marks_and_cursor_stand_in_their_columns_on_the_axis() -> None:
    spec = _spec(cursor=T0 + 2700)
    axis, labels = _text(spec, height=16)[14:]
    plot = axis[8:]
    assert plot.index("D") == spec.column(DEPLOY.timestamp(), 70)
    assert plot.index("O") == spec.column(ONSET.timestamp(), 70)
    assert plot.index("▲") == 35
    assert labels.split() == ["UTC", "13:00", "13:15", "13:30", "13:45", "14:00", "14:15", "14:30"]


def test_marks_in_one_column_stand_beside_each_other() -> None:
    marks = tuple(TimeMark(kind, DEPLOY) for kind in (MarkKind.DEPLOY, MarkKind.ONSET, MarkKind.FIX))
    assert "FDO" in "".join(_text(_spec(marks=marks)))


def test_a_mark_outside_the_window_is_not_drawn() -> None:
    marks = (TimeMark(MarkKind.DEPLOY, START - timedelta(seconds=1)),)
    assert "D" not in "".join(_text(_spec(marks=marks)))


def test_the_heading_tells_the_value_at_the_cursor_and_the_shape() -> None:
    series = _series(unit="/s", shape=SafeText("step at 14:00:03"))
    assert _text(_spec(series, cursor=T0 + 60))[0].split() == ["errors", "0", "/s", "step", "at", "14:00:03"]
    assert _text(_spec(series))[0].split()[:3] == ["errors", "5", "/s"]


def test_a_cursor_in_a_gap_says_that_there_is_no_data() -> None:
    values = [math.nan] * 180 + [1.0] * 180
    assert "no data" in _text(_spec(_series(values=values), cursor=T0 + 600))[0]


def test_a_gap_is_blank_and_an_infinity_does_no_harm() -> None:
    values = [3.0] * 120 + [math.nan] * 60 + [math.inf] * 60 + [3.0] * 120
    drawn = curve_lines([float(n) for n in range(360)], values, span=(0, 360), bottom=0, top=3, width=36, height=1)[0]
    assert drawn[13:23].strip() == ""
    assert "" not in {drawn[:11].strip(), drawn[25:].strip()}


def test_missing_samples_leave_a_gap_too() -> None:
    times = [float(n) for n in (*range(100), *range(200, 300))]
    drawn = curve_lines(times, [1.0] * 200, span=(0, 300), bottom=0, top=1, width=30, height=1)[0]
    assert drawn[11:19].strip() == ""


def test_thinning_loses_no_peak() -> None:
    times = [float(n) for n in range(100_000)]
    values = [0.0] * 100_000
    values[77_777] = 9.0
    xs, ys = sampled(times, values, (0.0, 100_000.0), 70)
    assert max(ys) == 9.0
    assert len(xs) < 70 * 2 * 4


def test_a_chart_may_be_wider_than_the_terminal_of_the_process() -> None:
    assert len(curve_lines([0.0, 1.0], [1.0, 1.0], span=(0, 1), bottom=0, top=1, width=300, height=2)[0]) == 300


@pytest.mark.parametrize("values", [[math.nan] * 360, [math.inf] * 360, [0.0] * 360, [-5.0] * 360, [1e18] * 360])
def test_odd_values_are_drawn_without_failing(values: list[float]) -> None:
    assert len(_text(_spec(_series(values=values)))) == 18


def test_a_cap_in_reach_is_on_the_axis_and_one_far_off_is_not() -> None:
    near = _text(_spec(_series(cap=20.0, values=[5.0] * 360, unit="connections")))
    assert "5/20 connections" in near[0]
    told = SafeText("1m28s before errors, at cap since 14:00:01Z")
    full = _series("pool_checked_out", [20.0] * 360, cap=20.0, unit="connections", shape=told)
    assert _text(_spec(full), 78)[0].split() == ["pool_checked_out", "20/20", *told.plain.split()]
    assert "20/20 connections" in _text(_spec(full), 100)[0]
    assert "20┤╌╌╌" in near[1]
    assert "╌" not in "".join(_text(_spec(_series(cap=1000.0, values=[5.0] * 360))))


def test_series_that_do_not_fit_are_counted_and_the_selected_one_is_shown() -> None:
    many = [_series(f"series {n}") for n in range(10)]
    lines = _text(_spec(*many, selected=8), height=10)
    assert any("▸series 8" in line for line in lines)
    assert "+6" in lines[8]


def test_without_series_or_room_it_says_so() -> None:
    assert render_chart(ChartSpec((), T0, T0 + 60), 60, 5)[0].plain.strip() == "no series in this window"
    assert render_chart(_spec(), 23, 5)[0].plain.strip() == "too small for a chart"


def test_the_ascii_chart_is_ascii() -> None:
    spec = _spec(_series(unit="us", values=[3e-2] * 360), _series(cap=6.0), ascii_only=True, selected=0, cursor=T0 + 99)
    assert "".join(_text(spec)).isascii()


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (4000, "ms", "4 s"), (0.034, "s", "34 ms"), (12e-6, "s", "12 µs"), (0, "s", "0 s"), (0.05, "ratio", "5 %"),
        (1_610_000_000, "bytes", "1.61 GB"), (20, "connections", "20 connections"), (1234, "/s", "1.23 k/s"),
        (0.0344, "", "0.034"), (0.00034, "/s", "0.00034 /s"), (math.nan, "s", "no data"),
        (-2.5, "", "-2.5"), (42, "percent", "42 %"),
    ],
)  # fmt: skip
def test_values_are_written_with_their_unit(value: float, unit: str, shown: str) -> None:
    assert format_value(value, unit) == shown


@pytest.mark.parametrize(
    ("metric", "unit"),
    [("pool_wait_seconds_p99", "seconds"), ("duration_ms", "ms"), ("errors_per_second", "/s"), ("heap_bytes", "bytes"),
     ("hit_ratio", "ratio"), ("latency_p95", ""), ("cpu_seconds_total", ""), ("items", "")],
)  # fmt: skip
def test_a_metric_is_in_the_unit_that_its_name_ends_in(metric: str, unit: str) -> None:
    assert unit_of_metric(metric) == unit


def test_of_two_values_a_unit_that_is_a_word_is_written_once() -> None:
    assert from_to(0.1375, 3.901, "s") == "138 ms → 3.9 s"
    assert from_to(0.0, 3.071, "errors/s") == "0 → 3.07 errors/s"


@pytest.mark.parametrize(("largest", "top"), [(319, 350), (5, 5), (0, 1), (0.0312, 0.035), (1001, 1500), (99, 100)])
def test_the_axis_ends_at_a_round_number(largest: float, top: float) -> None:
    assert round_top(largest) == pytest.approx(top)


def test_ticks_are_round_in_the_chosen_zone() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    ticks = zone_shifted_ticks(T0, T0 + 6 * 3600, 6, india)
    assert [time_label(tick, 3600, india) for tick in ticks] == ["19:00", "20:00", "21:00", "22:00", "23:00", "00:00"]
    assert time_label(T0, 5, UTC) == "13:00:00"
    assert time_label(T0, 86400, UTC) == "11-24"


def test_only_the_cells_that_changed_are_found() -> None:
    red = Style(color="red")
    old = Strip([Segment("abc", red), Segment("日def")])
    assert changed_cells(old, Strip([Segment("abc", red), Segment("日def")])) is None
    assert changed_cells(old, Strip([Segment("abc", red), Segment("日dXf")])) == (6, 7)
    assert changed_cells(old, Strip([Segment("abc"), Segment("日def")])) == (0, 3)


def test_plotext_and_polars_are_not_loaded_before_the_first_chart() -> None:
    heavy = "import sys, triage_tui.ui.widgets.chart, triage_tui.ui.widgets.log_view, triage_tui.ui.widgets.ladder; "
    asked = "print({name for name in ('plotext', 'textual_plotext', 'polars', 'numpy') if name in sys.modules})"
    ran = subprocess.run([sys.executable, "-c", heavy + asked], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


async def test_the_same_series_again_draw_no_cell() -> None:
    view = ChartView()
    app = ShownApp(view)
    async with app.run_test(size=(78, 18)) as pilot:
        view.show(_spec())
        await app.workers.wait_for_complete()
        await pilot.pause()
        drawn = list(view._strips)
        view.show(_spec())
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [changed_cells(old, new) for old, new in zip(drawn, view._strips, strict=True)] == [None] * 18


async def test_the_widget_draws_its_series_and_a_moved_cursor_redraws_two_columns() -> None:
    view = ChartView()
    app = ShownApp(view)
    async with app.run_test(size=(78, 18)) as pilot:
        view.show(_spec(_series(values=[5.0] * 360), cursor=T0 + 600))
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "errors" in app.drawn()[0]
        dirty: list[Region] = []
        refresh = view.refresh

        def noted(*regions: Region, **options: bool) -> ChartView:
            dirty.extend(regions)
            return refresh(*regions, **options)

        view.refresh = noted  # type: ignore[method-assign]  # notes what is drawn again
        view.set_cursor(START + timedelta(seconds=700))
        await pilot.pause()
        assert dirty
        assert sum(region.area for region in dirty) <= 3 * 18
        assert "▲" in app.drawn()[16]


async def test_the_widget_is_drawn_again_for_another_size_and_says_when_it_is_empty() -> None:
    view = ChartView()
    app = ShownApp(view)
    async with app.run_test(size=(78, 18)) as pilot:
        view.show(_spec())
        await app.workers.wait_for_complete()
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "14:30" in app.drawn()[-1]
        assert max(len(line) for line in app.drawn()) > 100
        view.show(None)
        await pilot.pause()
        assert app.drawn()[0].strip() == "no metrics in this window"
