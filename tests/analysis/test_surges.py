from __future__ import annotations

import polars as pl
import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.log_patterns import log_patterns

BROKEN = "KeyError: total_v2"


def surging(seed: int, share: float = 0.35, until: float = 60) -> pl.DataFrame:
    records = log.requests(seed)
    log.fail_some(records, BROKEN, share, seed, lambda one: log.minute(35) <= one["time"] < log.minute(until))
    return log.frame(records)


@pytest.mark.parametrize("seed", range(6))
def test_a_new_error_after_a_deploy_names_the_deploy(seed: int) -> None:
    deploys = log.changes({"id": "old", "at": log.minute(3)}, {"id": "new", "at": log.minute(34)})
    first = log_patterns(surging(seed), changes=deploys)[0]
    assert (first.kind, first.numbers["after_deploy"]) == ("error_surge", "new")
    assert first.numbers["template"] == "KeyError: <*>"
    assert BROKEN in first.statement
    assert first.start is not None
    assert log.minute(34) <= first.start <= log.minute(37)
    assert first.numbers["before_per_min"] == 0
    assert first.numbers["after_per_min"] > 1
    assert first.examples[0].file == "shop.log"


@pytest.mark.parametrize("seed", range(6))
def test_errors_of_everyone_with_no_deploy_before_are_told_with_their_share_of_users(seed: int) -> None:
    first = log_patterns(surging(seed), changes=log.changes({"id": "old", "at": log.minute(3)}))[0]
    assert first.kind == "everyone"
    assert first.numbers["actors"] > 10
    assert 0.2 < first.numbers["share_hit"] <= 1


def test_a_config_change_before_a_surge_is_no_deploy() -> None:
    config = log.changes({"id": "c", "kind": "config", "at": log.minute(34)})
    assert log_patterns(surging(0), changes=config)[0].numbers["after_deploy"] is None


def test_a_deploy_of_the_failing_service_is_named_before_a_later_one_of_another() -> None:
    deploys = log.changes({"id": "own", "at": log.minute(31)}, {"id": "other", "service": "mail", "at": log.minute(34)})
    assert log_patterns(surging(1), changes=deploys)[0].numbers["after_deploy"] == "own"


def test_without_users_a_surge_is_an_error_surge_after_no_deploy() -> None:
    anonymous = surging(2).with_columns(pl.lit(None, pl.String).alias("user"), pl.lit(None, pl.String).alias("client"))
    first = log_patterns(anonymous)[0]
    assert (first.kind, first.numbers["after_deploy"]) == ("error_surge", None)


def test_without_a_change_history_nothing_is_said_of_deploys_but_that_they_are_unknown() -> None:
    unknown, known = log_patterns(surging(2))[0], log_patterns(surging(2), changes=log.changes())[0]
    assert "deploy" not in unknown.statement
    assert "no change history" in unknown.unknown[0]
    assert "no deploy in the 10 min before" in known.statement
    assert known.unknown == ()


def test_more_traffic_with_the_same_share_of_errors_is_no_surge() -> None:
    records = log.requests(7, noise=0.03)
    records += [one for one in log.requests(8, per_minute=24, noise=0.03) if one["time"] >= log.minute(40)]
    assert log_patterns(log.frame(records)) == ()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.06])
def test_a_calm_log_shows_nothing(seed: int, noise: float) -> None:
    deploys = log.changes({"id": "d", "at": log.minute(12)})
    assert log_patterns(log.frame(log.requests(100 + seed, noise=noise)), changes=deploys) == ()


def test_the_order_of_rows_changes_nothing() -> None:
    logs = surging(3)
    assert log_patterns(logs) == log_patterns(logs.sample(fraction=1.0, shuffle=True, seed=4))


def test_a_surge_in_a_log_without_messages_is_told_too() -> None:
    records = surging(0).with_columns(event=pl.lit(None, pl.String), exception=pl.lit(None, pl.String))
    assert "(no message)" in log_patterns(records)[0].statement
