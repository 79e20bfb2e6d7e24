"""Small charts on one time axis, drawn as lines of styled text. Pure, so that it may run in a thread."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from textual.content import Content

from triage_tui.investigation.units import format_value
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.chart_axes import (
    heading_unit,
    round_top,
    tick_value,
    time_label,
    zone_name,
    zone_shifted_ticks,
)
from triage_tui.ui.widgets.chart_curve import can_be_drawn, curve_lines
from triage_tui.ui.widgets.chart_spec import ChartSeries, ChartSpec
from triage_tui.ui.widgets.time_marks import MARK_STYLES

GUTTER = 7
SMALLEST_WIDTH = 24
_AXIS_ROWS = 2
_LEAST_ROWS = 2
_TICK_CELLS = 9
_STALE_SHARE = 0.03
_KEPT_CURVES = 64
_LABEL_SHARE = 45

Cell = tuple[str, str]


def render_chart(spec: ChartSpec, width: int, height: int) -> tuple[Content, ...]:
    """Draw a chart into exactly ``height`` lines of ``width`` cells; styles name theme variables.

    Each series has a heading (label, value at the cursor, shape) and a curve with its own axis; charts that do not fit
    are counted in the last line. Without room or series, one line says so.
    """
    plot = width - GUTTER - 1
    if not spec.series or width < SMALLEST_WIDTH or height < _AXIS_ROWS + _LEAST_ROWS or spec.end <= spec.start:
        reason = "no series in this window" if not spec.series else "too small for a chart"
        return _padded([Content.styled(f" {reason}"[:width], "$muted")], height)
    shown, rows = _fitting(spec, height - _AXIS_ROWS)
    lines: list[Content] = []
    for index, given in zip(shown, rows, strict=True):
        series = spec.series[index]
        lines.append(_heading(spec, series, width, selected=index == spec.selected))
        lines += _curve(spec, series, plot, given - 1)
    return _padded([*lines, *_time_axis(spec, plot, hidden=len(spec.series) - len(shown))], height)


def _fitting(spec: ChartSpec, height: int) -> tuple[list[int], list[int]]:
    """Return which series fit, around the selected one, and how many rows each gets."""
    count = min(len(spec.series), max(1, height // _LEAST_ROWS))
    selected = spec.selected or 0
    first = max(0, min(selected - count // 2, len(spec.series) - count)) if selected >= count else 0
    base, more = divmod(height, count)
    return list(range(first, first + count)), [base + (n < more) for n in range(count)]


def _heading(spec: ChartSpec, series: ChartSeries, width: int, *, selected: bool) -> Content:
    """Write "▸ p95 latency  4.1 s at 14:03:20  leads errors 6m"; label and shape share what room there is.

    Where there is not enough, a value beside its cap goes without its unit.
    """
    value = format_value(_value_at(spec, series), series.unit, ascii_only=spec.ascii_only)
    cap = f"/{tick_value(series.cap, series.unit)}" if series.cap is not None else ""
    if cap and heading_unit(series.unit):
        bare, _, unit = value.partition(" ")
        wanted = series.label.cell_length + len(f"{value}{cap}") + series.shape.cell_length + 6
        value = f"{bare}{cap} {unit}" if wanted <= width else f"{bare}{cap}"
    else:
        value += cap
    room = max(0, width - len(value) - 6)
    label_cells = max(room * _LABEL_SHARE // 100, room - series.shape.cell_length)
    label = series.label.cut(label_cells).plain
    shape = series.shape.cut(room - SafeText(label).cell_length).plain
    mark = (">" if spec.ascii_only else "▸") if selected else " "
    shape_style = "bold $level-warning" if series.alarming else "$muted"
    left = Content.assemble(
        (mark, "bold $mark-cursor"), (label, f"bold $series-{series.role}"), "  ", SafeText(value).content("bold")
    )
    gap = max(2, width - left.cell_length - SafeText(shape).cell_length - 1)
    return Content.assemble(left, " " * gap, (shape, shape_style)) if shape else left


def _value_at(spec: ChartSpec, series: ChartSeries) -> float:
    """Return the last finite value at or before the cursor, NaN where there is none that is recent enough."""
    moment = spec.end if spec.cursor is None else spec.cursor
    recent = moment - (spec.end - spec.start) * _STALE_SHARE
    found = math.nan
    for time, value in zip(series.times, series.values, strict=True):
        if time > moment:
            break
        if time >= recent:
            found = value
    return found


def _curve(spec: ChartSpec, series: ChartSeries, width: int, height: int) -> list[Content]:
    if height < 1:
        return []
    bottom, top = _y_range(spec, series)
    drawn = _drawn_curve(series, (spec.start, spec.end), (bottom, top), (width, height), spec.ascii_only)
    cells: list[list[Cell]] = [[(c, f"$series-{series.role}" if c != " " else "") for c in line] for line in drawn]
    _draw_cap(spec, series, cells, bottom, top)
    _draw_marks(spec, cells)
    return [
        _ticked(spec, series, top if row == 0 else bottom if row == height - 1 else None) + _joined(line)
        for row, line in enumerate(cells)
    ]


@lru_cache(_KEPT_CURVES)
def _drawn_curve(
    series: ChartSeries,
    span: tuple[float, float],
    y_range: tuple[float, float],
    size: tuple[int, int],
    ascii_only: bool,
) -> tuple[str, ...]:
    """Draw a curve once for a series (by identity) and size; a moved cursor then costs no drawing."""
    lines = curve_lines(
        series.times, series.values, span=span, bottom=y_range[0], top=y_range[1], width=size[0], height=size[1],
        ascii_only=ascii_only,
    )  # fmt: skip
    return tuple(lines)


def _y_range(spec: ChartSpec, series: ChartSeries) -> tuple[float, float]:
    """Return a range from zero, or from the least value where that is below; a cap within reach is on it."""
    values = [
        value for time, value in zip(series.times, series.values, strict=True)
        if can_be_drawn(value) and spec.start <= time <= spec.end
    ]  # fmt: skip
    largest, least = max(values, default=0.0), min(values, default=0.0)
    cap_in_reach = series.cap is not None and largest * 5 >= series.cap
    if cap_in_reach and series.cap is not None and largest <= series.cap:
        return min(least, 0.0), series.cap
    return (-round_top(-least) if least < 0 else 0.0), round_top(largest)


def _draw_cap(spec: ChartSpec, series: ChartSeries, cells: list[list[Cell]], bottom: float, top: float) -> None:
    if series.cap is None or not bottom <= series.cap <= top:
        return
    row = round((top - series.cap) / (top - bottom) * (len(cells) - 1))
    dash = "-" if spec.ascii_only else "╌"
    cells[row] = [(dash, "$cap-line") if char == " " else (char, style) for char, style in cells[row]]


def _draw_marks(spec: ChartSpec, cells: list[list[Cell]]) -> None:
    """Draw marks and cursor through the chart, behind the curve; the cursor also colours the curve's cell."""
    width = len(cells[0])
    for mark in spec.marks:
        column = spec.column(mark.at.timestamp(), width)
        if column is not None:
            _draw_column(cells, column, "|" if spec.ascii_only else "┆", MARK_STYLES[mark.kind], through_curve=False)
    cursor = None if spec.cursor is None else spec.column(spec.cursor, width)
    if cursor is not None:
        _draw_column(cells, cursor, ":" if spec.ascii_only else "│", "bold $mark-cursor", through_curve=True)


def _draw_column(cells: list[list[Cell]], column: int, char: str, style: str, *, through_curve: bool) -> None:
    for line in cells:
        old, old_style = line[column]
        on_curve = old_style.startswith("$series")
        if not on_curve:
            line[column] = (char, style)
        elif through_curve:
            line[column] = (old, style)


def _ticked(spec: ChartSpec, series: ChartSeries, value: float | None) -> Content:
    text = "" if value is None else tick_value(value, series.unit, ascii_only=spec.ascii_only)
    edge = "|" if spec.ascii_only else ("┤" if value is not None else "│")
    return Content.styled(f"{text[:GUTTER]:>{GUTTER}}{edge}", "$axis")


def _time_axis(spec: ChartSpec, width: int, *, hidden: int) -> list[Content]:
    """Draw the axis with ticks, D, O, F and the cursor on it, and the times below."""
    ticks = zone_shifted_ticks(spec.start, spec.end, max(1, width // _TICK_CELLS), spec.zone)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else spec.end - spec.start
    line, joint = ("-", "+") if spec.ascii_only else ("─", "┬")
    axis: list[Cell] = [(line, "$axis")] * width
    labels = [" "] * width
    for tick in ticks:
        column = spec.column(tick, width)
        if column is not None:
            axis[column] = (joint, "$axis")
            _write_label(labels, column, time_label(tick, step, spec.zone))
    _letter_marks(spec, axis)
    corner = "+" if spec.ascii_only else "└"
    note = f"+{hidden}" if hidden else ""
    zone = zone_name(spec.start, spec.zone)
    return [
        Content.styled(f"{note:>{GUTTER}}{corner}", "$axis") + _joined(axis),
        Content.styled(f"{zone:>{GUTTER}} {''.join(labels).rstrip()}", "$axis"),
    ]


def _write_label(labels: list[str], column: int, text: str) -> None:
    """Write a label centred under its column where it touches no other."""
    first = max(0, min(column - len(text) // 2, len(labels) - len(text)))
    around = labels[max(0, first - 1) : first + len(text) + 1]
    if all(char == " " for char in around):
        labels[first : first + len(text)] = text


def _letter_marks(spec: ChartSpec, axis: list[Cell]) -> None:
    """Put the letters on the axis; one that would fall on another stands beside it."""
    cursor = None if spec.cursor is None else spec.column(spec.cursor, len(axis))
    if cursor is not None:
        axis[cursor] = ("^" if spec.ascii_only else "▲", "bold $mark-cursor")
    taken: set[int] = set()
    for mark in sorted(spec.marks, key=lambda mark: mark.at):
        column = spec.column(mark.at.timestamp(), len(axis))
        if column is None:
            continue
        free = next((c for c in (column, column + 1, column - 1) if c not in taken and 0 <= c < len(axis)), column)
        taken.add(free)
        axis[free] = (str(mark.kind), MARK_STYLES[mark.kind])


def _joined(cells: Iterable[Cell]) -> Content:
    """Join cells, one span a run of the same style."""
    runs = groupby(cells, key=lambda cell: cell[1])
    return Content.assemble(*(("".join(char for char, _ in run), style) for style, run in runs))


def _padded(lines: list[Content], height: int) -> tuple[Content, ...]:
    return tuple((lines + [Content("")] * height)[:height])
