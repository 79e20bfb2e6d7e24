"""The evidence at hand, as the parts of a diagnosis take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec
import polars as pl

from triage_tui.analysis.deploy_records import one_row_a_deploy
from triage_tui.analysis.request_outcomes import Outcomes, outcomes
from triage_tui.analysis.spans import within
from triage_tui.analysis.surges import Surge, find_surges
from triage_tui.investigation.block import Block, SourceNote
from triage_tui.investigation.evidence import Evidence, EvidenceKind, SignalHint
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.time_window import TimeWindow

BlockType = TypeVar("BlockType", bound=Block)
# What is read of the logs, and of their records, once the requests are known.
_READ_OF_LOGS = ("time", "request_id", "duration_ms", "host", "file")
_READ_OF_RECORDS = (
    "time", "service", "request_id", "event", "exception", "file", "line", "template", "failing", "request",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """The evidence by kind: frames joined, sources noted once.

    ``found`` are the outcomes of the logged requests, None where there are no logs; of their records, and of the frame
    of the logs, it has only those columns that are read. ``alert`` is what was known of it within the window.
    """

    frames: dict[EvidenceKind, pl.DataFrame]
    notes: dict[EvidenceKind, tuple[SourceNote, ...]]
    found: Outcomes | None
    surges: tuple[Surge, ...]
    alert: Alert
    window: TimeWindow | None
    baseline: TimeWindow | None
    hints: Sequence[SignalHint]

    def sources(self, *kinds: EvidenceKind) -> tuple[SourceNote, ...]:
        """Where the evidence of some kinds came from."""
        return tuple(note for kind in kinds for note in self.notes.get(kind, ()))


def inputs_of(
    evidence: Sequence[Evidence], alert: Alert, window: TimeWindow | None, baseline: TimeWindow | None,
    hints: Sequence[SignalHint],
) -> Inputs:  # fmt: skip
    """Join the frames of each kind; the order of the evidence changes nothing."""
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
    found = None if logs is None else _narrowed(outcomes(within(logs, window, baseline)))
    if logs is not None:
        frames[EvidenceKind.LOGS] = logs.select(_READ_OF_LOGS)
        del logs
    surges = () if found is None else find_surges(found, frames.get(EvidenceKind.CHANGES))
    return Inputs(frames, notes, found, surges, _known_by(alert, window), window, baseline, hints)


def _narrowed(found: Outcomes) -> Outcomes:
    """Let go of what only the requests were read from: it is more than half of the records."""
    return replace(found, records=found.records.select(_READ_OF_RECORDS))


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


def sourced(block: BlockType, notes: tuple[SourceNote, ...]) -> BlockType:
    """Say of a block where its figures came from."""
    return msgspec.structs.replace(block, sources=notes)
