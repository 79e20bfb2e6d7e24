"""The records of requests in numbers, so that what compares many of them copies no texts."""

from __future__ import annotations

import polars as pl

from triage_tui.analysis.request_outcomes import Outcomes


def coded_records(found: Outcomes) -> pl.DataFrame:
    """List the records that have a request ID, in their order.

    Returns ``row`` (UInt32, of the record in ``records``), ``of`` (UInt32, of its request in ``requests``), ``time``
    (Datetime) and ``template`` (Categorical).
    """
    row = pl.int_range(pl.len(), dtype=pl.UInt32)
    has_id = pl.col("request_id").is_not_null()
    coded = found.records.select(
        row.alias("row"),
        "time",
        pl.col("template").cast(pl.Categorical),
        pl.when(has_id).then("request").alias("request"),
    )
    requests = found.requests.select("request", row.alias("of"))
    return coded.join(requests, on="request", how="inner", maintain_order="left").drop("request")
