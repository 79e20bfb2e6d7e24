"""The patterns that a log shows, most evident first."""

from __future__ import annotations

import polars as pl

from triage_tui.analysis.actors import actor_patterns
from triage_tui.analysis.attributes import attribute_patterns
from triage_tui.analysis.every_n import every_n_patterns
from triage_tui.analysis.gaps import gap_patterns
from triage_tui.analysis.missing_lines import missing_line_patterns
from triage_tui.analysis.request_outcomes import Outcomes, outcomes
from triage_tui.analysis.spans import within
from triage_tui.analysis.surges import surge_patterns
from triage_tui.investigation.findings import Pattern
from triage_tui.investigation.time_window import TimeWindow


def log_patterns(
    logs: pl.DataFrame,
    *,
    changes: pl.DataFrame | None = None,
    window: TimeWindow | None = None,
    baseline: TimeWindow | None = None,
) -> tuple[Pattern, ...]:
    """Find the patterns of a LOGS frame in the window, best first; nothing in a calm log.

    ``changes`` follows ``frame_schema(CHANGES)``. Records outside the window and the baseline are left out.
    """
    return patterns_of(outcomes(within(logs, window, baseline)), changes)


def patterns_of(found: Outcomes, changes: pl.DataFrame | None) -> tuple[Pattern, ...]:
    """Find the patterns of requests that were read out of the logs already."""
    if found.requests.is_empty():
        return ()
    judged = [
        *surge_patterns(found, changes),
        *gap_patterns(found),
        *missing_line_patterns(found),
        *every_n_patterns(found),
        *actor_patterns(found),
        *attribute_patterns(found),
    ]
    return tuple(pattern for _, pattern in sorted(judged, key=lambda one: (-one[0], one[1].kind, one[1].statement)))
