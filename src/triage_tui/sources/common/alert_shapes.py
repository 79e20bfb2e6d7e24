"""The alerts of other systems, read from decoded JSON.

Sources: https://develop.sentry.dev/sdk/event-payloads/, https://grafana.com/docs/grafana/latest/alerting/,
https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and
https://developer.pagerduty.com/docs/webhooks-overview (version 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from triage_tui.investigation.findings import Alert
from triage_tui.sources.common.tables import first_of, text_of
from triage_tui.sources.common.times import parsed_time

Fields = Mapping[str, Any]

_STACK_CAP = 30
_EXPRESSION_CAP = 4000
_ID_TAGS = ("request_id", "correlation_id", "x-request-id", "trace_id")
_URGENT = ("page", "critical", "error", "high", "warning")
# Compiled where they are needed.
_SELECTORS = r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"|\b(?:by|without|on|ignoring)\s*\([^)]*\)"
_IDENTIFIER = r"\b([A-Za-z_:][\w:]*)\b(?!\s*\()"
_OPERATORS = frozenset(
    {"and", "or", "unless", "bool", "by", "without", "on", "ignoring", "offset", "group_left", "inf"}
)


def from_sentry_event(event: Fields) -> Alert:
    """Read an event, as an SDK sends it or as Sentry's API answers it.

    The exception is the one raised last; stack paths are the application's own, newest frame first.
    """
    tags, exceptions = _tags(event.get("tags")), _exceptions(event)
    last = exceptions[-1] if exceptions else {}
    exception = ": ".join(str(part) for part in (last.get("type"), last.get("value")) if part) or None
    seen = parsed_time(first_of(event, "timestamp", "dateCreated", "datetime", "received"))
    return Alert(
        title=text_of(event, "title") or exception or _message(event),
        service=tags.get("service") or _service_of_release(_release(event, tags)),
        source="sentry",
        fired_at=seen,
        last_seen=seen,
        request_id=next((tags[name] for name in _ID_TAGS if tags.get(name)), None) or _trace_id(event),
        route=_route(event, tags),
        release=_release(event, tags),
        exception=exception,
        stack_paths=_stack_paths(exceptions),
    )


def _fields(value: object) -> Fields:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[Fields]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _tags(tags: object) -> dict[str, str]:
    """Read tags in the three shapes that Sentry has: an object, pairs, and objects of key and value."""
    if isinstance(tags, dict):
        return {str(key): str(value) for key, value in tags.items()}
    pairs = tags if isinstance(tags, list) else []
    objects = {str(pair["key"]): str(pair.get("value")) for pair in _items(pairs) if "key" in pair}
    lists = {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, list) and len(pair) == 2}  # noqa: PLR2004
    return {**lists, **objects}


def _exceptions(event: Fields) -> list[Fields]:
    """Read the chain of exceptions, oldest first."""
    entries = {entry.get("type"): _fields(entry.get("data")) for entry in _items(event.get("entries"))}
    chain = event.get("exception") or entries.get("exception")
    return _items(chain if isinstance(chain, list) else _fields(chain).get("values"))


def _stack_paths(exceptions: list[Fields]) -> tuple[str, ...]:
    frames = [
        frame
        for exception in reversed(exceptions)
        for frame in reversed(_items(_fields(exception.get("stacktrace")).get("frames")))
    ]
    ordered = sorted(frames, key=lambda frame: not first_of(frame, "in_app", "inApp"))
    paths = (text_of(frame, "filename", "absPath", "abs_path", "module") for frame in ordered)
    return tuple(dict.fromkeys(path for path in paths if path))[:_STACK_CAP]


def _message(event: Fields) -> str | None:
    entry = event.get("logentry") or event.get("message")
    return text_of(entry, "formatted", "message") if isinstance(entry, dict) else text_of(event, "message")


def _service_of_release(release: str | None) -> str | None:
    """Take "orders" of "orders@1.4.2", the form that Sentry recommends."""
    package, at, _ = (release or "").partition("@")
    return package if at and package else None


def _release(event: Fields, tags: Mapping[str, str]) -> str | None:
    release = event.get("release")
    return (
        text_of(release, "version") if isinstance(release, dict) else text_of(event, "release") or tags.get("release")
    )


def _trace_id(event: Fields) -> str | None:
    return text_of(_fields(_fields(event.get("contexts")).get("trace")), "trace_id")


def _route(event: Fields, tags: Mapping[str, str]) -> str | None:
    route = tags.get("route") or text_of(event, "transaction") or tags.get("transaction")
    method = text_of(_fields(event.get("request")), "method")
    return f"{method} {route}" if route and method and route.startswith("/") else route


def from_sentry_issue(issue: Fields) -> Alert:
    """Read an issue of Sentry's API, whose ``count`` is a string."""
    metadata = _fields(issue.get("metadata"))
    exception = ": ".join(part for name in ("type", "value") if (part := text_of(metadata, name))) or None
    path = text_of(metadata, "filename")
    return Alert(
        title=text_of(issue, "title") or exception,
        service=text_of(_fields(issue.get("project")), "slug", "name"),
        source="sentry",
        fired_at=parsed_time(issue.get("lastSeen")),
        first_seen=parsed_time(issue.get("firstSeen")),
        last_seen=parsed_time(issue.get("lastSeen")),
        count=_count(issue.get("count")),
        users=_count(issue.get("userCount")),
        route=text_of(issue, "culprit"),
        release=text_of(_fields(issue.get("firstRelease")), "version"),
        exception=exception,
        stack_paths=(path,) if path else (),
    )


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None


def from_alertmanager(webhook: Fields) -> Alert:
    """Read a webhook of Alertmanager or Grafana, or a list of alerts: the most urgent that fires, then the oldest."""
    alerts = sorted(_items(webhook.get("alerts")), key=_urgency)
    chosen = alerts[0] if alerts else {}
    labels = {**_fields(webhook.get("commonLabels")), **_fields(chosen.get("labels"))}
    notes = {**_fields(webhook.get("commonAnnotations")), **_fields(chosen.get("annotations"))}
    name, summary = text_of(labels, "alertname"), text_of(notes, "summary", "description", "message")
    started = parsed_time(chosen.get("startsAt"))
    return Alert(
        title=": ".join(part for part in (name, summary) if part) or text_of(webhook, "title"),
        service=text_of(labels, "service", "job", "app"),
        metric=metric_of_expression(_expression(text_of(chosen, "generatorURL"))),
        source="grafana" if "orgId" in webhook or "dashboardURL" in chosen else "alertmanager",
        name=name,
        fingerprint=text_of(chosen, "fingerprint"),
        fired_at=started,
        first_seen=started,
        route=text_of(labels, "route", "path", "endpoint"),
        request_id=text_of(labels, "request_id", "trace_id"),
    )


def _urgency(alert: Fields) -> tuple[bool, int, str, str]:
    status = alert.get("status")
    state = text_of(status, "state") if isinstance(status, dict) else str(status or "firing")
    severity = (text_of(_fields(alert.get("labels")), "severity") or "").lower()
    rank = _URGENT.index(severity) if severity in _URGENT else len(_URGENT)
    return state not in {"firing", "active"}, rank, str(alert.get("startsAt")), str(alert.get("fingerprint"))


def _expression(generator_url: str | None) -> str:
    """Take the query out of the link to the graph that Prometheus gives an alert."""
    try:
        return parse_qs(urlsplit(generator_url or "").query).get("g0.expr", [""])[0]
    except ValueError:
        return ""


def metric_of_expression(expression: str) -> str | None:
    """Return the first metric that a PromQL expression names; None where it names none."""
    names: Iterable[str] = re.findall(_IDENTIFIER, re.sub(_SELECTORS, " ", expression[:_EXPRESSION_CAP]))
    return next((name for name in names if name.lower() not in _OPERATORS), None)


def from_old_grafana(alert: Fields) -> Alert:
    """Read the webhook of Grafana's alerting before version 8, which carries no time."""
    matches = _items(alert.get("evalMatches"))
    title = text_of(alert, "title", "ruleName", "message")
    return Alert(title=title, metric=text_of(matches[0], "metric") if matches else None, source="grafana")


def is_pagerduty(fields: Fields) -> bool:
    """Tell PagerDuty's webhook v3 and its REST answer."""
    return "event_type" in _fields(fields.get("event")) or "incident" in fields


def from_pagerduty(webhook: Fields) -> Alert:
    """Read a webhook v3, or ``{"incident": ...}`` as the REST API answers."""
    event = _fields(webhook.get("event"))
    incident = _fields(webhook.get("incident") or event.get("data"))
    created = parsed_time(first_of(incident, "created_at") or event.get("occurred_at"))
    return Alert(
        title=text_of(incident, "title", "summary", "description"),
        service=text_of(_fields(incident.get("service")), "summary", "name"),
        source="pagerduty",
        fired_at=created,
        first_seen=created,
    )
