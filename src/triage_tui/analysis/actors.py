"""Failures that belong to one user, address or tenant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log
from typing import Any

import polars as pl

from triage_tui.analysis.chance import log_binomial_tail
from triage_tui.analysis.findings_text import moment, ratio
from triage_tui.analysis.request_outcomes import Outcomes, example
from triage_tui.investigation.findings import Pattern

_TENANT = re.compile(
    r"tenant|account|customer|org(anisation|anization)?(_id)?$|workspace|merchant|api_?key", re.IGNORECASE
)
_ADDRESS = re.compile(r"^[0-9a-fA-F.:]*[.:][0-9a-fA-F.:]+$")
_LEAST_ERRORS = 5
_LEAST_SHARE = 0.25  # of all errors; less is one voice among many
_LEAST_LIFT = 3.0  # share of errors over share of requests
_LEAST_EVIDENCE = 7.0


@dataclass(frozen=True, slots=True)
class _Actor:
    field: str
    value: str
    errors: int
    all_errors: int
    share_of_requests: float

    @property
    def share_of_errors(self) -> float:
        return self.errors / self.all_errors

    @property
    def stands_out(self) -> bool:
        enough = self.errors >= _LEAST_ERRORS and self.share_of_errors >= _LEAST_SHARE
        return enough and self.share_of_errors >= _LEAST_LIFT * self.share_of_requests


def actor_patterns(found: Outcomes) -> list[tuple[float, Pattern]]:
    """Find the actor with far more of the errors than of the requests; at most one, the one that explains most.

    The chance is that of a binomial count with the actor's share of the *other* requests, divided over all actors that
    were looked at (Bonferroni).
    """
    tenants = [name for name in found.attributes if _TENANT.search(name)]
    candidates = [one for field in ("user", "client", *tenants) if (one := _busiest(found, field))]
    # Of two names for one actor (a user and the only address used) the first one is told.
    ordered = sorted(enumerate(candidates), key=lambda one: (-round(one[1][0], 6), one[0]))
    return [candidate for _, candidate in ordered[:1]]


def _busiest(found: Outcomes, field: str) -> tuple[float, Pattern] | None:
    requests = found.requests.filter(pl.col(field).is_not_null())
    counts = (
        requests.group_by(field)
        .agg(pl.len().alias("requests"), pl.col("failed").sum().alias("errors"))
        .sort(["errors", field], descending=[True, False])
    )
    if counts.height < 3 or not counts["errors"].item(0):  # noqa: PLR2004 - one of two is no pattern
        return None
    top = counts.row(0, named=True)
    actor = _Actor(
        _name(field, str(top[field])),
        str(top[field]),
        top["errors"],
        int(counts["errors"].sum()),
        top["requests"] / requests.height,
    )
    evidence = -log_binomial_tail(actor.errors, actor.all_errors, actor.share_of_requests) - log(counts.height)
    if evidence < _LEAST_EVIDENCE or not actor.stands_out:
        return None
    first = requests.filter((pl.col(field) == actor.value) & pl.col("failed")).row(0, named=True)
    return evidence, _pattern(actor, first)


def _pattern(actor: _Actor, first: dict[str, Any]) -> Pattern:
    statement = (
        f"{actor.errors} of {actor.all_errors} errors ({ratio(actor.share_of_errors)}) are of "
        f"{actor.field} {actor.value}, which makes {ratio(actor.share_of_requests)} of the requests"
    )
    numbers = {
        "field": actor.field,
        "value": actor.value,
        "share_of_errors": round(actor.share_of_errors, 4),
        "share_of_requests": round(actor.share_of_requests, 4),
        "errors": actor.errors,
    }
    shown = example(first["file"], first["line"])
    return Pattern(
        kind="single_actor", statement=statement, start=moment(first["error_time"]), numbers=numbers, examples=shown
    )


def _name(field: str, value: str) -> str:
    if field == "client":
        return "ip" if _ADDRESS.match(value) else "client"
    return field.removeprefix("attribute:")
