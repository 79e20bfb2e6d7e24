"""The kinds of evidence, and one frame schema per kind.

A frame's columns are fixed here so that every source of a kind can stand in for every other. Times are
``Datetime("us", "UTC")``. A value that a source does not know is null, never zero and never "".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.findings import SignalRole
from triage_tui.investigation.packed_frame import PackedFrame

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
        held: its frame, packed where it is large.
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
    held: pl.DataFrame | PackedFrame
    lines: LogLines | None = None
    reach: TimeWindow | None = None
    errors: EarlyErrors | None = None

    @property
    def frame(self) -> pl.DataFrame:
        """All rows that the source brought; who needs a few columns of logs on the screen takes ``columns``."""
        return self.held.unpacked() if isinstance(self.held, PackedFrame) else self.held

    def columns(self, *names: str) -> pl.DataFrame:
        """Some columns of the frame."""
        return self.held.unpacked(names) if isinstance(self.held, PackedFrame) else self.held.select(names)

    def says_the_same(self, other: Evidence) -> bool:
        """Tell whether another answer has the same rows; takes a while for large logs."""
        if isinstance(self.held, PackedFrame) and isinstance(other.held, PackedFrame):
            return self.held.data == other.held.data
        return self.frame.equals(other.frame)


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


class Column(StrEnum):
    """What a column of a frame holds."""

    TIME = "time"
    TEXT = "text"
    TEXTS = "texts"
    BOOLEAN = "boolean"
    SMALL_INTEGER = "small integer"
    INTEGER = "integer"
    FLOAT = "float"


_TIME, _TEXT, _FLOAT = Column.TIME, Column.TEXT, Column.FLOAT
_SAMPLES = {"time": _TIME, "metric": _TEXT, "service": _TEXT, "labels": _TEXT, "value": _FLOAT}
FRAME_COLUMNS: Mapping[EvidenceKind, Mapping[str, Column]] = {
    EvidenceKind.LOGS: {
        "time": _TIME, "level": _TEXT, "service": _TEXT, "host": _TEXT, "request_id": _TEXT, "user": _TEXT,
        "client": _TEXT, "route": _TEXT, "status": Column.SMALL_INTEGER, "duration_ms": _FLOAT, "event": _TEXT,
        "exception": _TEXT, "file": _TEXT, "line": Column.INTEGER, "offset": Column.INTEGER, "length": Column.INTEGER,
        "attributes": _TEXT,
    },
    EvidenceKind.METRICS: _SAMPLES,
    EvidenceKind.SERIES: _SAMPLES,
    EvidenceKind.CHANGES: {
        "id": _TEXT, "kind": _TEXT, "service": _TEXT, "at": _TIME, "title": _TEXT, "author": _TEXT,
        "paths": Column.TEXTS, "routes": Column.TEXTS, "details": Column.TEXTS, "diff": _TEXT,
    },
    EvidenceKind.HEALTH: {
        "time": _TIME, "target": _TEXT, "status": Column.SMALL_INTEGER, "latency_ms": _FLOAT, "ok": Column.BOOLEAN,
        "note": _TEXT, "vantage": _TEXT,
    },
    EvidenceKind.ALERTS: {"at": _TIME, "state": _TEXT, "earliest": _TIME, "latest": _TIME, "note": _TEXT},
    EvidenceKind.TOPOLOGY: {"caller": _TEXT, "callee": _TEXT},
    EvidenceKind.REQUEST_COUNTS: {"time": _TIME, "bad": _FLOAT, "total": _FLOAT},
}  # fmt: skip
"""The columns that every frame of a kind has, in order.

- LOGS: one row a record, in time order; ``event`` is the message, ``attributes`` a JSON object of every other field;
  ``route`` is "POST /api/orders" or a template of it; ``line`` counts from 1; ``offset`` and ``length`` are bytes in
  ``file`` and reach over the lines of a stack trace.
- METRICS: one row a sample; a missing scrape is a missing row, a NaN stays NaN; ``labels`` is a JSON object of the
  labels beyond service, sorted by key, "" where there are none.
- SERIES: as METRICS: all that a service measures of itself, for the ranking of suspects alone, as rates where the
  metric is a counter.
- CHANGES: one row a deploy, config, dependency, flag, traffic or infrastructure change; ``paths`` the files it touches,
  ``routes`` new or changed endpoints ("GET /api/x"), ``details`` what changed in words, ``diff`` unified text.
- HEALTH: one row a probe; ``status`` is the HTTP status or null, ``ok`` null where unknown; ``vantage`` names the place
  from which it was asked.
- ALERTS: one row a state in which the alert was found, oldest first; ``at`` is when it was found so, the state began
  between ``earliest`` and ``latest``, both null where that is not known; ``note`` says what else changed.
- TOPOLOGY: one row an edge from ``caller`` to ``callee``.
- REQUEST_COUNTS: ``time`` (nullable), ``bad`` and ``total`` requests in that minute, then one String column an
  attribute; the attribute columns vary, so the table has the fixed ones only.
"""


def frame_schema(kind: EvidenceKind) -> pl.Schema:
    """Return the columns and dtypes that every frame of this kind has, in the order of ``FRAME_COLUMNS``."""
    import polars as pl

    dtypes: dict[Column, pl.DataType] = {
        Column.TIME: pl.Datetime("us", "UTC"),
        Column.TEXT: pl.String(),
        Column.TEXTS: pl.List(pl.String()),
        Column.BOOLEAN: pl.Boolean(),
        Column.SMALL_INTEGER: pl.Int32(),
        Column.INTEGER: pl.Int64(),
        Column.FLOAT: pl.Float64(),
    }
    return pl.Schema({name: dtypes[column] for name, column in FRAME_COLUMNS[kind].items()})
