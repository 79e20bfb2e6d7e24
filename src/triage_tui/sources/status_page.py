"""A provider's status page: Statuspage's summary JSON, or an RSS or Atom feed of incidents, as infrastructure changes.

Source: https://developer.statuspage.io/ (GET /api/v2/summary.json, /api/v2/incidents.json).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

import msgspec

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.source import SourceRejected
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.change_decoding import changes_evidence, changes_frame, of_interest
from triage_tui.sources.common.feed import elements, text_in
from triage_tui.sources.common.http import Answer, Endpoint, exchange, json_body, require_success
from triage_tui.sources.common.times import mail_time, parsed_time

_MAX_ENTRIES = 200
# By these words, with a capital, Statuspage heads the updates of an incident in its feeds.
_GOING_ON = re.compile(r"\b(Investigating|Identified|Monitoring|In progress)\b")
_ENDED = re.compile(r"\b(Resolved|Completed)\b")
_OVER = frozenset({"resolved", "postmortem", "completed"})


@dataclass(frozen=True, slots=True)
class _Incident:
    """A row of the CHANGES frame, and whether the incident goes on; of a feed its end is not known."""

    row: dict[str, Any]
    ended: datetime | None
    is_open: bool

    def lasted_into(self, window: TimeWindow) -> bool:
        """Tell whether it began before the end of a window and goes on, or ended after the window's start."""
        went_on = self.is_open or (self.ended is not None and self.ended >= window.start)
        return went_on and bool(self.row["at"] < window.end)


class _Summary(msgspec.Struct):
    """What Statuspage answers, as far as it is read."""

    incidents: list[dict[str, Any]] | None = None
    scheduled_maintenances: list[dict[str, Any]] | None = None


class StatusPage:
    """The incidents that a provider admits to; someone else's server, which is asked once a minute."""

    kind = EvidenceKind.CHANGES
    interval_s = 60.0

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.name
        self.endpoint = endpoint

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Return the incidents that began in the window or the day before or lasted into it; raises ``SourceError``."""
        answer = require_success(self.endpoint, await exchange(self.endpoint, "GET", ""))
        incidents = list(self._incidents(answer))
        frame = of_interest(changes_frame([one.row for one in incidents]), window)
        if window is not None:
            lasting = [
                one.row for one in incidents if one.lasted_into(window) and one.row["id"] not in set(frame["id"])
            ]
            frame = changes_frame([*frame.rows(named=True), *lasting])
        completeness = Completeness(complete=True, note=f"{len(frame)} of {len(incidents)} incidents")
        return changes_evidence(self.name, self.endpoint.shown, frame, window, completeness)

    def _incidents(self, answer: Answer) -> Iterator[_Incident]:
        body = answer.body.lstrip(b"\xef\xbb\xbf \r\n\t")
        if body[:1] == b"{":
            yield from self._from_statuspage(json_body(self.endpoint, answer, _Summary))
        elif body[:1] == b"<" and (b"<rss" in body[:2000] or b"<feed" in body[:2000]):
            yield from self._from_feed(body.decode("utf-8", "replace"))
        else:
            raise SourceRejected(f"{self.endpoint.shown}: neither a Statuspage summary nor an RSS or Atom feed")

    def _from_statuspage(self, summary: _Summary) -> Iterator[_Incident]:
        listed = [*(summary.incidents or []), *(summary.scheduled_maintenances or [])]
        for incident in listed[:_MAX_ENTRIES]:
            at = _first_time(incident, "scheduled_for", "started_at", "created_at")
            if at is not None:
                state = [f"{name} {incident[name]}" for name in ("impact", "status") if incident.get(name)]
                is_over = str(incident.get("status")) in _OVER
                ended = _first_time(incident, "resolved_at", *(("scheduled_until", "updated_at") if is_over else ()))
                row = self._row(str(incident.get("id")), at, str(incident.get("name")), [*state, *_until(ended)])
                yield _Incident(row, ended, is_open=ended is None and not is_over)

    def _from_feed(self, feed: str) -> Iterator[_Incident]:
        for entry in islice(chain(elements(feed, "item"), elements(feed, "entry")), _MAX_ENTRIES):
            written = text_in(entry, "pubDate") or text_in(entry, "published") or text_in(entry, "updated")
            at = mail_time(written) or parsed_time(written)
            if at is not None:
                title = text_in(entry, "title")
                row = self._row(text_in(entry, "guid") or text_in(entry, "id") or title, at, title, [])
                yield _Incident(row, None, is_open=bool(_GOING_ON.search(entry)) and not _ENDED.search(entry))

    def _row(self, incident_id: str, at: datetime, title: str, details: list[str]) -> dict[str, Any]:
        return {
            "id": incident_id,
            "kind": "infrastructure",
            "service": self.name,
            "at": at,
            "title": title,
            "author": None,
            "paths": [],
            "routes": [],
            "details": details,
            "diff": None,
        }


def _first_time(incident: Mapping[str, Any], *names: str) -> datetime | None:
    return next((at for name in names if (at := parsed_time(incident.get(name))) is not None), None)


def _until(ended: datetime | None) -> list[str]:
    return [f"ended at {ended:%Y-%m-%d %H:%M:%SZ}"] if ended is not None else []
