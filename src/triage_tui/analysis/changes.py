"""Which change is to blame, if one is: timing, the service that moved first, and what the change touches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log10
from typing import Any, cast, get_args

import polars as pl

from triage_tui.analysis.change_scene import LEAST_SLACK, Scene, exactness, moved_at
from triage_tui.analysis.findings_text import clock, seconds
from triage_tui.analysis.revision_names import SAYS_REVISION
from triage_tui.investigation.change import Change, ChangeKind, ChangeRecord
from triage_tui.investigation.findings import Signal

_REACH = timedelta(minutes=10)  # what a change breaks at once shows within this time
_SIGNAL_REACH = timedelta(minutes=5)
_AT_ONCE = timedelta(minutes=1)
_ROLL_OUT = timedelta(minutes=2)  # sooner than this, hardly an instance runs the change
_PRIME = 2.0
_HARMLESS = re.compile(r"(^|/)(docs?|tests?|\.github|README|CHANGELOG)(/|\.|$)", re.IGNORECASE)
_KINDS: frozenset[str] = frozenset(get_args(ChangeKind))


@dataclass(slots=True)
class _Case:
    """What speaks for and against one change; ``weight`` orders the changes."""

    row: dict[str, Any]
    lag: float | None = None
    excluded: bool = False
    weight: float = 0.0
    reasons: int = 0
    speaks_for: list[str] = field(default_factory=list)
    speaks_against: list[str] = field(default_factory=list)

    def support(self, weight: float, reason: str) -> None:
        self.weight += weight
        self.reasons += 1
        self.speaks_for.append(reason)

    def doubt(self, weight: float, reason: str) -> None:
        self.weight -= weight
        self.speaks_against.append(reason)


def judge(changes: pl.DataFrame, scene: Scene) -> tuple[Change, ...]:
    """Judge every change of a CHANGES frame: prime first, then possible ones, then excluded ones.

    A change after the onset interval is excluded; one inside it says so. Prime is the one change with the most evidence
    (the service that moved first, endpoints, stack frames, a signal that moved with it), if it has any beyond its time;
    often there is none. Without an onset, or while it is too early to say when that was, nothing is prime. The order of
    the rows changes nothing.
    """
    rows = changes.filter(pl.col("at").is_not_null()).sort("at", "id", "title", nulls_last=True)
    cases = [_judged(row, scene) for row in rows.iter_rows(named=True)]
    prime = None if scene.onset.too_early else _prime(cases)
    ordered = sorted(cases, key=lambda case: (case is not prime, case.excluded, -case.weight, abs(case.lag or 0)))
    return tuple(_change(case, case is prime) for case in ordered)


def _judged(row: dict[str, Any], scene: Scene) -> _Case:
    case = _Case(row)
    _judge_time(case, scene)
    if case.excluded or case.lag is None:
        return case
    _judge_service(case, scene)
    _judge_routes(case, scene)
    _judge_paths(case, scene)
    _judge_packages(case, scene)
    _judge_signals(case, scene)
    return case


def _judge_time(case: _Case, scene: Scene) -> None:
    earliest, latest = scene.onset.earliest, scene.onset.latest
    if earliest is None or latest is None:
        case.speaks_against.append("no onset was found that it could precede")
        return
    at = _at(case)
    case.lag = (earliest - at).total_seconds() if at <= earliest else min((latest - at).total_seconds(), 0.0)
    slack = max(latest - earliest, LEAST_SLACK)
    if _begun(case) > latest + slack:
        case.excluded = True
        case.speaks_against.append(f"{seconds((at - latest).total_seconds())} after the onset at {clock(latest)}")
    elif at > latest + slack:
        case.speaks_for.append(f"the onset is while it went out, from {clock(_begun(case))} to {clock(at)}")
        case.weight += 1
    elif at > earliest:
        case.speaks_for.append("inside the onset interval: it may have come before or after the first failure")
        case.weight += 1
        _judge_roll_out(case, scene, latest)
    elif earliest - at <= _REACH:
        case.speaks_for.append(f"it came within {seconds(_REACH.total_seconds())} before the onset")
        case.weight += 1
        _judge_roll_out(case, scene, earliest)
    else:
        reach = _REACH.total_seconds()
        case.doubt(log10(case.lag / reach), f"it came more than {seconds(reach)} before the onset")


def _judge_roll_out(case: _Case, scene: Scene, earliest: datetime) -> None:
    at, begun, service = _at(case), _begun(case), case.row["service"]
    restarts = [moment for name, moment in scene.starts if name == service and begun <= moment <= at + _ROLL_OUT]
    if restarts:
        case.weight += 0.5
        case.speaks_for.append(f"{service} started {_after(min(restarts), case)}")
    elif earliest - begun < _ROLL_OUT:
        case.doubt(0.3, "it had hardly time to roll out")


def _judge_service(case: _Case, scene: Scene) -> None:
    """Being of the service that moved first tells something only where there are others."""
    service = case.row["service"]
    if service is None or scene.service is None or len(scene.services) < 2:  # noqa: PLR2004 - a choice needs two
        return
    if service != scene.service:
        case.doubt(1.0, f"it is of {service}, and {scene.service} moved first")
    elif case.lag is not None and case.lag <= _REACH.total_seconds():
        case.support(1.0, f"it is of {service}, which moved first")


def _judge_routes(case: _Case, scene: Scene) -> None:
    touched = _list(case, "routes")
    hit = [route for route in touched if any(_same_route(route, failing) for failing in scene.routes)]
    if hit:
        case.support(2.5, f"it adds or changes {', '.join(hit[:3])}, which fail{'s' if len(hit) == 1 else ''}")
    elif touched and scene.routes:
        case.speaks_against.append("none of its endpoints fails")


def _judge_paths(case: _Case, scene: Scene) -> None:
    paths = _list(case, "paths")
    if paths and all(_HARMLESS.search(path) for path in paths):
        case.doubt(1.0, "it touches documents and tests only")
        return
    told = "\n".join(scene.texts) + "\n" + "\n".join(scene.stack_paths)
    hit = [path for path in paths if _in_stack(path, told)]
    if hit:
        case.support(2.0, f"the stack trace runs through {', '.join(hit[:3])}, which it changes")


def _judge_packages(case: _Case, scene: Scene) -> None:
    if case.row["kind"] != "dependency":
        return
    told = " ".join((*scene.texts, *scene.stack_paths)).lower()
    details = [text for text in _list(case, "details") if not SAYS_REVISION.match(text)]
    named = {word for text in (str(case.row["title"]), *details) for word in _package_names(text)}
    hit = sorted(name for name in named if re.search(rf"\b{re.escape(name)}\b", told))
    if hit:
        case.support(1.5, f"the errors name {', '.join(hit[:3])}")


def _judge_signals(case: _Case, scene: Scene) -> None:
    """A signal that moves right after a change speaks for it, most of all the first one to move."""
    service = case.row["service"]
    moved = [signal for signal in scene.moved if signal.service in {service, None} and _follows(signal, case)]
    if not moved:
        return
    first = min(moved, key=moved_at)
    leads = moved_at(first)[0] <= moved_at(min(scene.moved, key=moved_at))[0] + exactness(first)
    begun = first.changes[0].latest
    reason = f"{first.metric} begins to {_verb(first)} at {clock(begun)}, {_soon_after(begun, case)}"
    case.support(
        2.0 if leads else 0.5,
        reason + (", before any other that went as far" if leads and len(scene.moved) > 1 else ""),
    )


def _follows(signal: Signal, case: _Case) -> bool:
    return _begun(case) - exactness(signal) <= signal.changes[0].latest <= _at(case) + _SIGNAL_REACH


def _after(moment: datetime, case: _Case) -> str:
    """Say how long after a change something was, or that it was on the way."""
    lag = (moment - _at(case)).total_seconds()
    return f"{seconds(lag)} after it" if lag >= 0 else "while it went out"


def _soon_after(moment: datetime, case: _Case) -> str:
    at_once = abs(moment - _at(case)) < _AT_ONCE
    return "right after it" if at_once else _after(moment, case)


def _verb(signal: Signal) -> str:
    if signal.before is None or signal.after is None:
        return "move"
    return "rise" if signal.after >= signal.before else "fall"


def _prime(cases: Sequence[_Case]) -> _Case | None:
    able = [case for case in cases if not case.excluded and case.lag is not None and case.reasons > 0]
    best = max(able, key=lambda case: (case.weight, -abs(case.lag or 0), str(case.row["id"])), default=None)
    return best if best is not None and best.weight >= _PRIME else None


def _change(case: _Case, prime: bool) -> Change:
    kind, records = str(case.row["kind"]), case.row.get("records") or ()
    return Change(
        id=str(case.row["id"] or ""),
        kind=cast("ChangeKind", kind if kind in _KINDS else "deploy"),
        service=case.row["service"],
        at=_at(case),
        title=str(case.row["title"] or case.row["id"] or ""),
        lag_s=case.lag,
        verdict="excluded" if case.excluded else "prime" if prime else "possible",
        records=tuple(ChangeRecord(source=one["source"], id=str(one["id"] or ""), at=one["at"]) for one in records),
        speaks_for=tuple(case.speaks_for),
        speaks_against=tuple(case.speaks_against),
    )


def _at(case: _Case) -> datetime:
    at = case.row["at"]
    assert isinstance(at, datetime)  # noqa: S101 - tells mypy what the column holds
    return at


def _begun(case: _Case) -> datetime:
    """When a change began to go out; its time where nothing else is known."""
    begun = case.row.get("begun")
    return begun if isinstance(begun, datetime) else _at(case)


def _list(case: _Case, column: str) -> list[str]:
    values = case.row[column]
    return [str(value) for value in values] if isinstance(values, list) else []


def _same_route(one: str, other: str) -> bool:
    """Compare "GET /api/x" with "/api/x": methods count only where both have one."""
    one_method, one_path = _split_route(one)
    other_method, other_path = _split_route(other)
    return one_path == other_path and (not one_method or not other_method or one_method == other_method)


def _split_route(route: str) -> tuple[str, str]:
    method, _, path = route.rpartition(" ")
    return method.upper(), re.sub(r"[{<:][^/]*", "*", path.rstrip("/"))


def _in_stack(path: str, told: str) -> bool:
    """Tell whether a stack trace names this file: by its last two parts, or by its name where it has only one."""
    parts = path.strip("/").split("/")
    tail = "/".join(parts[-2:])
    return re.search(rf"(?:^|[\s/\"'(]){re.escape(tail)}(?:$|[\s\"':,)])", told, re.MULTILINE) is not None


def _package_names(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9_.-]{2,}", text)]
