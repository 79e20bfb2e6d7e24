"""The timeline of an incident: what happened by the evidence, and what was decided by the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from triage_tui.investigation import events, hypothesis_events
from triage_tui.investigation.decision import Decision
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Findings
from triage_tui.investigation.state import Investigation
from triage_tui.investigation.units import format_value

_CHANGES_BEFORE_ONSET = timedelta(hours=24)


class TimelineEntry(NamedTuple):
    """One line of the timeline, UTC; ``source`` is a source's name, or "journal"."""

    at: datetime
    text: str
    source: str


def timeline(investigation: Investigation) -> tuple[TimelineEntry, ...]:
    """Return what is known to have happened, in order; each fact once."""
    entries = [
        *_of_alert(investigation),
        *_of_alert_states(investigation),
        *_of_pins(investigation),
        *_of_decisions(investigation),
    ]
    if investigation.findings is not None:
        entries += _of_findings(investigation.findings)
    return tuple(sorted(dict.fromkeys(entries)))


def _of_alert(investigation: Investigation) -> Iterator[TimelineEntry]:
    alert = investigation.alert
    source = alert.source or "alert"
    if alert.first_seen is not None:
        yield TimelineEntry(alert.first_seen, f"first seen: {alert.title or 'the alert'}", source)
    if alert.fired_at is not None and alert.fired_at != alert.first_seen:
        yield TimelineEntry(alert.fired_at, f"alert fired: {alert.title or 'untitled'}", source)


def _of_alert_states(investigation: Investigation) -> Iterator[TimelineEntry]:
    """Say what became of the alert: silenced, resolved, firing again."""
    for evidence in investigation.of_kind(EvidenceKind.ALERTS):
        before = "firing"
        for state, began, note in evidence.frame.select("state", "latest", "note").iter_rows():
            if state not in {before, "unknown"} and began is not None:
                told = f" ({note})" if state == "silenced" and note else ""
                yield TimelineEntry(began, f"alert {state}{told}", evidence.source)
            before = state


def _of_findings(findings: Findings) -> Iterator[TimelineEntry]:
    onset = findings.onset.earliest
    if onset is not None:
        by = ", ".join(estimate.by for estimate in findings.onset.estimates)
        yield TimelineEntry(onset, f"onset (by {by})", "analysis")
    if findings.impact.trend.last_error_at is not None:
        yield TimelineEntry(findings.impact.trend.last_error_at, "last error", "analysis")
    for change in findings.changes:
        if onset is None or change.at >= onset - _CHANGES_BEFORE_ONSET:
            source = ", ".join(one.name for one in change.sources) or "changes"
            yield TimelineEntry(change.at, f"{change.summary} ({change.verdict})", source)
    for signal in findings.signals:
        if signal.at_cap_since is not None and signal.cap is not None and signal.role == "saturation":
            source = signal.sources[0].name if signal.sources else "metrics"
            yield TimelineEntry(
                signal.at_cap_since, f"{signal.metric} at its cap of {format_value(signal.cap, signal.unit)}", source
            )


def _of_pins(investigation: Investigation) -> Iterator[TimelineEntry]:
    for pin in investigation.pins:
        if pin.moment is not None:
            yield TimelineEntry(pin.moment, pin.text, pin.source)


def _of_decisions(investigation: Investigation) -> Iterator[TimelineEntry]:
    for decision in investigation.decisions:
        text = _decision_in_words(decision)
        at = decision.hotfix.taken_at if isinstance(decision, events.HotfixTaken) else decision.at
        if text is not None:
            yield TimelineEntry(at, text, "journal")


def _decision_in_words(decision: Decision) -> str | None:
    """Say what a decision was; None for those that say nothing about the incident."""
    match decision:
        case events.InvestigationOpened():
            return "investigation opened"
        case hypothesis_events.HypothesisWritten(statement=statement):
            return f"hypothesis: {statement}"
        case hypothesis_events.HypothesisJudged(state=state):
            return f"hypothesis {state}"
        case events.HotfixTaken(hotfix=hotfix):
            return f"hotfix: {hotfix.description}"
        case _:
            return None
