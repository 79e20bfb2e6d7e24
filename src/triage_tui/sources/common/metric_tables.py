"""Metric tables, CSV and Parquet: long (time, metric, service, value) or wide (time, one column a series)."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.decoded import Decoded, some_unreadable
from triage_tui.sources.common.series_naming import SeriesNaming, named_from_column, sorted_samples
from triage_tui.sources.common.tables import read_csv_text, renamed_by_alias
from triage_tui.sources.common.times import time_series

if TYPE_CHECKING:
    import polars as pl

_ROW_CAP = 50_000_000
_ALIASES = {
    "time": ("time", "timestamp", "ts", "_time", "datetime", "date"),
    "metric": ("metric", "name", "__name__", "series", "kpi"),
    "service": ("service", "job", "cmdb_id"),
    "value": ("value", "_value"),
    "labels": ("labels",),
}


def decode_csv(content: bytes, name: str, naming: SeriesNaming) -> Decoded:
    """Read a CSV of metrics as a METRICS frame; raises ``UnreadableInput`` where it has no time or no values."""
    return _decode_table(read_csv_text(content, name), name, naming)


def decode_parquet(content: bytes, name: str, naming: SeriesNaming) -> Decoded:
    """Read a Parquet file of the same columns as the CSV; raises ``UnreadableInput`` likewise."""
    import polars as pl

    try:
        rows = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item()
        if rows > _ROW_CAP:
            raise UnreadableInput(name, f"has {rows:,} rows, more than {_ROW_CAP:,}")
        table = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise UnreadableInput(name, f"not a readable Parquet file: {str(error).splitlines()[0]}") from error
    return _decode_table(table, name, naming)


def _decode_table(table: pl.DataFrame, name: str, naming: SeriesNaming) -> Decoded:
    table = renamed_by_alias(table, _ALIASES)
    if "time" not in table.columns:
        raise UnreadableInput(name, "has no time column; a header such as time,metric,service,value is needed")
    table = table.with_columns(time_series(table["time"]).alias("time"))
    long = "metric" in table.columns and "value" in table.columns
    frame = _long_frame(table, naming) if long else _wide_frame(table, name, naming)
    return _without_unreadable(frame, name)


def _long_frame(table: pl.DataFrame, naming: SeriesNaming) -> pl.DataFrame:
    """Take a long table's columns; columns beyond the known ones are labels."""
    import polars as pl

    known = ("time", "metric", "service", "labels", "value")
    others = [column for column in table.columns if column not in known]
    service = pl.col("service").cast(pl.String) if "service" in table.columns else pl.lit(None, pl.String)
    labels = pl.col("labels").cast(pl.String) if "labels" in table.columns else _labels_of(others)
    return table.with_row_index("row").select(
        "row",
        "time",
        pl.col("metric").cast(pl.String),
        pl.when(service != "").then(service).otherwise(pl.lit(naming.service, pl.String)).alias("service"),
        labels.fill_null("").alias("labels"),
        pl.col("value"),
    )


def _labels_of(columns: list[str]) -> pl.Expr:
    """Encode label columns as a JSON object with sorted keys, empty values left out."""
    import polars as pl

    if not columns:
        return pl.lit("")
    fields = pl.struct(pl.col(column).cast(pl.String) for column in sorted(columns))
    return fields.map_elements(_json_object, return_dtype=pl.String)


def _json_object(row: dict[str, str | None]) -> str:
    filled = {key: value for key, value in row.items() if value}
    return json.dumps(filled, ensure_ascii=False, separators=(",", ":")) if filled else ""


def _wide_frame(table: pl.DataFrame, name: str, naming: SeriesNaming) -> pl.DataFrame:
    import polars as pl

    columns = [column for column in table.columns if column != "time"]
    if not columns:
        raise UnreadableInput(name, "has a time column and no series")
    names = {column: named_from_column(column, naming) for column in columns}
    texts = table.with_row_index("row").with_columns(pl.col(columns).cast(pl.String))
    long = texts.unpivot(columns, index=["row", "time"], variable_name="column", value_name="value")
    column = pl.col("column")
    return long.select(
        "row",
        "time",
        column.replace_strict({key: one.metric for key, one in names.items()}, return_dtype=pl.String).alias("metric"),
        column.replace_strict({key: one.service for key, one in names.items()}, return_dtype=pl.String).alias(
            "service"
        ),
        column.replace_strict({key: one.labels for key, one in names.items()}, return_dtype=pl.String).alias("labels"),
        "value",
    )


def _without_unreadable(frame: pl.DataFrame, name: str) -> Decoded:
    """Turn values into numbers; an empty cell is a missing scrape, anything else that is no number is counted."""
    import polars as pl

    text = pl.col("value").cast(pl.String).str.strip_chars()
    filled = frame.filter((text != "") & text.is_not_null()).with_columns(value=text.cast(pl.Float64, strict=False))
    broken = pl.col("value").is_null() | pl.col("time").is_null() | pl.col("metric").is_null()
    unreadable, readable = filled.filter(broken), filled.filter(~broken)
    if readable.is_empty():
        raise UnreadableInput(name, "has no row with a time and a number")
    first = unreadable["row"].min()
    line = int(first) + 2 if isinstance(first, int) else None
    return Decoded(sorted_samples(readable), some_unreadable(unreadable.height, "value", name, line))
