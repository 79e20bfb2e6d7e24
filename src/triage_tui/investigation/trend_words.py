"""Where the errors are going, in the words of the screen, the report and the answers alike."""

from __future__ import annotations

from triage_tui.investigation.findings import Trend


def trend_in_words(trend: Trend) -> str:
    """Write a trend with its figures: "worsening, +11% in 10 min (n=47)"; errors that stopped have no slope."""
    if trend.last_error_at is not None:
        going = f": no error since {trend.last_error_at:%H:%M:%SZ}"
    else:
        going = f", {trend.per_10_min:+.0%} in 10 min" if trend.per_10_min is not None else ""
    return f"{trend.verdict}{going} (n={trend.n:,})"
