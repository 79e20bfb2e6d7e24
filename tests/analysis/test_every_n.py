from __future__ import annotations

import numpy as np
import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.every_n import find_beat
from triage_tui.analysis.log_patterns import log_patterns

STALE = "worker returned a stale connection"


@pytest.mark.parametrize("n", [2, 4, 7, 12])
def test_every_nth_request_of_all_is_found(n: int) -> None:
    records = log.requests(n, noise=0.02)
    for record in records[3::n]:
        log.fail(record, STALE)
    first = log_patterns(log.frame(records))[0]
    assert (first.kind, first.numbers["n"]) == ("every_n", n)
    assert first.numbers["hits"] > 2 * first.numbers["expected"] or n == 2
    assert STALE in first.statement


@pytest.mark.parametrize("n", [3, 5])
def test_every_nth_request_of_one_host_is_found_and_comes_before_the_host_itself(n: int) -> None:
    records = log.requests(n, noise=0.01)
    for record in [one for one in records if one["host"] == "app-b"][::n]:
        log.fail(record, STALE)
    first = log_patterns(log.frame(records))[0]
    assert (first.kind, first.numbers["n"], first.numbers["host"]) == ("every_n", n, "app-b")


def test_failures_at_random_have_no_beat() -> None:
    random = np.random.default_rng(1)
    for _ in range(50):
        assert find_beat(np.flatnonzero(random.random(500) < 0.1), tried=4) is None


def test_a_few_failures_on_a_beat_are_no_evidence() -> None:
    assert find_beat(np.arange(0, 25, 5), tried=1) is None
    assert find_beat(np.array([], dtype=np.int64), tried=1) is None


def test_the_beat_is_the_distance_and_not_a_divisor_of_it() -> None:
    beat = find_beat(np.arange(5, 305, 12), tried=1)
    assert beat is not None
    assert (beat.n, beat.hits, beat.turns) == (12, 25, 25)
