"""All records of one request, also those that name its ID in free text alone or that a frame leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import polars as pl

from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.id_values import is_id_in, names_id, without_case
from triage_tui.investigation.source import LogLine

MOST_RECORDS = 5_000


def with_request(evidence: Evidence, correlation_id: str) -> pl.DataFrame:
    """Return the LOGS frame of log evidence with every record of a request in it, in time order.

    A record whose text has this ID gets it where it has none of its own, or where another of its fields for IDs holds
    this one, as a trace's does beside a request's. Of a request with more than 5,000 records the first ones count. The
    frame is returned as it is where the evidence has no lines.
    """
    frame, lines = evidence.frame, evidence.lines
    if lines is None or not correlation_id:
        return frame
    records = [lines.row(row) for row in islice(lines.rows_with_id(correlation_id), MOST_RECORDS)]
    found = _as_frame(records, correlation_id, frame.schema)
    named = found.select("file", "line", pl.lit(True).alias("named"))
    marked = frame.join(named, on=["file", "line"], how="left", nulls_equal=True, maintain_order="left")
    is_own = pl.col("request_id").is_null() | names_id(correlation_id)
    given = pl.when(pl.col("named") & is_own).then(pl.lit(correlation_id))
    known = marked.with_columns(given.otherwise(pl.col("request_id")).alias("request_id")).select(frame.columns)
    more = found.join(frame.select("file", "line"), on=["file", "line"], how="anti", nulls_equal=True)
    return pl.concat([known, more]).sort("time", nulls_last=True, maintain_order=True) if more.height else known


def _as_frame(records: Sequence[LogLine], correlation_id: str, schema: pl.Schema) -> pl.DataFrame:
    """Lay out records as a frame of this schema; what a line does not say of itself is null."""
    known = [
        {"time": one.time, "level": one.level, "request_id": _own_id(one, correlation_id), "event": one.event,
         "file": one.file, "line": one.line}
        for one in records
    ]  # fmt: skip
    columns = [name for name in ("time", "level", "request_id", "event", "file", "line") if name in schema]
    own = pl.DataFrame(known, schema={name: schema[name] for name in columns}, orient="row")
    rest = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in columns]
    return own.with_columns(rest).select(list(schema))


def _own_id(record: LogLine, correlation_id: str) -> str:
    """The ID by which a record counts that holds this one."""
    if record.request_id is None:
        return correlation_id
    is_other = without_case(record.request_id) != without_case(correlation_id)
    return correlation_id if is_other and is_id_in(correlation_id, record.text) else record.request_id
