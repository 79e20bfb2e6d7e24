from __future__ import annotations

import random
from collections.abc import Callable

import polars as pl
import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.log_patterns import log_patterns
from triage_tui.analysis.traces import trace
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.time_window import TimeWindow

DEPLOY = log.changes({"id": "d", "at": log.minute(33)})


def surge(seed: int) -> list[log.Record]:
    records = log.requests(seed, noise=0.03)
    log.fail_some(records, "KeyError: rate", 0.2, seed, lambda one: one["time"] >= log.minute(34))
    return records


def beat(seed: int) -> list[log.Record]:
    records = log.requests(seed, noise=0.03)
    for record in records[:: 5 + seed % 4]:
        log.fail(record, "stale connection")
    return records


def actor(seed: int) -> list[log.Record]:
    records = log.requests(seed, noise=0.03)
    for record in random.Random(seed).sample(records, 45):
        record["user"] = "u999"
    log.fail_some(records, "invalid token", 0.6, seed, lambda one: one["user"] == "u999")
    return records


def place(seed: int) -> list[log.Record]:
    records = log.requests(seed, noise=0.03)
    for number, message in enumerate(log.NOISE):
        log.fail_some(records, message.format(n=7), 0.2, seed + number, lambda one: one["host"] == "app-a")
    return records


def calm(seed: int) -> list[log.Record]:
    return log.requests(seed, noise=0.03)


STORIES: dict[str, Callable[[int], list[log.Record]]] = {
    "error_surge": surge, "every_n": beat, "single_actor": actor, "attribute": place, "none": calm,
}  # fmt: skip


def test_the_first_finding_is_the_story_that_was_told_nine_times_in_ten() -> None:
    right = total = alarms = 0
    for story, tell in STORIES.items():
        for seed in range(12):
            found = log_patterns(log.frame(tell(seed)), changes=DEPLOY)
            first = found[0].kind if found else "none"
            right, total = right + (first == story), total + 1
            alarms += story == "none" and first != "none"
    assert right / total >= 0.9
    assert alarms == 0


def test_an_empty_log_shows_nothing() -> None:
    assert log_patterns(pl.DataFrame(schema=frame_schema(EvidenceKind.LOGS))) == ()


@pytest.mark.parametrize("column", ["request_id", "level", "user", "route", "host", "attributes", "file", "service"])
def test_a_column_that_is_unknown_throughout_is_survived(column: str) -> None:
    logs = log.frame(surge(1)).with_columns(pl.lit(None).cast(pl.String).alias(column))
    assert log_patterns(logs, changes=DEPLOY)[0].kind == "error_surge"


def test_a_log_with_nothing_but_times_shows_nothing() -> None:
    schema = frame_schema(EvidenceKind.LOGS)
    logs = log.frame(surge(2)).select(
        pl.col(name) if name == "time" else pl.lit(None, schema[name]).alias(name) for name in schema
    )
    assert log_patterns(logs) == ()


def test_records_without_a_time_are_left_out() -> None:
    logs = log.frame(surge(3))
    timeless = logs.with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("time"))
    assert log_patterns(timeless) == ()
    assert log_patterns(pl.concat([logs, timeless]), changes=DEPLOY) == log_patterns(logs, changes=DEPLOY)


def test_one_request_shows_nothing() -> None:
    assert log_patterns(log.frame(log.requests(4)[:1])) == ()


def test_errors_are_told_by_their_words_where_nothing_else_tells_them() -> None:
    logs = log.frame(surge(5)).with_columns(
        pl.lit(None, pl.String).alias("level"), pl.lit(None, pl.Int32).alias("status"),
        pl.col("event").str.replace("KeyError: rate", "lookup failed: rate"),
    )  # fmt: skip
    assert log_patterns(logs, changes=DEPLOY)[0].kind == "error_surge"


def test_records_outside_the_window_do_not_count() -> None:
    before = TimeWindow(log.minute(0), log.minute(33))
    assert log_patterns(log.frame(surge(6)), changes=DEPLOY, window=before) == ()


def test_attributes_that_are_no_json_objects_are_ignored() -> None:
    logs = log.frame(surge(7)).with_columns(pl.lit("not json").alias("attributes"))
    assert log_patterns(logs, changes=DEPLOY)[0].kind == "error_surge"


@pytest.mark.parametrize("seed", range(20))
def test_logs_with_holes_anywhere_are_survived(seed: int) -> None:
    chance = random.Random(seed)
    logs = log.frame(log.requests(seed, noise=0.1)).sample(fraction=chance.choice([0.02, 0.5, 1.0]), seed=seed)
    for column in logs.columns:
        share = chance.choice([0.0, 0.0, 0.5, 1.0])
        gone = pl.Series([chance.random() < share for _ in range(logs.height)], dtype=pl.Boolean)
        logs = logs.with_columns(pl.when(gone).then(None).otherwise(pl.col(column)).alias(column))
    found = log_patterns(logs, changes=DEPLOY)
    assert found == log_patterns(logs.reverse(), changes=DEPLOY)
    assert trace(logs, "anything").records == ()


@pytest.mark.parametrize(
    ("column", "told"),
    [("request_id", "without request IDs"), ("user", "how many users"), ("host", "names its host"), (None, None)],
)
def test_a_pattern_says_what_it_could_not_know(column: str | None, told: str | None) -> None:
    logs = log.frame(beat(8) if column == "host" else surge(8))
    if column is not None:
        logs = logs.with_columns(pl.lit(None, pl.String).alias(column))
    unknown = log_patterns(logs, changes=DEPLOY)[0].unknown
    assert [text for text in unknown if told is None or told not in text] == []
    assert len(unknown) == (told is not None)


def test_a_surge_without_a_change_history_says_so() -> None:
    assert "no change history" in log_patterns(log.frame(surge(8)))[0].unknown[0]
