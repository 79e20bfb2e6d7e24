"""The post-mortem: figures and timeline filled in, judgement left to the author, and what is still missing.

The sections follow the Google SRE book's example post-mortem (appendix D).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from triage_tui.investigation.findings import Findings
from triage_tui.investigation.hotfixes import recovery_verdict
from triage_tui.investigation.state import Hotfix, Hypothesis, Investigation
from triage_tui.investigation.steps import Step, open_questions
from triage_tui.writing import phrases
from triage_tui.writing.document import WHOLE, escaped
from triage_tui.writing.redaction import redact
from triage_tui.writing.timeline import timeline


class AuthorSection(NamedTuple):
    """A section that only a person can write; ``id`` is kept in journals, ``prompt`` says what belongs there."""

    id: str
    title: str
    prompt: str


AUTHOR_SECTIONS = (
    AuthorSection("summary", "Summary", "what happened, to whom, for how long, in three sentences"),
    AuthorSection("root_cause", "Root cause", "X happened because Y under condition Z; not a person's name"),
    AuthorSection("resolution", "Resolution", "what stopped it, and how that was verified"),
    AuthorSection("lessons", "Lessons", "what went well, what went badly, where it was luck"),
)
_SECTION = {section.id: section for section in AUTHOR_SECTIONS}


class LintNote(NamedTuple):
    """Something that the document lacks: where, what, and why it matters."""

    section: str
    problem: str
    why: str


def markdown(investigation: Investigation) -> str:
    """Return the whole document in Markdown, without secrets; times are UTC."""
    parts = [
        f"# Post-mortem: {escaped(investigation.title)}",
        "",
        f"{_service(investigation)}opened {phrases.moment(investigation.opened_at)}; all times UTC.",
        "",
        *_written(investigation, "summary"),
        *_section("Impact", _impact(investigation)),
        *_timeline(investigation),
        *_section("What the evidence shows", _evidence(investigation)),
        *_section("Hypotheses", list(_hypotheses(investigation))),
        *_written(investigation, "root_cause"),
        *_written(investigation, "resolution"),
        *_section("", _resolved(investigation)),
        *_actions(investigation),
        *_written(investigation, "lessons"),
        *_section("Left open", _left_open(investigation)),
        *_section("Sources", _sources(investigation.findings)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _service(investigation: Investigation) -> str:
    return f"Service {escaped(investigation.alert.service)}; " if investigation.alert.service else ""


def _section(heading: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    return [*([f"## {heading}", ""] if heading else []), *map(_bullet, lines), ""]


def _bullet(text: str) -> str:
    """Write a line as an item of a list; one that is indented belongs to the one before it."""
    depth = "  " if text.startswith("  ") else ""
    return f"{depth}- {escaped(text.removeprefix(depth))}"


def _beneath(lines: list[str]) -> list[str]:
    """Lay all lines but the first beneath it."""
    return [*lines[:1], *(f"  {line}" for line in lines[1:])]


def _written(investigation: Investigation, section_id: str) -> list[str]:
    """Return a section of the author's, or what is expected there."""
    section = _SECTION[section_id]
    # As a whole: a key is a secret over all its lines.
    text = redact(investigation.notes.get(section_id, ""))
    paragraphs = [escaped(one, WHOLE) for one in text.splitlines()] if text else [f"_To be written: {section.prompt}._"]
    return [f"## {section.title}", "", *paragraphs, ""]


def _impact(investigation: Investigation) -> list[str]:
    findings = investigation.findings
    measured = [] if findings is None else phrases.impact_in_words(findings.impact)
    state = [] if findings is None else [phrases.state_in_words(findings.impact), *findings.impact.because]
    onset = [] if findings is None else [phrases.duration_in_words(findings)]
    answered = [
        f"{answer.text} ({answer.source})"
        for question, answer in investigation.answers.items()
        if question.startswith("impact.") and answer.source == "you"
    ]
    return [*onset, *measured, *state, *answered]


def _timeline(investigation: Investigation) -> list[str]:
    rows = [
        f"| {phrases.moment(entry.at)} | {escaped(entry.text)} | {escaped(entry.source)} |"
        for entry in timeline(investigation)
    ]
    return ["## Timeline", "", "| time | what | source |", "|---|---|---|", *rows, ""]


def _evidence(investigation: Investigation) -> list[str]:
    findings = investigation.findings
    pinned = [f"pinned: {pin.text} ({pin.source}{', ' + pin.place if pin.place else ''})" for pin in investigation.pins]
    if findings is None:
        return pinned
    signals = [
        phrases.signal_in_words(one, findings.signals)
        for one in findings.signals
        if one.role == "saturation" and one.at_cap_since is not None
    ]
    said = (phrases.lead_in_words(findings), phrases.traffic_in_words(findings))
    return [
        *_blamed(findings),
        *signals,
        *(text for text in said if text is not None),
        *(text for pattern in findings.patterns for text in _beneath(phrases.pattern_in_words(pattern))),
        *pinned,
    ]


def _blamed(findings: Findings) -> list[str]:
    prime = [change for change in findings.changes if change.verdict == "prime"]
    if prime:
        return [text for change in prime for text in _beneath(phrases.change_in_words(change))]
    excluded = [change for change in findings.changes if change.verdict == "excluded"]
    reasons = [f"{one.headline}: {one.speaks_against[0]}" for one in excluded if one.speaks_against]
    return [findings.onset.too_early or "no change to blame", *reasons] if findings.onset.earliest is not None else []


def _hypotheses(investigation: Investigation) -> Iterator[str]:
    pins = {pin.id: pin.text for pin in investigation.pins}
    for one in investigation.hypotheses:
        yield f"{one.state}: {one.statement}"
        yield from (f"  for: {pins[pin]}" for pin in one.pins_for if pin in pins)
        yield from (f"  against: {pins[pin]}" for pin in one.pins_against if pin in pins)
        if one.refuted_by:
            yield f"  would be refuted by: {one.refuted_by}"


def _resolved(investigation: Investigation) -> list[str]:
    hotfixes = [text for one in investigation.hotfixes for text in _taken(one)]
    recovery = investigation.findings.recovery if investigation.findings else None
    measured = [] if recovery is None else [f"measured: {recovery_verdict(recovery)}", *recovery.because]
    worked = investigation.answers.get("fix.worked")
    return [*hotfixes, *measured, *([f"did it work: {worked.text} ({worked.source})"] if worked else [])]


def _taken(hotfix: Hotfix) -> list[str]:
    predicted = [f"predicted before: {hotfix.prediction}"] if hotfix.prediction else []
    return [f"{phrases.moment(hotfix.taken_at)} hotfix: {hotfix.description}", *predicted]


def _actions(investigation: Investigation) -> list[str]:
    rows = [
        f"| {escaped(one.mechanism or 'to be written')} | {escaped(one.owner or 'nobody yet')} "
        f"| {escaped(one.due or 'no date')} | {escaped(one.proper_fix_for)} |"
        for one in investigation.actions
    ]
    head = ["## Action items", "", "| mechanism | owner | due | proper fix for |", "|---|---|---|---|"]
    return [*head, *rows, ""] if rows else ["## Action items", "", "_None yet._", ""]


def _left_open(investigation: Investigation) -> list[str]:
    return [f"{one.step.title}: left with open questions: {one.reason}" for one in investigation.skipped]


def _sources(findings: Findings | None) -> list[str]:
    if findings is None:
        return []
    return [
        f"{one.name}: {'complete' if one.complete else 'incomplete'}{f' ({one.note})' if one.note else ''}"
        for one in findings.sources
    ]


def lint(investigation: Investigation) -> tuple[LintNote, ...]:
    """Return what the document still lacks, in the order of its sections; empty where it is clean."""
    return (
        *_unwritten(investigation), *_undecided(investigation), *_unpredicted(investigation), *_unowned(investigation),
    )  # fmt: skip


def _unwritten(investigation: Investigation) -> Iterator[LintNote]:
    for section in AUTHOR_SECTIONS:
        if not investigation.notes.get(section.id, "").strip():
            yield LintNote(section.title, "not written", f"it should say {section.prompt}")


def _undecided(investigation: Investigation) -> Iterator[LintNote]:
    supported = [one for one in investigation.hypotheses if one.state == "supported"]
    if not supported:
        yield LintNote("Hypotheses", "none is supported", "a root cause without evidence is a guess")
    for one in investigation.hypotheses:
        yield from _unsound(one)
    for step in (Step.IMPACT, Step.FIX):
        missing = open_questions(investigation, step)
        if missing:
            yield LintNote(step.title, f"open: {missing[0].text}", "readers ask this first")


def _unsound(hypothesis: Hypothesis) -> Iterator[LintNote]:
    if hypothesis.state == "supported" and not hypothesis.pins_for:
        yield LintNote("Hypotheses", f"nothing pinned for: {hypothesis.statement}", "support needs evidence")
    if hypothesis.state == "supported" and not hypothesis.refuted_by:
        yield LintNote("Hypotheses", f"no refuting test: {hypothesis.statement}", "what cannot fail was not tested")


def _unpredicted(investigation: Investigation) -> Iterator[LintNote]:
    for hotfix in investigation.hotfixes:
        if not hotfix.prediction:
            problem = f"nothing was predicted of: {hotfix.description}"
            yield LintNote("Resolution", problem, "without a prediction, any change looks like success")


def _unowned(investigation: Investigation) -> Iterator[LintNote]:
    if not investigation.actions:
        yield LintNote("Action items", "there are none", "without one it happens again")
    for item in investigation.actions:
        lacking = [
            name
            for name, value in (("mechanism", item.mechanism), ("owner", item.owner), ("date", item.due))
            if not value
        ]
        if lacking:
            what = item.mechanism or f"the proper fix for {item.proper_fix_for!r}"
            yield LintNote("Action items", f"{what} has no {' and no '.join(lacking)}", "what nobody owns is not done")
