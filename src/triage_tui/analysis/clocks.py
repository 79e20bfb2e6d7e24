"""How far the clocks of hosts differ, by the requests that two of them share. It is shown, and never applied.

A caller's lines of a request reach from before its callee's to after them. Where the callee's lie outside, by the same
offset in request after request, one of the clocks is off: as from NTP's four timestamps (RFC 5905, section 8), the
offset is ((b0 - a0) + (b1 - a1)) / 2 for a caller's lines from a0 to a1 and a callee's from b0 to b1.

What is no call must not look like one: a job that runs later, a retry elsewhere, two services that a third calls one
after the other. So the caller's lines must span the callee's in length, in nearly every request; both lengths must rise
and fall together; the offset must be large beside what the caller takes beyond the callee, and steady. All else is not
known, and not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from triage_tui.investigation.findings import ClockOffset
from triage_tui.investigation.id_values import in_one_spelling

LEAST_REQUESTS = 12
_MOST_HOSTS = 24
_NEARLY_ALL, _MOSTLY = 0.9, 0.8
_LEAST_CORRELATION = 0.5
_LEAST_TIMES_SLACK = 2.0
_MOST_SPREAD = 0.25  # of the offset, between the tenth and the ninetieth percentile
_FLOOR_S = 0.002  # what clocks in logs resolve


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two hosts that share requests; the caller is the one whose lines reach further.

    Attributes:
        offset: seconds by which the callee's clock is ahead of the caller's, the median.
        spread: between the tenth and the ninetieth percentile of it, seconds.
        slack: what the caller takes beyond the callee, the median, seconds.
        spanning: in which share of the requests the caller's lines reach further.
        nested: in which share the callee's lines lie within the caller's as they are.
        correlation: of the ranks of both lengths; 0 where a length never changes.
    """

    caller: str
    callee: str
    n: int
    offset: float
    spread: float
    slack: float
    spanning: float
    nested: float
    correlation: float

    @property
    def agrees(self) -> bool:
        return self.n >= LEAST_REQUESTS and self.nested >= _MOSTLY

    @property
    def differs(self) -> bool:
        return (
            self.n >= LEAST_REQUESTS
            and self.nested <= 1 - _NEARLY_ALL
            and self.spanning >= _NEARLY_ALL
            and self.correlation >= _LEAST_CORRELATION
            and abs(self.offset) >= _LEAST_TIMES_SLACK * max(self.slack, _FLOOR_S)
            and self.spread <= _MOST_SPREAD * abs(self.offset)
        )


def clock_offsets(logs: pl.DataFrame) -> tuple[ClockOffset, ...]:
    """Find the hosts of a LOGS frame whose clocks differ from another's, the largest offset first.

    A record without a host is told by its file. At least ``LEAST_REQUESTS`` shared requests are needed. Hosts that
    requests show to agree, directly or through others, are not said to differ; of the hosts from which one differs, the
    one that shares the most requests with it is named.
    """
    spans = _spans(logs)
    hosts = spans.group_by("clock").len().sort(["len", "clock"], descending=[True, False]).head(_MOST_HOSTS)
    requests = dict(hosts.iter_rows())
    pairs = _pairs(spans.filter(pl.col("clock").is_in(list(requests))))
    groups = _groups(requests, [(pair.caller, pair.callee) for pair in pairs if pair.agrees])
    differing = [pair for pair in pairs if pair.differs and groups[pair.caller] != groups[pair.callee]]
    return _told(differing, requests)


def _spans(logs: pl.DataFrame) -> pl.DataFrame:
    """For each request, ``of`` (a code of its ID), on each host: ``clock``, ``begin`` and ``end`` in seconds.

    A line that says how long something took was written at its end. Requests on one host alone are left out.
    """
    at = pl.col("time").cast(pl.Int64) / 1e6
    took = pl.col("duration_ms").clip(0, None).fill_nan(None).fill_null(0) / 1e3
    # Codes stand for the texts: a group by texts copies all of them.
    known = logs.select(
        in_one_spelling(logs["request_id"]).cast(pl.Categorical).to_physical().alias("of"),
        pl.coalesce("host", "file").cast(pl.Categorical).alias("clock"),
        (at - took).alias("begin"),
        at.alias("end"),
    ).drop_nulls(["of", "end"])
    spans = known.group_by("of", "clock").agg(pl.col("begin").min(), pl.col("end").max())
    shared = spans.filter(pl.len().over("of") > 1).drop_nulls()
    return shared.cast({"clock": pl.String})


def _pairs(spans: pl.DataFrame) -> list[_Pair]:
    """Every two hosts that share requests; host by host, as the requests that any two share are many."""
    rows = (_measured(spans, host) for host in spans["clock"].unique().sort())
    return [_directed(row) for found in rows for row in found.sort("clock_other").iter_rows(named=True)]


def _measured(spans: pl.DataFrame, host: str) -> pl.DataFrame:
    """A row for each later host that shares requests with this one: how their lines lie to each other."""
    own, others = spans.filter(pl.col("clock") == host), spans.filter(pl.col("clock") > host)
    shared = own.join(others, on="of", suffix="_other")
    mine, theirs = pl.col("end") - pl.col("begin"), pl.col("end_other") - pl.col("begin_other")
    starts, ends = pl.col("begin_other") - pl.col("begin"), pl.col("end_other") - pl.col("end")
    offset = (starts + ends) / 2
    return shared.group_by("clock", "clock_other").agg(
        n=pl.len(),
        offset=offset.median(),
        spread=offset.quantile(0.9) - offset.quantile(0.1),
        slack=(mine - theirs).median(),
        spanning=(mine >= theirs - _FLOOR_S).mean(),
        spanning_other=(theirs >= mine - _FLOOR_S).mean(),
        nested=((starts <= _FLOOR_S) & (ends >= -_FLOOR_S)).mean(),
        nested_other=((starts >= -_FLOOR_S) & (ends <= _FLOOR_S)).mean(),
        correlation=pl.corr(mine, theirs, method="spearman").fill_nan(0.0).fill_null(0.0),
    )


def _directed(row: dict[str, Any]) -> _Pair:
    """Of two hosts, take the one whose lines reach further as the caller."""
    is_caller = row["slack"] >= 0
    one, other = ("clock", "clock_other") if is_caller else ("clock_other", "clock")
    return _Pair(
        caller=row[one],
        callee=row[other],
        n=row["n"],
        offset=row["offset"] if is_caller else -row["offset"],
        spread=row["spread"],
        slack=abs(row["slack"]),
        spanning=row["spanning" if is_caller else "spanning_other"],
        nested=row["nested_other" if is_caller else "nested"],
        correlation=row["correlation"],
    )


def _groups(hosts: Iterable[str], agreeing: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Name for each host the group of those whose clocks agree."""
    group = {host: host for host in hosts}
    for one, other in agreeing:
        kept, given_up = group[one], group[other]
        group = {host: kept if name == given_up else name for host, name in group.items()}
    return group


def _told(pairs: Sequence[_Pair], requests: dict[str, int]) -> tuple[ClockOffset, ...]:
    """Of two hosts, the one that differs from more others by one offset is off, else the one with fewer requests."""
    found: dict[str, ClockOffset] = {}
    for pair in sorted(pairs, key=lambda one: (-one.n, one.caller, one.callee)):
        sides = (pair.callee, pair.caller)
        off = max(sides, key=lambda host: (_differs_alike(pairs, host), -requests[host]))
        against = sides[1] if off == sides[0] else sides[0]
        told = ClockOffset(
            host=off, against=against, offset_s=_ahead(pair, off), spread_s=pair.spread, n=pair.n
        )  # fmt: skip
        found.setdefault(off, told)
    return tuple(sorted(found.values(), key=lambda one: (-abs(one.offset_s), one.host)))


def _differs_alike(pairs: Sequence[_Pair], host: str) -> int:
    """From how many hosts one differs; 0 where it does so by offsets that differ themselves."""
    own = [pair for pair in pairs if host in {pair.caller, pair.callee}]
    offsets = [_ahead(pair, host) for pair in own]
    return len(own) if max(offsets) - min(offsets) <= max(pair.spread + pair.slack for pair in own) else 0


def _ahead(pair: _Pair, host: str) -> float:
    return pair.offset if host == pair.callee else -pair.offset
