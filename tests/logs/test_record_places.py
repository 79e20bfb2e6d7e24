import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.logs.content.log_sources import open_source
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.records.record_reader import RecordReader
from triage_tui.logs.search import record_places
from triage_tui.logs.search.record_places import RecordPlaces

RECORD = json.dumps({"time": "2026-11-24T02:00:00Z", "level": "info", "message": "m"})


def places_in(text: str) -> RecordPlaces:
    return RecordPlaces(RecordReader(open_source(LogInput("app.log", data=text.encode()))[0]))


@given(
    st.lists(st.sampled_from([RECORD, "  of a dump", "  x"]), min_size=1, max_size=40),
    st.lists(st.integers(0, 4000), max_size=12),
    st.sampled_from([20, 100, 1 << 20]),
)
def test_a_record_begins_where_it_does_whatever_was_asked_before(lines: list[str], asked: list[int], cap: int) -> None:
    text = "".join(f"{line}\n" for line in [RECORD, *lines])
    places = places_in(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_places, "LINE_BYTES_CAP", cap)
        for offset in asked:
            assert places.begin_of(offset % len(text)) == places_in(text).begin_of(offset % len(text))


def test_lines_that_begin_no_record_are_gone_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"{line}\n" for line in [RECORD] * 100 + ["  of a dump"] * 1000 + [RECORD])
    places, begins = places_in(text), RecordPlaces._begins_record
    tested: list[int] = []

    def counted(self: RecordPlaces, begin: int) -> bool:
        tested.append(begin)
        return begins(self, begin)

    monkeypatch.setattr(RecordPlaces, "_begins_record", counted)
    asked = range(len(text) // 2, len(text) - 200, 500)
    assert {places.begin_of(offset) for offset in asked} == {99 * (len(RECORD) + 1)}
    assert len(tested) < 1100
