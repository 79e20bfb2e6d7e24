"""What the evidence at hand cannot tell, said with each finding, so that silence is not read as health."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import msgspec

from triage_tui.investigation.block import Block
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Findings, Impact

BlockType = TypeVar("BlockType", bound=Block)


def with_unknown(findings: Findings, kinds: Collection[EvidenceKind], *, baseline_named: bool) -> Findings:
    """Add to each block what could not be known for want of evidence; ``kinds`` are those that there were."""
    return msgspec.structs.replace(
        findings,
        onset=_noted(findings.onset, _of_onset(kinds, baseline_named=baseline_named)),
        impact=_noted(findings.impact, _of_impact(findings.impact, kinds)),
        changes=tuple(_noted(change, _without(kinds, EvidenceKind.LOGS, _FAILING)) for change in findings.changes),
        suspects=tuple(_noted(one, _without(kinds, EvidenceKind.TOPOLOGY, _CALLERS)) for one in findings.suspects),
        lead=_noted(findings.lead, _without(kinds, EvidenceKind.LOGS, _LOGGED)) if findings.lead else None,
    )


_LOGGED = "what the logs say: none were given"
_MEASURED = "what the metrics say: none were given"
_FAILING = "which endpoints and files fail: no logs were given"
_CALLERS = "who calls whom: no call graph was given"
_PROBED = "whether it answers: no health probe was given"


def _of_onset(kinds: Collection[EvidenceKind], *, baseline_named: bool) -> tuple[str, ...]:
    calm = () if baseline_named else ("how calm it was before: no healthy span was named",)
    return _without(kinds, EvidenceKind.LOGS, _LOGGED) + _without(kinds, EvidenceKind.METRICS, _MEASURED) + calm


def _of_impact(impact: Impact, kinds: Collection[EvidenceKind]) -> tuple[str, ...]:
    users = ("how many users: no record names one",) if impact.users is None and impact.errors else ()
    endpoints = ("which endpoints: no record names one",) if impact.errors and not impact.endpoints else ()
    return users + endpoints + _without(kinds, EvidenceKind.HEALTH, _PROBED)


def _without(kinds: Collection[EvidenceKind], kind: EvidenceKind, note: str) -> tuple[str, ...]:
    return () if kind in kinds else (note,)


def _noted(block: BlockType, unknown: tuple[str, ...]) -> BlockType:
    return msgspec.structs.replace(block, unknown=(*block.unknown, *unknown)) if unknown else block
