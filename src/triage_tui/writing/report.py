"""The findings for people: what, since when, how bad, who, which change, what logs and metrics show."""

from __future__ import annotations

from collections.abc import Sequence

from triage_tui.investigation.change import Change
from triage_tui.investigation.counting import counted
from triage_tui.investigation.findings import Findings
from triage_tui.writing import phrases
from triage_tui.writing.document import Item, Section, as_markdown, as_text

_SHOWN_CHANGES = 3
_SHOWN_REASONS = 2
_SHOWN_PATTERNS = 6
_SHOWN_SIGNALS = 8
_SHOWN_SUSPECTS = 5


def report(findings: Findings, *, title: str, markdown: bool = False) -> str:
    """Return the report as text of 80 columns, or as Markdown; the JSON answer holds what it leaves out."""
    sections = [section for section in _sections(findings) if section.items]
    write = as_markdown if markdown else as_text
    return write(title or "Incident", sections)


def _sections(findings: Findings) -> list[Section]:
    onset = findings.onset
    suspects = [phrases.suspect_in_words(one) for one in findings.suspects[:_SHOWN_SUSPECTS]]
    sources = [_source(one.name, one.note, complete=one.complete) for one in findings.sources]
    return [
        Section.of("What", _what(findings)),
        Section("Since", [Item(phrases.onset_in_words(onset), phrases.estimates_in_words(onset))]),
        Section("State", [Item(phrases.state_in_words(findings.impact), phrases.reasons_in_words(findings.impact))]),
        Section.of("Impact", phrases.impact_in_words(findings.impact)),
        Section("Changes", _changes(findings)),
        Section("Logs", _patterns(findings)),
        Section.of("Metrics", _metrics(findings)),
        Section.of("Suspects", suspects),
        Section.of("Clocks", [phrases.clock_in_words(one) for one in findings.clocks]),
        Section.of("Sources", sources),
    ]


def _what(findings: Findings) -> list[str]:
    alert = findings.alert
    where = [f"on {alert.service}" if alert.service else "", f"seen by {alert.source}" if alert.source else ""]
    count = counted(alert.count, "time") if alert.count is not None else ""
    users = counted(alert.users, "user") if alert.users is not None else ""
    facts = ", ".join(part for part in (*where, count, users) if part)
    exception = alert.exception if alert.exception != alert.title else None
    return [text for text in (facts, exception) if text]


def _changes(findings: Findings) -> list[Item]:
    """The prime suspect with all that is said of it, then a few of the others with the weightiest."""
    by_verdict = {verdict: _of_verdict(findings.changes, verdict) for verdict in ("prime", "possible", "excluded")}
    shown = [*by_verdict["prime"], *by_verdict["possible"][:_SHOWN_CHANGES], *by_verdict["excluded"][:_SHOWN_CHANGES]]
    more = len(findings.changes) - len(shown)
    items = [_change(change) for change in shown]
    items += [Item(f"and {more} more that say less")] if more else []
    blameless = bool(shown) and not by_verdict["prime"] and findings.onset.earliest is not None
    return [Item(findings.onset.too_early or "no change to blame"), *items] if blameless else items


def _of_verdict(changes: Sequence[Change], verdict: str) -> list[Change]:
    return [change for change in changes if change.verdict == verdict]


def _change(change: Change) -> Item:
    head, *reasons = phrases.change_in_words(change)
    return Item(head, reasons if change.verdict == "prime" else reasons[:_SHOWN_REASONS])


def _patterns(findings: Findings) -> list[Item]:
    shown = [phrases.pattern_in_words(pattern) for pattern in findings.patterns[:_SHOWN_PATTERNS]]
    more = len(findings.patterns) - _SHOWN_PATTERNS
    items = [Item(head, details) for head, *details in shown]
    return [*items, Item(f"and {more} more")] if more > 0 else items


def _metrics(findings: Findings) -> list[str]:
    moved = [signal for signal in findings.signals if signal.shape not in {"none", "unclear"}]
    lines = [phrases.signal_in_words(signal, findings.signals) for signal in moved[:_SHOWN_SIGNALS]]
    more = len(moved) - _SHOWN_SIGNALS
    said = (phrases.lead_in_words(findings), phrases.traffic_in_words(findings))
    return [
        *lines,
        *([f"and {more} more that moved"] if more > 0 else []),
        *(text for text in said if text is not None),
    ]


def _source(name: str, note: str, *, complete: bool) -> str:
    return f"{name}: {'complete' if complete else 'incomplete'}" + (f" ({note})" if note else "")
