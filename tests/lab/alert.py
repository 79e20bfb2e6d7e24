"""The alert of a story: the error tracker's issue, grouped from the events that the SDK really sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

Event = dict[str, Any]


def issue_of(events: list[Event], error: str, paged_at: datetime) -> Event:
    """Group the events of one exception type into an issue as Sentry shows it, with its latest event's fields.

    Counts, users, first and last seen are of the events received up to ``paged_at``. Raises ``ValueError`` where no
    such event came.
    """
    grouped = sorted((one for one in events if _last_exception(one)["type"] == error), key=lambda one: one["timestamp"])
    if not grouped:
        raise ValueError(f"the error receiver has no event of type {error}")
    latest, exception = grouped[-1], _last_exception(grouped[-1])
    return {
        "title": f"{exception['type']}: {exception['value']}",
        "culprit": latest["transaction"],
        "project": {"slug": "orders-api", "platform": "python"},
        "level": "error",
        "status": "unresolved",
        "count": str(len(grouped)),
        "userCount": len({one["user"]["id"] for one in grouped}),
        "firstSeen": grouped[0]["timestamp"],
        "lastSeen": latest["timestamp"],
        "pagedAt": paged_at.isoformat(),
        "metadata": {"type": exception["type"], "value": exception["value"]},
        **{key: latest[key] for key in _EVENT_FIELDS if key in latest},
    }


_EVENT_FIELDS = (
    "event_id", "timestamp", "platform", "release", "environment", "server_name", "transaction", "tags", "user",
    "exception", "contexts", "sdk",
)  # fmt: skip


def _last_exception(event: Event) -> dict[str, Any]:
    values: list[dict[str, Any]] = event["exception"]["values"]
    return values[-1]
