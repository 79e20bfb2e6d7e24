"""Everything that can be computed from the evidence at hand, each block with its sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from triage_tui.analysis.before_after import recovery_of
from triage_tui.analysis.change_scene import scene_of
from triage_tui.analysis.changes import judge
from triage_tui.analysis.clocks import clock_offsets
from triage_tui.analysis.diagnosis_inputs import Inputs, inputs_of, sourced
from triage_tui.analysis.diagnosis_metrics import FromMetrics, from_metrics
from triage_tui.analysis.impact import impact_of, onset_of
from triage_tui.analysis.impact_metrics import metered_impact
from triage_tui.analysis.log_patterns import patterns_of
from triage_tui.analysis.metric_shapes import describe_signals
from triage_tui.analysis.moved_signals import has_moved
from triage_tui.analysis.not_known import with_unknown
from triage_tui.analysis.onset import combine_onsets, metric_onset
from triage_tui.analysis.request_counts import count_patterns
from triage_tui.analysis.settling import settled
from triage_tui.analysis.spans import extent
from triage_tui.investigation.change import Change
from triage_tui.investigation.evidence import Evidence, EvidenceKind, SignalHint
from triage_tui.investigation.findings import (
    Alert,
    ClockOffset,
    Findings,
    Impact,
    Onset,
    OnsetEstimate,
    Pattern,
    Recovery,
    Signal,
)
from triage_tui.investigation.time_window import TimeWindow

_LEAST_MOVE = 0.05  # of where a signal was: less is no trouble, however clear its shape
# Where the logs were read and show no surge, a signal must speak more clearly.
_LEAST_SCORE, _LEAST_SCORE_IN_CALM = 2.0, 4.0


def diagnose(
    evidence: Sequence[Evidence],
    alert: Alert,
    *,
    window: TimeWindow | None = None,
    baseline: TimeWindow | None = None,
    hints: Sequence[SignalHint] = (),
    fixed_at: datetime | None = None,
    before: Onset | None = None,
) -> Findings:
    """Compute the findings; the order of the evidence and of its rows changes nothing.

    ``window`` and ``baseline`` default to the alert's own; without any window the findings name the extent of the
    evidence. ``before`` is the onset that was found while there was less evidence. ``fixed_at`` (UTC) is when a fix was
    in place; the recovery compares before with after. Every block names the sources that it was computed from, also
    where it found nothing; a block without sources had nothing to look at.
    """
    inputs = inputs_of(evidence, alert, window or alert.window, baseline or alert.baseline, hints)
    shown = inputs.window or extent(inputs.frames.values(), (one.reach for one in evidence))
    found = replace(_found(inputs, before, fixed_at), alert=alert, window=shown)
    return with_unknown(found, inputs.frames, baseline_named=inputs.baseline is not None)


def _found(inputs: Inputs, before: Onset | None, fixed_at: datetime | None) -> Findings:
    onset, signals = _onset(inputs, before)
    metrics = from_metrics(inputs, onset, signals)
    return Findings(
        onset=onset,
        impact=_impact(inputs, onset),
        changes=_changes(inputs, onset, metrics),
        patterns=_patterns(inputs),
        signals=metrics.signals,
        lead=metrics.lead,
        traffic=metrics.traffic,
        suspects=metrics.suspects,
        clocks=_clocks(inputs),
        recovery=None if fixed_at is None else _recovery(inputs, onset, fixed_at),
        sources=tuple(note for notes in inputs.notes.values() for note in notes),
    )


def _onset(inputs: Inputs, before: Onset | None) -> tuple[Onset, tuple[Signal, ...]]:
    """Combine the estimates; the metrics' own counts only where a signal went far enough to be trouble."""
    at = inputs.window.end if inputs.window else None
    from_logs = None if inputs.found is None else onset_of(inputs.found, inputs.surges, inputs.alert)
    others = [estimate for estimate in (from_logs, _first_seen(inputs.alert)) if estimate is not None]
    metrics = inputs.frames.get(EvidenceKind.METRICS)
    notes = inputs.sources(EvidenceKind.LOGS, EvidenceKind.METRICS) + inputs.alert.sources
    if metrics is None:
        return sourced(settled(before, combine_onsets(others), at), notes), ()
    window, baseline, hints = inputs.window, inputs.baseline, inputs.hints
    own = metric_onset(metrics, alert=inputs.alert, window=window, baseline=baseline, hints=hints)
    onset = settled(before, combine_onsets(others if own is None else [*others, own]), at)
    signals = describe_signals(metrics, onset=onset.earliest, window=window, baseline=baseline, hints=hints)
    least_score = _LEAST_SCORE if inputs.found is None or inputs.surges else _LEAST_SCORE_IN_CALM
    if not any(has_moved(signal, _LEAST_MOVE, least_score) for signal in signals):
        onset = settled(before, combine_onsets(others), at)
    return sourced(onset, notes), signals


def _first_seen(alert: Alert) -> OnsetEstimate | None:
    """The error tracker's first event: the trouble may be older than the error it tracks."""
    if alert.first_seen is None:
        return None
    return OnsetEstimate(by=alert.source or "alert", earliest=alert.first_seen, latest=alert.first_seen)


def _impact(inputs: Inputs, onset: Onset) -> Impact:
    metrics, window = inputs.frames.get(EvidenceKind.METRICS), inputs.window
    told = inputs.found is not None and inputs.found.requests.height > 0
    metered = None
    if metrics is not None and not told:
        metered = metered_impact(metrics, inputs.alert, since=onset.earliest, window=window, hints=inputs.hints)
    health = inputs.frames.get(EvidenceKind.HEALTH)
    impact = impact_of(inputs.found, health, inputs.alert, onset=onset, window=window, metered=metered)
    kind = EvidenceKind.METRICS if metered is not None else EvidenceKind.LOGS
    return sourced(impact, inputs.sources(kind, EvidenceKind.HEALTH))


def _changes(inputs: Inputs, onset: Onset, metrics: FromMetrics) -> tuple[Change, ...]:
    changes = inputs.frames.get(EvidenceKind.CHANGES)
    if changes is None:
        return ()
    first = metrics.lead.first[0] if metrics.lead else None
    scene = scene_of(inputs.found, onset=onset, alert=inputs.alert, signals=metrics.signals, lead_service=first)
    notes = {note.name: note for note in inputs.sources(EvidenceKind.CHANGES)}
    return tuple(
        sourced(change, tuple(dict.fromkeys(notes[one.source] for one in change.records)))
        for change in judge(changes, scene)
    )


def _recovery(inputs: Inputs, onset: Onset, fixed_at: datetime) -> Recovery | None:
    if inputs.found is None:
        return None
    found = recovery_of(inputs.found.requests, onset=onset, fixed_at=fixed_at)
    return sourced(found, inputs.sources(EvidenceKind.LOGS))


def _clocks(inputs: Inputs) -> tuple[ClockOffset, ...]:
    logs = inputs.frames.get(EvidenceKind.LOGS)
    return () if logs is None else clock_offsets(logs)


def _patterns(inputs: Inputs) -> tuple[Pattern, ...]:
    found: list[Pattern] = []
    if inputs.found is not None:
        notes = inputs.sources(EvidenceKind.LOGS)
        in_logs = patterns_of(
            inputs.found,
            inputs.surges,
            inputs.baseline,
            changes_known=EvidenceKind.CHANGES in inputs.frames,
        )
        found += [sourced(pattern, notes) for pattern in in_logs]
    counts = inputs.frames.get(EvidenceKind.REQUEST_COUNTS)
    if counts is not None:
        notes = inputs.sources(EvidenceKind.REQUEST_COUNTS)
        in_counts = count_patterns(counts, inputs.window, inputs.baseline, inputs.alert.fired_at)
        found += [sourced(pattern, notes) for pattern in in_counts]
    return tuple(found)
