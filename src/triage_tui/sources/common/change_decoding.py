"""Lists of deploys and other changes, of any shape that is read, as one CHANGES frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.decoded import Decoded, cut_to_window, some_unreadable
from triage_tui.sources.common.tables import first_of, read_records, text_of
from triage_tui.sources.common.times import parsed_time

if TYPE_CHECKING:
    import polars as pl

LOOK_BACK = timedelta(hours=24)
"""What was changed up to so long before a window may show its effect in it."""
_KINDS = frozenset({"deploy", "config", "dependency", "infrastructure", "traffic", "flag"})
_KIND_ALIASES = {
    "deployment": "deploy", "release": "deploy", "rollback": "deploy", "rollout": "deploy", "feature_flag": "flag",
    "feature-flag": "flag", "configuration": "config", "infra": "infrastructure", "dependencies": "dependency",
}  # fmt: skip
_TIMES = (
    "at",
    "time",
    "timestamp",
    "date",
    "finished_at",
    "dateFinished",
    "deployed_at",
    "dateReleased",
    "dateCreated",
)
_IDS = ("id", "version", "release", "sha", "commit", "revision", "tag")
_TITLES = ("title", "message", "text", "subject", "description", "name")


def reaching_back(window: TimeWindow | None) -> TimeWindow | None:
    """Return the span of changes that matter to a window."""
    return TimeWindow(window.start - LOOK_BACK, window.end) if window is not None else None


def of_interest(changes: pl.DataFrame, window: TimeWindow | None) -> pl.DataFrame:
    """Keep the rows of a CHANGES frame that matter to a window."""
    return cut_to_window(changes, "at", reaching_back(window))


def decode_changes(content: bytes, name: str) -> Decoded:
    """Read deploys from a JSON list, JSON lines or CSV, Sentry's release list among them.

    Each needs a time; a kind that is not known is read as infrastructure and kept in ``details``. Raises
    ``UnreadableInput`` where no row has a time.
    """
    records = read_records(content, name)
    rows = [row for row in map(_change_row, records) if row is not None]
    if records and not rows:
        raise UnreadableInput(name, "has no change with a time; each needs a field such as time and kind")
    return Decoded(changes_frame(rows), some_unreadable(len(records) - len(rows), "change", name, None))


def changes_frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Give change rows the columns, dtypes and order (by time, then id) of the CHANGES frame."""
    import polars as pl

    schema = frame_schema(EvidenceKind.CHANGES)
    return pl.DataFrame([dict(row) for row in rows], schema=schema, orient="row").sort("at", "id", nulls_last=True)


def changes_evidence(
    source: str, query: str, frame: pl.DataFrame, window: TimeWindow | None, completeness: Completeness
) -> Evidence:
    """Changes that were fetched now."""
    return Evidence(
        kind=EvidenceKind.CHANGES,
        source=source,
        window=window,
        query=query,
        fetched_at=datetime.now(UTC),
        completeness=completeness,
        held=frame,
    )


def _change_row(record: Mapping[str, Any]) -> dict[str, Any] | None:
    last_deploy = record.get("lastDeploy")
    times = [*(parsed_time(record.get(name)) for name in _TIMES)]
    if isinstance(last_deploy, dict):
        times.insert(0, parsed_time(last_deploy.get("dateFinished")))
    at = next((time for time in times if time is not None), None)
    if at is None:
        return None
    kind, details = _kind_and_details(text_of(record, "kind", "type") or "deploy")
    service = text_of(record, "service", "app", "application", "component") or _sentry_project(record)
    change_id = text_of(record, *_IDS) or f"{kind}-{service or 'change'}-{at:%Y%m%dT%H%M%SZ}"
    return {
        "id": change_id,
        "kind": kind,
        "service": service,
        "at": at,
        "title": text_of(record, *_TITLES) or f"{kind} {text_of(record, 'shortVersion') or change_id}",
        "author": text_of(record, "author", "user", "actor"),
        "paths": _texts(record.get("paths")),
        "routes": _texts(record.get("routes")),
        "details": [*_texts(record.get("details")), *details, *_other_names(record, change_id)],
        "diff": text_of(record, "diff"),
    }


def _other_names(record: Mapping[str, Any], change_id: str) -> list[str]:
    """Keep what else names the revision: by it other records of the same deploy are known."""
    named = ((name, text_of(record, name)) for name in _IDS[1:])
    return [f"{name} {text}" for name, text in named if text and text != change_id]


def _kind_and_details(kind: str) -> tuple[str, list[str]]:
    lowered = kind.strip().lower()
    known = _KIND_ALIASES.get(lowered, lowered)
    return (known, []) if known in _KINDS else ("infrastructure", [f"recorded as {kind!r}"])


def _sentry_project(record: Mapping[str, Any]) -> str | None:
    projects = first_of(record, "projects")
    if not isinstance(projects, list) or not projects or not isinstance(projects[0], dict):
        return None
    return text_of(projects[0], "slug", "name")


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [str(item) for item in value] if isinstance(value, list) else []
