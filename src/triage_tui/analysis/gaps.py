"""Waits between two log lines of one request that are far beyond what is normal there."""

from __future__ import annotations

import re
from math import log
from typing import Any

import polars as pl

from triage_tui.analysis.coded_records import coded_records
from triage_tui.analysis.findings_text import moment, one_line, seconds
from triage_tui.analysis.request_outcomes import NO_MESSAGE, Outcomes, example
from triage_tui.investigation.findings import Pattern
from triage_tui.investigation.time_window import TimeWindow

_LEAST_NORMAL = 20  # steps on the endpoint; with fewer, the steps of all endpoints tell what is normal
_ENOUGH_FOR_P99 = 100
_LEAST_SECONDS, _LEAST_SECONDS_IF_GOOD = 0.5, 2.0
_BEYOND = 3.0  # times the normal p99
_LEAST_EVIDENCE = 3.0
_FLOOR_S = 0.001  # what clocks in logs resolve
_CHUNK, _MOST_CHUNKS = 25, 16  # steps to a stretch of time, stretches
_FENCE, _LEAST_SPREAD = 3.0, 0.3  # in the logarithm: what lies this many spreads above the median is not ordinary
_PAIR = ["previous", "template"]
# Narrowest first: a step that healthy requests never take is compared with whatever they do next there.
_PLACES = ([*_PAIR, "endpoint"], _PAIR, ["previous", "endpoint"], ["previous"])
_OF_RECORD = ["request", "request_id", "time", "template", "event", "file", "line"]
_BEFORE = {"from": "row", "previous": "template", "from_time": "time"}
_NEAR_TIMEOUT = 0.15
_NAMED_TIMEOUT = re.compile(
    r"(?:time[d ]*-?out|deadline|waited|no (?:answer|response)|expired|limit)\D{0,40}?"
    r"(\d+(?:\.\d+)?)\s*(ms|s|sec|seconds|m|min)\b"
    r"|(\d+(?:\.\d+)?)\s*(ms|s|sec|seconds|m|min)\b\D{0,40}?(?:time[d ]*-?out|deadline)",
    re.IGNORECASE,
)
_UNITS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "seconds": 1.0, "m": 60.0, "min": 60.0}


def gap_patterns(found: Outcomes, calm: TimeWindow | None = None, top: int = 3) -> list[tuple[float, Pattern]]:
    """Find the requests that waited, the most striking first; waits alike of other requests are only counted."""
    steps = judged_steps(found, calm)
    times = (pl.col("gap") / pl.max_horizontal(pl.col("normal_p99"), _FLOOR_S)).alias("times")
    # A good request must have waited long to be news, and its longest wait is. A failure shows most.
    telling = pl.when("failed").then(2 * times).otherwise(times).alias("telling")
    longest = pl.col("gap") == pl.col("gap").max().over("of")
    far = steps.filter(longest & is_gap() & (pl.col("failed") | (pl.col("gap") >= _LEAST_SECONDS_IF_GOOD)))
    wide = told_steps(found, far).with_columns(times, telling)
    wide = wide.sort(["telling", "request", "line"], descending=[True, False, False])
    alike = wide.group_by("previous").len("alike")
    widest = wide.unique("previous", keep="first", maintain_order=True).head(top)
    return [
        (_LEAST_EVIDENCE * (1 + log(row["times"]) + log(row["alike"])), gap_pattern(found, row, row["alike"]))
        for row in widest.join(alike, on="previous", maintain_order="left").iter_rows(named=True)
    ]


def judged_steps(found: Outcomes, calm: TimeWindow | None = None) -> pl.DataFrame:
    """List the steps between two records of one request with what is normal for each, in numbers alone.

    Returns one row a step: that of ``_steps`` with ``normal_p99`` (seconds) and ``normal_n`` (null where not known);
    ``told_steps`` has the texts. Normal is what good requests took in the ``calm`` window, or in all where that has too
    few of them: between these two lines on this endpoint, on any, or from the first of them to whatever comes next.
    Steps far out of their group's spread are not normal: an upper fence as Tukey's (Exploratory Data Analysis, 1977),
    on the logarithm. The order of places is our own rule.
    """
    steps = _steps(found)
    ordinary = steps.filter(~pl.col("failed")).select("time", "gap", *_PLACES[0])
    if calm is not None:
        quiet = ordinary.filter(pl.col("time").is_between(calm.start, calm.end, closed="left"))
        ordinary = quiet if quiet.height >= _LEAST_NORMAL else ordinary
    ordinary = ordinary.drop("time")
    judged = steps.select(_PLACES[0])
    for rank, keys in enumerate(_PLACES):
        normal = _normal(ordinary, keys).rename({"normal_p99": f"p99_{rank}", "normal_n": f"n_{rank}"})
        judged = judged.join(normal, on=keys, how="left", nulls_equal=True, maintain_order="left")
    # A p99 of few steps is too low: then the pair's p99 on all endpoints counts too if it is longer.
    few = (pl.col("n_0") < _ENOUGH_FOR_P99) & (pl.col("n_1") >= _LEAST_NORMAL)
    p99 = pl.when(few).then(pl.max_horizontal("p99_0", "p99_1")).otherwise(pl.col("p99_0")).alias("p99_0")
    known = judged.with_columns(p99).select(
        _first_known("p99").alias("normal_p99"), _first_known("n").alias("normal_n")
    )
    return steps.hstack(known)


def told_steps(found: Outcomes, steps: pl.DataFrame) -> pl.DataFrame:
    """Add the texts to some judged steps.

    These are the record's ``_OF_RECORD``, ``previous`` (the template before), ``previous_event`` and ``from_time``.
    """
    texts, event = found.records.select(_OF_RECORD), pl.col("event").fill_null(NO_MESSAGE)
    before = texts[steps["from"]].select(
        pl.col("template").alias("previous"), event.alias("previous_event"), pl.col("time").alias("from_time")
    )
    return steps.drop("time", *_PLACES[0]).hstack(texts[steps["row"]].with_columns(event)).hstack(before)


def _first_known(name: str) -> pl.Expr:
    """The value of the narrowest place that has enough normal steps; null where none has."""
    ranks = range(len(_PLACES))
    return pl.coalesce(pl.when(pl.col(f"n_{rank}") >= _LEAST_NORMAL).then(pl.col(f"{name}_{rank}")) for rank in ranks)


def _steps(found: Outcomes) -> pl.DataFrame:
    """One row a step of each request that has an ID, in the order of the records.

    Returns what ``coded_records`` does, with ``from`` (the row of the record before), ``gap`` (seconds), ``failed``,
    and as codes ``template``, ``previous`` (the template before) and ``endpoint`` (null where not known).
    """
    coded = coded_records(found).with_columns(pl.col("template").to_physical())
    of_request = found.requests.select("failed", pl.col("route").cast(pl.Categorical).to_physical().alias("endpoint"))
    return (
        coded.hstack(of_request[coded["of"]])
        .with_columns(pl.col(old).shift(1).over("of").alias(new) for new, old in _BEFORE.items())
        .filter(pl.col("from").is_not_null())
        .with_columns(((pl.col("time") - pl.col("from_time")).dt.total_microseconds() / 1e6).alias("gap"))
        .drop("from_time")
    )


def is_gap() -> pl.Expr:
    """Tell whether a judged step is a gap worth showing."""
    return (pl.col("gap") >= _LEAST_SECONDS) & (pl.col("gap") >= _BEYOND * pl.col("normal_p99"))


def gap_pattern(found: Outcomes, row: dict[str, Any], alike: int = 1) -> Pattern:
    """Say a gap in words; ``row`` is a row of ``told_steps``."""
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
        unknown=(f"how far normal reaches: only {count} healthy steps were seen",) if count < _ENOUGH_FOR_P99 else (),
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
    """The p99 and the count of each group's steps in its quiet stretches, without those far beyond the others."""
    logged = _quiet(
        steps.select("gap", *keys).with_columns(pl.max_horizontal(pl.col("gap"), _FLOOR_S).log().alias("log")), keys
    )
    middle = pl.col("log").median().over(keys)
    upper = [(pl.col("log").quantile(q, "linear").over(keys) - middle) / z for q, z in ((0.75, 0.674), (0.9, 1.282))]
    spread = pl.max_horizontal(pl.min_horizontal(upper), _LEAST_SPREAD)
    ordinary = logged.filter(pl.col("log") <= middle + _FENCE * spread)
    return ordinary.group_by(keys).agg(
        pl.col("gap").quantile(0.99, "nearest").alias("normal_p99"), pl.len().alias("normal_n")
    )


def _quiet(steps: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Leave out the stretches of time in which a group's usual step takes several times what it takes at its best."""
    chunks = (pl.len().over(keys) // _CHUNK).clip(1, _MOST_CHUNKS)
    place = pl.int_range(pl.len()).over(keys)
    numbered = steps.with_columns((place * chunks // pl.len().over(keys)).alias("chunk"))
    usual = numbered.with_columns(pl.col("log").median().over([*keys, "chunk"]).alias("usual"))
    return usual.filter(pl.col("usual") <= pl.col("usual").min().over(keys) + log(_BEYOND)).drop("chunk", "usual")


def _timeout_nearby(found: Outcomes, row: dict[str, Any], gap: float) -> float | None:
    """A timeout named at or after the gap in the same request that is about as long as the gap."""
    after = found.records.filter((pl.col("request") == row["request"]) & (pl.col("time") >= moment(row["time"])))
    texts = after.head(4).select(pl.concat_str("event", "exception", separator=" ", ignore_nulls=True)).to_series()
    named = [limit for text in texts if text and (limit := timeout_named(text))]
    return next((limit for limit in named if abs(gap - limit) <= _NEAR_TIMEOUT * limit), None)
