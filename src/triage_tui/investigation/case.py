"""What is handed to the screens: one case to investigate, and the lobby from which a case is chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.evidence import EvidenceKind, SignalHint
from triage_tui.investigation.findings import Alert, Onset
from triage_tui.investigation.refresh import RefreshPolicy
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.steps import Step
from triage_tui.investigation.time_window import TimeWindow

if TYPE_CHECKING:
    from triage_tui.investigation.decision import Decision
    from triage_tui.investigation.source import Source


class Case(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """All that an investigation needs from the outside; building one reads no evidence yet.

    Attributes:
        investigation_id: names the journal's folder below the journal root.
        sources: where the evidence comes from; their names are unique.
        window: the span to fetch and to show at first; None where the evidence tells it.
        baseline: a span known to be healthy, for the analysis.
        hints: what is known of the series beyond their samples.
        onset: where the onset was found before, while there was less evidence; None at first and in a replay.
        live: True where the sources are servers that move on, False for a replay of files.
        refresh: when a live source is asked again.
        decisions: the journal's decisions, oldest first, where the case is resumed; empty for a new one.
        inherited: the decisions that came with a colleague's bundle, oldest first; a new journal begins with them.
        damaged: how many of the journal's records were torn or damaged.
        notice: what the user should know of how the case was made, in a sentence; "" where there is nothing.
    """

    investigation_id: str
    title: str
    inputs: CaseInputs
    alert: Alert
    sources: tuple[Source, ...]
    window: TimeWindow | None = None
    baseline: TimeWindow | None = None
    hints: tuple[SignalHint, ...] = ()
    onset: Onset | None = None
    live: bool = False
    refresh: RefreshPolicy = msgspec.field(default_factory=RefreshPolicy)
    decisions: tuple[Decision, ...] = ()
    inherited: tuple[Decision, ...] = ()
    damaged: int = 0
    notice: str = ""

    def span_for(self, kind: EvidenceKind) -> TimeWindow | None:
        """Return the span that a source of this kind is asked for, None for all that it has.

        Files come whole, but of logs, which may be large, only what is compared.
        """
        if self.live or self.window is None or kind is EvidenceKind.CHANGES:
            return self.window
        return self.window.covering(self.baseline) if kind is EvidenceKind.LOGS else None


class Resume(msgspec.Struct, frozen=True):
    """Go on with an investigation from its journal."""

    investigation_id: str


class PlayDemo(msgspec.Struct, frozen=True):
    """Begin an investigation of a built-in story."""

    name: str


class OpenFiles(msgspec.Struct, frozen=True):
    """Begin an investigation of exported files."""

    inputs: CaseInputs


class OpenAlert(msgspec.Struct, frozen=True):
    """Begin an investigation on running systems: of an alert by its fingerprint or name, or of what someone said."""

    wanted: str


Choice = Resume | PlayDemo | OpenFiles | OpenAlert


class WaitingAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that can be opened; ``muted_by`` says what keeps it from notifying, "" where nothing does."""

    id: str
    title: str
    service: str | None = None
    severity: str = ""
    since: datetime | None = None
    muted_by: str = ""


class ServerHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a configured server does: ``problem`` says what is wrong, "" where nothing is."""

    name: str
    problem: str = ""
    failed: bool = False


class Resumable(msgspec.Struct, frozen=True, kw_only=True):
    """An investigation that can be gone on with; times are UTC."""

    investigation_id: str
    title: str
    opened_at: datetime
    last_at: datetime
    step: Step
    decisions: int


class DemoStory(msgspec.Struct, frozen=True):
    """A built-in incident; ``note`` says in a sentence what it teaches."""

    name: str
    title: str
    note: str = ""


class Lobby(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What the start screen offers.

    Attributes:
        resumable: lists the investigations in the journal root, newest first; may block, so it is called in a thread.
        demos: the built-in stories, the one to begin with first.
        open_case: builds the case of a choice; may block, so it is called in a thread; raises ``SourceError`` or
            ``JournalError``.
        alerts: lists the alerts of the configured server, None where none is configured; may block, so it is called in
            a thread; raises ``SourceError``.
        servers: asks each configured server how it does, None where none is configured; blocks, as ``alerts`` does.
    """

    resumable: Callable[[], tuple[Resumable, ...]]
    demos: tuple[DemoStory, ...]
    open_case: Callable[[Choice], Case]
    alerts: Callable[[], tuple[WaitingAlert, ...]] | None = None
    servers: Callable[[], tuple[ServerHealth, ...]] | None = None
