"""The one state: a frozen snapshot of an investigation.

Decisions (small, journaled) change it through ``events.apply``; evidence, failures and findings (large, from sources
and the analysis, never journaled) are put in by the ``with_`` methods. Every change returns a new snapshot that shares
all else with the old one, so that a pane redraws only if what it draws ``is not`` what it drew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec.structs import replace

from triage_tui.investigation.evidence import Evidence, EvidenceKind, SourceFailure
from triage_tui.investigation.findings import Alert, Findings
from triage_tui.investigation.steps import Step
from triage_tui.investigation.time_window import TimeWindow

if TYPE_CHECKING:
    from triage_tui.investigation.decision import Decision
    from triage_tui.investigation.source import LogLines

HypothesisState = Literal["open", "supported", "refuted", "inconclusive"]
Side = Literal["for", "against"]


PIPE_PREFIX = "pipe:"


class CaseInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the investigation reads, as the user named it with absolute paths; enough to open it again.

    ``live`` names the service of an investigation on running systems, "" where it is none of the configured ones;
    ``timezone`` is the zone of times that carry none. A path that begins with ``PIPE_PREFIX`` was a pipe.
    """

    paths: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    repo: str | None = None
    alert: str | None = None
    live: str | None = None
    timezone: str = "UTC"

    @property
    def has_pipe(self) -> bool:
        """Whether a part of it came through a pipe, and cannot be opened again."""
        return any(path.startswith(PIPE_PREFIX) for path in self.paths)


class Answer(msgspec.Struct, frozen=True):
    """What was answered to a question; ``source`` is "you" or the name of the source that suggested it."""

    text: str
    source: str
    at: datetime


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence that a person chose; ``moment`` is when it happened, ``place`` where to find it."""

    id: str
    pane: str
    text: str
    source: str
    pinned_at: datetime
    moment: datetime | None = None
    place: str = ""


class LogMark(msgspec.Struct, frozen=True):
    """A line of a log that a person marked: where it stands in its file, when it was, which row of all it was then."""

    file: str
    line: int
    time: datetime | None
    row: int

    def is_of(self, file: str, line: int) -> bool:
        """Whether it marks a line of a file."""
        return (self.file, self.line) == (file, line)


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of cause, the pins that speak for and against it, and the test that would refute it."""

    id: str
    statement: str
    state: HypothesisState = "open"
    pins_for: tuple[str, ...] = ()
    pins_against: tuple[str, ...] = ()
    refuted_by: str = ""


class ActionItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do after the incident; ``proper_fix_for`` names the hotfix that it replaces."""

    id: str
    mechanism: str
    owner: str = ""
    due: str = ""
    proper_fix_for: str = ""


class Hotfix(msgspec.Struct, frozen=True, kw_only=True):
    """What stopped the bleeding, when it was in place, and what was to be seen by when if it works."""

    kind: str
    description: str
    taken_at: datetime
    prediction: str = ""


class SkippedStep(msgspec.Struct, frozen=True):
    """A step that was left with open questions, and why."""

    step: Step
    reason: str
    at: datetime


class Investigation(msgspec.Struct, frozen=True, eq=False):
    """One snapshot; identity is equality.

    ``window`` and ``cursor`` are the one clock of all panes. ``evidence`` and ``failures`` are keyed by source name.
    ``decisions`` are those in force, oldest first: the journal's, without the undone ones. ``following`` tells that the
    window moves on with now: in a live investigation, until someone looks back. ``full_window`` is all that is fetched.
    ``grown_lines`` are the lines of logs that grew since they were fetched, by source name.
    """

    id: str
    title: str
    inputs: CaseInputs
    alert: Alert
    window: TimeWindow | None
    opened_at: datetime
    full_window: TimeWindow | None = None
    following: bool = False
    step: Step = Step.ALERT
    cursor: datetime | None = None
    correlation_id: str | None = None
    log_filters: tuple[str, ...] = ()
    log_marks: tuple[LogMark, ...] = ()
    answers: Mapping[str, Answer] = msgspec.field(default_factory=lambda: MappingProxyType({}))
    pins: tuple[Pin, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    notes: Mapping[str, str] = msgspec.field(default_factory=lambda: MappingProxyType({}))
    actions: tuple[ActionItem, ...] = ()
    hotfixes: tuple[Hotfix, ...] = ()
    skipped: tuple[SkippedStep, ...] = ()
    evidence: Mapping[str, Evidence] = msgspec.field(default_factory=lambda: MappingProxyType({}))
    failures: Mapping[str, SourceFailure] = msgspec.field(default_factory=lambda: MappingProxyType({}))
    grown_lines: Mapping[str, LogLines] = msgspec.field(default_factory=lambda: MappingProxyType({}))
    findings: Findings | None = None
    decisions: tuple[Decision, ...] = ()

    def with_evidence(self, arrived: Evidence) -> Investigation:
        """Take in a source's answer; an answer older than the one at hand changes nothing."""
        known = self.evidence.get(arrived.source)
        if known is not None and known.fetched_at > arrived.fetched_at:
            return self
        evidence = MappingProxyType({**self.evidence, arrived.source: arrived})
        failures = MappingProxyType({name: one for name, one in self.failures.items() if name != arrived.source})
        return replace(self, evidence=evidence, failures=failures)

    def with_grown_lines(self, source: str, lines: LogLines) -> Investigation:
        """Take in the lines that a log has by now; the evidence stays as it was fetched."""
        return replace(self, grown_lines=MappingProxyType({**self.grown_lines, source: lines}))

    def lines_of(self, evidence: Evidence) -> LogLines | None:
        """Return the newest lines of a log: as it was fetched, or as it has grown since."""
        grown = self.grown_lines.get(evidence.source)
        fetched = evidence.lines
        return grown if grown is not None and fetched is not None and len(grown) > len(fetched) else fetched

    def with_failure(self, failure: SourceFailure) -> Investigation:
        """Note that a source failed; the last good evidence stays."""
        return replace(self, failures=MappingProxyType({**self.failures, failure.source: failure}))

    def with_findings(self, findings: Findings) -> Investigation:
        """Take in what the analysis found; where no window was chosen, the newest findings of a replay give it."""
        found_before = self.findings.window if self.findings and self.inputs.live is None else None
        window = findings.window if self.window in {None, found_before} else self.window
        full = findings.window if self.full_window in {None, found_before} else self.full_window
        return replace(self, findings=findings, window=window or self.window, full_window=full or self.full_window)

    def until(self, moment: datetime) -> Investigation:
        """Note that the evidence reaches up to a moment; a window that follows moves on, the whole one grows."""
        full = self.full_window
        if full is None or moment <= full.end:
            return self
        grown = replace(self, full_window=TimeWindow(full.start, moment))
        if not self.following or self.window is None:
            return grown
        whole = self.window.start <= full.start
        return replace(grown, window=TimeWindow(full.start if whole else moment - self.window.length, moment))

    def followed(self, moment: datetime) -> Investigation:
        """Follow now again: a window as long as the one that was looked at, which ends now; one that follows stays."""
        reached = replace(self, following=True).until(moment)
        if self.following or self.window is None or reached.full_window is None:
            return reached
        end = reached.full_window.end
        return replace(reached, window=TimeWindow(max(end - self.window.length, reached.full_window.start), end))

    def with_cursor(self, moment: datetime | None) -> Investigation:
        """Move the time mark of all panes; not a decision, so not journaled."""
        return self if moment == self.cursor else replace(self, cursor=moment)

    @property
    def awaits_lines(self) -> bool:
        """Whether newer log lines come by themselves: now is followed, or a source still reads."""
        return self.following or any(one.completeness.reading for one in self.evidence.values())

    def of_kind(self, kind: EvidenceKind) -> tuple[Evidence, ...]:
        """All evidence of a kind, by source name."""
        return tuple(self.evidence[name] for name in sorted(self.evidence) if self.evidence[name].kind == kind)

    def failures_of_kind(self, kind: EvidenceKind) -> tuple[SourceFailure, ...]:
        """All failures of sources of a kind, by source name."""
        return tuple(self.failures[name] for name in sorted(self.failures) if self.failures[name].kind == kind)
