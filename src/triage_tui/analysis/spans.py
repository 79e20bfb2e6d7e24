"""Records of the window under investigation and of its baseline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl

from triage_tui.investigation.time_window import TimeWindow


def within(frame: pl.DataFrame, window: TimeWindow | None, baseline: TimeWindow | None = None) -> pl.DataFrame:
    """Keep the rows whose ``time`` lies in the window or the baseline; all of them where no window is given."""
    if window is None:
        return frame
    spans = [window] if baseline is None else [window, baseline]
    return frame.filter(
        pl.any_horizontal(pl.col("time").is_between(one.start, one.end, closed="left") for one in spans)
    )


def extent(frames: Iterable[pl.DataFrame], reaches: Iterable[TimeWindow | None] = ()) -> TimeWindow | None:
    """Return the span from the first to the last ``time`` of these frames, UTC; None where they hold no times.

    It covers ``reaches``, over which there is more than the frames have.
    """
    times = [frame["time"] for frame in frames if "time" in frame.columns]
    ends = [end for column in times for end in (column.min(), column.max()) if isinstance(end, datetime)]
    whole = TimeWindow(min(ends), max(ends) + timedelta(microseconds=1)) if ends else None
    for reach in reaches:
        whole = whole if reach is None else reach.covering(whole)
    return whole
