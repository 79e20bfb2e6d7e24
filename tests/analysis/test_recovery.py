from __future__ import annotations

import pytest

from triage_tui.analysis.recovery import Counts, compare, interval

BROKEN = Counts(errors=400, requests=4_000, minutes=40)


def test_the_interval_is_the_exact_binomial_one() -> None:
    # as binom.test of R gives them
    assert interval(Counts(3, 100, 1)) == pytest.approx((0.006229972, 0.08517605), rel=1e-5)
    assert interval(Counts(0, 60, 1)) == pytest.approx((0.0, 0.05962949), rel=1e-5)
    assert interval(Counts(50, 50, 1)) == pytest.approx((0.9288783, 1.0), rel=1e-5)


def test_no_errors_in_many_requests_is_recovered() -> None:
    found = compare(BROKEN, Counts(0, 3_000, 30))
    assert found.verdict == "recovered"
    assert found.minutes_more is None


def test_no_errors_in_few_requests_is_too_early_and_says_how_long() -> None:
    found = compare(BROKEN, Counts(0, 20, 0.2))
    assert found.verdict == "too_early"
    assert found.minutes_more is not None
    later = compare(BROKEN, Counts(0, 20 + int(found.minutes_more * 100), 0.2 + found.minutes_more))
    assert later.verdict == "recovered"
    assert "at most" in found.because[1]


def test_as_many_errors_as_before_is_not_recovered() -> None:
    assert compare(BROKEN, Counts(100, 1_000, 10)).verdict == "not_recovered"


def test_a_third_of_the_errors_left_is_no_recovery_where_health_is_known() -> None:
    healthy = Counts(10, 10_000, 100)
    after = Counts(70, 2_000, 20)
    assert compare(BROKEN, after).verdict == "recovered"
    assert compare(BROKEN, after, healthy=healthy).verdict == "not_recovered"


def test_no_traffic_after_the_fix_is_too_early_without_a_promise() -> None:
    found = compare(BROKEN, Counts(0, 0, 5))
    assert (found.verdict, found.minutes_more) == ("too_early", None)


def test_no_errors_before_leaves_nothing_to_compare() -> None:
    assert compare(Counts(0, 100, 1), Counts(0, 100, 1)).verdict == "unknown"


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="5 errors in 3 requests"):
        Counts(5, 3, 1)
