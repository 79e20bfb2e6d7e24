"""Requests before and after a fix, counted out of the logs for the comparison in ``recovery``."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from triage_tui.analysis.recovery import Counts, compare
from triage_tui.investigation.findings import Onset, Recovery


def recovery_of(requests: pl.DataFrame, *, onset: Onset, fixed_at: datetime) -> Recovery:
    """Compare requests, as ``Outcomes`` has them, from the onset to the fix with those since the fix (times UTC).

    Healthy is what came before the onset. Without an onset everything before the fix is the trouble. A request counts
    where it began.
    """
    started = onset.earliest or fixed_at
    at = pl.col("time")
    since = started if started < fixed_at else None
    before = (
        requests.filter(at < fixed_at) if since is None else requests.filter(at.is_between(since, fixed_at, "left"))
    )
    healthy = requests.filter(at < since) if since is not None else None
    return compare(
        _counts(before),
        _counts(requests.filter(at >= fixed_at)),
        fixed_at=fixed_at,
        healthy=_counts(healthy) if healthy is not None and healthy.height else None,
    )


def _counts(requests: pl.DataFrame) -> Counts:
    first, last = requests["time"].min(), requests["time"].max()
    minutes = (last - first).total_seconds() / 60 if isinstance(first, datetime) and isinstance(last, datetime) else 0.0
    return Counts(int(requests["failed"].sum()), requests.height, minutes)
