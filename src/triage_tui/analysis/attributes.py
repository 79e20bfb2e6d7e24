"""Which attributes the failures have in common: sets such as {route, host} that separate bad requests from good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, log

import polars as pl

from triage_tui.analysis.chance import likelihood_ratio
from triage_tui.analysis.findings_text import moment, ratio
from triage_tui.analysis.request_outcomes import Outcomes, example
from triage_tui.investigation.findings import Pattern

_MOST_VALUES = 200  # a field with more is an identifier
_LARGEST_SET, _MANY_FIELDS = 3, 10
# A set is good that holds much of the excess and little else; coverage counts more, and each attribute costs a little.
_PURITY_WEIGHT, _COST = 0.25, 0.01
_LEAST_BAD = 6
_LEAST_EVIDENCE = 5.5  # beyond the logarithm of how many sets of that size there are
_LEAST_SHARE = 0.35  # of the failures must be explained
_LEAST_LIFT, _LEAST_CLEAR_LIFT = 1.3, 2.5  # bad over expected
_PRIOR_REQUESTS = 5.0


@dataclass(frozen=True, slots=True)
class AttributeSet:
    """A set of attribute values: its counts, and the failures that were to be expected of it.

    ``expected`` comes from its own past where there is one, from the failure share elsewhere otherwise; ``evidence`` is
    a likelihood ratio (natural logarithm) less the logarithm of how many sets of that size were looked at.
    """

    values: tuple[tuple[str, str], ...]
    bad: float
    total: float
    expected: float
    all_bad: float
    all_total: float
    evidence: float

    @property
    def excess(self) -> float:
        """Failures beyond what was to be expected."""
        return self.bad - self.expected

    @property
    def score(self) -> float:
        """The excess, discounted by how much else the set holds and by its length; 0 without an excess."""
        if self.excess <= 0:
            return 0.0
        purity: float = (self.excess / self.total) ** _PURITY_WEIGHT
        return self.excess * purity * exp(-_COST * len(self.values))

    @property
    def is_beyond_chance(self) -> bool:
        """Tell whether the set fails more than chance and small numbers explain."""
        return self.bad >= _LEAST_BAD and self.evidence >= _LEAST_EVIDENCE and self.bad >= _LEAST_LIFT * self.expected

    @property
    def is_clear(self) -> bool:
        """Tell whether the set separates bad from good with nothing but itself to compare it with."""
        explains = self.excess >= _LEAST_SHARE * self.all_bad
        return self.is_beyond_chance and explains and self.bad >= _LEAST_CLEAR_LIFT * self.expected


def rank_sets(cells: pl.DataFrame, fields: tuple[str, ...], top: int = 3) -> list[AttributeSet]:
    """Rank the sets of up to three attributes in which the failures sit, best first.

    ``cells`` has one String column a field (null: not known), ``bad`` and ``total`` (Float64) and, where there is a
    past to compare with, ``past_bad`` and ``past_total``. The score, excess failures weighed by purity, is of the
    family of Klösgen's subgroup measures (Explora, 1996); Kulldorff's likelihood ratio tells what is beyond chance.
    """
    if not fields or cells.is_empty():
        return []
    measures = [name for name in ("bad", "total", "past_bad", "past_total") if name in cells.columns]
    summed = cells.group_by(fields).agg(pl.col(name).sum() for name in measures)
    size = min(_LARGEST_SET if len(fields) <= _MANY_FIELDS else _LARGEST_SET - 1, len(fields))
    found = [one for names in _names(fields, size) for one in _sets(summed, names, measures)]
    return sorted(found, key=lambda one: (-one.score, len(one.values), one.values))[:top]


def attribute_patterns(found: Outcomes) -> list[tuple[float, Pattern]]:
    """Tell the attribute set that separates failing from good requests in the logs, if one does clearly."""
    fields = tuple(name for name in ("service", "host", "route", *found.attributes) if _is_category(found, name))
    if not fields or found.failures.height < _LEAST_BAD:
        return []
    cells = found.requests.select(*fields, pl.col("failed").cast(pl.Float64).alias("bad"), pl.lit(1.0).alias("total"))
    return [(one.evidence, _log_pattern(found, one)) for one in rank_sets(cells, fields, top=1) if one.is_clear]


def attribute_pattern(one: AttributeSet) -> Pattern:
    """Say an attribute set in words."""
    where = " and ".join(f"{name.removeprefix('attribute:')} {value}" for name, value in one.values)
    statement = (
        f"{one.bad:,.0f} of {one.all_bad:,.0f} failures ({ratio(one.bad / one.all_bad)}) have {where}: "
        f"{ratio(one.bad / one.total)} of all its requests fail, {ratio(one.expected / one.total)} were expected"
    )
    good = max(one.all_total - one.all_bad, 1)
    numbers = {
        "set": {name.removeprefix("attribute:"): value for name, value in one.values},
        "share_bad": round(one.bad / one.all_bad, 4),
        "share_good": round((one.total - one.bad) / good, 4),
        "excess": round(one.excess, 2),
        "bad": one.bad,
        "total": one.total,
    }
    return Pattern(kind="attribute", statement=statement, numbers=numbers)


def _names(fields: tuple[str, ...], largest: int) -> Iterator[tuple[str, ...]]:
    for size in range(1, largest + 1):
        yield from combinations(fields, size)


def _sets(cells: pl.DataFrame, names: tuple[str, ...], measures: Sequence[str]) -> Iterator[AttributeSet]:
    all_bad, all_total, *past = (float(cells[name].sum()) for name in measures)
    sums = cells.drop_nulls(names).group_by(names).agg(pl.col(name).sum() for name in measures)
    tried = log(max(sums.height, 1) * max(len(cells.columns) - len(measures), 1))
    usual = past[0] / past[1] if past and past[1] else 0.0
    for row in sums.filter(pl.col("bad") > 0).iter_rows():
        values, (bad, total, *own) = row[: len(names)], row[len(names) :]
        if past and past[1]:
            expected = total * (own[0] + _PRIOR_REQUESTS * usual) / (own[1] + _PRIOR_REQUESTS)
            evidence = likelihood_ratio(bad, total, own[0], own[1])
        else:
            expected = total * (all_bad - bad) / (all_total - total) if all_total > total else bad
            evidence = likelihood_ratio(bad, total, all_bad - bad, all_total - total)
        pairs = tuple(zip(names, (str(value) for value in values), strict=True))
        yield AttributeSet(pairs, bad, total, expected, all_bad, all_total, evidence - tried)


def _is_category(found: Outcomes, name: str) -> bool:
    distinct = found.requests[name].drop_nulls().n_unique()
    return 1 < distinct <= min(_MOST_VALUES, found.requests.height / 2)


def _log_pattern(found: Outcomes, one: AttributeSet) -> Pattern:
    inside = found.failures.filter(pl.all_horizontal(pl.col(name) == value for name, value in one.values))
    first = inside.row(0, named=True)
    told = attribute_pattern(one)
    return Pattern(
        kind="attribute",
        statement=told.statement,
        start=moment(first["error_time"]),
        numbers=told.numbers,
        examples=example(first["file"], first["line"]),
    )
