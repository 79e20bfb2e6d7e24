import json
from datetime import UTC, datetime, timedelta

import pytest

from triage_tui.logs.log_input import LogInput
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.store import LogStore

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def line(second: float, **fields: object) -> str:
    return json.dumps({"time": (AT + timedelta(seconds=second)).isoformat(), **fields})


@pytest.fixture
def store() -> LogStore:
    api = [
        line(0, message="request started", request_id="r-1", level="info"),
        line(2, message="boom for r-1", level="error"),
        line(4, message="request started", request_id="r-12", level="info"),
    ]
    text = "2026-11-24 02:00:01,000 INFO db: acquired trace_id=r-1\n2026-11-24 02:00:03,000 ERROR db: Boom\n  at x\n"
    inputs = [LogInput("api.log", data="\n".join(api).encode()), LogInput("db.log", data=text.encode())]
    return open_logs(inputs).store


def test_rows_of_many_files_are_in_time_order(store: LogStore) -> None:
    assert [store.row(number).file for number in range(len(store))] == [
        "api.log",
        "db.log",
        "api.log",
        "db.log",
        "api.log",
    ]


def test_a_row_is_read_from_its_file(store: LogStore) -> None:
    row = store.row(3)
    assert (row.row, row.time, row.level, row.line) == (3, AT + timedelta(seconds=3), "ERROR", 2)
    assert row.text == "2026-11-24 02:00:03,000 ERROR db: Boom\n  at x"
    assert row.event == "Boom"
    assert store.row(1).request_id == "r-1"


@pytest.mark.parametrize("number", [-1, 5])
def test_there_is_no_row_beyond_the_ends(store: LogStore, number: int) -> None:
    with pytest.raises(IndexError):
        store.row(number)


def test_a_moment_finds_the_row_at_or_after_it(store: LogStore) -> None:
    assert [store.row_at(AT + timedelta(seconds=second)) for second in (-9, 0, 0.5, 2, 99)] == [0, 0, 1, 2, 4]


def test_an_id_is_found_under_any_name_and_in_free_text_but_not_in_longer_ids(store: LogStore) -> None:
    assert list(store.rows_with_id("r-1")) == [0, 1, 2]
    assert list(store.rows_with_id("r-12")) == [4]
    assert list(store.rows_with_id("r-9")) == []
    assert list(store.rows_with_id("")) == []


def test_the_next_match_ignores_case_and_goes_both_ways(store: LogStore) -> None:
    assert store.next_match("BOOM", 0, 1) == 2
    assert store.next_match("boom", 2, 1) == 3
    assert store.next_match("boom", 3, 1) is None
    assert store.next_match("boom", 3, -1) == 2
    assert store.next_match("at x", 4, -1) == 3
    assert store.next_match("", 0, 1) is None


def test_the_next_level_goes_both_ways(store: LogStore) -> None:
    errors = frozenset({"ERROR"})
    assert store.next_level(errors, 0, 1) == 2
    assert store.next_level(errors, 2, 1) == 3
    assert store.next_level(errors, 3, 1) is None
    assert store.next_level(errors, 2, -1) is None
    assert store.next_level(frozenset({"CRITICAL"}), 0, 1) is None
