"""What is new in each pane since someone looked: the facts that a pane shows at a moment, and how later ones differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from triage_tui.investigation.counting import counted
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.series_names import series_name
from triage_tui.investigation.state import Investigation
from triage_tui.ui.alert_words import alert_standing
from triage_tui.ui.change_keys import change_keys
from triage_tui.ui.panes.signals import is_at_cap, shape_words
from triage_tui.ui.phrases import clock

if TYPE_CHECKING:
    from triage_tui.investigation.change import Change
    from triage_tui.investigation.findings import Onset, Signal

PANES = ("impact", "changes", "metrics", "logs")
MOST_SAID = 3
PATTERN_WORDS = {
    "error_surge": "a surge of errors", "gap": "a gap", "every_n": "failures every N requests",
    "single_actor": "one actor's errors", "everyone": "errors for everyone", "missing_line": "a missing line",
    "attribute": "an attribute in common",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a pane showed: each fact's words by its key, and up to when there were lines in the log."""

    words: Mapping[str, str] = field(default_factory=dict)
    lines_until: datetime | None = None


def facts_of(pane: str, now: Investigation) -> Facts:
    """Return the facts of a pane."""
    return Facts(dict(_FACTS[pane](now)), _last_line(now) if pane == "logs" else None)


def news_of(pane: str, seen: Facts, now: Investigation) -> str:
    """Say what a pane has that it did not have; "" for nothing."""
    fresh = [words for key, words in dict(_FACTS[pane](now)).items() if words and seen.words.get(key) != words]
    errors = _errors_since(seen.lines_until, now) if pane == "logs" and seen.lines_until else 0
    said = [*([counted(errors, "error")] if errors else []), *fresh]
    more = f" and {len(said) - MOST_SAID} more" if len(said) > MOST_SAID else ""
    return ", ".join(said[:MOST_SAID]) + more


def _impact(now: Investigation) -> Iterable[tuple[str, str]]:
    standing = alert_standing(now)
    if now.findings is not None:
        yield "state", f"state {now.findings.impact.state.upper()}"
    if standing.state is not None:
        yield "alert", f"alert {standing.state}"
    if now.findings is not None:
        trend, onset = now.findings.impact.trend.verdict, now.findings.onset
        yield "onset", _onset_words(onset)
        yield "trend", trend if trend != "unclear" else ""
    yield "note", standing.note


def _onset_words(onset: Onset) -> str:
    if onset.too_early:
        return ""
    return f"since {clock(onset.earliest)}" if onset.earliest is not None else "no onset"


def _changes(now: Investigation) -> Iterable[tuple[str, str]]:
    for key, change in change_keys(now.findings.changes if now.findings is not None else ()).items():
        yield key, _change_words(change)
        yield f"{key} verdict", "prime suspect" if change.verdict == "prime" else ""


def _change_words(change: Change) -> str:
    return change.name


def _metrics(now: Investigation) -> Iterable[tuple[str, str]]:
    if now.findings is None:
        return
    for signal in now.findings.signals:
        yield f"{signal.service} {signal.metric} {sorted(signal.labels.items())}", _signal_words(signal)


def _signal_words(signal: Signal) -> str:
    """Say what shape a series has, without the figures, which change with each sample."""
    if signal.shape in {"none", "unclear", "periodic"}:
        return ""
    return f"{series_name(signal)}: {'at cap' if is_at_cap(signal) else shape_words(signal, with_cap=False)}"


def _logs(now: Investigation) -> Iterable[tuple[str, str]]:
    for pattern in now.findings.patterns if now.findings is not None else ():
        yield pattern.kind, PATTERN_WORDS[pattern.kind]


_FACTS: dict[str, Callable[[Investigation], Iterable[tuple[str, str]]]] = {
    "impact": _impact,
    "changes": _changes,
    "metrics": _metrics,
    "logs": _logs,
}


def _last_line(now: Investigation) -> datetime | None:
    last = [one.columns("time")["time"].max() for one in now.of_kind(EvidenceKind.LOGS)]
    return max((moment for moment in last if isinstance(moment, datetime)), default=None)


def _errors_since(moment: datetime, now: Investigation) -> int:
    import polars as pl

    from triage_tui.logs.formats.levels import ERROR_LEVELS

    newer = (pl.col("time") > moment) & pl.col("level").is_in(ERROR_LEVELS)
    return sum(one.columns("time", "level").filter(newer).height for one in now.of_kind(EvidenceKind.LOGS))
