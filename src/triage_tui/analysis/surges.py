"""Sudden increases of a failure: the interval in which its share of the requests is highest, against the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.analysis.findings_text import clock, moment, one_line, rate, ratio, seconds
from triage_tui.analysis.request_outcomes import Outcomes, example
from triage_tui.investigation.change import change_name
from triage_tui.investigation.findings import Pattern

FloatArray = npt.NDArray[np.float64]

DEPLOY_REACH = timedelta(minutes=10)  # a deploy this long before a step may be its cause
_BINS = 240
_MOST_TEMPLATES = 40
# Below these a surge is not worth a page: chance makes them, or they are over before anyone looks.
_LEAST_ERRORS, _LEAST_RATIO = 6, 3.0
# Of all runs of bins the densest looks dense by chance; a deploy just before leaves few runs to choose from.
_LEAST_EVIDENCE, _LEAST_AFTER_DEPLOY = 16.0, 9.0


@dataclass(frozen=True, slots=True)
class Surge:
    """A template's failures where they are densest; rates are a minute, ``deploy`` is a row of CHANGES before it."""

    template: str
    message: str
    start: datetime
    end: datetime
    errors: int
    requests: int
    before_per_min: float
    after_per_min: float
    evidence: float
    file: str | None
    line: int | None
    deploy: dict[str, Any] | None


def find_surges(found: Outcomes, changes: pl.DataFrame | None = None) -> tuple[Surge, ...]:
    """Find each template's surge, the most evident first; ``changes`` follows ``frame_schema(CHANGES)``."""
    failures = found.failures
    if failures.height < _LEAST_ERRORS:
        return ()
    counts = failures.group_by("template").len().sort(["len", "template"], descending=[True, False])
    names = counts.filter(pl.col("len") >= _LEAST_ERRORS)["template"].to_list()[:_MOST_TEMPLATES]
    surges = [_surge_of(found, failures.filter(pl.col("template") == name), changes) for name in names]
    return tuple(sorted((one for one in surges if one), key=lambda one: (-one.evidence, one.template)))


def surge_patterns(found: Outcomes, surges: Sequence[Surge], *, changes_known: bool) -> list[tuple[float, Pattern]]:
    """Say each surge in words, with its evidence; one surge of several templates at once is told by its strongest."""
    told: list[Surge] = []
    for surge in surges:
        if not any(_meet(surge, other) for other in told):
            told.append(surge)
    patterns = [_pattern(found, one, changes_known=changes_known) for one in told]
    # A surge that is one user's affair is told after that user.
    evidence = [0.0 if _is_of_one_actor(found, one) else one.evidence for one in told]
    return list(zip(evidence, patterns, strict=True))


def deploy_before(changes: pl.DataFrame | None, start: datetime, service: str | None) -> dict[str, Any] | None:
    """The deploy that precedes a moment by up to ten minutes: one of this service first, then the last one."""
    if changes is None or changes.is_empty():
        return None
    joined = "records" in changes.columns  # a change of settings with a record that it went out is a deploy, too
    is_deploy = (pl.col("kind") == "deploy") | (pl.col("records").list.len() > 1 if joined else pl.lit(value=False))
    deploys, begun = changes.filter(is_deploy), pl.col("begun" if joined else "at")
    near = deploys.filter((begun <= start) & (pl.col("at") >= start - DEPLOY_REACH))
    ranked = near.with_columns(pl.col("service").eq_missing(pl.lit(service, pl.String)).alias("same"))
    ordered = ranked.sort(["same", "at", "id"], descending=[True, True, False])
    return ordered.row(0, named=True) if ordered.height else None


def _surge_of(found: Outcomes, failures: pl.DataFrame, changes: pl.DataFrame | None) -> Surge | None:
    bins = _bins(found.requests)
    places = _bin_of(failures["time"], bins)
    bad = np.bincount(places, minlength=len(bins)).astype(np.float64)
    total = np.bincount(_bin_of(found.requests["time"], bins), minlength=len(bins)).astype(np.float64)
    first, last, evidence = densest(bad, total)
    inside = failures.filter(pl.Series((places >= first) & (places <= last)))
    if inside.height < _LEAST_ERRORS:
        return None
    services = inside["service"].drop_nulls().mode().sort().to_list()
    deploy = deploy_before(changes, moment(inside["error_time"].min()), services[0] if services else None)
    if evidence < _enough_evidence(deploy, inside):
        return None
    surge = _measured(found, failures, inside, evidence, deploy)
    return surge if surge.after_per_min >= _LEAST_RATIO * surge.before_per_min else None


def _enough_evidence(deploy: dict[str, Any] | None, inside: pl.DataFrame) -> float:
    """Less is enough right after a deploy, as the start is not one of many then."""
    if deploy is None:
        return _LEAST_EVIDENCE
    lag = moment(inside["error_time"].min()) - moment(deploy["at"])
    return _LEAST_AFTER_DEPLOY + (_LEAST_EVIDENCE - _LEAST_AFTER_DEPLOY) * max(lag / DEPLOY_REACH, 0.0)


def _measured(
    found: Outcomes, failures: pl.DataFrame, inside: pl.DataFrame, evidence: float, deploy: dict[str, Any] | None
) -> Surge:
    start, end = moment(inside["error_time"].min()), moment(inside["error_time"].max())
    minutes_before = (start - moment(found.requests["time"].min())).total_seconds() / 60
    row = inside.sort("error_time", "request").row(0, named=True)
    return Surge(
        template=row["template"],
        message=_message(found, inside, row["template"]),
        start=start,
        end=end,
        errors=inside.height,
        requests=found.requests.filter(pl.col("time").is_between(start, end)).height,
        before_per_min=failures.filter(pl.col("error_time") < start).height / max(minutes_before, 1),
        after_per_min=inside.height / max((end - start).total_seconds() / 60, 1),
        evidence=evidence,
        file=row["file"],
        line=row["line"],
        deploy=deploy,
    )


def _message(found: Outcomes, inside: pl.DataFrame, template: str) -> str:
    """The message itself where the failing records of these requests all say the same, else the template."""
    said = found.records.filter(pl.col("failing") & (pl.col("template") == template))
    messages = said.join(inside.select("request"), on="request", how="semi")["event"].unique().to_list()
    # The records of an access log have no message.
    return one_line((messages[0] if len(messages) == 1 else None) or template)


def densest(bad: FloatArray, total: FloatArray) -> tuple[int, int, float]:
    """Find the run of bins whose failure share stands out most: first bin, last bin, evidence (log likelihood ratio).

    Kulldorff's scan statistic (A spatial scan statistic, 1997) with the Bernoulli model over all runs of bins, so that
    it is traffic-neutral.
    """
    sums_bad, sums = np.concatenate([[0], np.cumsum(bad)]), np.concatenate([[0], np.cumsum(total)])
    inside_bad = sums_bad[None, :] - sums_bad[:, None]
    inside = sums[None, :] - sums[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        evidence = (
            _log_likelihood(inside_bad, inside)
            + _log_likelihood(sums_bad[-1] - inside_bad, sums[-1] - inside)
            - _log_likelihood(sums_bad[-1:], sums[-1:])
        )
        higher = inside_bad * sums[-1] > sums_bad[-1] * inside
    evidence = np.where(np.triu(higher, 1), evidence, -np.inf)
    best = int(np.argmax(evidence))
    first, after = divmod(best, len(sums))
    return first, after - 1, float(evidence[first, after])


def _log_likelihood(bad: FloatArray, total: FloatArray) -> FloatArray:
    good = total - bad
    terms = np.where(bad > 0, bad * np.log(bad / total), 0) + np.where(good > 0, good * np.log(good / total), 0)
    return np.asarray(terms, dtype=np.float64)


def _bins(requests: pl.DataFrame) -> FloatArray:
    """Start times of bins with equally many requests each, microseconds since 1970."""
    times = np.sort(requests["time"].dt.epoch("us").to_numpy())
    step = max(len(times) // _BINS, 1)
    return np.unique(times[::step]).astype(np.float64)


def _bin_of(times: pl.Series, bins: FloatArray) -> npt.NDArray[np.int64]:
    return np.searchsorted(bins, times.dt.epoch("us").to_numpy(), side="right").astype(np.int64) - 1


def _meet(one: Surge, other: Surge) -> bool:
    return one.start <= other.end and other.start <= one.end


def _pattern(found: Outcomes, surge: Surge, *, changes_known: bool) -> Pattern:
    everyone = None if surge.deploy else _everyone(found, surge)
    numbers: dict[str, Any] = {
        "template": surge.template,
        "before_per_min": round(surge.before_per_min, 3),
        "after_per_min": round(surge.after_per_min, 3),
        "after_deploy": surge.deploy["id"] if surge.deploy else None,
        "errors": surge.errors,
        "requests": surge.requests,
    }
    if everyone:
        numbers |= {"actors": everyone[0], "share_hit": round(everyone[0] / everyone[1], 4)}
    return Pattern(
        kind="everyone" if everyone else "error_surge",
        statement=_statement(surge, everyone) + _deploy_in_words(surge, changes_known=changes_known),
        start=surge.start,
        numbers=numbers,
        examples=example(surge.file, surge.line),
        unknown=() if changes_known else ("whether a deploy came before: no change history was read",),
    )


def _statement(surge: Surge, everyone: tuple[int, int] | None) -> str:
    rates = f"{rate(surge.before_per_min)} before, {rate(surge.after_per_min)} from {clock(surge.start)}"
    if everyone is None:
        return f"{surge.message}: {rates}"
    actors, active = everyone
    return f"{surge.message}: {rates}, for {actors} of {active} users ({ratio(actors / active)}) at once"


def _deploy_in_words(surge: Surge, *, changes_known: bool) -> str:
    if surge.deploy is not None:
        lag = (surge.start - moment(surge.deploy["at"])).total_seconds()
        when = f"{seconds(lag)} after" if lag >= 0 else "during"
        return f", {when} {change_name(surge.deploy['kind'], surge.deploy['id'])}"
    return ", with no deploy in the 10 min before" if changes_known else ""


def _is_of_one_actor(found: Outcomes, surge: Surge) -> bool:
    hit = found.failures.filter(
        (pl.col("template") == surge.template) & pl.col("error_time").is_between(surge.start, surge.end)
    )
    counts = [hit[field].drop_nulls().value_counts()["count"].max() for field in ("user", "client")]
    return any(isinstance(most, int) and most > hit.height / 2 for most in counts)


def _everyone(found: Outcomes, surge: Surge) -> tuple[int, int] | None:
    """Users hit and users active during the surge; None where users are not known or it is one user's affair."""
    during = found.requests.filter(pl.col("time").is_between(surge.start, surge.end))
    field = next((name for name in ("user", "client") if during[name].is_not_null().any()), None)
    if field is None:
        return None
    actors = during.filter(pl.col("failed") & (pl.col("template") == surge.template))[field].drop_nulls().n_unique()
    active = during[field].drop_nulls().n_unique()
    return (actors, active) if actors > 2 else None  # noqa: PLR2004 - one or two users are not everyone
