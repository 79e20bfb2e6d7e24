"""The alerts that Alertmanager knows, silenced and inhibited ones included.

Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (GET /alerts).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from triage_tui.investigation.findings import Alert
from triage_tui.sources.common.alert_shapes import from_alertmanager
from triage_tui.sources.common.http import Endpoint, Shape, exchange, json_body, require_success


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """One alert of the list; ``muted_by`` says in words what keeps it from notifying, "" where nothing does."""

    fingerprint: str
    name: str
    severity: str
    muted_by: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    silences: tuple[str, ...]
    alert: Alert

    def matches(self, wanted: str) -> bool:
        """Tell whether a person means this alert: by fingerprint, by name, or by a word of its title."""
        wanted = wanted.casefold()
        return (
            wanted in {self.fingerprint.casefold(), self.name.casefold()}
            or wanted in (self.alert.title or "").casefold()
        )


class AlertmanagerAlerts:
    """The list of alerts of one Alertmanager."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.name
        self.endpoint = endpoint

    async def listed(self, name: str | None = None) -> tuple[ListedAlert, ...]:
        """Return every alert, or those of one rule: those that notify first, then by urgency and age.

        Raises ``SourceError``.
        """
        query = {"filter": f"alertname={json.dumps(name, ensure_ascii=False)}"} if name else None
        alerts = await self._asked("/api/v2/alerts", list[_Entry], query)
        return tuple(sorted(map(_listed, alerts), key=_order))

    async def asked(self, path: str) -> dict[str, Any]:
        """Return the JSON object that a path answers; raises ``SourceError``."""
        return await self._asked(path, dict[str, Any])

    async def _asked(self, path: str, shape: type[Shape], query: Mapping[str, str] | None = None) -> Shape:
        answer = await exchange(self.endpoint, "GET", path, query=query)
        return json_body(self.endpoint, require_success(self.endpoint, answer), shape)


class _Status(msgspec.Struct):
    silencedBy: list[str] | None = None  # noqa: N815 - the API's own spelling
    inhibitedBy: list[str] | None = None  # noqa: N815 - the API's own spelling
    state: str | None = None


class _Entry(msgspec.Struct):
    """An alert of the list, as far as it is read."""

    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    status: _Status | None = None
    fingerprint: str | None = None
    startsAt: str | None = None  # noqa: N815 - the API's own spelling
    generatorURL: str | None = None  # noqa: N815 - the API's own spelling


def _listed(entry: _Entry) -> ListedAlert:
    labels, status = entry.labels or {}, entry.status or _Status()
    return ListedAlert(
        fingerprint=entry.fingerprint or "",
        name=labels.get("alertname", "?"),
        severity=labels.get("severity", ""),
        muted_by=_muted_by(status),
        labels=labels,
        annotations=entry.annotations or {},
        silences=tuple(status.silencedBy or ()),
        alert=from_alertmanager({"alerts": [msgspec.to_builtins(entry)]}),
    )


def _muted_by(status: _Status) -> str:
    silences, inhibitions = status.silencedBy or [], status.inhibitedBy or []
    parts = [
        f"silenced ({len(silences)})" if silences else "",
        f"inhibited ({len(inhibitions)})" if inhibitions else "",
    ]
    return ", ".join(part for part in parts if part)


def _order(listed: ListedAlert) -> tuple[bool, int, str, str]:
    urgency = ("page", "critical", "error", "high", "warning")
    rank = urgency.index(listed.severity.lower()) if listed.severity.lower() in urgency else len(urgency)
    return bool(listed.muted_by), rank, str(listed.alert.first_seen), listed.fingerprint
