"""Deploys that a server lists: a deploy log behind a URL, and Grafana's annotations.

Source of the annotations: https://grafana.com/docs/grafana/latest/developers/http_api/annotations/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.change_decoding import (
    changes_evidence,
    changes_frame,
    decode_changes,
    of_interest,
    reaching_back,
)
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.http import Endpoint, exchange, json_body, require_success
from triage_tui.sources.common.times import parsed_time

ANNOTATION_LIMIT = 1000


class _Annotation(msgspec.Struct):
    """An annotation of Grafana's, as far as it is read."""

    id: int | str | None = None
    time: int | float | str | None = None
    text: str | None = None
    tags: list[str] | None = None
    login: str | None = None
    userName: str | None = None  # noqa: N815 - the API's own spelling


class DeployLogUrl:
    """A list of deploys behind a URL, in any shape that a deploy file may have."""

    kind = EvidenceKind.CHANGES
    interval_s = 30.0

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.name
        self.endpoint = endpoint

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Return the changes of the window and the day before; raises ``SourceError``."""
        answer = require_success(self.endpoint, await exchange(self.endpoint, "GET", ""))
        decoded = decode_changes(answer.body, self.endpoint.shown)
        return _evidence(self.name, self.endpoint.shown, decoded, window)


class GrafanaAnnotations:
    """Annotations with one of the given tags, as deploys."""

    kind = EvidenceKind.CHANGES
    interval_s = 30.0

    def __init__(self, endpoint: Endpoint, tags: Sequence[str] = ("deploy",), service: str | None = None) -> None:
        self.name = endpoint.name
        self.endpoint = endpoint
        self.tags = tuple(tags)
        self.service = service

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Return the annotations of the window and the day before; raises ``SourceError``."""
        query: dict[str, Any] = {"tags": list(self.tags), "matchAny": "true", "limit": ANNOTATION_LIMIT}
        span = reaching_back(window)
        if span is not None:
            query |= {"from": int(span.start.timestamp() * 1000), "to": int(span.end.timestamp() * 1000)}
        answer = require_success(self.endpoint, await exchange(self.endpoint, "GET", "/api/annotations", query=query))
        annotations = json_body(self.endpoint, answer, list[_Annotation])
        rows = [row for one in annotations if (row := self._row(one)) is not None]
        note = f"limit of {ANNOTATION_LIMIT} annotations hit" if len(annotations) >= ANNOTATION_LIMIT else ""
        return _evidence(self.name, " ".join(self.tags), Decoded(changes_frame(rows), note), window)

    def _row(self, annotation: _Annotation) -> dict[str, Any] | None:
        at = parsed_time(annotation.time)
        if at is None:
            return None
        tags = annotation.tags or []
        labels = dict(tag.split(":", 1) for tag in tags if ":" in tag)
        return {
            "id": labels.get("version") or labels.get("release") or f"annotation-{annotation.id}",
            "kind": "config" if "config" in tags else "flag" if "flag" in tags else "deploy",
            "service": labels.get("service") or self.service,
            "at": at,
            "title": (annotation.text or "").partition("\n")[0] or "annotation",
            "author": annotation.login or annotation.userName,
            "paths": [],
            "routes": [],
            "details": [", ".join(tags)] if tags else [],
            "diff": None,
        }


def _evidence(name: str, query: str, decoded: Decoded, window: TimeWindow | None) -> Evidence:
    frame = of_interest(decoded.frame, window)
    completeness = Completeness(not decoded.note, decoded.note or f"{len(frame)} of {len(decoded.frame)}")
    return changes_evidence(name, query, frame, window, completeness)
