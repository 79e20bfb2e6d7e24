"""The page of a story: what the error tracker knew, from the events that the SDK really sent."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec

from triage_tui.investigation.findings import Alert
from triage_tui.sources.common.alert_decoding import decode_alert

Event = dict[str, Any]
RULE_EVENTS = 40


def events_of(events: list[Event], error: str) -> list[Event]:
    """Return the events whose last exception has this type, oldest first."""
    grouped = [one for one in events if one["exception"]["values"][-1]["type"] == error]
    return sorted(grouped, key=lambda one: (one["timestamp"], one["event_id"]))


def alert_of(grouped: list[Event]) -> Alert:
    """Read the alert from its events, oldest first: it fired at the fortieth, and counts all that came until now.

    Raises ``ValueError`` where there are fewer than forty.
    """
    if len(grouped) < RULE_EVENTS:
        raise ValueError(f"{len(grouped)} events are too few for the alert to fire")
    latest = decode_alert(json.dumps(grouped[-1]).encode(), "event")
    return msgspec.structs.replace(
        latest,
        fired_at=_time(grouped[RULE_EVENTS - 1]),
        first_seen=_time(grouped[0]),
        last_seen=_time(grouped[-1]),
        count=len(grouped),
        users=len({one["user"]["id"] for one in grouped}),
    )


def _time(event: Event) -> datetime:
    return datetime.fromisoformat(event["timestamp"])
