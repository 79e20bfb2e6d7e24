"""Decisions and snapshots for tests of the state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from triage_tui.investigation.events import InvestigationOpened
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.state import CaseInputs, Investigation, Pin
from triage_tui.investigation.time_window import TimeWindow

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WINDOW = TimeWindow(NOON - timedelta(hours=1), NOON)


def minutes(count: float) -> datetime:
    """A moment so many minutes after noon."""
    return NOON + timedelta(minutes=count)


def opening() -> InvestigationOpened:
    return InvestigationOpened(
        at=NOON,
        investigation_id="20261124-1200-ab12",
        title="connection pool exhausted",
        inputs=CaseInputs(paths=("/logs/app.jsonl",)),
        alert=Alert(title="connection pool exhausted", service="orders-api", source="sentry", count=47),
        window=WINDOW,
    )


def opened() -> Investigation:
    return opening().begin()


def pin(pin_id: str, text: str = "pool at 20 of 20") -> Pin:
    return Pin(id=pin_id, pane="metrics", text=text, source="prometheus", pinned_at=NOON)
