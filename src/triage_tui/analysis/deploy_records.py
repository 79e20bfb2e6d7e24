"""A deploy is recorded by its tag in git, the deploy log, the cluster, an annotation: it is one change.

Two records are of one deploy where different sources name the same revision of the same service, close in time, and
each record belongs to one deploy only; so the second deploy of a version stays one of its own. The rule is the
project's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import combinations
from typing import Any

import polars as pl

from triage_tui.analysis.revision_names import names_of
from triage_tui.analysis.rollbacks import says_rollback, told_as_rollbacks

Row = dict[str, Any]

SAME_DEPLOY = timedelta(minutes=15)
"""A deploy is begun, tagged, finished and annotated within this time; what comes later is the next one."""
REVISION_WAITS = timedelta(hours=24)
"""A revision has the time at which it was made; its first deploy within this time is when it went out."""
_DEPLOY_KINDS = frozenset({"deploy", "config", "dependency"})
_RECORD = pl.Struct({"source": pl.String(), "id": pl.String(), "at": pl.Datetime("us", "UTC")})


def one_row_a_deploy(changes: pl.DataFrame) -> pl.DataFrame:
    """Join the records of a deploy in a CHANGES frame that has a column ``source``.

    Adds ``records``, a list of {source, id, at}, and ``begun``, the earliest time that is known of the deploy itself;
    ``at`` becomes the latest, when it was finished. Id, paths, routes and diff are those of the revision where a
    repository knows it. The title of a rollback says that it is one.
    """
    rows = list(
        changes.with_row_index("row").sort("at", "id", "title", "source", nulls_last=True).iter_rows(named=True)
    )
    joined = [_joined(group) for group in _groups(rows)]
    deploys = sorted(filter(_is_deploy, joined), key=lambda row: row["at"])
    told = dict(zip(map(id, deploys), told_as_rollbacks(deploys), strict=True))
    joined = [told.get(id(row), row) for row in joined]
    schema = changes.schema | {"records": pl.List(_RECORD), "begun": pl.Datetime("us", "UTC")}
    return pl.DataFrame([{name: row[name] for name in schema} for row in joined], schema=schema, orient="row")


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """Join the nearest pairs first; a source has no two records of one deploy."""
    groups = {row["row"]: [row] for row in rows}
    for one, other in sorted(_pairs(rows), key=lambda pair: _distance(*pair)):
        ours, theirs = groups[one["row"]], groups[other["row"]]
        if all(_may_be_one(mine, yours) for mine in ours for yours in theirs):
            ours += theirs
            for row in theirs:
                groups[row["row"]] = ours
    return list({id(group): group for group in groups.values()}.values())


def _pairs(rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Give the records of different sources that name the same revision and may be of one deploy, each pair once."""
    by_name: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for name in names_of(row) if row["at"] is not None and row["kind"] in _DEPLOY_KINDS else ():
            by_name[name].append(row)
    pairs = (pair for named in by_name.values() for pair in combinations(named, 2) if _may_be_one(*pair))
    yield from {(one["row"], other["row"]): (one, other) for one, other in pairs}.values()


def _may_be_one(one: Row, other: Row) -> bool:
    services = {one["service"], other["service"]} - {None}
    return one["source"] != other["source"] and len(services) < 2 and _close(one, other)  # noqa: PLR2004 - one is known


def _close(one: Row, other: Row) -> bool:
    if _is_made(one) == _is_made(other):
        return _apart(one, other) <= SAME_DEPLOY
    made, deployed = (one, other) if _is_made(one) else (other, one)
    waited: timedelta = deployed["at"] - made["at"]
    return -SAME_DEPLOY <= waited <= REVISION_WAITS


def _distance(one: Row, other: Row) -> tuple[bool, timedelta, str, str]:
    """Order pairs: those that name the revision alike before those by a counted tag, then the nearest."""
    exact = bool(set(names_of(one)[:1]) & set(names_of(other)[:1]))
    return not exact, _apart(one, other), str(one["id"]), str(other["id"])


def _apart(one: Row, other: Row) -> timedelta:
    apart: timedelta = abs(one["at"] - other["at"])
    return apart


def _is_made(row: Row) -> bool:
    """Tell a revision from a repository, whose time is its own, from a record that it went out."""
    return bool(row["paths"]) and not str(row["id"]).startswith("deploy")


def _is_deploy(row: Row) -> bool:
    """Tell what went out from what was only made, and from flags and the like."""
    went_out = len(row["records"]) > 1 or not _is_made(row)
    return went_out and row["at"] is not None and row["kind"] in _DEPLOY_KINDS


def _joined(group: Sequence[Row]) -> Row:
    ordered = sorted(group, key=lambda row: (row["at"], row["source"], str(row["id"])))
    records = [{"source": row["source"], "id": row["id"], "at": row["at"]} for row in ordered]
    deployed = [row for row in ordered if not _is_made(row)] or ordered
    if len(ordered) == 1:
        return {**ordered[0], "records": records, "begun": ordered[0]["at"]}
    told = next((row for row in ordered if row["paths"]), deployed[-1])
    back = next((row["title"] for row in ordered if says_rollback(row)), None)
    return {
        **told,
        "kind": next((row["kind"] for row in (told, *ordered) if row["kind"] != "deploy"), "deploy"),
        "service": next((row["service"] for row in (told, *ordered) if row["service"] is not None), None),
        "at": deployed[-1]["at"],
        "begun": deployed[0]["at"],
        "title": back or told["title"],
        "author": next((row["author"] for row in (told, *ordered) if row["author"]), None),
        "routes": told["routes"] or next((row["routes"] for row in ordered if row["routes"]), []),
        "records": records,
    }
