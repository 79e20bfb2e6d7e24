"""The patterns that a log shows, most evident first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import polars as pl

from triage_tui.analysis.actors import actor_patterns
from triage_tui.analysis.attributes import attribute_patterns
from triage_tui.analysis.every_n import every_n_patterns
from triage_tui.analysis.gaps import gap_patterns
from triage_tui.analysis.missing_lines import missing_line_patterns
from triage_tui.analysis.request_outcomes import Outcomes, outcomes
from triage_tui.analysis.spans import within
from triage_tui.analysis.surges import Surge, find_surges, surge_patterns
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
    found = outcomes(within(logs, window, baseline))
    return patterns_of(found, find_surges(found, changes), baseline, changes_known=changes is not None)


def patterns_of(
    found: Outcomes, surges: Sequence[Surge], baseline: TimeWindow | None, *, changes_known: bool
) -> tuple[Pattern, ...]:
    """Find the patterns of requests that were read out of the logs already."""
    if found.requests.is_empty():
        return ()
    calm = baseline or _before(found, surges)
    judged = [
        *surge_patterns(found, surges, changes_known=changes_known),
        *gap_patterns(found, calm),
        *missing_line_patterns(found),
        *every_n_patterns(found),
        *actor_patterns(found),
    ]
    # Where failures sit says less than when, on which beat or whose they are: it comes after what says that.
    ordered = _best_first(judged) + _best_first(attribute_patterns(found))
    return tuple(msgspec.structs.replace(one, unknown=one.unknown + _not_told(found, one)) for one in ordered)


def _not_told(found: Outcomes, pattern: Pattern) -> tuple[str, ...]:
    """Say which fields the records lack that the pattern would have been judged by."""
    requests = found.requests
    lacking = [
        ("has_id", "which lines are of one request: without request IDs, each line counted as one"),
    ]
    if pattern.kind == "every_n":
        lacking.append(("host", "whether it is one host's beat: no record names its host"))
    if pattern.kind == "error_surge":
        lacking.append(("user", "how many users it hits: no record names a user"))
    known = {"has_id": bool(requests["has_id"].any())}
    return tuple(text for field, text in lacking if not known.get(field, requests[field].is_not_null().any()))


def _best_first(judged: list[tuple[float, Pattern]]) -> tuple[Pattern, ...]:
    return tuple(pattern for _, pattern in sorted(judged, key=lambda one: (-one[0], one[1].kind, one[1].statement)))


def _before(found: Outcomes, surges: Sequence[Surge]) -> TimeWindow | None:
    """The span before the first surge, which tells what is normal."""
    start = min((surge.start for surge in surges), default=None)
    first = found.requests["time"].min()
    return TimeWindow(first, start) if start is not None and isinstance(first, datetime) and first < start else None
