import json
from bisect import bisect_right
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs import columns, index
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (columns, index):
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
