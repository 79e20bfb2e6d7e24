"""The moments that every pane marks: deploys, the onset, the fix."""

from __future__ import annotations

from triage_tui.investigation.state import Investigation
from triage_tui.ui.widgets.time_marks import MarkKind, TimeMark


def time_marks(investigation: Investigation) -> tuple[TimeMark, ...]:
    """Return the marks of an investigation, in time order."""
    findings = investigation.findings
    deploys = [change.at for change in findings.changes if change.kind in {"deploy", "config"}] if findings else []
    onset = [findings.onset.earliest] if findings and findings.onset.earliest else []
    marks = [TimeMark(MarkKind.DEPLOY, at) for at in deploys]
    marks += [TimeMark(MarkKind.ONSET, at) for at in onset]
    marks += [TimeMark(MarkKind.FIX, hotfix.taken_at) for hotfix in investigation.hotfixes]
    return tuple(sorted(marks, key=lambda mark: mark.at))
