import json
import re
from datetime import UTC, datetime, timedelta
from threading import Event

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.matching import matching_rows
from tests.properties import examples
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.filters.conditions import (
    AnyCondition,
    FieldCompares,
    FieldIs,
    HasLevel,
    HoldsText,
    IsWithin,
    MatchesPattern,
)
from triage_tui.logs.filters.filtering import matches_in_steps
from triage_tui.logs.filters.line_filters import read_filters
from triage_tui.logs.filters.near_rows import with_rows_around
from triage_tui.logs.filters.row_set import RowSet
from triage_tui.logs.histogram import bucket_width
from triage_tui.logs.index import columns, later_columns
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.order import merged_order
from triage_tui.logs.store import LogStore

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
RECORDS: list[dict[str, object]] = [
    {"level": "info", "message": "request started", "user_id": 5, "status": 200},
    {"level": "error", "message": "Pool exhausted", "user_id": 15, "status": 500},
    {"level": "warn", "message": "pool nearly full", "user_id": 5, "region": "eu", "note": ""},
    {"level": "error", "message": "timeout after 30 s", "user_id": 5, "status": 504},
]

MESSAGES = {str(number): record for number, record in enumerate(RECORDS)}


@pytest.fixture
def store() -> LogStore:
    lines = [
        json.dumps({"time": (AT + timedelta(seconds=20 * number)).isoformat(), **record})
        for number, record in enumerate(RECORDS)
    ]
    return open_logs([LogInput("app.log", data="\n".join(lines).encode())]).store


@pytest.mark.parametrize(
    ("conditions", "rows"),
    [
        ([], [0, 1, 2, 3]),
        ([HoldsText(text="POOL")], [1, 2]),
        ([HoldsText(text="pool", excluded=True)], [0, 3]),
        ([HasLevel(levels=("ERROR", "CRITICAL"))], [1, 3]),
        ([HasLevel(levels=("INFO",), excluded=True)], [1, 2, 3]),
        ([FieldIs(name="user_id", value="5")], [0, 2, 3]),
        ([FieldIs(name="user", value="5"), HasLevel(levels=("ERROR",))], [3]),
        ([FieldIs(name="region", value="eu", excluded=True)], [0, 1, 3]),
        ([FieldIs(name="note", value="")], [2]),
        ([MatchesPattern(pattern=r"after \d+ s")], [3]),
        ([MatchesPattern(pattern=r"(?i)POOL"), HoldsText(text="nearly", excluded=True)], [1]),
        ([IsWithin(window=TimeWindow(AT + timedelta(seconds=20), AT + timedelta(seconds=60)))], [1, 2]),
        ([HoldsText(text="")], []),
    ],
)
def test_rows_meet_every_condition(store: LogStore, conditions: list[AnyCondition], rows: list[int]) -> None:
    assert list(matching_rows(store, conditions)) == rows
    assert list(matching_rows(store, conditions[::-1])) == rows


def test_a_pattern_that_is_none_says_so(store: LogStore) -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        matching_rows(store, [MatchesPattern(pattern="(")])


def test_conditions_can_be_saved() -> None:
    conditions: list[AnyCondition] = [
        FieldIs(name="a", value="b"),
        HasLevel(levels=("ERROR",), excluded=True),
        FieldCompares(name="latency", sign=">=", bound=1500.0, is_duration=True),
    ]
    assert msgspec.json.decode(msgspec.json.encode(conditions), type=list[AnyCondition]) == conditions


def test_context_lines_are_added_once_and_not_beyond_the_ends() -> None:
    assert list(with_rows_around(RowSet.of([0, 3, 4], 6), 1)) == [0, 1, 2, 3, 4, 5]
    assert list(with_rows_around(RowSet.of([5], 6), 2)) == [3, 4, 5]
    assert list(with_rows_around(RowSet.of([0], 6), 0)) == [0]


def test_levels_are_counted_by_minute(store: LogStore) -> None:
    minute = timedelta(minutes=1)
    assert list(store.level_counts(timedelta(seconds=30)).counts()) == [
        (AT, "INFO", 1),
        (AT, "ERROR", 1),
        (AT + minute / 2, "WARNING", 1),
        (AT + minute, "ERROR", 1),
    ]
    second = TimeWindow(AT + minute, AT + 2 * minute)
    assert list(store.level_counts(minute, second).counts()) == [(AT + minute, "ERROR", 1)]
    assert list(store.level_counts(minute, rows=[0, 3]).counts()) == [(AT, "INFO", 1), (AT + minute, "ERROR", 1)]
    assert store.span() == TimeWindow(AT, AT + timedelta(seconds=61))


@pytest.mark.parametrize(
    ("hours", "most", "seconds"), [(1, 60, 60), (1, 100, 60), (1, 3600, 1), (9000, 10, 38 * 86400)]
)
def test_buckets_have_round_widths(hours: int, most: int, seconds: int) -> None:
    assert bucket_width(TimeWindow(AT, AT + timedelta(hours=hours)), most).total_seconds() == seconds


TIMED = st.lists(st.tuples(st.integers(0, 300), st.sampled_from(sorted(MESSAGES))), min_size=1, max_size=70)
TYPED = [
    "pool", "!POOL", "/pool.*full/", "/(?i)pool|timeout/", "/x+/", "level>=warn", "user_id=5", "status!=200",
    "status>=500", "02:01..02:03", "!02:01..02:03", "-C1",
]  # fmt: skip


@examples(40)
@given(st.lists(TIMED, min_size=1, max_size=3), st.lists(st.sampled_from(TYPED), min_size=1, max_size=3), st.data())
def test_filters_find_in_logs_that_overlap_or_are_out_of_order_what_each_record_says(
    files: list[list[tuple[int, str]]], typed: list[str], data: st.DataObject
) -> None:
    conditions = read_filters(typed, AT.date()).conditions
    with pytest.MonkeyPatch.context() as patch:
        for module in (columns, later_columns, merged_order):
            patch.setattr(module, "BLOCK_ROWS", 16)
        patch.setattr(merged_order, "FEW_RECORDS", data.draw(st.sampled_from([0, 10, 1000])))
        inputs = [LogInput(f"{n}.log", data="".join(map(timed_line, each)).encode()) for n, each in enumerate(files)]
        logs = IndexedLogs(inputs)
        logs.build(lambda _: None, Event())
        store = logs.store()
        first = data.draw(st.integers(0, len(store)))
        *_, last = matches_in_steps(store, conditions, first)
    expected = [row for row in range(first, len(store)) if all(meets(store, row, one) for one in conditions)]
    assert last.rows is not None
    assert list(last.rows) == expected


def timed_line(record: tuple[int, str]) -> str:
    at = (AT + timedelta(seconds=record[0])).isoformat()
    return json.dumps({"time": at, **MESSAGES[record[1]]}) + "\n"


def meets(store: LogStore, row: int, condition: AnyCondition) -> bool:
    """Tell of a record by itself, from its text and fields alone."""
    record, text = store.row(row), store.text(row)
    match condition:
        case HoldsText():
            found = condition.text.lower() in text.lower()
        case MatchesPattern():
            found = re.search(condition.pattern, text) is not None
        case HasLevel():
            found = record.level in condition.levels
        case IsWithin():
            found = record.time is not None and condition.window.contains(record.time)
        case FieldIs():
            found = store.fields.text(row, condition.name) == condition.value
        case _:
            found = float(store.fields.text(row, condition.name) or "nan") >= condition.bound
    return found != condition.excluded
