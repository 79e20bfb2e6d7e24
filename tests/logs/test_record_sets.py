import weakref
from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.filters.record_sets import RecordSet

COUNTS = (5, 70_000, 0, 3)
RECORDS = [(log, row) for log, count in enumerate(COUNTS) for row in (*range(min(count, 6)), *range(65_530, count, 97))]
SETS = st.sets(st.sampled_from(RECORDS))


def gathered(records: set[tuple[int, int]]) -> RecordSet:
    return RecordSet.gathered(COUNTS, ((log, np.array([row])) for log, row in records))


def listed(records: RecordSet) -> list[tuple[int, int]]:
    return [(log, row) for log, rows in records.pieces() for row in rows.tolist()]


@given(SETS, SETS)
def test_sets_of_records_are_like_those_of_pairs(one: set[tuple[int, int]], two: set[tuple[int, int]]) -> None:
    first, second = gathered(one), gathered(two)
    assert listed(first) == sorted(one)
    assert len(first) == len(one)
    assert listed(first & second) == sorted(one & two)
    assert listed(first | second) == sorted(one | two)
    assert listed(first.without(second)) == sorted(one - two)


@given(SETS)
def test_records_in_any_order_are_looked_up_at_once(some: set[tuple[int, int]]) -> None:
    asked = RECORDS[::-1]
    held = gathered(some).lookup().holds(np.array([log for log, _ in asked]), np.array([row for _, row in asked]))
    assert held.tolist() == [record in some for record in asked]


def test_rows_from_one_on_are_those_to_the_end_of_each_log() -> None:
    assert listed(RecordSet.from_rows((3, 2, 0), (1, 2, 0))) == [(0, 1), (0, 2)]


def test_parts_are_taken_one_by_one_and_may_come_in_any_order_of_logs() -> None:
    held: list[weakref.ref[np.ndarray[tuple[int], np.dtype[np.int64]]]] = []

    def parts() -> Iterator[tuple[int, np.ndarray[tuple[int], np.dtype[np.int64]]]]:
        for row in range(40):
            assert sum(one() is not None for one in held) <= 2
            rows = np.array([row])
            held.append(weakref.ref(rows))
            yield row // 20, rows
        yield 0, np.array([30])

    found = RecordSet.gathered((40, 40), parts())
    assert listed(found) == [*((0, row) for row in (*range(20), 30)), *((1, row) for row in range(20, 40))]
