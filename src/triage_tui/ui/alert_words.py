"""How the alert fares, in the words of the status line and of the alert's row."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.state import Investigation
from triage_tui.ui.phrases import clock, span


class AlertStanding(NamedTuple):
    """The alert as it was found last.

    ``state`` is None where it was never found; ``since`` ("since 14:00:03Z ±8s") is "" where that is not known;
    ``stale`` says since when its server does not answer, "" while it does.
    """

    state: str | None = None
    since: str = ""
    note: str = ""
    stale: str = ""

    @property
    def short(self) -> str:
        """What the status line says: nothing of an alert that fires, as is expected of it."""
        if self.stale:
            return "ALERT STALE"
        return f"ALERT {self.state.upper()}" if self.state is not None and self.state != "firing" else ""

    @property
    def full(self) -> str:
        """The same with since when."""
        if self.stale:
            return f"{self.short} {self.stale}"
        return f"{self.short} {self.since}" if self.short and self.since else self.short


def alert_standing(investigation: Investigation) -> AlertStanding:
    """Return how the alert fares, as far as its server says."""
    arrived, failed = investigation.of_kind(EvidenceKind.ALERTS), investigation.failures_of_kind(EvidenceKind.ALERTS)
    stale = ""
    if failed:
        stale = f"since {clock(arrived[0].fetched_at)}" if arrived else "never answered"
    if not arrived or arrived[0].frame.is_empty():
        return AlertStanding(stale=stale)
    last = arrived[0].frame.row(-1, named=True)
    return AlertStanding(last["state"], _since(last["earliest"], last["latest"]), last["note"] or "", stale)


def standing_lines(investigation: Investigation) -> list[str]:
    """Say below the alert how it fares, and what is wrong where its server does not answer."""
    found = alert_standing(investigation)
    lines = []
    if found.state is not None:
        since = f" {found.since}" if found.since else ""
        lines = [f"{found.state}{since}", found.note]
    for failure in investigation.failures_of_kind(EvidenceKind.ALERTS):
        retry = f", retry {clock(failure.retry_at)}" if failure.retry_at else ""
        lines.append(f"STALE {found.stale}{retry}: {failure.message}")
    return [line for line in lines if line]


def _since(earliest: datetime | None, latest: datetime | None) -> str:
    if latest is None:
        return ""
    return f"before {clock(latest)}" if earliest is None else f"since {span(earliest, latest)}"
