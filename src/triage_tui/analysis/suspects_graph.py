"""Where in a call graph the trouble sits: a sick caller of a sick callee hands half its suspicion down.

Trouble travels from callee to caller, so the anomalous services without an anomalous callee are the ones to look at
(the traversal that Hardt et al. 2024 use on PetShop). A callee whose own metrics show little because its caller feels
most of it still gets what its callers hand down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

# A callee is sick where it moved at least half as much as its caller, on the scale of the scores.
_SICK_SHARE = 0.5
_HANDED_DOWN = 0.5


@dataclass(frozen=True, slots=True)
class Blame:
    """What the graph says of one service: its new score, and why in words ("" where it says nothing)."""

    score: float
    reason: str = ""


def blame(scores: Mapping[str, float], topology: pl.DataFrame) -> dict[str, Blame]:
    """Move suspicion down a call graph; ``topology`` holds ``caller`` and ``callee``, ``scores`` one entry a service.

    Each sick caller keeps half of its score and hands the other half to the last service down the line of its sickest
    callees; a service that several hand to takes the largest. A soft form of the rule that the cause is the anomalous
    service without an anomalous callee (the traversal baseline of PetShop, Hardt et al., CLeaR 2024).
    """
    worst = _sickest_callees(scores, topology)
    handed: dict[str, tuple[float, str]] = {}
    for caller in sorted(worst):
        last = _end_of_line(caller, worst)
        handed[last] = max(handed.get(last, (0.0, "")), (_HANDED_DOWN * scores[caller], caller))
    known = {name for edge in topology.select("caller", "callee").iter_rows() for name in edge}
    return {name: _blame(name, scores, worst, handed, known) for name in scores}


def _blame(
    name: str,
    scores: Mapping[str, float],
    worst: Mapping[str, str],
    handed: Mapping[str, tuple[float, str]],
    known: set[str],
) -> Blame:
    more, caller = handed.get(name, (0.0, ""))
    if name in worst:
        return Blame((1 - _HANDED_DOWN) * scores[name] + more, f"it calls {worst[name]}, which moved too")
    if caller:
        return Blame(scores[name] + more, f"{caller} depends on it and moved; nothing that it calls moved as much")
    return Blame(scores[name], "nothing that it calls moved as much" if name in known else "")


def _sickest_callees(scores: Mapping[str, float], topology: pl.DataFrame) -> dict[str, str]:
    sick: dict[str, list[str]] = {}
    for caller, callee in sorted(set(topology.select("caller", "callee").drop_nulls().iter_rows())):
        if caller != callee and scores.get(callee, 0.0) > _SICK_SHARE * scores.get(caller, 0.0) > 0:
            sick.setdefault(caller, []).append(callee)
    return {caller: max(callees, key=lambda name: (scores[name], name)) for caller, callees in sick.items()}


def _end_of_line(caller: str, worst: Mapping[str, str]) -> str:
    seen = {caller}
    last = worst[caller]
    while last in worst and last not in seen and worst[last] not in seen:
        seen.add(last)
        last = worst[last]
    return last
