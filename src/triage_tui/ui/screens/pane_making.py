"""The panes of the main screen, each made with its module loaded when it is first looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.source import HeadedSource
from triage_tui.ui.panes.pane_place import PanePlace

if TYPE_CHECKING:
    from triage_tui.investigation.case import Case
    from triage_tui.investigation.source import LogLines
    from triage_tui.ui.evidence_pane import EvidencePane


_KINDS = {
    "impact": (EvidenceKind.HEALTH,),
    "changes": (EvidenceKind.CHANGES,),
    "metrics": (EvidenceKind.METRICS, EvidenceKind.SERIES),
    "logs": (EvidenceKind.LOGS,),
}
"""The sources of the panes that show evidence."""


class PaneMaker:
    """Makes the panes of a case by their names."""

    def __init__(self, case: Case, *, ascii_only: bool) -> None:
        self._case, self._ascii_only = case, ascii_only
        self._sources = {
            kind: tuple(source.name for source in case.sources if source.kind == kind) for kind in EvidenceKind
        }

    def made(self, name: str) -> EvidencePane:
        """Make a pane; its id is its name."""
        return self._of_evidence(name) if name in _KINDS else _of_decisions(name)

    def head_place(self) -> PanePlace | None:
        """Return what shows the first lines of the log until its pane is made; None where they are not of one file."""
        head = head_of(self._case)
        if head is None or self._case.live or len(getattr(head, "files", ())) != 1:
            return None
        from triage_tui.ui.panes.head_place import HeadPlace

        return HeadPlace(head)

    def place(self, name: str) -> PanePlace | None:
        """Return what holds the place of a pane until it is made; None for one that needs no source."""
        awaited = " · ".join(f"{source} · loading…" for source in sorted(self._expected(name)))
        return PanePlace(name.capitalize(), awaited) if name in _KINDS else None

    def _expected(self, name: str) -> tuple[str, ...]:
        return tuple(source for kind in _KINDS.get(name, ()) for source in self._sources[kind])

    def _of_evidence(self, name: str) -> EvidencePane:
        expected = self._expected(name)
        if name == "impact":
            from triage_tui.ui.panes.impact import ImpactPane

            return ImpactPane(id=name, expected=expected)
        if name == "changes":
            from triage_tui.ui.panes.changes import ChangesPane

            return ChangesPane(id=name, expected=expected)
        if name == "logs":
            from triage_tui.ui.panes.logs import LogsPane

            return LogsPane(id=name, expected=expected, head=head_of(self._case))
        from triage_tui.ui.panes.metrics import MetricsPane

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
