"""What the evidence answers to each question, with its source.

A suggestion is a sentence with its figures; a person accepts it, or answers in other words. Questions that only a
person can answer (the root cause, what would disprove it) get none.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from triage_tui.investigation.change import Change, ChangeKind
from triage_tui.investigation.counting import counted
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Findings, Pattern
from triage_tui.investigation.hotfixes import named, recovery_verdict
from triage_tui.investigation.signal_answers import latency_first, signal_of, traffic
from triage_tui.investigation.suggestion import Suggestion, clock, resting_on
from triage_tui.investigation.trend_words import trend_in_words

if TYPE_CHECKING:
    from triage_tui.investigation.state import Investigation


_RECENT_S = 86_400.0
# Histories of code record these; that nothing else changed cannot be told from them.
_RECORDED_KINDS: frozenset[ChangeKind] = frozenset({"deploy", "config", "dependency"})


def suggest(question_id: str, investigation: Investigation) -> Suggestion | None:
    """Return what the evidence answers to a question, None where it has no answer."""
    from_decisions = _FROM_DECISIONS.get(question_id)
    if from_decisions is not None:
        return from_decisions(investigation)
    from_findings = _FROM_FINDINGS.get(question_id)
    if from_findings is None or investigation.findings is None:
        return None
    return from_findings(investigation.findings)


def is_for_evidence(question_id: str) -> bool:
    """Tell whether evidence, were there any, could answer a question; to all others only a person can."""
    return question_id in _FROM_FINDINGS or question_id.startswith(("alert.", "changes."))


def _alert_what(investigation: Investigation) -> Suggestion | None:
    alert = investigation.alert
    if not alert.title:
        return None
    count = f", {counted(alert.count, 'time')}" if alert.count is not None else ""
    return Suggestion(f"{alert.title}{count}", alert.source or "alert")


def _alert_service(investigation: Investigation) -> Suggestion | None:
    alert = investigation.alert
    return Suggestion(alert.service, alert.source or "alert") if alert.service else None


def _alert_since(investigation: Investigation) -> Suggestion | None:
    alert = investigation.alert
    since = alert.first_seen or alert.fired_at
    return Suggestion(f"since {clock(since)}", alert.source or "alert") if since else None


def _users(findings: Findings) -> Suggestion | None:
    impact = findings.impact
    return (
        None
        if impact.users is None
        else resting_on(impact, f"{counted(impact.users, 'user')}, {counted(impact.errors or 0, 'error')}")
    )


def _onset(findings: Findings) -> Suggestion | None:
    onset = findings.onset
    if onset.earliest is None or onset.latest is None:
        return resting_on(onset, "nothing started in this window") if onset.sources else None
    by = ", ".join(estimate.by for estimate in onset.estimates)
    agreement = "" if onset.agree else "; the estimates disagree"
    return resting_on(onset, f"{clock(onset.earliest)} to {clock(onset.latest)} (by {by}{agreement})")


def _endpoints(findings: Findings) -> Suggestion | None:
    hit = findings.impact.endpoints[:3]
    named = ", ".join(f"{one.endpoint} ({counted(one.errors, 'error')})" for one in hit)
    more = len(findings.impact.endpoints) - len(hit)
    return resting_on(findings.impact, named + (f" and {more} more" if more else "")) if hit else None


def _trend(findings: Findings) -> Suggestion | None:
    trend = findings.impact.trend
    if trend.verdict == "unclear" and not trend.n:
        return None
    return resting_on(findings.impact, trend_in_words(trend))


def _service_state(findings: Findings) -> Suggestion | None:
    impact = findings.impact
    because = f": {impact.because[0]}" if impact.because else ""
    return None if impact.state == "unknown" else resting_on(impact, impact.state + because)


def _changes_of(kind: ChangeKind) -> Callable[[Investigation], Suggestion | None]:
    def answer(investigation: Investigation) -> Suggestion | None:
        of_kind = sorted((one for one in _changes(investigation) if one.kind == kind), key=_nearness)
        recent = [change for change in of_kind if (change.lag_s or 0.0) <= _RECENT_S]
        if recent:
            return resting_on(recent[0], "; ".join(_change_in_words(change) for change in recent[:2]))
        if of_kind:
            return resting_on(of_kind[0], f"no {kind} in the 24 h before the onset")
        searched = ", ".join(evidence.source for evidence in investigation.of_kind(EvidenceKind.CHANGES))
        return Suggestion(f"no {kind} change recorded", searched) if searched and kind in _RECORDED_KINDS else None

    return answer


def _nearness(change: Change) -> tuple[bool, float]:
    return change.verdict != "prime", abs(change.lag_s or 0.0)


def _change_in_words(change: Change) -> str:
    verdicts = {"prime": "prime suspect", "possible": "possible", "excluded": "excluded"}
    reasons = change.speaks_against if change.verdict == "excluded" else change.speaks_for
    reason = f" ({reasons[0]})" if reasons else ""
    return f"{_when(change)} {change.headline}: {verdicts[change.verdict]}{reason}"


def _when(change: Change) -> str:
    """Write a change's time, with its date where the onset was on another day."""
    onset = change.at + timedelta(seconds=change.lag_s or 0.0)
    return clock(change.at) if onset.date() == change.at.date() else f"{change.at:%m-%d} {clock(change.at)}"


def _pattern(findings: Findings) -> Suggestion | None:
    return resting_on(findings.patterns[0], findings.patterns[0].statement) if findings.patterns else None


def _trace(findings: Findings) -> Suggestion | None:
    within_request: list[Pattern] = [one for one in findings.patterns if one.kind in {"missing_line", "gap"}]
    return resting_on(within_request[0], within_request[0].statement) if within_request else None


def _hypothesis(investigation: Investigation) -> Suggestion | None:
    written = [one for one in investigation.hypotheses if one.state != "refuted"]
    return Suggestion(written[-1].statement, "notebook") if written else None


def _pins_on(side: str) -> Callable[[Investigation], Suggestion | None]:
    def answer(investigation: Investigation) -> Suggestion | None:
        linked = {pin for one in investigation.hypotheses for pin in getattr(one, f"pins_{side}")}
        named = [pin.text for pin in investigation.pins if pin.id in linked]
        return Suggestion("; ".join(named), "notebook") if named else None

    return answer


def _refutation(investigation: Investigation) -> Suggestion | None:
    tests = [one.refuted_by for one in investigation.hypotheses if one.refuted_by]
    return Suggestion(tests[-1], "notebook") if tests else None


def _hotfix(investigation: Investigation) -> Suggestion | None:
    if investigation.hotfixes:
        return Suggestion(investigation.hotfixes[-1].description, "notebook")
    prime = next((one for one in _changes(investigation) if one.verdict == "prime"), None)
    return resting_on(prime, f"roll back {named(prime)}") if prime else None


def _hotfix_taken(investigation: Investigation) -> Suggestion | None:
    return Suggestion(investigation.hotfixes[-1].description, "notebook") if investigation.hotfixes else None


def _proper_fix(investigation: Investigation) -> Suggestion | None:
    written = [item.mechanism for item in investigation.actions if item.proper_fix_for and item.mechanism]
    return Suggestion(written[-1], "notebook") if written else None


def _prevention(investigation: Investigation) -> Suggestion | None:
    planned = [item.mechanism for item in investigation.actions if item.mechanism]
    return Suggestion("; ".join(planned), "notebook") if planned else None


def _note(section: str) -> Callable[[Investigation], Suggestion | None]:
    def answer(investigation: Investigation) -> Suggestion | None:
        text = investigation.notes.get(section)
        return Suggestion(text, "notebook") if text else None

    return answer


def _changes(investigation: Investigation) -> tuple[Change, ...]:
    return investigation.findings.changes if investigation.findings else ()


def _recovery(findings: Findings) -> Suggestion | None:
    recovery = findings.recovery
    if recovery is None or recovery.verdict == "unknown":
        return None
    return resting_on(recovery, "; ".join((recovery_verdict(recovery), *recovery.because[:2])))


_FROM_DECISIONS: dict[str, Callable[[Investigation], Suggestion | None]] = {
    "alert.what": _alert_what,
    "alert.service": _alert_service,
    "alert.since": _alert_since,
    "changes.deploy": _changes_of("deploy"),
    "changes.config": _changes_of("config"),
    "changes.dependency": _changes_of("dependency"),
    "changes.infrastructure": _changes_of("infrastructure"),
    "hypothesis.statement": _hypothesis,
    "hypothesis.for": _pins_on("for"),
    "hypothesis.against": _pins_on("against"),
    "hypothesis.refute": _refutation,
    "fix.hotfix": _hotfix,
    "fix.proper": _proper_fix,
    "postmortem.what": _note("summary"),
    "postmortem.cause": _note("root_cause"),
    "postmortem.resolved": _hotfix_taken,
    "postmortem.prevent": _prevention,
}

_FROM_FINDINGS: dict[str, Callable[[Findings], Suggestion | None]] = {
    "impact.users": _users,
    "impact.onset": _onset,
    "impact.endpoints": _endpoints,
    "impact.trend": _trend,
    "impact.state": _service_state,
    "changes.traffic": traffic,
    "logs.trace": _trace,
    "logs.pattern": _pattern,
    "metrics.errors": signal_of("errors"),
    "metrics.latency": latency_first,
    "metrics.saturation": signal_of("saturation"),
    "metrics.traffic": traffic,
    "fix.worked": _recovery,
    "postmortem.impact": _users,
}
