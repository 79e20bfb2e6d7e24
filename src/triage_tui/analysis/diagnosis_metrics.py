"""The part of a diagnosis that comes from series: signals, which moved first, and suspects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from triage_tui.analysis.diagnosis_inputs import Inputs, sourced
from triage_tui.analysis.lead import find_lead, traffic_driven
from triage_tui.analysis.metric_shapes import describe_signals
from triage_tui.analysis.series import labels_text
from triage_tui.analysis.suspects import rank_suspects
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Lead, Onset, Signal, Suspect, Traffic

_MOST_CHARTED = 20


@dataclass(frozen=True, slots=True)
class FromMetrics:
    """What was found in the series, each block with its sources."""

    signals: tuple[Signal, ...] = ()
    lead: Lead | None = None
    traffic: Traffic | None = None
    suspects: tuple[Suspect, ...] = ()


def from_metrics(inputs: Inputs, onset: Onset, signals: tuple[Signal, ...]) -> FromMetrics:
    """Find what led and rank the suspects; ``signals`` are those that the onset was looked for in."""
    metrics = inputs.frames.get(EvidenceKind.METRICS)
    if metrics is None:
        return FromMetrics()
    notes = inputs.sources(EvidenceKind.METRICS)
    window, baseline, hints = inputs.window, inputs.baseline, inputs.hints
    lead = find_lead(metrics, alert=inputs.alert, window=window, baseline=baseline, hints=hints)
    traffic = traffic_driven(metrics, alert=inputs.alert, window=window, baseline=baseline, hints=hints)
    suspects = _suspects(inputs, metrics, onset)
    ranked = notes + inputs.sources(EvidenceKind.SERIES, EvidenceKind.TOPOLOGY)
    return FromMetrics(
        tuple(sourced(signal, notes) for signal in signals) + _signals_of(suspects, inputs, onset),
        None if lead is None else sourced(lead, notes),
        None if traffic is None else sourced(traffic, notes),
        tuple(sourced(suspect, ranked) for suspect in suspects),
    )


def _suspects(inputs: Inputs, metrics: pl.DataFrame, onset: Onset) -> tuple[Suspect, ...]:
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


def _signals_of(suspects: Sequence[Suspect], inputs: Inputs, onset: Onset) -> tuple[Signal, ...]:
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
    return tuple(sourced(signal, notes) for signal in found)
