"""What the analysis found: the JSON contract of the headless answers, as types.

Times are UTC, durations seconds, rates per minute unless the name says otherwise. None is "not known", never zero.
``score`` orders; it is no probability.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from triage_tui.investigation.block import Block, SourceNote
from triage_tui.investigation.change import Change
from triage_tui.investigation.time_window import TimeWindow

TrendVerdict = Literal["worsening", "steady", "improving", "unclear"]
ServiceState = Literal["up", "degraded", "down", "unknown"]
PatternKind = Literal["error_surge", "gap", "every_n", "single_actor", "everyone", "missing_line", "attribute"]
SignalRole = Literal["errors", "latency", "saturation", "traffic", "other"]
Shape = Literal["none", "spike", "step", "creep", "sawtooth", "saturated", "periodic", "unclear"]
RecoveryVerdict = Literal["recovered", "not_recovered", "too_early", "unknown"]


class Alert(Block, frozen=True, kw_only=True):
    """What fired.

    ``exception`` and ``stack_paths`` come from an error tracker's event, newest frame first; ``name`` and
    ``fingerprint`` are those of the rule and the alert in Alertmanager.
    """

    title: str | None = None
    service: str | None = None
    metric: str | None = None
    source: str | None = None
    name: str | None = None
    fingerprint: str | None = None
    fired_at: datetime | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    count: int | None = None
    users: int | None = None
    request_id: str | None = None
    route: str | None = None
    release: str | None = None
    exception: str | None = None
    stack_paths: tuple[str, ...] = ()
    window: TimeWindow | None = None
    baseline: TimeWindow | None = None


class OnsetEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """One source's interval for the start of the trouble; ``by`` names it.

    ``too_early`` says on how little it stands where that is too little to go by; "" elsewhere.
    """

    by: str
    earliest: datetime
    latest: datetime
    too_early: str = ""


class OnsetRevision(msgspec.Struct, frozen=True, kw_only=True):
    """An onset that is not gone by (any more): up to ``at`` it was, or from ``at`` on newer evidence speaks for it."""

    at: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None


class Onset(Block, frozen=True, kw_only=True):
    """The interval in which the trouble started; both ends None where nothing started.

    ``revisions`` are what it was before, oldest first, while evidence still grew; ``doubt`` is another onset that the
    newest evidence alone speaks for. ``too_early`` says why no change is blamed yet, "" where the onset can be gone by.
    """

    earliest: datetime | None = None
    latest: datetime | None = None
    estimates: tuple[OnsetEstimate, ...] = ()
    agree: bool = True
    revisions: tuple[OnsetRevision, ...] = ()
    doubt: OnsetRevision | None = None
    too_early: str = ""


class EndpointImpact(msgspec.Struct, frozen=True, kw_only=True):
    """Errors of one endpoint in the impact window; ``requests`` None where only errors are known."""

    endpoint: str
    errors: int
    requests: int | None = None
    error_ratio: float | None = None


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """Is it getting worse? ``per_10_min`` is the error rate's relative change in ten minutes, n its errors.

    ``last_error_at`` is set where the errors have stopped: none came since, though some were due.
    """

    verdict: TrendVerdict = "unclear"
    per_10_min: float | None = None
    n: int = 0
    last_error_at: datetime | None = None


class Impact(Block, frozen=True, kw_only=True):
    """Who and what is hurt since the onset.

    ``over_since`` is set where it was hurt and is no more: errors have stopped, and every probe is answered well again.
    """

    errors: int | None = None
    users: int | None = None
    endpoints: tuple[EndpointImpact, ...] = ()
    trend: Trend = Trend()
    state: ServiceState = "unknown"
    because: tuple[str, ...] = ()
    over_since: datetime | None = None


class Example(msgspec.Struct, frozen=True):
    """A record that shows a finding: file name and 1-based line."""

    file: str
    line: int


class Pattern(Block, frozen=True, kw_only=True):
    """A log pattern: the sentence a person would write, and the figures that its kind carries."""

    kind: PatternKind
    statement: str
    start: datetime | None = None
    numbers: dict[str, Any] = msgspec.field(default_factory=dict)
    examples: tuple[Example, ...] = ()


class SignalChange(msgspec.Struct, frozen=True, kw_only=True):
    """A new segment of a series: it starts in this interval, at this 0-based row of the series."""

    earliest: datetime
    latest: datetime
    row: int


class Signal(Block, frozen=True, kw_only=True):
    """One series' shape; ``before`` and ``after`` are medians in the series' own unit, "" where that is not known."""

    service: str | None = None
    metric: str
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    role: SignalRole = "other"
    shape: Shape = "none"
    score: float = 0.0
    changes: tuple[SignalChange, ...] = ()
    before: float | None = None
    after: float | None = None
    cap: float | None = None
    at_cap_since: datetime | None = None
    unit: str = ""


class Lead(Block, frozen=True, kw_only=True):
    """The signal that moved before errors did, as (service, metric), by this many seconds."""

    first: tuple[str | None, str]
    then: tuple[str | None, str]
    seconds: float
    uncertainty_s: float | None = None


class Traffic(Block, frozen=True, kw_only=True):
    """Did errors rise in proportion to requests? The ratios are errors per request."""

    driven: bool
    ratio_before: float | None = None
    ratio_after: float | None = None


class Suspect(Block, frozen=True, kw_only=True):
    """A ranked suspect; ``name`` is what the list shows, ``labels`` tell its series from others of that name."""

    rank: int
    kind: str
    service: str | None = None
    metric: str | None = None
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    name: str
    score: float
    change_at: datetime | None = None
    direction: Literal["up", "down"] | None = None
    because: tuple[str, ...] = ()


class Recovery(Block, frozen=True, kw_only=True):
    """Before and after a fix; the ratios are errors per request, each with a 95 % interval in ``because``."""

    verdict: RecoveryVerdict = "unknown"
    fixed_at: datetime | None = None
    errors_before: int | None = None
    requests_before: int | None = None
    errors_after: int | None = None
    requests_after: int | None = None
    minutes_more: float | None = None
    because: tuple[str, ...] = ()


class ClockOffset(msgspec.Struct, frozen=True, kw_only=True):
    """A host whose clock differs from another's, by the requests that both have; it is told, and never applied.

    ``offset_s`` is by how many seconds ``host`` is ahead, negative where it is behind: the median over ``n`` requests;
    ``spread_s`` is between their tenth and ninetieth percentile.
    """

    host: str
    against: str
    offset_s: float
    spread_s: float
    n: int


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was computed from the evidence at hand."""

    schema: int = 1
    alert: Alert = Alert()
    window: TimeWindow | None = None
    onset: Onset = Onset()
    impact: Impact = Impact()
    changes: tuple[Change, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    signals: tuple[Signal, ...] = ()
    lead: Lead | None = None
    traffic: Traffic | None = None
    suspects: tuple[Suspect, ...] = ()
    recovery: Recovery | None = None
    clocks: tuple[ClockOffset, ...] = ()
    sources: tuple[SourceNote, ...] = ()
