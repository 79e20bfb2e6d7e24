"""What is known of the trouble when changes are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from triage_tui.analysis.moved_signals import has_moved
from triage_tui.analysis.request_outcomes import Outcomes
from triage_tui.investigation.findings import Alert, Onset, Signal

LEAST_SLACK = timedelta(seconds=60)  # clocks and scrapes do not tell the order of what is closer
_STARTING = r"(?i)\b(start(ing|ed|up)|boot(ing|ed)|listening|initiali[sz]ed|restart(ing|ed)?)\b"
_MOST_STARTS = 20  # of one template; a service that says it more often means something else by it
_MOST_TEXTS = 200
_LEAST_SAY = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is known of the trouble when changes are judged.

    Attributes:
        service: the one that moved first, or the alert's.
        routes: failing endpoints, as in the LOGS frame.
        texts: messages and stack traces of failing records, and the alert's own.
        services: all that are known, from changes apart.
        moved: the signals whose shape has a beginning and that went far.
        starts: service and time of log lines that say a service starts.
    """

    onset: Onset
    service: str | None
    routes: tuple[str, ...]
    texts: tuple[str, ...]
    stack_paths: tuple[str, ...]
    services: frozenset[str]
    moved: tuple[Signal, ...]
    starts: tuple[tuple[str | None, datetime], ...]


def scene_of(
    found: Outcomes | None,
    *,
    onset: Onset,
    alert: Alert,
    signals: Sequence[Signal] = (),
    lead_service: str | None = None,
) -> Scene:
    """Gather what is known of the trouble from requests that were read out of the logs already."""
    moved = _clear([signal for signal in signals if has_moved(signal) and _is_of_the_trouble(signal, onset)])
    failing_service = None if found is None else _first_failing(found.failures, onset)
    routes = [] if found is None else found.failures["route"].drop_nulls().unique().sort().to_list()
    return Scene(
        onset=onset,
        service=lead_service or _first_moving(moved, alert.service) or failing_service or alert.service,
        routes=tuple(routes) + ((alert.route,) if alert.route else ()),
        texts=_texts(found, alert),
        stack_paths=alert.stack_paths,
        services=_services(found, signals),
        moved=moved,
        starts=() if found is None else _starts(found),
    )


def _clear(moved: Sequence[Signal]) -> tuple[Signal, ...]:
    """Leave out what is much weaker than the clearest: that it moves first is chance."""
    clearest = max((signal.score for signal in moved), default=0.0)
    return tuple(signal for signal in moved if signal.score >= _LEAST_SAY * clearest)


def _is_of_the_trouble(signal: Signal, onset: Onset) -> bool:
    """Leave out what got better, as a service does that warms up, and a spike that was over before the onset."""
    if signal.role in {"errors", "latency"} and (signal.after or 0.0) < (signal.before or 0.0):
        return False
    over = signal.shape == "spike" and len(signal.changes) > 1 and onset.earliest is not None
    return not over or onset.earliest is None or signal.changes[1].latest >= onset.earliest - exactness(signal)


def moved_at(signal: Signal) -> tuple[datetime, float, str]:
    """When a signal began to move; signals of one moment are ordered by score, then by name."""
    return signal.changes[0].latest, -signal.score, signal.metric


def exactness(signal: Signal) -> timedelta:
    """How exactly the start of a signal's change is known."""
    return signal.changes[0].latest - signal.changes[0].earliest


def _texts(found: Outcomes | None, alert: Alert) -> tuple[str, ...]:
    told = [text for text in (alert.title, alert.exception) if text]
    if found is None:
        return tuple(told)
    failing = found.records.filter("failing")
    columns = [failing[name].drop_nulls().unique().sort().head(_MOST_TEXTS) for name in ("exception", "template")]
    return (*told, *(text for column in columns for text in column))


def _starts(found: Outcomes) -> tuple[tuple[str | None, datetime], ...]:
    starting = found.records.filter(
        pl.col("event").str.contains(_STARTING) & (pl.len().over("template") <= _MOST_STARTS)
    )
    return tuple((service, at) for service, at in starting.select("service", "time").iter_rows())


def _services(found: Outcomes | None, signals: Sequence[Signal]) -> frozenset[str]:
    logged = [] if found is None else found.records["service"].drop_nulls().unique().to_list()
    return frozenset(logged) | {signal.service for signal in signals if signal.service}


def _first_moving(moved: Sequence[Signal], alerted: str | None) -> str | None:
    """The service whose signals moved first: the alert's own where several moved at once, else the one that went on."""
    of_services = [signal for signal in moved if signal.service is not None]
    if not of_services:
        return None
    start = min(moved_at(signal)[0] for signal in of_services)
    first = [signal for signal in of_services if signal.changes[0].latest <= start + exactness(signal)]
    if any(signal.service == alerted for signal in first):
        return alerted
    return min(first, key=lambda signal: (-signal.score, signal.metric)).service


def _first_failing(failures: pl.DataFrame, onset: Onset) -> str | None:
    """The service whose requests fail first since the onset."""
    since = failures.filter(pl.col("service").is_not_null())
    if onset.earliest is not None:
        since = since.filter(pl.col("error_time") >= onset.earliest - LEAST_SLACK)
    ordered = since.sort("error_time", "service")
    return str(ordered["service"].item(0)) if ordered.height else None
