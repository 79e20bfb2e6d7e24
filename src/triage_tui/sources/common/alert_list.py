"""The alerts that Alertmanager knows, silenced and inhibited ones included.

Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (GET /alerts).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import SourceRejected
from triage_tui.sources.common.alert_shapes import from_alertmanager
from triage_tui.sources.common.http import Endpoint, exchange, json_body, require_success


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
        alerts = await self.asked("/api/v2/alerts", query)
        if not isinstance(alerts, list):
            raise SourceRejected(f"{self.endpoint.shown}: answered with something else than a list of alerts")
        return tuple(sorted((_listed(one) for one in alerts if isinstance(one, dict)), key=_order))

    async def asked(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON that a path answers; raises ``SourceError``."""
        answer = await exchange(self.endpoint, "GET", path, query=query)
        return json_body(self.endpoint, require_success(self.endpoint, answer))


def _listed(entry: Mapping[str, Any]) -> ListedAlert:
    labels, annotations = _texts(entry.get("labels")), _texts(entry.get("annotations"))
    return ListedAlert(
        fingerprint=str(entry.get("fingerprint", "")),
        name=labels.get("alertname", "?"),
        severity=labels.get("severity", ""),
        muted_by=_muted_by(_status(entry)),
        labels=labels,
        annotations=annotations,
        silences=tuple(str(one) for one in _status(entry).get("silencedBy") or []),
        alert=from_alertmanager({"alerts": [entry]}),
    )


def _texts(value: object) -> dict[str, str]:
    return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else {}


def _status(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    status = entry.get("status")
    return status if isinstance(status, dict) else {}


def _muted_by(status: Mapping[str, Any]) -> str:
    silences, inhibitions = status.get("silencedBy") or [], status.get("inhibitedBy") or []
    parts = [
        f"silenced ({len(silences)})" if silences else "",
        f"inhibited ({len(inhibitions)})" if inhibitions else "",
    ]
    return ", ".join(part for part in parts if part)


def _order(listed: ListedAlert) -> tuple[bool, int, str, str]:
    urgency = ("page", "critical", "error", "high", "warning")
    rank = urgency.index(listed.severity.lower()) if listed.severity.lower() in urgency else len(urgency)
    return bool(listed.muted_by), rank, str(listed.alert.first_seen), listed.fingerprint
