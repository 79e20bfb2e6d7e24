from hypothesis import given
from hypothesis import strategies as st

from triage_tui.investigation.refresh import RefreshPolicy

POLICY = RefreshPolicy(interval_s=15, longest_s=300, jitter=0.1)


def test_a_source_that_answers_is_asked_at_its_interval() -> None:
    assert POLICY.next_delay(0, None, 0.0) == 15


def test_failures_double_the_wait_up_to_the_longest() -> None:
    assert [POLICY.next_delay(failures, None, 0.0) for failures in (1, 2, 3, 9)] == [30, 60, 120, 300]


def test_what_the_server_asks_for_is_honoured_within_bounds() -> None:
    assert POLICY.next_delay(1, 90, 0.0) == 90
    assert POLICY.next_delay(1, 86_400, 0.0) == 300
    assert POLICY.next_delay(1, 1, 0.0) == 30


@given(st.integers(0, 10_000), st.none() | st.floats(0, 1e9), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_shorter_than_the_interval_nor_endless(
    failures: int, retry_after: float | None, chance: float
) -> None:
    assert 15 <= POLICY.next_delay(failures, retry_after, chance) <= 330
