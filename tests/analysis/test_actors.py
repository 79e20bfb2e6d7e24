from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.log_patterns import log_patterns


@pytest.mark.parametrize("seed", range(5))
def test_one_user_with_most_of_the_errors_is_named(seed: int) -> None:
    records = log.requests(seed, noise=0.02)
    busy, _ = Counter(record["user"] for record in records).most_common(1)[0]
    log.fail_some(records, "invalid token", 0.8, seed, lambda one: one["user"] == busy)
    for record in records:
        record["client"] = f"10.1.0.{int(record['user'][1:]) % 7}"
    first = log_patterns(log.frame(records))[0]
    assert (first.kind, first.numbers["field"], first.numbers["value"]) == ("single_actor", "user", busy)
    assert first.numbers["share_of_errors"] > 0.3
    assert first.numbers["share_of_requests"] < 0.05


@pytest.mark.parametrize("seed", range(5))
def test_one_address_behind_many_users_is_named_as_the_ip(seed: int) -> None:
    records = log.requests(seed, noise=0.02)
    for record in random.Random(seed).sample(records, 50):
        record["client"] = "203.0.113.9"
    log.fail_some(records, "invalid token", 0.8, seed, lambda one: one["client"] == "203.0.113.9")
    first = log_patterns(log.frame(records))[0]
    assert (first.kind, first.numbers["field"], first.numbers["value"]) == ("single_actor", "ip", "203.0.113.9")


def test_a_tenant_in_the_attributes_is_an_actor_too() -> None:
    records = log.requests(3, noise=0.02)
    chance = random.Random(1)
    for record in records:
        record["user"] = record["client"] = None
        record["attributes"] = json.dumps({"tenant": f"t{chance.randint(1, 22)}"})
    log.fail_some(records, "quota exceeded", 0.7, 3, lambda one: '"t4"' in one["attributes"])
    first = log_patterns(log.frame(records))[0]
    assert (first.kind, first.numbers["field"], first.numbers["value"]) == ("single_actor", "tenant", "t4")


def test_a_burst_of_one_user_is_told_as_that_user_first() -> None:
    records = log.requests(6, noise=0.02)
    for record in random.Random(6).sample(records, 90):
        record["user"] = "u500"
    log.fail_some(
        records, "quota exceeded", 0.8, 6, lambda one: one["user"] == "u500" and one["time"] >= log.minute(40)
    )
    found = log_patterns(log.frame(records))
    assert (found[0].kind, found[0].numbers["value"]) == ("single_actor", "u500")


def test_a_busy_user_with_a_fair_share_of_errors_is_no_finding() -> None:
    records = log.requests(4, noise=0.05)
    for record in records[::3]:
        record["user"] = "u1"
    assert log_patterns(log.frame(records)) == ()


def test_three_errors_of_one_user_are_too_few() -> None:
    records = log.requests(5, noise=0.0)
    for record in [one for one in records if one["user"] == "u9"][:3]:
        log.fail(record, "invalid token")
    assert log_patterns(log.frame(records)) == ()
