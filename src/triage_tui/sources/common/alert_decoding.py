"""An alert file of any shape that is read, or a sentence, as one ``Alert``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common import alert_shapes
from triage_tui.sources.common.decoding import decoded_json, decoded_text
from triage_tui.sources.common.tables import text_of
from triage_tui.sources.common.times import parsed_time

_WRAPPERS = ("data", "event", "payload", "body", "issue", "error")
_TITLE_CAP = 300
_SHORTEST_WINDOW = timedelta(minutes=1)

Fields = Mapping[str, Any]


def decode_alert(content: bytes, name: str) -> Alert:
    """Read an alert from JSON of any known shape, or from plain text whose first line is the title.

    Known are this program's own ``alert.json``, Sentry's events and issues, webhooks of Alertmanager, Grafana and
    PagerDuty, and Alertmanager's list of alerts. Raises ``UnreadableInput`` for broken JSON, JSON that is no alert, and
    an empty or binary file.
    """
    body = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not body or b"\0" in body[:1024]:
        raise UnreadableInput(name, "is binary, an alert is JSON or text" if body else "is empty")
    if body[:1] not in (b"{", b"["):
        return alert_from_text(decoded_text(content))
    alert = alert_from_json(decoded_json(body, name))
    if alert is None:
        raise UnreadableInput(name, "is JSON and no alert that is known; title, service, metric and fired_at would do")
    return alert


def alert_from_text(text: str) -> Alert:
    """Take what a person typed or pasted: the first line that says something is the title."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return Alert(title=lines[0][:_TITLE_CAP] if lines else None, source="text")


def alert_from_json(value: object) -> Alert | None:
    """Read a decoded alert of any known shape, unpacking envelopes around it; None where it is none."""
    if isinstance(value, list):
        alerts = _flattened(value)
        return alert_shapes.from_alertmanager({"alerts": alerts}) if alerts else None
    while isinstance(value, dict):
        fields = value
        read = next((read for looks_like, read in _SHAPES if looks_like(fields)), None)
        if read is not None:
            return read(fields)
        value = next((fields[key] for key in _WRAPPERS if isinstance(fields.get(key), dict)), None)
    return None


def _flattened(alerts: list[Any]) -> list[Any]:
    """Unpack Alertmanager's groups, each of which holds a list of alerts."""
    return [one for item in alerts for one in (item.get("alerts", [item]) if isinstance(item, dict) else [])]


def _from_own(fields: Fields) -> Alert:
    count, users = fields.get("count"), fields.get("users")
    paths = fields.get("stack_paths")
    return Alert(
        title=text_of(fields, "title"),
        service=text_of(fields, "service"),
        metric=text_of(fields, "metric"),
        source=text_of(fields, "source") or "alert.json",
        name=text_of(fields, "name"),
        fingerprint=text_of(fields, "fingerprint"),
        fired_at=parsed_time(fields.get("fired_at")),
        first_seen=parsed_time(fields.get("first_seen")),
        last_seen=parsed_time(fields.get("last_seen")),
        count=count if isinstance(count, int) else None,
        users=users if isinstance(users, int) else None,
        request_id=text_of(fields, "request_id"),
        route=text_of(fields, "route"),
        release=text_of(fields, "release"),
        exception=text_of(fields, "exception"),
        stack_paths=tuple(str(path) for path in paths) if isinstance(paths, list) else (),
        window=_window(fields.get("window")),
        baseline=_window(fields.get("baseline")),
    )


def _window(value: object) -> TimeWindow | None:
    """Read ``{from, to}``; a window of a single moment lasts the minute that minute counts have."""
    if not isinstance(value, dict):
        return None
    start, end = parsed_time(value.get("from")), parsed_time(value.get("to"))
    if start is None or end is None or end < start:
        return None
    return TimeWindow(start, start + _SHORTEST_WINDOW if end == start else end)


def _has(*names: str) -> Callable[[Fields], bool]:
    return lambda fields: any(name in fields for name in names)


_SHAPES: tuple[tuple[Callable[[Fields], bool], Callable[[Fields], Alert]], ...] = (
    (_has("fired_at", "baseline"), _from_own),
    (alert_shapes.is_pagerduty, alert_shapes.from_pagerduty),
    (_has("evalMatches", "ruleName"), alert_shapes.from_old_grafana),
    (lambda fields: isinstance(fields.get("alerts"), list), alert_shapes.from_alertmanager),
    (_has("startsAt"), lambda fields: alert_shapes.from_alertmanager({"alerts": [fields]})),
    (_has("shortId", "userCount"), alert_shapes.from_sentry_issue),
    (_has("event_id", "eventID", "exception", "entries"), alert_shapes.from_sentry_event),
    (_has("title", "service", "metric", "window"), _from_own),
)
"""Most telling first: a field of ours, then what only one system writes; a bare title comes last."""
