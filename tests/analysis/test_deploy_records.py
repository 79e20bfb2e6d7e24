"""One deploy that several sources record is one change; two deploys of one version are two."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.analysis import log_generator as log
from tests.analysis.test_diagnosis import ALERT, evidence, incident
from triage_tui.analysis.deploy_records import one_row_a_deploy
from triage_tui.analysis.diagnosis import diagnose
from triage_tui.investigation.evidence import EvidenceKind

TAG = {"id": "deploy-v1.4.2", "title": "deploy-v1.4.2: Add the report", "paths": ["api.py"], "diff": "+x"}
COMMIT = {"id": "c80edeb12345", "title": "Add the report", "paths": ["api.py"]}


def joined(**sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    frames = [log.changes(*rows).with_columns(source=pl.lit(name)) for name, rows in sources.items()]
    return one_row_a_deploy(pl.concat(frames)).sort("at").rows(named=True)


def recorded_by(row: dict[str, Any]) -> list[str]:
    return [record["source"] for record in row["records"]]


def test_the_tag_and_the_log_of_a_deploy_are_one_change_of_the_time_when_it_was_finished() -> None:
    (row,) = joined(git=[{**TAG, "at": log.minute(40)}], deploys=[{"id": "v1.4.2", "at": log.minute(43)}])
    assert (row["id"], row["title"], row["diff"]) == (TAG["id"], TAG["title"], "+x")
    assert (row["begun"], row["at"]) == (log.minute(40), log.minute(43))
    assert [(one["source"], one["id"], one["at"]) for one in row["records"]] == [
        ("git", "deploy-v1.4.2", log.minute(40)),
        ("deploys", "v1.4.2", log.minute(43)),
    ]


@pytest.mark.parametrize(
    "record",
    [
        {"id": "1.4.2"},
        {"id": "shop@1.4.2"},
        {"id": "812", "details": ["version v1.4.2"]},
        {"id": "shop-r7", "details": ["image registry.example:5000/team/shop:1.4.2"]},
        {"id": "annotation-8", "title": "Deployed v1.4.2 to production"},
        {"id": "812", "details": ["commit c80edeb"]},
        {"id": "C80EDEB12345AAAABBBB"},
        {"id": "v1.4.2", "service": None},
    ],
    ids=str,
)
def test_a_revision_is_known_by_whatever_name_a_source_gives_it(record: dict[str, Any]) -> None:
    tag = {**TAG, "at": log.minute(40), "details": ["commit c80edeb12345"]}
    assert [recorded_by(row) for row in joined(git=[tag], other=[{**record, "at": log.minute(41)}])] == [
        ["git", "other"]
    ]


@pytest.mark.parametrize(
    "record",
    [
        {"id": "v1.4.20"},
        {"id": "v1.4"},
        {"id": "v1.4.2", "service": "payments"},
        {"id": "v1.4.2", "kind": "flag"},
        {"id": "annotation-8", "title": "Roll back v1.4.2 to v1.4.1"},
        {"id": "latest"},
    ],
    ids=str,
)
def test_what_names_something_else_stays_a_change_of_its_own(record: dict[str, Any]) -> None:
    assert len(joined(git=[{**TAG, "at": log.minute(40)}], other=[{**record, "at": log.minute(40)}])) == 2


def test_a_second_deploy_of_a_version_is_a_second_change() -> None:
    twice = [{"id": "v1.4.2", "at": log.minute(41)}, {"id": "v1.4.2", "at": log.minute(61)}]
    rows = joined(git=[{**TAG, "at": log.minute(40)}], deploys=twice)
    assert [recorded_by(row) for row in rows] == [["git", "deploys"], ["deploys"]]
    lone = joined(git=[{**TAG, "at": log.minute(40)}], deploys=twice[1:])
    assert [recorded_by(row) for row in lone] == [["git"], ["deploys"]]


def test_what_one_source_lists_twice_is_two_deploys_however_close() -> None:
    assert len(joined(deploys=[{"id": "v1.4.2", "at": log.minute(41)}, {"id": "v1.4.2", "at": log.minute(42)}])) == 2


def test_a_counted_tag_goes_with_the_deploy_that_it_counts() -> None:
    tags = [{**TAG, "at": log.minute(40)}, {**TAG, "id": "deploy-v1.4.2-2", "at": log.minute(50)}]
    twice = [{"id": "v1.4.2", "at": log.minute(41)}, {"id": "v1.4.2", "at": log.minute(51)}]
    rows = joined(git=tags, deploys=twice)
    assert [(row["id"], recorded_by(row)) for row in rows] == [
        ("deploy-v1.4.2", ["git", "deploys"]),
        ("deploy-v1.4.2-2", ["git", "deploys"]),
    ]


def test_all_records_of_a_deploy_are_one_change_whatever_their_order() -> None:
    sources = {
        "git": [{**TAG, "at": log.minute(40)}],
        "deploys": [{"id": "v1.4.2", "at": log.minute(43)}],
        "grafana": [{"id": "1.4.2", "at": log.minute(44)}],
        "kubernetes": [{"id": "shop-r7", "at": log.minute(41), "details": ["image shop:1.4.2"]}],
    }
    (row,) = joined(**sources)
    assert recorded_by(row) == ["git", "kubernetes", "deploys", "grafana"]
    assert joined(**dict(reversed(sources.items()))) == [row]


def test_a_commit_went_out_when_its_first_deploy_says_so() -> None:
    later = [{"id": "c80edeb", "at": log.minute(500)}, {"id": "c80edeb", "at": log.minute(700)}]
    rows = joined(git=[{**COMMIT, "at": log.minute(40)}], deploys=later)
    assert [(row["at"], row["begun"], recorded_by(row)) for row in rows] == [
        (log.minute(500), log.minute(500), ["git", "deploys"]),
        (log.minute(700), log.minute(700), ["deploys"]),
    ]
    assert rows[0]["paths"] == ["api.py"]


def test_a_roll_back_keeps_saying_so() -> None:
    back = {"id": "v1.4.2", "title": "Roll back v1.4.3 to v1.4.2", "at": log.minute(41)}
    (row,) = joined(git=[{**TAG, "at": log.minute(40)}], deploys=[back])
    assert row["title"] == back["title"]


def test_a_deploy_during_which_the_trouble_began_is_not_excluded_by_the_time_when_it_was_finished() -> None:
    tag = {"id": "deploy-9", "at": log.minute(39), "routes": list(log.ROUTES), "paths": ["api.py"]}
    more = [("tags", tag), ("deploys", {"id": "9", "at": log.minute(44)})]
    recorded = [evidence(EvidenceKind.CHANGES, log.changes(row), source) for source, row in more]
    others = [one for one in incident() if one.kind is not EvidenceKind.CHANGES]
    (change,) = diagnose([*others, *recorded], ALERT, window=log.WINDOW).changes
    assert (change.verdict, change.at) == ("prime", log.minute(44))
    assert [one.name for one in change.sources] == ["tags", "deploys"]
    assert any("while it went out" in reason for reason in change.speaks_for)


def titles(*rows: dict[str, Any]) -> list[str]:
    return [str(row["title"]) for row in joined(deploys=list(rows))]


def deploy(revision: str, minute: int, title: str = "Deploy", **other: object) -> dict[str, Any]:
    return {"id": revision, "at": log.minute(minute), "title": title, **other}


def test_a_deploy_of_the_revision_before_is_told_as_a_rollback_and_what_comes_back_after_it_is_not() -> None:
    told = titles(
        *(deploy(one, 10 * n) for n, one in enumerate(("v1", "v1.2", "v1.3", "v1.2", "v1.2", "v1.3", "v1.1")))
    )
    assert told == ["Deploy"] * 3 + ["Roll back to v1.2: Deploy", "Deploy", "Deploy", "Deploy"]


def test_a_second_tag_of_a_version_is_told_as_a_rollback_to_it() -> None:
    tags = [deploy("deploy-v1.4.1", 0), deploy("deploy-v1.4.2", 10), deploy("deploy-v1.4.1-2", 20)]
    assert titles(*tags)[-1] == "Roll back to v1.4.1: Deploy"


def test_what_was_made_but_not_deployed_and_other_services_make_no_rollback() -> None:
    told = titles(
        deploy("v1.4.1", 0), deploy("c80edeb12345", 5, paths=["a.py"]), deploy("v7.1", 6, service="payments"),
        deploy("v1.4.1", 10), deploy("v1.4.2", 20), deploy("v1.4.1", 30, "Rollback, the pool runs dry"),
    )  # fmt: skip
    assert told[:-1] == ["Deploy"] * 5
    assert told[-1] == "Rollback, the pool runs dry"
