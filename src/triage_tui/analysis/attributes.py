"""Which attributes the failures have in common: sets such as {route, host} that separate bad requests from good."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import polars as pl

from triage_tui.analysis.chance import likelihood_ratio
from triage_tui.analysis.findings_text import moment, ratio
from triage_tui.analysis.request_outcomes import Outcomes, example
from triage_tui.investigation.findings import Pattern
from triage_tui.investigation.time_window import TimeWindow

_MOST_VALUES = 60  # a field with more is an identifier
_LARGEST_SET = 3
_LEAST_BAD = 6
_LEAST_EVIDENCE = 10.0
_LEAST_SHARE = 0.4
_LEAST_LIFT = 2.5
_KEPT = 0.75  # of the excess that a longer set must keep
_PURER = 1.3  # times the failure share that a longer set must reach


@dataclass(frozen=True, slots=True)
class AttributeSet:
    """A set of attribute values, its counts, and how many failures it has beyond the share elsewhere."""

    values: tuple[tuple[str, str], ...]
    bad: float
    total: float
    all_bad: float
    all_total: float
    evidence: float

    @property
    def purity(self) -> float:
        """The failure share inside."""
        return self.bad / self.total if self.total else 0.0

    @property
    def elsewhere(self) -> float:
        """The failure share outside."""
        outside = self.all_total - self.total
        return (self.all_bad - self.bad) / outside if outside > 0 else 0.0

    @property
    def excess(self) -> float:
        """Failures beyond what the share elsewhere would bring."""
        return self.bad - self.total * self.elsewhere


def rank_sets(cells: pl.DataFrame, fields: tuple[str, ...], top: int = 3) -> list[AttributeSet]:
    """Rank the attribute sets in which the failures sit, best first.

    ``cells`` has one String column a field, ``bad`` and ``total`` (Float64). Single attributes are ranked by the
    likelihood ratio of two failure shares against one; each is then extended by further attributes only while the
    failure share rises and most of the excess stays.
    """
    summed = cells.group_by(fields).agg(pl.col("bad").sum(), pl.col("total").sum()) if fields else cells.head(0)
    all_bad, all_total = float(summed["bad"].sum()), float(summed["total"].sum())
    if not fields or all_bad <= 0:
        return []
    starts = [one for size in range(1, _LARGEST_SET + 1) for one in _sets(summed, fields, size, all_bad, all_total)]
    best = sorted(starts, key=lambda one: (-one.evidence, len(one.values), one.values))[: 4 * top]
    settled: list[AttributeSet] = []
    for one in best:
        simple = _simplest(one, starts)
        if simple not in settled:
            settled.append(simple)
    return settled[:top]


def attribute_patterns(found: Outcomes) -> list[tuple[float, Pattern]]:
    """Tell the attribute set that separates failing from good requests in the logs, if one does clearly."""
    fields = tuple(name for name in ("service", "host", "route", *found.attributes) if _is_category(found, name))
    if not fields or found.failures.height < _LEAST_BAD:
        return []
    filled = found.requests.select(
        *(pl.col(name).fill_null("") for name in fields),
        pl.col("failed").cast(pl.Float64).alias("bad"),
        pl.lit(1.0).alias("total"),
    )
    clear = [one for one in rank_sets(filled, fields) if _is_clear(one)]
    return [(one.evidence, _log_pattern(found, one)) for one in clear[:1]]


def count_patterns(counts: pl.DataFrame, window: TimeWindow | None) -> list[Pattern]:
    """Rank attribute sets of minute counts (``frame_schema(REQUEST_COUNTS)``) in the window."""
    fields = tuple(name for name in counts.columns if name not in {"time", "bad", "total"})
    now = _within(counts, window)
    cells = now.with_columns(pl.col(name).fill_null("") for name in fields)
    return [_count_pattern(one) for one in rank_sets(cells, fields)]


def _within(counts: pl.DataFrame, window: TimeWindow | None) -> pl.DataFrame:
    if window is None:
        return counts
    return counts.filter(pl.col("time").is_null() | pl.col("time").is_between(window.start, window.end, closed="left"))


def _sets(
    cells: pl.DataFrame, fields: tuple[str, ...], size: int, all_bad: float, all_total: float
) -> list[AttributeSet]:
    found = []
    for names in combinations(fields, size):
        sums = cells.group_by(names).agg(pl.col("bad").sum(), pl.col("total").sum()).filter(pl.col("bad") > 0)
        for *values, bad, total in sums.iter_rows():
            evidence = likelihood_ratio(bad, total, all_bad - bad, all_total - total)
            if bad * all_total > all_bad * total and "" not in values:
                pairs = tuple(zip(names, values, strict=True))
                found.append(AttributeSet(pairs, bad, total, all_bad, all_total, evidence))
    return found


def _simplest(one: AttributeSet, known: list[AttributeSet]) -> AttributeSet:
    """Drop attributes that add nothing: a shorter set is as good unless this one is purer and keeps the excess."""
    shorter = [other for other in known if set(other.values) < set(one.values)]
    good = [other for other in shorter if one.purity < _PURER * other.purity or one.excess < _KEPT * other.excess]
    return max(good, key=lambda other: (other.evidence, -len(other.values)), default=one)


def _is_category(found: Outcomes, name: str) -> bool:
    distinct = found.requests[name].drop_nulls().n_unique()
    return 1 < distinct <= _MOST_VALUES


def _is_clear(one: AttributeSet) -> bool:
    return (
        one.bad >= _LEAST_BAD
        and one.evidence >= _LEAST_EVIDENCE
        and one.excess >= _LEAST_SHARE * one.all_bad
        and one.purity >= _LEAST_LIFT * one.elsewhere
    )


def _numbers(one: AttributeSet) -> dict[str, object]:
    return {
        "set": {name.removeprefix("attribute:"): value for name, value in one.values},
        "share_bad": round(one.bad / one.all_bad, 4),
        "share_good": round((one.total - one.bad) / max(one.all_total - one.all_bad, 1), 4),
        "excess": round(one.excess, 2),
        "failure_share": round(one.purity, 4),
        "failure_share_elsewhere": round(one.elsewhere, 4),
    }


def _statement(one: AttributeSet) -> str:
    where = " and ".join(f"{name.removeprefix('attribute:')} {value}" for name, value in one.values)
    return (
        f"{one.bad:.0f} of {one.all_bad:.0f} failures ({ratio(one.bad / one.all_bad)}) have {where}: "
        f"{ratio(one.purity)} of its requests fail, {ratio(one.elsewhere)} elsewhere"
    )


def _log_pattern(found: Outcomes, one: AttributeSet) -> Pattern:
    inside = found.failures.filter(pl.all_horizontal(pl.col(name) == value for name, value in one.values))
    first = inside.row(0, named=True)
    return Pattern(
        kind="attribute",
        statement=_statement(one),
        start=moment(first["error_time"]),
        numbers=_numbers(one),
        examples=example(first["file"], first["line"]),
    )


def _count_pattern(one: AttributeSet) -> Pattern:
    return Pattern(kind="attribute", statement=_statement(one), numbers=_numbers(one))
