"""Waits between two log lines of one request that are far beyond what is normal there."""

from __future__ import annotations

import re
from math import log
from typing import Any

import polars as pl

from triage_tui.analysis.findings_text import moment, one_line, seconds
from triage_tui.analysis.request_outcomes import Outcomes, example
from triage_tui.investigation.findings import Pattern

_LEAST_NORMAL = 20  # steps on the endpoint; with fewer, the steps of all endpoints tell what is normal
_LEAST_SECONDS = 0.5
_BEYOND = 3.0  # times the normal p99
_LEAST_SCORE = 5.0  # robust standard deviations of the logarithm
_FLOOR_MS = 1.0
_NEAR_TIMEOUT = 0.15
_NAMED_TIMEOUT = re.compile(
    r"(?:time[d ]*-?out|deadline|waited|no (?:answer|response)|expired|limit)\D{0,40}?"
    r"(\d+(?:\.\d+)?)\s*(ms|s|sec|seconds|m|min)\b"
    r"|(\d+(?:\.\d+)?)\s*(ms|s|sec|seconds|m|min)\b\D{0,40}?(?:time[d ]*-?out|deadline)",
    re.IGNORECASE,
)
_UNITS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "seconds": 1.0, "m": 60.0, "min": 60.0}


def gap_patterns(found: Outcomes, top: int = 3) -> list[tuple[float, Pattern]]:
    """Find the requests that waited, the most striking first; waits alike of other requests are only counted."""
    steps = judged_steps(found)
    if steps.is_empty():
        return []
    wide = steps.filter(is_gap()).sort(["score", "request", "line"], descending=[True, False, False])
    alike = wide.group_by("previous", "template").len("alike")
    firsts = wide.unique(["previous", "template"], keep="first", maintain_order=True).join(
        alike, on=["previous", "template"], maintain_order="left"
    )
    return [
        (row["score"] + log(row["alike"]), gap_pattern(found, row, row["alike"]))
        for row in firsts.head(top).iter_rows(named=True)
    ]


def judged_steps(found: Outcomes) -> pl.DataFrame:
    """List the steps between two records of one request with what is normal for each.

    Returns one row a step: the record's columns, ``previous`` (template before), ``previous_event``, ``from_time``,
    ``gap`` (seconds), ``normal_p99`` (seconds) and ``normal_n`` of this pair of templates, ``score`` (robust standard
    deviations of the logarithm above the median). Normal is judged on the endpoint where it has enough steps, and by
    medians, so that the step itself does not count for much; p99 is of good requests where there are enough.
    """
    return normal_steps(steps_of(found))


def steps_of(found: Outcomes) -> pl.DataFrame:
    """One row a step of each request that has an ID; ``gap`` is in seconds."""
    failed = found.requests.select("request", "failed", pl.col("route").alias("endpoint"))
    before = {"previous": "template", "previous_event": "event", "from_time": "time"}
    return (
        found.records.filter(pl.col("request_id").is_not_null())
        .join(failed, on="request", maintain_order="left")
        .with_columns(pl.col(old).shift(1).over("request").alias(new) for new, old in before.items())
        .filter(pl.col("from_time").is_not_null())
        .with_columns(((pl.col("time") - pl.col("from_time")).dt.total_microseconds() / 1e6).alias("gap"))
    )


def normal_steps(steps: pl.DataFrame) -> pl.DataFrame:
    """Add what is normal for each step; see ``judged_steps``."""
    pair, place = ["previous", "template"], ["previous", "template", "endpoint"]
    logged = steps.with_columns(pl.max_horizontal(pl.col("gap"), _FLOOR_MS / 1000).log().alias("log"))
    wide = logged.join(_normal(logged, pair), on=pair, how="left", nulls_equal=True, maintain_order="left")
    narrow = wide.join(
        _normal(logged, place), on=place, how="left", nulls_equal=True, suffix="_here", maintain_order="left"
    )
    enough = pl.col("normal_n_here") >= _LEAST_NORMAL
    chosen = [
        pl.when(enough).then(pl.col(f"{name}_here")).otherwise(pl.col(name)).alias(name)
        for name in ("middle", "spread", "normal_p99", "normal_n")
    ]
    return (
        narrow.with_columns(chosen)
        .with_columns(((pl.col("log") - pl.col("middle")) / pl.col("spread")).alias("score"))
        .drop("log", "middle", "spread", *(f"{name}_here" for name in ("middle", "spread", "normal_p99", "normal_n")))
    )


def is_gap() -> pl.Expr:
    """Tell whether a judged step is a gap worth showing."""
    return (
        (pl.col("gap") >= _LEAST_SECONDS)
        & (pl.col("gap") >= _BEYOND * pl.col("normal_p99"))
        & (pl.col("score") >= _LEAST_SCORE)
        & (pl.col("normal_n") >= _LEAST_NORMAL)
    )


def gap_pattern(found: Outcomes, row: dict[str, Any], alike: int = 1) -> Pattern:
    """Say a gap in words; ``row`` is a row of ``judged_steps``."""
    gap, p99, count = float(str(row["gap"])), float(str(row["normal_p99"])), int(str(row["normal_n"]))
    named = _timeout_nearby(found, row, gap)
    others = f"; {alike - 1} more requests wait there" if alike > 1 else ""
    limit = f"; the timeout of {seconds(named)} named in its next lines fits" if named else ""
    statement = (
        f'request {row["request"]} waited {seconds(gap)} between "{one_line(str(row["previous_event"]), 60)}" and '
        f'"{one_line(str(row["event"]), 60)}" (normal p99 {seconds(p99)}, n={count}){limit}{others}'
    )
    numbers: dict[str, object] = {
        "request_id": row["request_id"],
        "from_event": row["previous_event"],
        "to_event": row["event"],
        "seconds": round(gap, 3),
        "normal_p99": round(p99, 3),
        "n": count,
        "alike": alike,
        "timeout_s": named,
    }
    return Pattern(
        kind="gap",
        statement=statement,
        start=moment(row["from_time"]),
        numbers=numbers,
        examples=example(row["file"], row["line"]),
    )


def timeout_named(text: str) -> float | None:
    """The timeout that a message names, in seconds.

    >>> timeout_named("payment provider timed out after 5000 ms"), timeout_named("all is well")
    (5.0, None)
    """
    match = _NAMED_TIMEOUT.search(text)
    if match is None:
        return None
    number, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    return float(number) * _UNITS[unit.lower()]


def _normal(steps: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    spread = (pl.col("log") - pl.col("log").median()).abs().median() * 1.4826
    good = pl.col("gap").filter(~pl.col("failed"))
    enough = good.len() >= _LEAST_NORMAL
    widest_but_one = pl.col("gap").sort().slice(0, pl.len() - 1).max()
    return steps.group_by(keys).agg(
        pl.col("log").median().alias("middle"),
        pl.max_horizontal(spread, pl.lit(0.2)).alias("spread"),
        pl.when(enough).then(good.quantile(0.99, "nearest")).otherwise(widest_but_one).alias("normal_p99"),
        pl.when(enough).then(good.len()).otherwise(pl.len() - 1).alias("normal_n"),
    )


def _timeout_nearby(found: Outcomes, row: dict[str, Any], gap: float) -> float | None:
    """A timeout named at or after the gap in the same request that is about as long as the gap."""
    after = found.records.filter((pl.col("request") == row["request"]) & (pl.col("time") >= moment(row["time"])))
    texts = after.head(4).select(pl.concat_str("event", "exception", separator=" ", ignore_nulls=True)).to_series()
    named = [limit for text in texts if text and (limit := timeout_named(text))]
    return next((limit for limit in named if abs(gap - limit) <= _NEAR_TIMEOUT * limit), None)
