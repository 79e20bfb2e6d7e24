"""What widgets, workers and the app say to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from pathlib import Path

    from triage_tui.investigation.case import Choice
    from triage_tui.investigation.decision import Decision
    from triage_tui.investigation.evidence import Evidence, SourceFailure
    from triage_tui.investigation.findings import Findings
    from triage_tui.investigation.source import LogLines


@dataclass(eq=False, repr=False)
class Decided(Message):
    """A person decided something; the app journals and applies it."""

    decision: Decision


@dataclass(eq=False, repr=False)
class CursorMoved(Message):
    """A pane moved the time mark of all panes."""

    moment: datetime

    def can_replace(self, message: Message) -> bool:
        """Only the newest position counts."""
        return isinstance(message, CursorMoved)


@dataclass(eq=False, repr=False)
class CaptureWanted(Message):
    """Freeze what was fetched into a bundle."""

    path: Path


class ReadingStopped(Message):
    """What was read by now is enough."""


@dataclass(eq=False, repr=False)
class QueryWanted(Message):
    """Ask for a question to the metrics server; ``then`` is called with it once it was answered."""

    then: Callable[[str], None]


class NowFollowed(Message):
    """The window is to follow now again."""


@dataclass(eq=False, repr=False)
class EvidenceLoaded(Message):
    """A source answered; ``changed`` is False where it said what it had said before."""

    evidence: Evidence
    changed: bool = True


@dataclass(eq=False, repr=False)
class LinesGrew(Message):
    """A log that is followed has more lines."""

    source: str
    lines: LogLines

    def can_replace(self, message: Message) -> bool:
        """Only the newest lines of a source count."""
        return isinstance(message, LinesGrew) and message.source == self.source


@dataclass(eq=False, repr=False)
class SourceFailed(Message):
    """A source could not answer."""

    failure: SourceFailure


@dataclass(eq=False, repr=False)
class FindingsReady(Message):
    """The analysis of the evidence at hand is done."""

    findings: Findings


@dataclass(eq=False, repr=False)
class TraceWanted(Message):
    """Show one request as a ladder."""

    correlation_id: str


@dataclass(eq=False, repr=False)
class DiffWanted(Message):
    """Show what a change changed."""

    change_key: str


@dataclass(eq=False, repr=False)
class TextWanted(Message):
    """Ask for one line of text.

    ``then`` is called with it, unless the asking is called off or a required text is empty. ``history`` is recalled by
    up and down, newest last.
    """

    question: str
    then: Callable[[str], None]
    suggestion: str = ""
    required: bool = True
    history: tuple[str, ...] = ()


@dataclass(eq=False, repr=False)
class SectionWanted(Message):
    """Write a section of the post-mortem."""

    section: str
    title: str


@dataclass(eq=False, repr=False)
class CaseChosen(Message):
    """A case was chosen on the start screen."""

    choice: Choice


@dataclass(eq=False, repr=False)
class Said(Message):
    """Tell the user something; the text may come from outside and is made safe where it is shown."""

    text: str
    wrong: bool = False
