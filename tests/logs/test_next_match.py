import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.content.byte_source import MemoryBytes
from triage_tui.logs.filters.row_set import RowSet
from triage_tui.logs.index import columns, later_columns
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.order import merged_order
from triage_tui.logs.search.next_match import TextHits, _Block
from triage_tui.logs.store import LogStore, Standing

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FILES = st.lists(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["hit", "HIT", "none"])), min_size=1, max_size=90),
    min_size=1, max_size=3,
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (columns, later_columns, merged_order):
        monkeypatch.setattr(module, "BLOCK_ROWS", 16)
    monkeypatch.setattr(merged_order, "MERGED_AT_ONCE", 32)


def line(second: int, text: str) -> str:
    return json.dumps({"time": (AT + timedelta(seconds=second)).isoformat(), "message": text}) + "\n"


def stored(files: list[list[tuple[int, str]]]) -> LogStore:
    logs = IndexedLogs(
        [
            LogInput(f"{name}.log", data="".join(line(*one) for one in records).encode())
            for name, records in enumerate(files)
        ]
    )
    logs.build(lambda _: None, Event())
    return logs.store()


@given(FILES, st.booleans(), st.data())
def test_the_nearest_match_in_time_is_found_both_ways_whatever_the_order_in_the_files(
    files: list[list[tuple[int, str]]], in_order: bool, data: st.DataObject
) -> None:
    store = stored([sorted(one) for one in files] if in_order else files)
    rows = range(len(store))
    holding = [row for row in rows if "hit" in store.text(row).lower()]
    shown = data.draw(st.none() | st.sets(st.sampled_from(rows)))
    wanted = [row for row in holding if shown is None or row in shown]
    of = None if shown is None else RowSet.of(sorted(shown), len(store))
    hits = TextHits(store, "Hit")
    for row in data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=8)):
        assert hits.next(row, 1, of) == next((one for one in wanted if one > row), None)
        assert hits.next(row, -1, of) == next((one for one in reversed(wanted) if one < row), None)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where each search reads from."""
    begins: list[int] = []
    whole = MemoryBytes.read_into

    def noted(source: MemoryBytes, buffer: memoryview, offset: int) -> int:
        begins.append(offset)
        return whole(source, buffer, offset)

    monkeypatch.setattr(MemoryBytes, "read_into", noted)
    return begins


def test_only_blocks_whose_times_are_near_are_searched_and_none_twice(read: list[int]) -> None:
    copy = [(second, "hit" if second == 805 else "none") for second in range(1600)]
    store = stored([copy, copy])
    hits, told = TextHits(store, "hit"), list[float]()
    blocks = {store.logs[0].timed.at("offset", row) for row in range(800, 1600, 16)}
    read.clear()
    assert store.standing(1600)[::2] == (store.standing(1601).micros, 800)
    assert hits.next(1600, 1, tell=told.append) == 1610
    assert set(read) <= blocks
    assert len(read) < 20
    assert told == sorted(told)
    read.clear()
    assert hits.next(1610, 1) == 1611
    assert hits.next(1611, -1) == 1610
    assert len(read) < 20
    assert hits.next(1611, 1) is None
    read.clear()
    assert hits.next(1611, 1) is None
    assert not read


def test_a_search_that_is_stopped_finds_nothing_and_goes_on_when_it_is_asked_again() -> None:
    store = stored([[(second, "hit" if second == 99 else "none") for second in range(100)]])
    hits, stopped = TextHits(store, "hit"), Event()
    stopped.set()
    assert hits.next(0, 1, stopped=stopped) is None
    assert hits.next(0, 1) == 99


def test_what_another_thread_finds_while_a_search_begins_is_not_missed() -> None:
    store = stored([[(second, "hit" if second == 99 else "none") for second in range(100)]])

    class Overtaken(TextHits):
        is_overtaken = False

        def _ahead_of(self, standing: Standing, step: int) -> Sequence[_Block]:
            if not self.is_overtaken:
                self.is_overtaken = True
                assert self.next(0, 1) == 99
            return super()._ahead_of(standing, step)

    assert Overtaken(store, "hit").next(0, 1) == 99


def test_records_of_one_time_stand_in_the_order_of_their_files() -> None:
    store = stored([[(0, "hit")] * 40, [(0, "hit")] * 40])
    hits = TextHits(store, "hit")
    assert [hits.next(row, 1) for row in range(80)] == [*range(1, 80), None]
    assert [store.standing(row)[1:] for row in (0, 39, 40, 79)] == [(0, 0), (0, 39), (1, 0), (1, 39)]
    assert np.unique([store.standing(row).micros for row in range(80)]).size == 1
