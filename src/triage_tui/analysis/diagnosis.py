"""Everything that can be computed from the evidence at hand, each block with its sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec
import polars as pl

from triage_tui.analysis.before_after import recovery_of
from triage_tui.analysis.change_scene import scene_of
from triage_tui.analysis.changes import judge
from triage_tui.analysis.clocks import clock_offsets
from triage_tui.analysis.deploy_records import one_row_a_deploy
from triage_tui.analysis.impact import impact_of, onset_of
from triage_tui.analysis.impact_metrics import metered_impact
from triage_tui.analysis.lead import find_lead, traffic_driven
from triage_tui.analysis.log_patterns import patterns_of
from triage_tui.analysis.metric_shapes import describe_signals
from triage_tui.analysis.moved_signals import has_moved
from triage_tui.analysis.not_known import with_unknown
from triage_tui.analysis.onset import combine_onsets, metric_onset
from triage_tui.analysis.request_counts import count_patterns
from triage_tui.analysis.request_outcomes import Outcomes, outcomes
from triage_tui.analysis.series import labels_text
from triage_tui.analysis.settling import settled
from triage_tui.analysis.spans import extent, within
from triage_tui.analysis.surges import Surge, find_surges
from triage_tui.analysis.suspects import rank_suspects
from triage_tui.investigation.evidence import Evidence, EvidenceKind, SignalHint
from triage_tui.investigation.findings import (
    Alert,
    Block,
    Change,
    ClockOffset,
    Findings,
    Impact,
    Lead,
    Onset,
    OnsetEstimate,
    Pattern,
    Recovery,
    Signal,
    SourceNote,
    Suspect,
    Traffic,
)
from triage_tui.investigation.time_window import TimeWindow

BlockType = TypeVar("BlockType", bound=Block)

_LEAST_MOVE = 0.05  # of where a signal was: less is no trouble, however clear its shape
_MOST_CHARTED = 20
# Where the logs were read and show no surge, a signal must speak more clearly.
_LEAST_SCORE, _LEAST_SCORE_IN_CALM = 2.0, 4.0


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """The evidence by kind: frames joined, sources noted once."""

    frames: dict[EvidenceKind, pl.DataFrame]
    notes: dict[EvidenceKind, tuple[SourceNote, ...]]
    found: Outcomes | None
    surges: tuple[Surge, ...]
    alert: Alert
    window: TimeWindow | None
    baseline: TimeWindow | None
    hints: Sequence[SignalHint]

    def sources(self, *kinds: EvidenceKind) -> tuple[SourceNote, ...]:
        return tuple(note for kind in kinds for note in self.notes.get(kind, ()))


@dataclass(frozen=True, slots=True)
class _FromMetrics:
    signals: tuple[Signal, ...] = ()
    lead: Lead | None = None
    traffic: Traffic | None = None
    suspects: tuple[Suspect, ...] = ()


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
    inputs = _inputs(evidence, alert, window or alert.window, baseline or alert.baseline, hints)
    onset, signals = _onset(inputs, before)
    metrics = _metrics(inputs, onset, signals)
    found = Findings(
        alert=alert,
        window=inputs.window or extent(inputs.frames.values(), (one.reach for one in evidence)),
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
    return with_unknown(found, inputs.frames, baseline_named=inputs.baseline is not None)


def _inputs(
    evidence: Sequence[Evidence], alert: Alert, window: TimeWindow | None, baseline: TimeWindow | None,
    hints: Sequence[SignalHint],
) -> _Inputs:  # fmt: skip
    ordered = sorted(evidence, key=lambda one: (one.kind.value, one.source, one.query))
    frames: dict[EvidenceKind, pl.DataFrame] = {}
    notes: dict[EvidenceKind, tuple[SourceNote, ...]] = {}
    for kind in EvidenceKind:
        of_kind = [one for one in ordered if one.kind == kind]
        if of_kind:
            frames[kind] = _joined([_frame(one) for one in of_kind], kind)
            notes[kind] = tuple(dict.fromkeys(_note(one) for one in of_kind))
    if EvidenceKind.METRICS not in frames and EvidenceKind.SERIES in frames:
        # Where nobody named the signals, all series stand in for them.
        frames[EvidenceKind.METRICS] = frames.pop(EvidenceKind.SERIES)
        notes[EvidenceKind.METRICS] = notes.pop(EvidenceKind.SERIES)
    logs = frames.get(EvidenceKind.LOGS)
    found = None if logs is None else outcomes(within(logs, window, baseline))
    surges = () if found is None else find_surges(found, frames.get(EvidenceKind.CHANGES))
    return _Inputs(frames, notes, found, surges, _known_by(alert, window), window, baseline, hints)


def _joined(frames: Sequence[pl.DataFrame], kind: EvidenceKind) -> pl.DataFrame:
    joined = pl.concat(frames, how="diagonal_relaxed")
    return one_row_a_deploy(joined) if kind is EvidenceKind.CHANGES else joined


def _frame(one: Evidence) -> pl.DataFrame:
    """Changes come from several sources that say different things, so each keeps the name of its own."""
    return one.frame.with_columns(source=pl.lit(one.source)) if one.kind is EvidenceKind.CHANGES else one.frame


def _known_by(alert: Alert, window: TimeWindow | None) -> Alert:
    """Leave out of the alert what happened after the window: it says nothing of what the window shows."""
    if window is None:
        return alert
    fired, seen = (one if one is None or one <= window.end else None for one in (alert.fired_at, alert.first_seen))
    return msgspec.structs.replace(alert, fired_at=fired, first_seen=seen)


def _note(one: Evidence) -> SourceNote:
    return SourceNote(one.source, one.completeness.complete, one.completeness.note)


def _onset(inputs: _Inputs, before: Onset | None) -> tuple[Onset, tuple[Signal, ...]]:
    """Combine the estimates; the metrics' own counts only where a signal went far enough to be trouble."""
    at = inputs.window.end if inputs.window else None
    from_logs = None if inputs.found is None else onset_of(inputs.found, inputs.surges, inputs.alert)
    others = [estimate for estimate in (from_logs, _first_seen(inputs.alert)) if estimate is not None]
    metrics = inputs.frames.get(EvidenceKind.METRICS)
    notes = inputs.sources(EvidenceKind.LOGS, EvidenceKind.METRICS) + inputs.alert.sources
    if metrics is None:
        return _sourced(settled(before, combine_onsets(others), at), notes), ()
    window, baseline, hints = inputs.window, inputs.baseline, inputs.hints
    own = metric_onset(metrics, alert=inputs.alert, window=window, baseline=baseline, hints=hints)
    onset = settled(before, combine_onsets(others if own is None else [*others, own]), at)
    signals = describe_signals(metrics, onset=onset.earliest, window=window, baseline=baseline, hints=hints)
    least_score = _LEAST_SCORE if inputs.found is None or inputs.surges else _LEAST_SCORE_IN_CALM
    if not any(has_moved(signal, _LEAST_MOVE, least_score) for signal in signals):
        onset = settled(before, combine_onsets(others), at)
    return _sourced(onset, notes), signals


def _first_seen(alert: Alert) -> OnsetEstimate | None:
    """The error tracker's first event: the trouble may be older than the error it tracks."""
    if alert.first_seen is None:
        return None
    return OnsetEstimate(by=alert.source or "alert", earliest=alert.first_seen, latest=alert.first_seen)


def _metrics(inputs: _Inputs, onset: Onset, signals: tuple[Signal, ...]) -> _FromMetrics:
    metrics = inputs.frames.get(EvidenceKind.METRICS)
    if metrics is None:
        return _FromMetrics()
    notes = inputs.sources(EvidenceKind.METRICS)
    window, baseline, hints = inputs.window, inputs.baseline, inputs.hints
    lead = find_lead(metrics, alert=inputs.alert, window=window, baseline=baseline, hints=hints)
    traffic = traffic_driven(metrics, alert=inputs.alert, window=window, baseline=baseline, hints=hints)
    suspects = _suspects(inputs, metrics, onset)
    ranked = notes + inputs.sources(EvidenceKind.SERIES, EvidenceKind.TOPOLOGY)
    return _FromMetrics(
        tuple(_sourced(signal, notes) for signal in signals) + _signals_of(suspects, inputs, onset),
        None if lead is None else _sourced(lead, notes),
        None if traffic is None else _sourced(traffic, notes),
        tuple(_sourced(suspect, ranked) for suspect in suspects),
    )


def _suspects(inputs: _Inputs, metrics: pl.DataFrame, onset: Onset) -> tuple[Suspect, ...]:
    """Rank the signals together with all other series of the service."""
    fired_at, baseline = inputs.alert.fired_at, inputs.baseline
    if onset.earliest is None and baseline is None and fired_at is None:
        return ()
    others = inputs.frames.get(EvidenceKind.SERIES)
    return rank_suspects(
        metrics if others is None else pl.concat([metrics, others]),
        onset=onset.earliest,
        window=inputs.window,
        baseline=baseline,
        topology=inputs.frames.get(EvidenceKind.TOPOLOGY),
        hints=inputs.hints,
        fired_at=fired_at,
    )


def _signals_of(suspects: Sequence[Suspect], inputs: _Inputs, onset: Onset) -> tuple[Signal, ...]:
    """Describe the first suspects that are no signals already, so that they can be charted."""
    others = inputs.frames.get(EvidenceKind.SERIES)
    if others is None:
        return ()
    ranked = {(one.service, one.metric, labels_text(one.labels)) for one in suspects[:_MOST_CHARTED]}
    keys = pl.DataFrame(sorted(ranked, key=str), schema=["service", "metric", "labels"], orient="row")
    named = others.join(keys.cast(pl.String), on=["service", "metric", "labels"], how="semi", nulls_equal=True)
    found = describe_signals(
        named, onset=onset.earliest, window=inputs.window, baseline=inputs.baseline, hints=inputs.hints
    )
    notes = inputs.sources(EvidenceKind.SERIES)
    return tuple(_sourced(signal, notes) for signal in found)


def _impact(inputs: _Inputs, onset: Onset) -> Impact:
    metrics, window = inputs.frames.get(EvidenceKind.METRICS), inputs.window
    told = inputs.found is not None and inputs.found.requests.height > 0
    metered = None
    if metrics is not None and not told:
        metered = metered_impact(metrics, inputs.alert, since=onset.earliest, window=window, hints=inputs.hints)
    health = inputs.frames.get(EvidenceKind.HEALTH)
    impact = impact_of(inputs.found, health, inputs.alert, onset=onset, window=window, metered=metered)
    kind = EvidenceKind.METRICS if metered is not None else EvidenceKind.LOGS
    return _sourced(impact, inputs.sources(kind, EvidenceKind.HEALTH))


def _changes(inputs: _Inputs, onset: Onset, metrics: _FromMetrics) -> tuple[Change, ...]:
    changes = inputs.frames.get(EvidenceKind.CHANGES)
    if changes is None:
        return ()
    first = metrics.lead.first[0] if metrics.lead else None
    scene = scene_of(inputs.found, onset=onset, alert=inputs.alert, signals=metrics.signals, lead_service=first)
    notes = {note.name: note for note in inputs.sources(EvidenceKind.CHANGES)}
    return tuple(
        _sourced(change, tuple(dict.fromkeys(notes[one.source] for one in change.records)))
        for change in judge(changes, scene)
    )


def _recovery(inputs: _Inputs, onset: Onset, fixed_at: datetime) -> Recovery | None:
    logs = inputs.frames.get(EvidenceKind.LOGS)
    if logs is None:
        return None
    found = recovery_of(logs, onset=onset, fixed_at=fixed_at, window=inputs.window, baseline=inputs.baseline)
    return _sourced(found, inputs.sources(EvidenceKind.LOGS))


def _clocks(inputs: _Inputs) -> tuple[ClockOffset, ...]:
    logs = inputs.frames.get(EvidenceKind.LOGS)
    return () if logs is None else clock_offsets(logs)


def _patterns(inputs: _Inputs) -> tuple[Pattern, ...]:
    found: list[Pattern] = []
    if inputs.found is not None:
        notes = inputs.sources(EvidenceKind.LOGS)
        in_logs = patterns_of(
            inputs.found,
            inputs.surges,
            inputs.baseline,
            changes_known=EvidenceKind.CHANGES in inputs.frames,
        )
        found += [_sourced(pattern, notes) for pattern in in_logs]
    counts = inputs.frames.get(EvidenceKind.REQUEST_COUNTS)
    if counts is not None:
        notes = inputs.sources(EvidenceKind.REQUEST_COUNTS)
        in_counts = count_patterns(counts, inputs.window, inputs.baseline, inputs.alert.fired_at)
        found += [_sourced(pattern, notes) for pattern in in_counts]
    return tuple(found)


def _sourced(block: BlockType, notes: tuple[SourceNote, ...]) -> BlockType:
    return msgspec.structs.replace(block, sources=notes)
