"""The span of time that the arguments ask for."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from triage_tui.cli.times import parse_duration, parse_time
from triage_tui.config.zones import parse_zone
from triage_tui.investigation.time_window import TimeWindow

if TYPE_CHECKING:
    from argparse import Namespace

    from triage_tui.investigation.case import Case


class UsageError(Exception):
    """The arguments do not make sense together; the message says what to do."""


def zone_of(options: Namespace) -> tzinfo:
    """Return the zone of times that carry none; raises ``UsageError``."""
    try:
        return parse_zone(getattr(options, "timezone", "UTC"))
    except ValueError as error:
        raise UsageError(str(error)) from error


def time_of(text: str, options: Namespace, now: datetime) -> datetime:
    """Read a time argument; raises ``UsageError``."""
    try:
        return parse_time(text, now, zone_of(options))
    except ValueError as error:
        raise UsageError(str(error)) from error


def chosen_window(options: Namespace, case: Case) -> TimeWindow | None:
    """Return the window that the arguments ask for, None where they ask for none.

    In a replay, "now" is the end of what was recorded. Raises ``UsageError``.
    """
    since, start, end = (getattr(options, name, None) for name in ("since", "start", "end"))
    if not (since or start or end):
        return None
    if since and start:
        raise UsageError("--since and --from both say where the window begins; give one of them")
    recorded = _recorded(case, quiet=getattr(options, "quiet", False))
    now = recorded.end if recorded else datetime.now(UTC)
    until = time_of(end, options, now) if end else now
    begin = _begin(since, until) if since else time_of(start, options, now) if start else None
    if begin is None:
        if recorded is None:
            raise UsageError("--to needs --from or --since")
        begin = recorded.start
    if begin >= until:
        raise UsageError(f"the window would begin at {begin:%Y-%m-%d %H:%M:%SZ}, after it ends at {until:%H:%M:%SZ}")
    return TimeWindow(begin, until)


def _begin(since: str, until: datetime) -> datetime:
    try:
        return until - parse_duration(since.removeprefix("-"))
    except ValueError as error:
        raise UsageError(str(error)) from error


def _recorded(case: Case, *, quiet: bool) -> TimeWindow | None:
    """Return the span of a replay: what its alert or bundle says, else the extent of what its files hold."""
    if case.window is not None or case.live:
        return case.window
    from triage_tui.analysis.spans import extent
    from triage_tui.cli.answers import gather

    return extent(one.frame for one in gather(case, quiet=quiet).evidence)
