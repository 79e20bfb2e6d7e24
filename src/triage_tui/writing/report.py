"""The findings for people: what, since when, how bad, who, which change, what logs and metrics show."""

from __future__ import annotations

from triage_tui.investigation.findings import Findings
from triage_tui.writing import phrases
from triage_tui.writing.document import Section, as_markdown, as_text

_SHOWN_SIGNALS = 8
_SHOWN_SUSPECTS = 5


def report(findings: Findings, *, title: str, markdown: bool = False) -> str:
    """Return the report as text of 80 columns, or as Markdown."""
    sections = [section for section in _sections(findings) if section.lines]
    write = as_markdown if markdown else as_text
    return write(title or "Incident", sections)


def _sections(findings: Findings) -> list[Section]:
    onset = findings.onset
    return [
        Section("What", _what(findings)),
        Section("Since", [phrases.onset_in_words(onset), *phrases.estimates_in_words(onset)]),
        Section("State", [phrases.state_in_words(findings.impact)]),
        Section("Impact", phrases.impact_in_words(findings.impact)),
        Section("Changes", _changes(findings)),
        Section("Logs", [text for pattern in findings.patterns for text in phrases.pattern_in_words(pattern)]),
        Section("Metrics", _metrics(findings)),
        Section("Suspects", [phrases.suspect_in_words(one) for one in findings.suspects[:_SHOWN_SUSPECTS]]),
        Section("Sources", [_source(one.name, one.note, complete=one.complete) for one in findings.sources]),
    ]


def _what(findings: Findings) -> list[str]:
    alert = findings.alert
    where = [f"on {alert.service}" if alert.service else "", f"seen by {alert.source}" if alert.source else ""]
    count = f"{alert.count:,} times" if alert.count is not None else ""
    users = f"{alert.users:,} users" if alert.users is not None else ""
    facts = ", ".join(part for part in (*where, count, users) if part)
    return [text for text in (facts, alert.exception or "") if text]


def _changes(findings: Findings) -> list[str]:
    lines = [text for change in findings.changes for text in phrases.change_in_words(change)]
    blamed = any(change.verdict == "prime" for change in findings.changes)
    started = findings.onset.earliest is not None
    return lines if blamed or not lines or not started else [*lines, "no change to blame"]


def _metrics(findings: Findings) -> list[str]:
    moved = [signal for signal in findings.signals if signal.shape not in {"none", "unclear"}]
    lines = [phrases.signal_in_words(signal) for signal in moved[:_SHOWN_SIGNALS]]
    more = len(moved) - _SHOWN_SIGNALS
    said = (phrases.lead_in_words(findings), phrases.traffic_in_words(findings))
    return [
        *lines,
        *([f"and {more} more signals that moved"] if more > 0 else []),
        *(text for text in said if text is not None),
    ]


def _source(name: str, note: str, *, complete: bool) -> str:
    return f"{name}: {'complete' if complete else 'incomplete'}" + (f" ({note})" if note else "")
