from __future__ import annotations

import json
import random

import polars as pl
import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.attributes import rank_sets
from triage_tui.analysis.log_patterns import log_patterns
from triage_tui.analysis.request_counts import count_patterns
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.time_window import TimeWindow


def in_south(record: log.Record) -> bool:
    return bool(json.loads(record["attributes"])["region"] == "south")


def fail_in_many_ways(records: list[log.Record], share: float, seed: int, where: object) -> None:
    assert callable(where)
    for number, message in enumerate(log.NOISE):
        log.fail_some(
            records, message.format(n=number), share / 3, seed + number, lambda one: one["status"] == 200 and where(one)
        )


@pytest.mark.parametrize("seed", range(5))
def test_one_attribute_that_separates_failures_is_named(seed: int) -> None:
    records = log.requests(seed)
    fail_in_many_ways(records, 0.5, seed, lambda one: one["route"] == "POST /pay")
    first = log_patterns(log.frame(records))[0]
    assert (first.kind, first.numbers["set"]) == ("attribute", {"route": "POST /pay"})
    assert first.numbers["share_bad"] > 0.7
    assert first.numbers["share_good"] < 0.3
    assert first.numbers["excess"] > 20


@pytest.mark.parametrize("seed", range(5))
def test_two_attributes_are_named_where_both_are_needed(seed: int) -> None:
    records = log.requests(seed)
    fail_in_many_ways(records, 0.7, seed, lambda one: one["host"] == "app-c" and in_south(one))
    first = log_patterns(log.frame(records))[0]
    assert (first.kind, first.numbers["set"]) == ("attribute", {"host": "app-c", "region": "south"})


def test_nothing_is_ranked_without_fields_or_rows() -> None:
    assert rank_sets(pl.DataFrame({"bad": [1.0], "total": [2.0]}), ()) == []
    assert rank_sets(pl.DataFrame({"a": [], "bad": [], "total": []}, schema_overrides={"a": pl.String}), ("a",)) == []


def counts(bad_at: int | None, seed: int = 1) -> pl.DataFrame:
    """Ten minutes of counts by country and carrier; from one minute on, one pair of them fails."""
    chance = random.Random(seed)
    rows = []
    for number in range(10):
        for country in ("at", "de", "ch"):
            for carrier in ("a", "b", "c", "d"):
                total = chance.randint(400, 600)
                broken = bad_at is not None and number >= bad_at and (country, carrier) == ("de", "b")
                bad = round(total * (0.3 if broken else 0.02) * chance.uniform(0.9, 1.1))
                rows.append((log.minute(number), float(bad), float(total), country, carrier))
    schema = dict(frame_schema(EvidenceKind.REQUEST_COUNTS)) | {"country": pl.String(), "carrier": pl.String()}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize("told", [True, False])
def test_the_failing_set_of_minute_counts_comes_first_whether_the_window_is_told_or_not(told: bool) -> None:
    window, baseline = TimeWindow(log.minute(8), log.minute(10)), TimeWindow(log.minute(0), log.minute(8))
    found = count_patterns(counts(bad_at=8), window if told else None, baseline if told else None)
    assert found[0].numbers["set"] == {"carrier": "b", "country": "de"}
    assert found[0].numbers["excess"] > 200


def test_calm_counts_have_no_failing_set() -> None:
    assert count_patterns(counts(bad_at=None), None, None) == ()


def test_counts_without_times_or_rows_are_survived() -> None:
    assert count_patterns(counts(bad_at=None).head(0), None, None) == ()
    timeless = counts(bad_at=0).with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("time"))
    assert count_patterns(timeless, None, None)[0].numbers["set"] == {"carrier": "b", "country": "de"}
