"""Records of the window under investigation and of its baseline."""

from __future__ import annotations

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
