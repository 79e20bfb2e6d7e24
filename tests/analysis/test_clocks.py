"""Clocks that differ, told by shared requests; and all that only looks like it, which must not be told."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from triage_tui.analysis.clocks import LEAST_REQUESTS, clock_offsets
from triage_tui.analysis.diagnosis import diagnose
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
Lines = list[tuple[str, str, float]]
"""Request, host, and second of each line."""


def frame(lines: Lines, ahead: dict[str, float] | None = None) -> pl.DataFrame:
    """Lines as a LOGS frame; ``ahead`` is by how many seconds the clock of a host is ahead."""
    rows = [
        {"request_id": request, "host": host, "time": AT + timedelta(seconds=second + (ahead or {}).get(host, 0.0))}
        for request, host, second in lines
    ]
    schema = frame_schema(EvidenceKind.LOGS)
    return pl.DataFrame(rows, schema={name: schema[name] for name in ("request_id", "host", "time")}).select(
        *(pl.col(name) if name in rows[0] else pl.lit(None, kind).alias(name) for name, kind in schema.items())
    ).sort("time")  # fmt: skip


def called(seed: int, requests: int = 60, callers: tuple[str, ...] = ("web-1",), callee: str = "pay-1") -> Lines:
    """Requests of which each waits for a call to another host."""
    chance, lines = random.Random(seed), []
    for number in range(requests):
        begin, caller = 10.0 * number + chance.random(), chance.choice(callers)
        went, work, came = (
            chance.lognormvariate(-4, 0.5),
            chance.lognormvariate(-1.5, 0.6),
            chance.lognormvariate(-4, 0.5),
        )
        name = f"r-{seed}-{number}"
        lines += [(name, caller, begin), (name, callee, begin + went), (name, callee, begin + went + work)]
        lines.append((name, caller, begin + went + work + came))
    return lines


def one_after_the_other(seed: int) -> Lines:
    """Two services that a third one, whose log is not there, calls in turn."""
    chance, lines = random.Random(seed), []
    for number in range(80):
        begin, first, second = 10.0 * number, chance.lognormvariate(-1.5, 0.5), chance.lognormvariate(-2, 0.5)
        lines += [(f"r{number}", "a", begin), (f"r{number}", "a", begin + first)]
        lines += [(f"r{number}", "b", begin + first + 0.01), (f"r{number}", "b", begin + first + 0.01 + second)]
    return lines


def done_later(seed: int) -> Lines:
    """Jobs that a worker takes up some seconds after the request."""
    chance, lines = random.Random(seed), []
    for number in range(80):
        begin, later, work = 10.0 * number, chance.expovariate(0.5), chance.lognormvariate(-1, 0.5)
        lines += [(f"r{number}", "web", begin), (f"r{number}", "web", begin + chance.lognormvariate(-1.5, 0.5))]
        lines += [(f"r{number}", "worker", begin + 1 + later), (f"r{number}", "worker", begin + 1 + later + work)]
    return lines


def tried_again(seed: int) -> Lines:
    """Requests that are tried again on another host after exactly thirty seconds."""
    chance, lines = random.Random(seed), []
    for number in range(80):
        begin = 100.0 * number
        for host, after in (("a", 0.0), ("b", 30.0)):
            took = chance.lognormvariate(-1.5, 0.5)
            lines += [(f"r{number}", host, begin + after), (f"r{number}", host, begin + after + took)]
    return lines


def handed_on(seed: int) -> Lines:
    """A long job that begins as the request ends."""
    chance, lines = random.Random(seed), []
    for number in range(80):
        begin, took = 100.0 * number, chance.lognormvariate(-1.5, 0.3)
        lines += [
            (f"r{number}", "a", begin),
            (f"r{number}", "a", begin + took),
            (f"r{number}", "b", begin + took + 0.01),
        ]
        lines.append((f"r{number}", "b", begin + took + 0.01 + chance.lognormvariate(1.5, 0.3)))
    return lines


def one_line_each(seed: int) -> Lines:
    chance = random.Random(seed)
    return [
        (f"r{number}", host, 10.0 * number + after + chance.random() / 9)
        for number in range(80)
        for host, after in (("a", 0.0), ("b", 5.0))
    ]


@pytest.mark.parametrize("seconds", [2.5, -4.0, 3600.0, -7200.0, 45.25])
@pytest.mark.parametrize("seed", range(5))
def test_a_clock_that_is_off_is_told_with_its_offset_and_count(seed: int, seconds: float) -> None:
    (found,) = clock_offsets(frame(called(seed), {"pay-1": seconds}))
    assert (found.host, found.against, found.n) == ("pay-1", "web-1", 60)
    assert abs(found.offset_s - seconds) < 0.05
    assert 0 <= found.spread_s < 0.2


@pytest.mark.parametrize("seed", range(5))
def test_it_is_told_too_where_the_callers_clock_is_off(seed: int) -> None:
    lines = [*called(seed, callers=("web-1", "web-2")), *called(seed + 100, callers=("web-1", "web-2"), callee="db-1")]
    (found,) = clock_offsets(frame(lines, {"web-2": -8.0}))
    assert found.host == "web-2"
    assert found.against in {"pay-1", "db-1"}
    assert abs(found.offset_s + 8.0) < 0.05


def test_hosts_that_are_off_by_different_amounts_are_told_each_for_itself() -> None:
    lines = [*called(1), *called(2, callee="db-1"), *called(3, callee="cache-1")]
    found = clock_offsets(frame(lines, {"pay-1": 3.0, "db-1": -20.0}))
    assert [(one.host, one.against, round(one.offset_s)) for one in found] == [
        ("db-1", "web-1", -20),
        ("pay-1", "web-1", 3),
    ]


def test_a_line_that_says_how_long_something_took_reaches_back_to_its_beginning() -> None:
    lines = called(4)
    last = frame([line for number, line in enumerate(lines) if number % 4 in {2, 3}], {"pay-1": 6.0})
    took = dict(
        zip(lines[3::4], (end[2] - begin[2] for begin, end in zip(lines[::4], lines[3::4], strict=True)), strict=True)
    )
    caller = {request: seconds for (request, _, _), seconds in took.items()}
    callee = {lines[at][0]: lines[at + 1][2] - lines[at][2] for at in range(1, len(lines), 4)}
    lengths = [1e3 * (caller if row["host"] == "web-1" else callee)[row["request_id"]] for row in last.rows(named=True)]
    (found,) = clock_offsets(last.with_columns(pl.Series("duration_ms", lengths)))
    assert (found.host, round(found.offset_s, 1)) == ("pay-1", 6.0)


@pytest.mark.parametrize("told", [one_after_the_other, done_later, tried_again, handed_on, one_line_each])
@pytest.mark.parametrize("seed", range(8))
def test_what_only_looks_like_a_clock_that_is_off_is_not_told(told: Callable[[int], Lines], seed: int) -> None:
    assert clock_offsets(frame(told(seed))) == ()


@pytest.mark.parametrize("seed", range(20))
def test_clocks_that_agree_are_not_said_to_differ(seed: int) -> None:
    chance = random.Random(seed)
    lines = [*called(seed, callers=("web-1", "web-2", "web-3")), *called(seed + 1, callers=("pay-1",), callee="db-1")]
    small = {host: chance.gauss(0, 0.003) for host in ("web-1", "web-2", "web-3", "pay-1", "db-1")}
    assert clock_offsets(frame(lines, small)) == ()


def test_few_requests_tell_nothing() -> None:
    lines = called(5, requests=LEAST_REQUESTS - 1)
    assert clock_offsets(frame(lines, {"pay-1": 60.0})) == ()
    assert clock_offsets(frame([("r", "a", 0.0)])) == ()


def test_the_diagnosis_tells_of_it_and_changes_no_time() -> None:
    logs = frame(called(6), {"pay-1": 2.5})
    evidence = Evidence(EvidenceKind.LOGS, "logs", None, "", AT, Completeness(True), logs)
    found = diagnose([evidence], Alert())
    assert [one.host for one in found.clocks] == ["pay-1"]
    assert found.window is not None
    assert found.window.start == logs["time"][0]
