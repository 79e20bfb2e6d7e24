"""How many records of each level there were, over time."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from triage_tui.investigation.time_window import TimeWindow

_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def level_counts(index: pl.DataFrame, every: timedelta, window: TimeWindow | None = None) -> pl.DataFrame:
    """Count records by bucket and level, from an index or a LOGS frame.

    Returns ``start`` (``Datetime("us", "UTC")``, a multiple of ``every`` since 1970), ``level`` (null where unknown)
    and ``count``, sorted; buckets without a record are left out, and so are records without a time.
    """
    counted = index.lazy().select("time", "level").drop_nulls("time")
    if window is not None:
        counted = counted.filter(pl.col("time").is_between(window.start, window.end, closed="left"))
    starts = pl.col("time").dt.truncate(every).alias("start")
    return counted.group_by(starts, "level").len("count").sort("start", "level", nulls_last=True).collect()


def bucket_width(window: TimeWindow, most: int) -> timedelta:
    """The finest round width, from a second to days, that cuts a window into at most ``most`` buckets."""
    wanted = window.length.total_seconds() / max(1, most)
    fitting = next((width for width in _WIDTHS if width >= wanted), None)
    return timedelta(seconds=fitting) if fitting else timedelta(days=-(-wanted // 86400))
