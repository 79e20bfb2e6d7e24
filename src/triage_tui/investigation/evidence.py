"""The kinds of evidence, and one frame schema per kind.

A frame's columns are fixed here so that every source of a kind can stand in for every other. Times are
``Datetime("us", "UTC")``. A value that a source does not know is null, never zero and never "".
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.findings import SignalRole

if TYPE_CHECKING:
    import polars as pl

    from triage_tui.investigation.source import EarlyErrors, LogLines
    from triage_tui.investigation.time_window import TimeWindow


class EvidenceKind(StrEnum):
    """What a source can bring."""

    LOGS = "logs"
    METRICS = "metrics"
    SERIES = "series"
    CHANGES = "changes"
    HEALTH = "health"
    ALERTS = "alerts"
    TOPOLOGY = "topology"
    REQUEST_COUNTS = "request_counts"


class Completeness(msgspec.Struct, frozen=True):
    """How much of what was asked for did arrive.

    ``complete`` is False where a limit was hit, lines were unreadable or the server said so; ``note`` says it in words
    ("4,812 of 4,812 lines", "limit of 5,000 hit", "3 lines unreadable, first at app.log:17"). ``reading`` tells that
    the source is still at it, and that this is a part.
    """

    complete: bool
    note: str = ""
    reading: bool = False


class Evidence(msgspec.Struct, frozen=True, eq=False):
    """One answer of one source: its frame, and where, when and how it was asked.

    Attributes:
        kind: which schema ``frame`` follows.
        source: the name shown in the pane border, such as "prometheus" or "app.jsonl".
        window: the span that was asked for; None where the source has no notion of one.
        query: what was asked, in the source's own words; "" where nothing was asked.
        fetched_at: when the answer came, UTC.
        lines: for logs, random access to the text that stayed in the file.
        reach: the time over which the source has records, where the frame is only a part of them; None elsewhere.
        errors: for logs that are still read, the errors that are known of all of them; None where none are known yet.
    """

    kind: EvidenceKind
    source: str
    window: TimeWindow | None
    query: str
    fetched_at: datetime
    completeness: Completeness
    frame: pl.DataFrame
    lines: LogLines | None = None
    reach: TimeWindow | None = None
    errors: EarlyErrors | None = None


class SignalHint(msgspec.Struct, frozen=True):
    """What a recorder or the user's settings know of a series beyond its samples; None is inferred from the data.

    ``service`` None means every service; ``cap`` is in the series' own unit.
    """

    metric: str
    service: str | None = None
    role: SignalRole | None = None
    unit: str | None = None
    cap: float | None = None


class SourceFailure(msgspec.Struct, frozen=True):
    """A source that could not answer: what to tell the user, and since when.

    ``waiting`` tells that what is asked for is only not there yet.
    """

    source: str
    kind: EvidenceKind
    message: str
    failed_at: datetime
    retry_at: datetime | None = None
    waiting: bool = False


def frame_schema(kind: EvidenceKind) -> pl.Schema:
    """Return the columns and dtypes that every frame of this kind has, in order.

    - LOGS: one row a record, in time order; ``event`` is the message, ``attributes`` a JSON object of every other
      field; ``route`` is "POST /api/orders" or a template of it; ``line`` counts from 1; ``offset`` and ``length`` are
      bytes in ``file`` and reach over the lines of a stack trace.
    - METRICS: one row a sample; a missing scrape is a missing row, a NaN stays NaN; ``labels`` is a JSON object of the
      labels beyond service, sorted by key, "" where there are none.
    - SERIES: as METRICS: all that a service measures of itself, for the ranking of suspects alone, as rates where the
      metric is a counter.
    - CHANGES: one row a deploy, config, dependency, flag, traffic or infrastructure change; ``paths`` the files it
      touches, ``routes`` new or changed endpoints ("GET /api/x"), ``details`` what changed in words, ``diff`` unified
      text.
    - HEALTH: one row a probe; ``status`` is the HTTP status or null, ``ok`` null where unknown; ``vantage`` names the
      place from which it was asked.
    - ALERTS: one row a state in which the alert was found, oldest first; ``at`` is when it was found so, the state
      began between ``earliest`` and ``latest``, both null where that is not known; ``note`` says what else changed.
    - TOPOLOGY: one row an edge from ``caller`` to ``callee``.
    - REQUEST_COUNTS: ``time`` (nullable), ``bad`` and ``total`` requests in that minute, then one String column an
      attribute; the attribute columns vary, so the schema lists the fixed ones only.
    """
    import polars as pl

    time, text = pl.Datetime("us", "UTC"), pl.String()
    columns: dict[EvidenceKind, dict[str, pl.DataType]] = {
        EvidenceKind.LOGS: {
            "time": time, "level": text, "service": text, "host": text, "request_id": text, "user": text,
            "client": text, "route": text, "status": pl.Int32(), "duration_ms": pl.Float64(), "event": text,
            "exception": text,
            "file": text, "line": pl.Int64(), "offset": pl.Int64(), "length": pl.Int64(), "attributes": text,
        },
        EvidenceKind.METRICS: {"time": time, "metric": text, "service": text, "labels": text, "value": pl.Float64()},
        EvidenceKind.SERIES: {"time": time, "metric": text, "service": text, "labels": text, "value": pl.Float64()},
        EvidenceKind.CHANGES: {
            "id": text, "kind": text, "service": text, "at": time, "title": text, "author": text,
            "paths": pl.List(pl.String()), "routes": pl.List(pl.String()), "details": pl.List(pl.String()),
            "diff": text,
        },
        EvidenceKind.HEALTH: {
            "time": time, "target": text, "status": pl.Int32(), "latency_ms": pl.Float64(), "ok": pl.Boolean(),
            "note": text, "vantage": text,
        },
        EvidenceKind.ALERTS: {"at": time, "state": text, "earliest": time, "latest": time, "note": text},
        EvidenceKind.TOPOLOGY: {"caller": text, "callee": text},
        EvidenceKind.REQUEST_COUNTS: {"time": time, "bad": pl.Float64(), "total": pl.Float64()},
    }  # fmt: skip
    return pl.Schema(columns[kind])
