"""Requests out of log records: one row a request, whether it failed, and how it said so."""

from __future__ import annotations

import json
from dataclasses import dataclass

import polars as pl

from triage_tui.analysis.templates import mine_templates
from triage_tui.investigation.findings import Example
from triage_tui.investigation.id_values import in_one_spelling

ERROR_LEVELS = ("ERROR", "CRITICAL", "FATAL", "PANIC", "EMERGENCY", "ALERT", "SEVERE")
NO_MESSAGE = "(no message)"
_SERVER_ERROR, _CLIENT_ERROR = 500, 400
_ERROR_WORDS = r"(?i)\b(error|exception|traceback|fatal|panic|failed|failure|refused|timed out)\b"
_FAILURE = ("template", "file", "line")
_FIELDS = ("service", "host", "user", "client", "route", "status", "duration_ms")
# Attributes beyond these are of no use for a comparison: identifiers, measurements, free text.
_MOST_ATTRIBUTES, _SAMPLE = 24, 2000


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What the logs say of each request.

    Attributes:
        records: the LOGS frame in time order, with ``template`` (String), ``failing`` (Boolean) and ``request``, which
            is the request's ID, or a name of its own for a record that has none.
        requests: one row a request in the order of their first records: ``request``, ``time``, ``until``, ``failed``,
            ``refused`` (a 4xx), ``template``, ``error_time``, ``file`` and ``line`` of its first failing record (null
            in a good request), ``has_id``, the LOGS frame's fields and one String column for each of ``attributes``.
        attributes: the names of the fields that came out of the JSON attributes.
    """

    records: pl.DataFrame
    requests: pl.DataFrame
    attributes: tuple[str, ...]

    @property
    def failures(self) -> pl.DataFrame:
        """The failed requests."""
        return self.requests.filter("failed")


def is_failing() -> pl.Expr:
    """Tell whether a record reports a failure of the server.

    By level, a 5xx status or an exception; where a record has no level and no status, by the words of its message.
    """
    untold = pl.col("level").is_null() & pl.col("status").is_null()
    by_level = pl.col("level").str.to_uppercase().is_in(ERROR_LEVELS).fill_null(value=False)
    by_status = (pl.col("status") >= _SERVER_ERROR).fill_null(value=False)
    by_text = untold & (pl.col("event").str.contains(_ERROR_WORDS) | pl.col("exception").is_not_null())
    return by_level | by_status | by_text.fill_null(value=False)


def outcomes(logs: pl.DataFrame) -> Outcomes:
    """Read the requests out of a LOGS frame; records without a time are left out.

    Where most records carry a request ID, those without one count only if they fail; where there are no IDs, each
    record is a request of its own.
    """
    timed = logs.filter(pl.col("time").is_not_null()) if logs["time"].null_count() else logs
    # To sort wide records takes twice their memory, and most come in order.
    ordered = (
        timed if _is_in_order(timed) else timed.sort("time", "file", "line", "event", "request_id", nulls_last=True)
    )
    keys = _attribute_names(ordered)
    ordered = ordered.with_columns(in_one_spelling(ordered["request_id"]))
    named = ordered.with_columns(
        mine_templates(ordered["event"]).of_row.fill_null(NO_MESSAGE).alias("template"),
        is_failing().alias("failing"),
        pl.coalesce("request_id", pl.format("#{}", pl.int_range(pl.len()))).alias("request"),
        *(pl.col("attributes").str.json_path_match(f"$['{key}']").alias(_column(key)) for key in keys),
    )
    attributes = tuple(_column(key) for key in keys)
    return Outcomes(named, _requests(named, attributes), attributes)


def _is_in_order(timed: pl.DataFrame) -> bool:
    """Tell whether each record stands before the next one by its time, file and line alone."""
    if timed.height < 2:  # noqa: PLR2004 - an order is one of two
        return True
    time, file, line = ((pl.col(name), pl.col(name).shift(-1)) for name in ("time", "file", "line"))
    line_before = (file[0] < file[1]) | ((file[0] == file[1]) & (line[0] < line[1]))
    before = (time[0] < time[1]) | ((time[0] == time[1]) & line_before)
    return timed.select(before.slice(0, timed.height - 1).all(ignore_nulls=False)).item() is True


def example(file: str | None, line: int | None) -> tuple[Example, ...]:
    """Name a record as an example; nothing where the file is not known."""
    return (Example(file, line),) if file is not None and line is not None else ()


def _requests(records: pl.DataFrame, attributes: tuple[str, ...]) -> pl.DataFrame:
    has_id = pl.col("request_id").is_not_null()
    mostly_ids = records.height > 0 and 2 * records["request_id"].is_not_null().sum() >= records.height
    counts = has_id | pl.col("failing") if mostly_ids else pl.lit(value=True)
    row = pl.int_range(pl.len(), dtype=pl.UInt32)
    # Records are many, and wide: their numbers stand for what they say until there is one of each for a request.
    numbered = records.select(
        pl.when(counts).then("request").alias("request"),
        "failing",
        (pl.col("status") >= _CLIENT_ERROR).alias("refused"),
        row.alias("first"),
        *(pl.when(pl.col(name).is_not_null()).then(row).alias(name) for name in (*_FIELDS, *attributes)),
    ).drop_nulls("request")
    rows = numbered.group_by("request", maintain_order=True).agg(
        pl.col("first").first(),
        pl.col("first").last().alias("last"),
        pl.col("first").filter("failing").first().alias("failure"),
        pl.col("refused").any(),
        *(pl.col(name).max() for name in (*_FIELDS, *attributes)),
    )
    begin, failure = (records.select("time", "request_id", *_FAILURE)[rows[name]] for name in ("first", "failure"))
    return rows.select(
        "request",
        begin["time"],
        records["time"][rows["last"]].alias("until"),
        pl.col("failure").is_not_null().alias("failed"),
        failure["time"].alias("error_time"),
        begin["request_id"].is_not_null().alias("has_id"),
        (pl.col("refused").fill_null(value=False) & pl.col("failure").is_null()).alias("refused"),
        *failure.select(_FAILURE),
        *(records[name][rows[name]] for name in (*_FIELDS, *attributes)),
    )


def _column(key: str) -> str:
    return f"attribute:{key}"


def _attribute_names(records: pl.DataFrame) -> tuple[str, ...]:
    """Names of scalar attributes whose values repeat; identifiers and measurements do not."""
    texts = records["attributes"].drop_nulls()
    step = max(len(texts) // _SAMPLE, 1)
    values: dict[str, set[str]] = {}
    seen: dict[str, int] = {}
    for text in texts.gather_every(step):
        for key, value in _scalars(text).items():
            values.setdefault(key, set()).add(value)
            seen[key] = seen.get(key, 0) + 1
    repeated = [key for key, found in values.items() if 2 * len(found) <= seen[key] and "'" not in key]
    return tuple(sorted(repeated)[:_MOST_ATTRIBUTES])


def _scalars(text: str) -> dict[str, str]:
    try:
        record = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(record, dict):
        return {}
    return {str(key): str(value) for key, value in record.items() if isinstance(value, str | int | bool)}
