"""Attribute sets in minute counts of requests: the bad minutes against the ones before them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from triage_tui.analysis.attributes import attribute_pattern, rank_sets
from triage_tui.analysis.spans import within
from triage_tui.analysis.surges import densest
from triage_tui.investigation.findings import Pattern
from triage_tui.investigation.time_window import TimeWindow

_COUNTED = ("time", "bad", "total")
_MOST_FIELDS = 16


def count_patterns(
    counts: pl.DataFrame, window: TimeWindow | None, baseline: TimeWindow | None, fired_at: datetime | None = None
) -> tuple[Pattern, ...]:
    """Rank the attribute sets in which the failures of the bad minutes sit, best first; nothing in calm counts.

    ``counts`` follows ``frame_schema(REQUEST_COUNTS)``. The bad minutes are those of the window where a baseline is
    given too, else those in which the failure share stands out most; the rest is the past.
    """
    fields = tuple(sorted(name for name in counts.columns if name not in _COUNTED))[:_MOST_FIELDS]
    bad, past = _split(counts, window, baseline, fired_at)
    cells = _sums(bad, fields, "bad", "total")
    if past.height:
        cells = cells.join(
            _sums(past, fields, "past_bad", "past_total"), on=fields, how="left", nulls_equal=True
        ).with_columns(pl.col("past_bad", "past_total").fill_null(0.0))
    return tuple(attribute_pattern(one) for one in rank_sets(cells, fields) if one.is_beyond_chance)


def _split(
    counts: pl.DataFrame, window: TimeWindow | None, baseline: TimeWindow | None, fired_at: datetime | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    timed = counts.filter(pl.col("time").is_not_null())
    if timed.is_empty():
        return counts, counts.head(0)
    if window is not None and baseline is not None:
        return within(timed, window), within(timed, baseline)
    if window is not None:
        timed = within(timed, window)
    start, end = _bad_minutes(timed, fired_at)
    return timed.filter(pl.col("time").is_between(start, end)), timed.filter(pl.col("time") < start)


def _bad_minutes(counts: pl.DataFrame, fired_at: datetime | None) -> tuple[datetime, datetime]:
    """The run of minutes in which the failure share stands out most; it may not end before the alert."""
    minutes = counts.group_by("time").agg(pl.col("bad").sum(), pl.col("total").sum()).sort("time")
    if fired_at is not None and minutes["time"].min() < fired_at:  # type: ignore[operator]  # a time column
        minutes = minutes.filter(pl.col("time") <= fired_at)
    times = minutes["time"].to_list()
    if minutes.height < 2:  # noqa: PLR2004 - nothing to compare with
        return times[0], times[-1]
    first, last, _ = densest(*(minutes[name].to_numpy().astype(np.float64) for name in ("bad", "total")))
    return times[first], times[last]


def _sums(counts: pl.DataFrame, fields: tuple[str, ...], bad: str, total: str) -> pl.DataFrame:
    return counts.group_by(fields).agg(pl.col("bad").sum().alias(bad), pl.col("total").sum().alias(total))
