"""How the alert of an investigation fares: asked again, it may be resolved, silenced, inhibited, or say something else.

Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (GET /alerts, /silence/{id}, /status).
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.source import SourceError, SourceRejected
from triage_tui.investigation.time_window import utc_from_epoch
from triage_tui.sources.common.alert_list import AlertmanagerAlerts, ListedAlert
from triage_tui.sources.common.times import parsed_time

if TYPE_CHECKING:
    from triage_tui.investigation.findings import Alert
    from triage_tui.investigation.time_window import TimeWindow
    from triage_tui.sources.common.http import Endpoint
    from triage_tui.sources.common.metrics_server import MetricsServer

KEPT_STATES = 500
HEARD_WITHIN = timedelta(minutes=5)
"""After a restart, which forgets all alerts, those that fire are sent again within this time."""
URGENCY_LABELS = frozenset({"severity", "priority", "level"})
_NEVER = datetime.min.replace(tzinfo=UTC)
Interval = tuple[datetime | None, datetime | None]


class AlertWatch:
    """One alert in Alertmanager, by its labels without its urgency; others of the same rule are counted beside it.

    Alertmanager does not list what is resolved, so an alert that is gone was resolved between two fetches, unless
    Alertmanager was restarted meanwhile. Of one that was gone before the first fetch ``metrics``, the server that
    evaluates the rule, may tell until when it fired.
    """

    kind = EvidenceKind.ALERTS

    def __init__(self, endpoint: Endpoint, alert: Alert, metrics: MetricsServer | None = None) -> None:
        self.name = endpoint.name
        self._metrics = metrics
        self._server, self._alert = AlertmanagerAlerts(endpoint), alert
        self._states: deque[dict[str, Any]] = deque(maxlen=KEPT_STATES)
        self._first: tuple[ListedAlert, int] | None = None
        self._beside: set[str] = set()
        self._asked_at: datetime | None = None
        self._heard_at: datetime | None = None

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Bring every state so far, the present one last; raises ``SourceError``."""
        import polars as pl

        now = datetime.now(UTC)
        listed = await self._server.listed(self._alert.name)
        found = self._mine(listed)
        mine, others = next(iter(found), None), len(listed) - len(found)
        state = await (self._listed_state(mine) if mine is not None else self._missing_state(now, window))
        self._note(now, {**state, "note": "; ".join(_said(state["note"], *self._changes(mine, others)))})
        self._asked_at, self._heard_at = now, now if mine is not None else self._heard_at
        return Evidence(
            kind=self.kind,
            source=self.name,
            window=window,
            query=f"/api/v2/alerts: {self._alert.name} {self._alert.fingerprint}",
            fetched_at=now,
            completeness=Completeness(complete=True, note=self._states[-1]["state"]),
            held=pl.DataFrame(list(self._states), schema=frame_schema(self.kind), orient="row"),
        )

    def _mine(self, listed: Sequence[ListedAlert]) -> list[ListedAlert]:
        """Find the alert, the newest first, also where it is more or less urgent now: then it has another fingerprint.

        One that was listed beside it from the beginning is another alert. For a while both the old and the new one may
        be listed.
        """
        mine = [one for one in listed if one.fingerprint == self._alert.fingerprint]
        first = self._first[0] if self._first is not None else next(iter(mine), None)
        if first is None:
            return []
        if self._first is None:
            self._beside = {one.fingerprint for one in listed} - {first.fingerprint}
        same = [one for one in listed if _without_urgency(one) == _without_urgency(first)]
        return sorted(
            (one for one in same if one.fingerprint not in self._beside),
            key=lambda one: one.alert.first_seen or _NEVER,
            reverse=True,
        )

    def _note(self, now: datetime, state: dict[str, Any]) -> None:
        """Keep a state that differs from the last one."""
        last = self._states[-1] if self._states else None
        if last is None or any(last[key] != state[key] for key in ("state", "note")):
            same = last is not None and last["state"] == state["state"]
            began = {key: last[key] for key in ("earliest", "latest")} if same and last is not None else {}
            self._states.append({"at": now, **state, **began})

    async def _listed_state(self, mine: ListedAlert) -> dict[str, Any]:
        if mine.silences:
            return await self._silenced(mine)
        if mine.muted_by:
            return _state("inhibited", (self._asked_at, datetime.now(UTC)) if self._asked_at else (None, None))
        began = mine.alert.first_seen
        return _state("firing", (began, began))

    async def _silenced(self, mine: ListedAlert) -> dict[str, Any]:
        """Say who silenced it, why and until when; where that cannot be had, that it is silenced."""
        try:
            known = await self._server.asked(f"/api/v2/silence/{mine.silences[0]}")
        except SourceRejected:
            return _state("silenced", (None, None))
        began, ends = parsed_time(known.get("startsAt")), parsed_time(known.get("endsAt"))
        until = f"until {ends:%H:%M:%SZ}" if ends is not None else ""
        by = f"by {known['createdBy']}" if known.get("createdBy") else ""
        why = f"“{known['comment']}”" if known.get("comment") else ""
        return _state("silenced", (began, began), " ".join(_said(until, by, why)))

    async def _missing_state(self, now: datetime, window: TimeWindow | None) -> dict[str, Any]:
        ended = await self._fired_until(window) if self._heard_at is None and window is not None else None
        if ended is not None:
            return _state("resolved", ended)
        status = await self._server.asked("/api/v2/status")
        started = parsed_time(status.get("uptime"))
        reference = self._heard_at or self._alert.fired_at
        if started is not None and (reference is None or started > reference) and now - started < HEARD_WITHIN:
            note = f"Alertmanager was restarted at {started:%H:%M:%SZ} and has not heard of it since"
            return _state("unknown", (None, None), note)
        if self._heard_at is None:
            return _state("resolved", (None, now), "it was resolved before it was asked for here")
        return _state("resolved", (self._heard_at, now))

    async def _fired_until(self, window: TimeWindow) -> Interval | None:
        """Return when the rule fired last and was evaluated next; None where that is not known or it fires still."""
        if self._metrics is None:
            return None
        name = json.dumps(self._alert.name, ensure_ascii=False)
        promql = f'ALERTS{{alertname={name},alertstate="firing"}}[{window.length.total_seconds():.0f}s]'
        try:
            series, _ = await self._metrics.query(promql, window)
        except SourceError:
            return None
        times = sorted({at for one in series if self._is_mine(one.metric) for at, _ in one.values})
        spacing = min((later - at for at, later in pairwise(times)), default=self._metrics.scrape_interval_s)
        if not times or window.end.timestamp() - times[-1] < HEARD_WITHIN.total_seconds():
            return None
        return utc_from_epoch(times[-1]), utc_from_epoch(times[-1] + spacing)

    def _is_mine(self, labels: Mapping[str, str]) -> bool:
        return self._alert.service in {None, *(labels.get(one) for one in ("service", "job", "app"))}

    def _changes(self, mine: ListedAlert | None, others: int) -> Iterator[str]:
        """Say what differs from how the alert was found at first."""
        if mine is not None and self._first is None:
            self._first = mine, others
        if self._first is None:
            return
        first, others_before = self._first
        if mine is not None:
            yield from _differing(first.labels, mine.labels)
            yield from _differing(first.annotations, mine.annotations)
        if others != others_before:
            yield f"{others} other{'s' if others != 1 else ''} of this rule, {others_before} at first"


def _without_urgency(listed: ListedAlert) -> dict[str, str]:
    return {key: value for key, value in listed.labels.items() if key not in URGENCY_LABELS}


def _state(state: str, began: Interval, note: str = "") -> dict[str, Any]:
    return {"state": state, "earliest": began[0], "latest": began[1], "note": note}


def _said(*parts: str) -> Sequence[str]:
    return [part for part in parts if part]


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for key in sorted({*before, *now}):
        if before.get(key) != now.get(key):
            yield f"{key}: {before.get(key, 'none')} → {now.get(key, 'none')}"
