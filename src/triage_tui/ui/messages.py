"""What widgets, workers and the app say to each other."""

from __future__ import annotations

from collections.abc import Callable
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


class Decided(Message):
    """A person decided something; the app journals and applies it."""

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self.decision = decision


class CursorMoved(Message):
    """A pane moved the time mark of all panes."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.moment = moment

    def can_replace(self, message: Message) -> bool:
        """Only the newest position counts."""
        return isinstance(message, CursorMoved)


class CaptureWanted(Message):
    """Freeze what was fetched into a bundle."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


class ReadingStopped(Message):
    """What was read by now is enough."""


class QueryWanted(Message):
    """Ask for a question to the metrics server; ``then`` is called with it once it was answered."""

    def __init__(self, then: Callable[[str], None]) -> None:
        super().__init__()
        self.then = then


class NowFollowed(Message):
    """The window is to follow now again."""


class EvidenceLoaded(Message):
    """A source answered; ``changed`` is False where it said what it had said before."""

    def __init__(self, evidence: Evidence, *, changed: bool = True) -> None:
        super().__init__()
        self.evidence, self.changed = evidence, changed


class LinesGrew(Message):
    """A log that is followed has more lines."""

    def __init__(self, source: str, lines: LogLines) -> None:
        super().__init__()
        self.source, self.lines = source, lines

    def can_replace(self, message: Message) -> bool:
        """Only the newest lines of a source count."""
        return isinstance(message, LinesGrew) and message.source == self.source


class SourceFailed(Message):
    """A source could not answer."""

    def __init__(self, failure: SourceFailure) -> None:
        super().__init__()
        self.failure = failure


class FindingsReady(Message):
    """The analysis of the evidence at hand is done."""

    def __init__(self, findings: Findings) -> None:
        super().__init__()
        self.findings = findings


class TraceWanted(Message):
    """Show one request as a ladder."""

    def __init__(self, correlation_id: str) -> None:
        super().__init__()
        self.correlation_id = correlation_id


class DiffWanted(Message):
    """Show what a change changed."""

    def __init__(self, change_key: str) -> None:
        super().__init__()
        self.change_key = change_key


class TextWanted(Message):
    """Ask for one line of text.

    ``then`` is called with it, unless the asking is called off or a required text is empty. ``history`` is recalled by
    up and down, newest last.
    """

    def __init__(
        self,
        question: str,
        then: Callable[[str], None],
        suggestion: str = "",
        *,
        required: bool = True,
        history: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.question, self.then, self.suggestion = question, then, suggestion
        self.required, self.history = required, history


class SectionWanted(Message):
    """Write a section of the post-mortem."""

    def __init__(self, section: str, title: str) -> None:
        super().__init__()
        self.section, self.title = section, title


class CaseChosen(Message):
    """A case was chosen on the start screen."""

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self.choice = choice


class Said(Message):
    """Tell the user something; the text may come from outside and is made safe where it is shown."""

    def __init__(self, text: str, *, wrong: bool = False) -> None:
        super().__init__()
        self.text, self.wrong = text, wrong


class EndWanted(Message):
    """A signal, or the end of the terminal, ends the program; ``return_code`` tells the shell which."""

    def __init__(self, return_code: int) -> None:
        super().__init__()
        self.return_code = return_code
