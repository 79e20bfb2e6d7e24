"""Series from a metrics frame: one regular grid each, counters as rates, and what the name says of their role."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.investigation.evidence import SignalHint
from triage_tui.investigation.findings import SignalRole
from triage_tui.investigation.time_window import TimeWindow, utc_from_epoch
from triage_tui.investigation.units import unit_of_metric

FloatArray = npt.NDArray[np.float64]

# A grid this many times longer than its samples is not a scrape interval with gaps but events at odd times.
_SPARSEST_GRID = 20
# Squares of such values and their sums still fit a double.
_BEYOND_MEASURE = 1e100
_COUNTER_NAME = re.compile(r"_(total|count|sum|bucket)$")
# Resets are rare: a "counter" that falls more often than this is a gauge with an unlucky name.
_MOST_RESETS = 0.05

_ROLE_WORDS: tuple[tuple[SignalRole, re.Pattern[str]], ...] = (
    ("errors", re.compile(r"err(or)?s?(_|\b|$)|fail|5xx|fault|exception|throttle|cancel|reject|timeout|drop|"
                          r"availab|success|abort|refused|panic")),
    ("latency", re.compile(r"latenc|duration|p(50|75|90|95|99|999)|response_?time|_ms$|wait|elapsed|pause|_seconds$|"
                           r"lag(_|$)")),
    ("saturation", re.compile(r"mem|cpu|disk|pool|conn|queue|buffer|heap|fds?_|fd_|file_?desc|thread|util|saturat|"
                              r"usage|used|in_use|capacity|backlog|pending|inflight|goroutine|rss|swap|load|inode|gc")),
    ("traffic", re.compile(r"request|rps|qps|ops|traffic|workload|throughput|hits|calls|bytes|packets|rate_in|orders")),
)  # fmt: skip
_GOOD_WHEN_HIGH = re.compile(r"availab|success|uptime|healthy|hit_?ratio|hit_?rate|free|idle|remaining|(^|_)up$")


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One time series on a regular grid.

    Attributes:
        start: the time of the first grid point, seconds since 1970 UTC.
        step: seconds between grid points.
        values: one value a grid point, NaN where the scrape is missing; counters are rates per second.
        raised: True where the metric is a counter, so that ``values`` are its rates.
        cap: the limit that a hint names, in the series' own unit.
        unit: what a hint names, or its metric's name; "" where neither does.
    """

    service: str | None
    metric: str
    labels: str
    role: SignalRole
    start: float
    step: float
    values: FloatArray
    raised: bool = False
    cap: float | None = None
    unit: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """A sort key that does not depend on the input's order."""
        return (self.service or "", self.metric, self.labels)

    @property
    def label_map(self) -> dict[str, str]:
        """The labels beyond service."""
        return {str(key): str(value) for key, value in json.loads(self.labels).items()} if self.labels else {}

    def epoch(self, row: float) -> float:
        """The time of a grid row, seconds since 1970 UTC."""
        return self.start + self.step * row

    def at(self, row: float) -> datetime:
        """The time of a grid row, UTC."""
        return utc_from_epoch(self.epoch(row))

    def row(self, moment: datetime | float) -> int:
        """The first grid row at or after a moment; it may lie outside the grid."""
        epoch = moment if isinstance(moment, float | int) else moment.timestamp()
        return int(np.ceil((epoch - self.start) / self.step - 1e-9))

    def rows(self, window: TimeWindow) -> slice:
        """The grid rows inside a half-open window."""
        size = len(self.values)
        return slice(*(min(max(self.row(end), 0), size) for end in (window.start, window.end)))


def infer_role(metric: str) -> SignalRole:
    """Guess which of the four golden signals a metric is, from the words of its name; "other" where none fits."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", metric).lower()
    return next((role for role, words in _ROLE_WORDS if words.search(name)), "other")


def rises_mean_trouble(metric: str) -> bool:
    """Tell whether a rise is the bad direction: not for availability, hit ratios or what is left of a resource."""
    return _GOOD_WHEN_HIGH.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", metric).lower()) is None


def series_of(metrics: pl.DataFrame, hints: Sequence[SignalHint] = ()) -> tuple[Series, ...]:
    """Split a metrics frame into its series, ordered by service, metric and labels.

    ``metrics`` follows ``frame_schema(METRICS)`` in any row order. Samples of one series at the same grid point are
    averaged, infinities and what no counter can reach count as missing, and a series without a value is left out.
    """
    finite = metrics.filter((pl.col("value").abs() < _BEYOND_MEASURE) & pl.col("time").is_not_null())
    keys = ["service", "metric", "labels"]
    ordered = (
        finite.with_columns(pl.col("service").fill_null(""), pl.col("labels").fill_null(""))
        .select(*keys, pl.col("time").dt.epoch("us").alias("at"), "value")
        .sort(*keys, "at", "value")
    )
    return tuple(_one_series(*part, hints) for part in _parts(ordered))


def _parts(ordered: pl.DataFrame) -> Iterator[tuple[tuple[str, str, str], FloatArray, FloatArray]]:
    sizes = ordered.group_by("service", "metric", "labels", maintain_order=True).len()
    times = ordered["at"].to_numpy() / 1e6
    values = ordered["value"].to_numpy()
    end = 0
    for service, metric, labels, size in sizes.iter_rows():
        start, end = end, end + size
        yield (service, metric, labels), times[start:end], values[start:end]


def _one_series(
    key: tuple[str, str, str], times: FloatArray, values: FloatArray, hints: Sequence[SignalHint]
) -> Series:
    service, metric, labels = key
    step = _step(times)
    grid = _on_grid(times, values, step)
    counter = _is_counter(metric, grid)
    hint = _hint_for(hints, service, metric)
    return Series(
        service=service or None,
        metric=metric,
        labels=labels,
        role=(hint.role if hint else None) or infer_role(metric),
        start=float(times[0]),
        step=step,
        values=_rate(grid, step) if counter else grid,
        raised=counter,
        cap=hint.cap if hint else None,
        unit=_unit(metric, hint, counter=counter),
    )


def _unit(metric: str, hint: SignalHint | None, *, counter: bool) -> str:
    """The unit of a series' values; the values of a counter are its rates."""
    unit = (hint.unit if hint else None) or unit_of_metric(metric)
    return f"{unit}/s" if counter and unit and not unit.endswith("/s") else unit


def _hint_for(hints: Sequence[SignalHint], service: str, metric: str) -> SignalHint | None:
    named = [hint for hint in hints if hint.metric == metric and hint.service in (None, service)]
    return max(named, key=lambda hint: hint.service is not None, default=None)


def _step(times: FloatArray) -> float:
    """Infer the scrape interval: the median distance between samples, which missing scrapes do not move."""
    distances = np.diff(times)
    distances = distances[distances > 0]
    if not len(distances):
        return 1.0
    step = float(np.median(distances))
    return max(step, float(times[-1] - times[0]) / (_SPARSEST_GRID * len(times)))


def _on_grid(times: FloatArray, values: FloatArray, step: float) -> FloatArray:
    rows = np.rint((times - times[0]) / step).astype(np.int64)
    size = int(rows[-1]) + 1
    counts = np.bincount(rows, minlength=size)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(rows, weights=values, minlength=size) / counts, dtype=np.float64)


def _is_counter(metric: str, grid: FloatArray) -> bool:
    if not _COUNTER_NAME.search(metric):
        return False
    present = grid[np.isfinite(grid)]
    moves = np.diff(present)
    return len(moves) > 0 and bool(present[0] >= 0) and int((moves < 0).sum()) <= max(1, _MOST_RESETS * len(moves))


def _rate(grid: FloatArray, step: float) -> FloatArray:
    """Turn a counter into its rate per second; a reset, the first sample and gaps are missing."""
    present = np.flatnonzero(np.isfinite(grid))
    rates = np.full(len(grid), np.nan)
    moves = np.diff(grid[present]) / (np.diff(present) * step)
    rates[present[1:]] = np.where(moves >= 0, moves, np.nan)
    return rates


def labels_text(labels: Mapping[str, str]) -> str:
    """Write labels as a METRICS frame holds them."""
    return json.dumps(labels, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if labels else ""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Series side by side: one row a series, one column a point in time, NaN where a series has no sample.

    ``start`` is the first column's time in seconds since 1970 UTC, ``step`` the seconds between columns.
    """

    values: FloatArray
    start: float
    step: float

    def at(self, column: int) -> datetime:
        """The time of a column, UTC."""
        return utc_from_epoch(self.start + self.step * column)

    def column(self, moment: datetime) -> int:
        """The first column at or after a moment, within the grid."""
        column = int(np.ceil((moment.timestamp() - self.start) / self.step - 1e-9))
        return min(max(column, 0), int(self.values.shape[1]))


def aligned(series: Sequence[Series]) -> Grid:
    """Lay series of different grids side by side, at the median of their steps."""
    step = float(np.median([one.step for one in series if len(one.values) > 1] or [1.0]))
    start = min(one.start for one in series)
    end = max(one.epoch(len(one.values) - 1) for one in series)
    size = min(round((end - start) / step), _SPARSEST_GRID * max(len(one.values) for one in series)) + 1
    values = np.full((len(series), size), np.nan)
    for row, one in enumerate(series):
        present = np.flatnonzero(np.isfinite(one.values))
        columns = np.rint((one.start - start + present * one.step) / step).astype(np.int64)
        values[row, np.minimum(columns, size - 1)] = one.values[present]
    return Grid(values, start, step)
