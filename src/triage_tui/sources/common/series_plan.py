"""Which of all the series of a service are asked for, and how: counters as rates, histograms as quantiles.

What a series is follows from its name, by the naming rules of the exposition format, since not every server has
metadata. Source: https://prometheus.io/docs/practices/naming/ and
https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Item = TypeVar("Item")

NAME_LABEL = "triage_series"
"""The label that carries a series' name over functions that drop it."""
BATCH = 20
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_SAY_NOTHING = re.compile(r"(_created|_info|start_time_seconds)$|^scrape_(samples|series)_")
_PARTS = ("_bucket", "_count", "_sum")
_MOST_NAMED = 3


class SeriesType(StrEnum):
    """How a metric is asked for."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class SeriesGroup:
    """All series of one metric; ``name`` is the metric's without what a histogram adds, ``count`` those in the answer.

    ``summed`` asks for one series instead of one for each set of labels.
    """

    name: str
    type: SeriesType
    count: int
    summed: bool = False

    @property
    def cost(self) -> int:
        """How many series come back."""
        return 1 if self.summed else self.count

    @property
    def shown(self) -> str:
        """The name of the series that comes back, after what was computed."""
        base = self.name.removesuffix("_total")
        names = {
            SeriesType.GAUGE: self.name,
            SeriesType.COUNTER: f"{base}_per_second",
            SeriesType.HISTOGRAM: f"{self.name}_p95",
            SeriesType.MEAN: f"{self.name}_mean",
        }
        return names[self.type]

    def promql(self, selector: str, rate_window_s: float) -> str:
        """Return the question, whose answer carries ``shown`` in ``NAME_LABEL``; gauges keep their own name."""

        def rate(part: str) -> str:
            return f"rate({self.name}{part}{{{selector}}}[{rate_window_s:.0f}s])"

        total = "sum({})" if self.summed else "{}"
        buckets = "sum by (le) ({})" if self.summed else "{}"
        questions = {
            SeriesType.GAUGE: f"{self.name}{{{selector}}}",
            SeriesType.COUNTER: total.format(rate("")),
            SeriesType.HISTOGRAM: f"histogram_quantile(0.95, {buckets.format(rate('_bucket'))})",
            SeriesType.MEAN: f"{total.format(rate('_sum'))} / {total.format(rate('_count'))}",
        }
        return questions[self.type]


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """What is asked for within a budget, and what is not."""

    asked: tuple[SeriesGroup, ...]
    left_out: tuple[SeriesGroup, ...]
    budget: int

    @property
    def complete(self) -> bool:
        """Tell whether every series is asked for as it stands."""
        return not self.left_out and not any(group.summed for group in self.asked)

    def note(self) -> str:
        """Say how many series are asked for, and what is left out and why."""
        known = sum(group.count for group in (*self.asked, *self.left_out))
        asked = sum(group.cost for group in self.asked)
        notes = [f"{asked:,} of {known:,} series"]
        if summed := [group for group in self.asked if group.summed]:
            notes.append(f"added up: {_named(summed)}")
        if self.left_out:
            notes.append(f"left out beyond {self.budget:,}: {_named(self.left_out)}")
        return "; ".join(notes)

    def questions(self, selector: str, rate_window_s: float) -> Iterator[str]:
        """Give the questions, several metrics in each."""
        gauges = [group.name for group in self.asked if group.type is SeriesType.GAUGE]
        for names in _batches(gauges):
            yield f'{{__name__=~"{"|".join(names)}",{selector}}}'
        computed = [group for group in self.asked if group.type is not SeriesType.GAUGE]
        for groups in _batches(computed):
            yield " or ".join(
                f'label_replace({one.promql(selector, rate_window_s)}, "{NAME_LABEL}", "{one.shown}", "", "")'
                for one in groups
            )


def groups_of(listed: Iterable[Mapping[str, str]], without: frozenset[str] = frozenset()) -> tuple[SeriesGroup, ...]:
    """Group the label sets that a server lists, each with its ``__name__``, by metric; sorted by name.

    ``without`` are metrics that are asked for already. What never tells of trouble is left away: when something was
    created, and constants that carry labels.
    """
    counts: Counter[str] = Counter()
    quantiles: set[str] = set()
    outside_buckets: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for labels in listed:
        name = labels.get("__name__", "")
        if not _NAME.fullmatch(name) or _SAY_NOTHING.search(name) or name in without:
            continue
        counts[name] += 1
        if "quantile" in labels:
            quantiles.add(name)
        if name.endswith("_bucket") and "le" in labels:
            rest = tuple(sorted((key, value) for key, value in labels.items() if key != "le"))
            outside_buckets.setdefault(name, set()).add(rest)
    return tuple(_groups(counts, {name: len(rest) for name, rest in outside_buckets.items()}, quantiles))


def _groups(counts: Mapping[str, int], histograms: Mapping[str, int], quantiles: set[str]) -> Iterator[SeriesGroup]:
    for name, count in sorted(counts.items()):
        base, part = _split(name)
        if name in histograms:
            yield SeriesGroup(base, SeriesType.HISTOGRAM, histograms[name])
        elif part == "_sum" and f"{base}_count" in counts:
            if f"{base}_bucket" not in histograms:
                yield SeriesGroup(base, SeriesType.MEAN, count)
        elif name not in quantiles and (name.endswith("_total") or (part == "_count" and f"{base}_sum" in counts)):
            yield SeriesGroup(name, SeriesType.COUNTER, count)
        else:
            yield SeriesGroup(name, SeriesType.GAUGE, count)


def _split(name: str) -> tuple[str, str]:
    part = next((part for part in _PARTS if name.endswith(part)), "")
    return name.removesuffix(part), part


def plan(groups: Sequence[SeriesGroup], budget: int) -> SeriesPlan:
    """Choose within a budget of series: the metrics of few series first, so that many metrics have a say.

    What does not fit is added up into one series where that means something, for which room is kept, and else left out.
    """
    asked: list[SeriesGroup] = []
    left_out: list[SeriesGroup] = []
    ordered = sorted(groups, key=lambda one: (one.count, one.name))
    for number, group in enumerate(ordered, start=1):
        left = budget - sum(one.cost for one in asked)
        kept_free = min(sum(one.type is not SeriesType.GAUGE for one in ordered[number:]), budget // 2)
        if group.count <= left - kept_free:
            asked.append(group)
        elif left > 0 and group.type is not SeriesType.GAUGE:
            asked.append(SeriesGroup(group.name, group.type, group.count, summed=True))
        else:
            left_out.append(group)
    return SeriesPlan(tuple(asked), tuple(left_out), budget)


def _named(groups: Sequence[SeriesGroup]) -> str:
    largest = sorted(groups, key=lambda one: (-one.count, one.name))
    named = ", ".join(f"{one.name} ({one.count:,})" for one in largest[:_MOST_NAMED])
    rest = len(groups) - _MOST_NAMED
    return f"{named} and {rest} more metrics" if rest > 0 else named


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
