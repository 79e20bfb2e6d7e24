"""One curve as lines of characters, by plotext: its figure alone, without its axes, colours or global state."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import Any

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_POINTS_PER_COLUMN = 4
_LONGEST_STEP = 2.5
# What stands for "no limit" in many a gauge, such as the largest float, leaves no room to draw anything else.
_LARGEST_DRAWN = 1e300


def curve_lines(
    times: Sequence[float],
    values: Sequence[float],
    *,
    span: tuple[float, float],
    bottom: float,
    top: float,
    width: int,
    height: int,
    ascii_only: bool = False,
) -> list[str]:
    """Draw values over times as ``height`` lines of ``width`` characters; blanks where there is no curve.

    ``span`` is the time axis, in the same seconds as ``times``. NaN and missing samples (more than 2.5 usual steps
    apart) leave gaps, what cannot be drawn is left out. Safe in a thread.
    """
    xs, ys = sampled(times, values, span, width)
    if not any(map(can_be_drawn, ys)):
        return [" " * width] * height
    figure = _figure_class()()
    figure.unlimited(width, height)
    figure.plot(xs, ys, marker="*" if ascii_only else "braille")
    figure.xlim(*span)
    figure.ylim(bottom, top)
    lines = _ESCAPE.sub("", figure.build()).split("\n")[:height]
    return [line[:width].ljust(width) for line in lines] + [" " * width] * (height - len(lines))


def sampled(
    times: Sequence[float], values: Sequence[float], span: tuple[float, float], width: int
) -> tuple[list[float], list[float]]:
    """Return finite samples in the span with NaN between those that are too far apart, thinned for the width.

    Thinning keeps the lowest and the highest value of each slot, so that no peak is lost.
    """
    kept = [(t, v) for t, v in zip(times, values, strict=True) if math.isnan(v) or can_be_drawn(v)]
    step = median(after[0] - before[0] for before, after in pairwise(kept)) if len(kept) > 1 else 0.0
    inside = [(t, v) for t, v in kept if span[0] - step <= t <= span[1] + step]
    points = _with_gaps(_thinned(inside, span, width * 2), max(step, _slot(span, width)) * _LONGEST_STEP)
    return [t for t, _ in points], [v for _, v in points]


def can_be_drawn(value: float) -> bool:
    """Tell whether a value has a place on an axis: no NaN, no infinity, and none that is as good as one."""
    return abs(value) <= _LARGEST_DRAWN


def _slot(span: tuple[float, float], width: int) -> float:
    return (span[1] - span[0]) / max(width, 1) / 2


def _thinned(points: list[tuple[float, float]], span: tuple[float, float], slots: int) -> list[tuple[float, float]]:
    if len(points) <= slots * _POINTS_PER_COLUMN:
        return points
    scale = slots / max(span[1] - span[0], 1e-9)
    grouped: dict[int, list[tuple[float, float]]] = {}
    for point in points:
        grouped.setdefault(int((point[0] - span[0]) * scale), []).append(point)
    return [point for _, group in sorted(grouped.items()) for point in _extremes(group)]


def _extremes(group: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the lowest and the highest sample of a slot in time order; a NaN in it stays a gap."""
    finite = [point for point in group if not math.isnan(point[1])]
    if not finite:
        return group[:1]
    ends = {min(finite, key=lambda point: point[1]), max(finite, key=lambda point: point[1])}
    return sorted(ends)


def _with_gaps(points: list[tuple[float, float]], longest: float) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for point in points:
        if out and point[0] - out[-1][0] > longest:
            out.append(((point[0] + out[-1][0]) / 2, math.nan))
        out.append(point)
    return out


@lru_cache(1)
def _figure_class() -> Any:
    """Return plotext's figure without axes, at any size; imported with the first chart, since it takes 30 ms."""
    from textual_plotext.plot import Plot

    class Canvas(Plot):
        def unlimited(self, width: int, height: int) -> None:
            """Take exactly this size, whatever plotext believes the terminal's to be."""
            self._limit_size(width=False, height=False)  # type: ignore[attr-defined]  # plotext ships no types
            self.plotsize(width, height)
            self.theme("clear")
            self.frame(False)
            self.xfrequency(0)
            self.yfrequency(0)

    return Canvas
