"""The panes of the main screen, each made with its module loaded when it is first looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.source import HeadedSource

if TYPE_CHECKING:
    from triage_tui.investigation.case import Case
    from triage_tui.investigation.source import LogLines
    from triage_tui.ui.evidence_pane import EvidencePane


class PaneMaker:
    """Makes the panes of a case by their names."""

    def __init__(self, case: Case, *, ascii_only: bool) -> None:
        self._case, self._ascii_only = case, ascii_only
        self._sources = {
            kind: tuple(source.name for source in case.sources if source.kind == kind) for kind in EvidenceKind
        }

    def made(self, name: str) -> EvidencePane:
        """Make a pane; its id is its name."""
        if name in {"impact", "changes", "metrics", "logs"}:
            return self._of_evidence(name)
        return _of_decisions(name)

    def _of_evidence(self, name: str) -> EvidencePane:
        if name == "impact":
            from triage_tui.ui.panes.impact import ImpactPane

            return ImpactPane(id=name, expected=self._sources[EvidenceKind.HEALTH])
        if name == "changes":
            from triage_tui.ui.panes.changes import ChangesPane

            return ChangesPane(id=name, expected=self._sources[EvidenceKind.CHANGES])
        if name == "logs":
            from triage_tui.ui.panes.logs import LogsPane

            return LogsPane(id=name, expected=self._sources[EvidenceKind.LOGS], head=head_of(self._case))
        from triage_tui.ui.panes.metrics import MetricsPane

        expected = self._sources[EvidenceKind.METRICS] + self._sources[EvidenceKind.SERIES]
        return MetricsPane(id=name, expected=expected, hints=self._case.hints, ascii_only=self._ascii_only)


def head_of(case: Case) -> LogLines | None:
    """Return the first lines of a case's log, where its source has them at once."""
    source = next((source for source in case.sources if isinstance(source, HeadedSource)), None)
    return source.head() if source is not None else None


def _of_decisions(name: str) -> EvidencePane:
    """Make a pane of what was decided, computed or written."""
    if name == "notebook":
        from triage_tui.ui.panes.notebook import NotebookPane

        return NotebookPane(id=name)
    if name == "reproduce":
        from triage_tui.ui.panes.reproduce import ReproducePane

        return ReproducePane(id=name)
    if name == "fix":
        from triage_tui.ui.panes.fix import FixPane

        return FixPane(id=name)
    from triage_tui.ui.panes.postmortem import LintPane, PostmortemPane

    return LintPane(id=name) if name == "lint" else PostmortemPane(id=name)
