"""Findings in the words that reports and post-mortems share. Times are UTC, to the second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from triage_tui.investigation.block import Block
from triage_tui.investigation.change import Change
from triage_tui.investigation.counting import counted
from triage_tui.investigation.findings import (
    ClockOffset,
    Findings,
    Impact,
    Onset,
    OnsetEstimate,
    Pattern,
    Signal,
    Suspect,
)
from triage_tui.investigation.trend_words import trend_in_words
from triage_tui.investigation.units import format_value, from_to

_MINUTE_S, _HALF_HOUR_S = 60.0, 1800.0
_VERDICTS = {"prime": "PRIME SUSPECT", "possible": "possible", "excluded": "excluded"}


def moment(at: datetime) -> str:
    """Write a time with its date."""
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


def clock(at: datetime) -> str:
    """Write a time of day."""
    return f"{at:%H:%M:%SZ}"


def span(seconds: float) -> str:
    """Write a duration to two units: "1 h 32 min", "45 s"."""
    whole = round(abs(seconds))
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts = []
    for size, name in units:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def figure(value: float) -> str:
    """Write a number with four significant digits, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004 - four digits


def onset_in_words(onset: Onset) -> str:
    """Write the interval in which it started."""
    if onset.earliest is None or onset.latest is None:
        return (
            "nothing started in this window" if onset.sources else "not known: neither logs nor metrics to tell it from"
        )
    middle = onset.earliest + (onset.latest - onset.earliest) / 2
    half = (onset.latest - onset.earliest) / 2
    width = f" ± {span(half.total_seconds())}" if half >= timedelta(seconds=1) else ""
    return f"{moment(middle)}{width}"


def duration_in_words(findings: Findings) -> str:
    """Write since when, and up to when and how long where the errors have stopped."""
    began, ended = findings.onset.earliest, findings.impact.trend.last_error_at
    since = f"since {onset_in_words(findings.onset)}"
    if began is None or ended is None:
        return since
    return f"{since}, last error {moment(ended)}, {span((ended - began).total_seconds())} later"


def estimates_in_words(onset: Onset) -> list[str]:
    """Write each estimate of the onset with its source, whether they agree, and what was not known."""
    lines = [f"{one.by}: {_interval(one)}" for one in onset.estimates]
    doubt = [] if onset.agree else ["the estimates disagree: look before you trust one"]
    early = [onset.too_early] if onset.too_early else []
    return [*early, *lines, *doubt, *not_known(onset)]


def _interval(one: OnsetEstimate) -> str:
    first, last = clock(one.earliest), clock(one.latest)
    return first if first == last else f"{first} to {last}"


def not_known(block: Block) -> list[str]:
    """Write what the evidence could not tell about a block."""
    return [f"not known: {one}" for one in block.unknown]


def reasons_in_words(impact: Impact) -> list[str]:
    """Write why the service is called up, degraded or down, and what was not known."""
    return [*impact.because, *not_known(impact)]


def impact_in_words(impact: Impact) -> list[str]:
    """Write who is hurt; what is not known is left out, never written as zero."""
    hurt = [
        counted(impact.errors, "error") if impact.errors is not None else "",
        counted(impact.users, "user") if impact.users is not None else "",
    ]
    lines = [", ".join(part for part in hurt if part)]
    lines += [_endpoint(one.endpoint, one.errors, one.requests) for one in impact.endpoints[:5]]
    more = len(impact.endpoints) - 5
    return [text for text in lines if text] + ([f"and {counted(more, 'more endpoint')}"] if more > 0 else [])


def _endpoint(endpoint: str, errors: int, requests: int | None) -> str:
    share = f" of {counted(requests, 'request')} ({errors / requests:.1%})" if requests else ""
    return f"{endpoint}: {counted(errors, 'error')}{share}"


def state_in_words(impact: Impact) -> str:
    """Write how bad it is and where it is going."""
    return impact.state + (f", {trend_in_words(impact.trend)}" if impact.trend.n else "")


def change_in_words(change: Change) -> list[str]:
    """Write a change with its verdict, then what speaks for and against it."""
    lag = ""
    if change.lag_s is not None:
        when = f"{span(change.lag_s)} {'before' if change.lag_s > 0 else 'after'}" if change.lag_s else "at"
        lag = f", {when} the onset"
    named = [change.name, change.service or "", change.title if change.says_more else ""]
    head = f"{moment(change.at)} {' '.join(part for part in named if part)}{lag}: {_VERDICTS[change.verdict]}"
    several = len(change.records) > 1
    recorded = (
        ", ".join(f"{one.source} as {one.short_id} at {moment(one.at)}" for one in change.records) if several else ""
    )
    return [
        head,
        *(f"for: {text}" for text in change.speaks_for),
        *(f"against: {text}" for text in change.speaks_against),
        *([f"recorded by {recorded}"] if several else []),
    ]


def pattern_in_words(pattern: Pattern) -> list[str]:
    """Write a pattern with its first examples and what is not known."""
    places = ", ".join(f"{one.file}:{one.line}" for one in pattern.examples[:3])
    lines = [f"{pattern.kind.replace('_', ' ')}: {pattern.statement}"]
    return lines + ([f"see {places}"] if places else []) + not_known(pattern)


def signal_in_words(signal: Signal, among: Sequence[Signal] = ()) -> str:
    """Write a signal's shape, from what to what, and its cap; of its labels those that tell it from the others."""
    namesakes = [one for one in among if (one.service, one.metric) == (signal.service, signal.metric)]
    telling = [
        key for key, value in sorted(signal.labels.items()) if any(one.labels.get(key) != value for one in namesakes)
    ]
    labels = ", ".join(f"{key}={signal.labels[key]}" for key in telling)
    name = f"{signal.service or ''} {signal.metric}".strip() + (f" {{{labels}}}" if labels else "")
    moved = ""
    if signal.before is not None and signal.after is not None:
        moved = f", {from_to(signal.before, signal.after, signal.unit)}"
    can_fill_up = signal.role in {"saturation", "other"}
    cap = f", cap {format_value(signal.cap, signal.unit)}" if signal.cap is not None and can_fill_up else ""
    held = f", at its cap since {clock(signal.at_cap_since)}" if signal.at_cap_since and can_fill_up else ""
    begun = f", from {clock(signal.changes[0].latest)}" if signal.changes else ""
    return f"{name} ({signal.role}): {signal.shape}{begun}{moved}{cap}{held}"


def lead_in_words(findings: Findings) -> str | None:
    """Write which signal moved before the errors did; None where none did or nothing was measured."""
    lead = findings.lead
    if lead is None:
        return None
    first, then = (f"{service or ''} {metric}".strip() for service, metric in (lead.first, lead.then))
    give = f" ± {span(lead.uncertainty_s)}" if lead.uncertainty_s else ""
    return f"{first} moved {span(lead.seconds)}{give} before {then}"


def clock_in_words(found: ClockOffset) -> str:
    """Write how far a host's clock differs, and by how many requests that is known."""
    way = "ahead of" if found.offset_s > 0 else "behind"
    half_hours = round(found.offset_s / _HALF_HOUR_S)
    zone = "; is it in another zone?" if half_hours and abs(found.offset_s - half_hours * _HALF_HOUR_S) < 1 else ""
    known = f"n={found.n:,}, spread {seconds_in_words(found.spread_s)}"
    return f"{found.host} is {seconds_in_words(abs(found.offset_s))} {way} {found.against} ({known}){zone}"


def seconds_in_words(seconds: float) -> str:
    """Write a difference of clocks: 20 ms, 2.51 s, 1h00m."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s" if seconds < _MINUTE_S else span(seconds)


def traffic_in_words(findings: Findings) -> str | None:
    """Write whether the errors rose with the requests; None where that was not measured."""
    if findings.traffic is None:
        return None
    return (
        "errors rose in proportion to requests: traffic drives them"
        if findings.traffic.driven
        else "errors did not rise in proportion to requests"
    )


def suspect_in_words(suspect: Suspect) -> str:
    """Write a suspect with its labels and its reasons."""
    name = " ".join((suspect.name, *(value for _, value in sorted(suspect.labels.items()))))
    return f"{suspect.rank}. {name}" + "".join(f"; {reason}" for reason in suspect.because)
