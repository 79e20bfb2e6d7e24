"""Caps: which series is a limit, which gauge it caps, and since when the gauge sits at it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from triage_tui.analysis.metric_shapes_model import ShapedSeries
from triage_tui.analysis.series import Series

_FLAT_RUN = 5
_AT_CAP = 0.01
_SHARE_AT_CAP = 0.8
# What is handed out one by one stays flat where there is no more. Memory, open files or a timed-out latency stay flat
# wherever they settle: of them a flat run tells no cap.
_HANDED_OUT = re.compile(
    r"pool|conn|slot|worker|thread|session|permit|token|in_?use|checked_?out|in_?flight|queue|pending|util|percent|ratio"
)
_AMOUNT = re.compile(r"byte|mem|rss|heap|fds?(_|$)|file_?desc|goroutine")


def saturated(shaped: ShapedSeries) -> ShapedSeries:
    """Tell a rise that ends in a flat run at a cap from one that merely levels off.

    A given cap counts where most of the last values lie within one percent of it, or where the rise to it has ended
    since; without one, the flat run itself (five or more equal values at the maximum) names it, but only of slots that
    are handed out.
    """
    if shaped.shape == "spike" and shaped.cap is not None:
        return _was_at_cap(shaped, shaped.cap)
    if shaped.shape not in {"creep", "step"} or shaped.rise <= 0:
        return shaped
    if shaped.cap is None and not _is_handed_out(shaped.series):
        return shaped
    values = shaped.series.values
    present = np.flatnonzero(np.isfinite(values))
    top = float(values[present].max())
    cap = shaped.cap if shaped.cap is not None else top
    near = np.abs(values[present] - cap) <= _AT_CAP * abs(cap) * (1.0 if shaped.cap is not None else 1e-3)
    since = _held_from(near)
    if since is None or present[since] <= shaped.breaks[0]:
        return shaped
    row = int(present[since])
    return replace(shaped, shape="saturated", cap=cap, at_cap_row=row, after=cap)


def _is_handed_out(series: Series) -> bool:
    name = series.metric.lower()
    return series.role in {"saturation", "other"} and bool(_HANDED_OUT.search(name)) and not _AMOUNT.search(name)


def _was_at_cap(shaped: ShapedSeries, cap: float) -> ShapedSeries:
    """Tell a rise to its given cap that ended later, as a pool's does when it is restarted, from a mere spike."""
    values = shaped.series.values
    present = np.flatnonzero(np.isfinite(values))
    near = np.abs(values[present] - cap) <= _AT_CAP * abs(cap)
    runs = np.flatnonzero(np.convolve(near, np.ones(_FLAT_RUN), mode="valid") >= _FLAT_RUN)
    held = runs[present[runs] >= shaped.breaks[0]]
    if not len(held):
        return shaped
    return replace(shaped, shape="saturated", at_cap_row=int(present[held[0]]), after=cap)


def _held_from(near: npt.NDArray[np.bool_]) -> int | None:
    """The first index from which most values are at the cap, at least a flat run of them."""
    hits = np.flatnonzero(near)
    for index in hits:
        held = near[index:]
        if (
            len(held) >= _FLAT_RUN
            and float(held.mean()) >= _SHARE_AT_CAP
            and bool(held[:_FLAT_RUN].mean() >= _SHARE_AT_CAP)
        ):
            return int(index)
    return None


def is_limit(series: Series) -> bool:
    """Tell whether a series is a limit: constant, and named one."""
    words = ("max", "limit", "cap", "size", "quota")
    present = series.values[np.isfinite(series.values)]
    return (
        len(present) > 0
        and float(np.ptp(present)) == 0.0
        and any(word in series.metric.lower().replace("-", "_").split("_") for word in words)
    )


def with_sibling_cap(series: Series, limits: Sequence[Series]) -> Series:
    """Take the cap from a constant series of the same service whose name shares most words, as pool_max for pool."""
    if series.cap is not None or not limits or not np.isfinite(series.values).any():
        return series
    words = set(series.metric.lower().split("_"))
    shared = [
        (len(words & set(one.metric.lower().split("_"))), float(np.nanmax(one.values)))
        for one in limits
        if one.service == series.service and one.metric != series.metric
    ]
    fitting = [(count, cap) for count, cap in shared if count > 0 and np.nanmax(series.values) <= cap * (1 + _AT_CAP)]
    return replace(series, cap=max(fitting)[1]) if fitting else series
