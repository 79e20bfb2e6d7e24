import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.content.temporary_bytes import SpillingBytes
from triage_tui.logs.index import columns
from triage_tui.logs.index.columns import Columns, GrowingColumns

KINDS = {"a": np.int64, "hash": np.uint64}
PARTS = st.lists(
    st.lists(st.tuples(st.integers(-(2**62), 2**62) | st.integers(0, 9), st.integers(0, 2**64 - 1)), max_size=40),
    max_size=6,
)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BLOCK_ROWS", 16)


def grown(parts: list[list[tuple[int, int]]]) -> Columns:
    growing = GrowingColumns(KINDS, SpillingBytes("columns"))
    for part in parts:
        growing.append(
            {"a": np.array([one for one, _ in part], np.int64), "hash": np.array([two for _, two in part], np.uint64)}
        )
    return growing.now()


@given(PARTS, st.data())
def test_what_was_appended_is_read_again_wherever_the_blocks_end(
    parts: list[list[tuple[int, int]]], data: st.DataObject
) -> None:
    rows = [row for part in parts for row in part]
    kept = grown(parts)
    assert len(kept) == len(rows)
    start = data.draw(st.integers(0, len(rows)))
    stop = data.draw(st.integers(start, len(rows)))
    assert kept.read("a", start, stop).tolist() == [one for one, _ in rows[start:stop]]
    assert kept.read("hash", start, stop).tolist() == [two for _, two in rows[start:stop]]
    assert [place for span in kept.spans(start, stop) for place in range(*span)] == list(range(start, stop))
    some = sorted(data.draw(st.sets(st.integers(0, max(0, len(rows) - 1))))) if rows else []
    assert kept.take("hash", np.array(some, dtype=np.int64)).tolist() == [rows[row][1] for row in some]
    assert [kept.at("a", row) for row in some] == [rows[row][0] for row in some]


@given(st.lists(st.integers(0, 50), max_size=100), st.integers(-2, 52))
def test_a_value_is_found_in_a_sorted_column(numbers: list[int], wanted: int) -> None:
    ordered = sorted(numbers)
    kept = grown([[(number, 0) for number in ordered]])
    assert kept.position("a", wanted) == sum(one < wanted for one in ordered)
    assert kept.position("a", wanted, after=True) == sum(one <= wanted for one in ordered)


@pytest.mark.parametrize(
    ("numbers", "kept"),
    [([7] * 16, 0), (list(range(9, 25)), 0), ([5, 260] * 8, 16), ([5, 261] * 8, 32), ([-1, 2**31] * 8, 64)],
)
def test_what_a_block_keeps_is_as_small_as_its_numbers_allow(numbers: list[int], kept: int) -> None:
    storage = SpillingBytes("columns")
    growing = GrowingColumns({"a": np.int64}, storage)
    growing.append({"a": np.array(numbers, np.int64)})
    assert storage.size == kept
    assert growing.now().read("a", 0, 16).tolist() == numbers


def test_a_reader_keeps_what_it_took_while_more_is_appended() -> None:
    growing = GrowingColumns({"a": np.int64}, SpillingBytes("columns"))
    growing.append({"a": np.arange(10)})
    before = growing.now()
    growing.append({"a": np.arange(10, 30)})
    assert before.read("a", 0, 10).tolist() == list(range(10))
    assert growing.now().read("a", 0, 30).tolist() == list(range(30))


def test_few_numbers_of_a_block_are_tallied() -> None:
    kept = grown([[(1, number % 3) for number in range(16)], [(2, 0)]])
    assert kept.tally_at("hash", 0) == {0: 6, 1: 5, 2: 5}
    assert kept.tally_at("a", 0) == {1: 16}
    assert kept.tally_at("a", 16) is None


@given(st.lists(st.integers(0, 5) | st.integers(-(2**40), 2**40), max_size=60), st.integers(0, 5))
def test_rows_with_a_number_are_found_however_it_is_kept(numbers: list[int], wanted: int) -> None:
    kept = grown([[(number, number % 7) for number in numbers]])
    found = [row for span in kept.spans() for row in kept.rows_with("a", [wanted, 99], *span).tolist()]
    assert found == [row for row, number in enumerate(numbers) if number in {wanted, 99}]
