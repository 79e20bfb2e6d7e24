import json
import tracemalloc
from bisect import bisect_right
from datetime import UTC, datetime
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.index import columns, later_columns
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (columns, later_columns):
        monkeypatch.setattr(module, "BLOCK_ROWS", 16)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=90), st.lists(st.integers(0, 9_000), max_size=60))
def test_places_in_the_text_lie_in_the_records_that_hold_them(widths: list[int], places: list[int]) -> None:
    lines = [json.dumps({"time": "2026-11-24T02:00:00Z", "message": "m" * width}) + "\n" for width in widths]
    logs = IndexedLogs([LogInput("app.log", data="".join(lines).encode())])
    logs.build(lambda _: None, Event())
    (log,) = logs.store().logs
    begins = np.cumsum([0, *map(len, lines)]).tolist()
    inside = sorted(place for place in places if place < begins[-1])
    expected = sorted({bisect_right(begins, place) - 1 for place in inside})
    assert log.rows_at(np.array([*inside, begins[-1]])).tolist() == expected
    assert log.rows_at(np.array(inside, np.int64)).tolist() == expected


def test_the_rows_of_a_wide_window_are_found_in_the_memory_of_a_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(columns, "BLOCK_ROWS", 1024)
    line = json.dumps({"time": "2026-11-24T02:00:00Z", "message": "m"}) + "\n"
    logs = IndexedLogs([LogInput("app.log", data=(line * 40_000).encode())])
    logs.build(lambda _: None, Event())
    (log,) = logs.store().logs
    window = TimeWindow(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    tracemalloc.start()
    try:
        assert log.rows_within(window) == (0, 40_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(log)  # rows as numbers would be eight bytes each


def test_a_window_without_records_has_no_rows() -> None:
    line = json.dumps({"time": "2026-11-24T02:00:00Z", "message": "m"}) + "\n"
    logs = IndexedLogs([LogInput("app.log", data=line.encode())])
    logs.build(lambda _: None, Event())
    (log,) = logs.store().logs
    assert log.rows_within(TimeWindow(datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))) == (0, 0)
