import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.filters.near_rows import with_rows_around
from triage_tui.logs.filters.row_set import PIECE_ROWS, RowSet

SIZE = 2 * PIECE_ROWS + 100
ROWS = st.lists(
    st.integers(0, 40) | st.integers(PIECE_ROWS - 20, PIECE_ROWS + 20) | st.integers(SIZE - 20, SIZE - 1), max_size=60
)


@given(ROWS, ROWS)
def test_sets_of_rows_are_what_sets_of_numbers_are(some: list[int], others: list[int]) -> None:
    one, two = RowSet.of(some, SIZE), RowSet.of(others, SIZE)
    assert list(one) == sorted(set(some))
    assert len(one) == len(set(some))
    assert list(one & two) == sorted(set(some) & set(others))
    assert list(one | two) == sorted(set(some) | set(others))
    assert list(one.without(two)) == sorted(set(some) - set(others))
    assert one.among(np.array(others, dtype=np.int64)).tolist() == [row for row in others if row in set(some)]
    assert [row in one for row in others] == [row in set(some) for row in others]


@given(ROWS, st.integers(-3, SIZE + 3))
def test_positions_and_neighbours_are_those_of_a_sorted_list(rows: list[int], row: int) -> None:
    found, known = RowSet.of(rows, SIZE), sorted(set(rows))
    assert [found[place] for place in range(len(known))] == known
    assert found[:2] == known[:2]
    assert found.rank(row) == sum(one < row for one in known)
    assert found.next(row, 1) == next((one for one in known if one > row), None)
    assert found.next(row, -1) == next((one for one in reversed(known) if one < row), None)


@given(ROWS, st.integers(0, 5))
def test_rows_nearby_are_added_once_and_not_beyond_the_ends(rows: list[int], distance: int) -> None:
    near = {one for row in rows for one in range(max(0, row - distance), min(SIZE, row + distance + 1))}
    assert list(with_rows_around(RowSet.of(rows, SIZE), distance)) == sorted(near)


@pytest.mark.parametrize("first", [0, 5, PIECE_ROWS - 1, PIECE_ROWS, SIZE - 1, SIZE])
def test_the_rest_has_the_rows_from_a_first_one_on(first: int) -> None:
    assert list(RowSet.rest(first, SIZE)) == list(range(first, SIZE))


def test_every_row_takes_an_eighth_of_a_byte() -> None:
    every = RowSet.rest(0, SIZE)
    assert len(every) == SIZE
    assert every[-1] == SIZE - 1
    with pytest.raises(IndexError):
        every[SIZE]
