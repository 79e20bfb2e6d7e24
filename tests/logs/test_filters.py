import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.filtering import matching_rows
from triage_tui.logs.filters import (
    AnyCondition,
    FieldCompares,
    FieldIs,
    HasLevel,
    HoldsText,
    IsWithin,
    MatchesPattern,
)
from triage_tui.logs.histogram import bucket_width
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.row_set import RowSet
from triage_tui.logs.store import LogStore

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
RECORDS: list[dict[str, object]] = [
    {"level": "info", "message": "request started", "user_id": 5, "status": 200},
    {"level": "error", "message": "Pool exhausted", "user_id": 15, "status": 500},
    {"level": "warn", "message": "pool nearly full", "user_id": 5, "region": "eu"},
    {"level": "error", "message": "timeout after 30 s", "user_id": 5, "status": 504},
]


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
        ([MatchesPattern(pattern=r"after \d+ s")], [3]),
        ([MatchesPattern(pattern=r"(?i)POOL"), HoldsText(text="nearly", excluded=True)], [1]),
        ([IsWithin(window=TimeWindow(AT + timedelta(seconds=20), AT + timedelta(seconds=60)))], [1, 2]),
        ([HoldsText(text="")], []),
    ],
)
def test_rows_meet_every_condition(store: LogStore, conditions: list[AnyCondition], rows: list[int]) -> None:
    assert matching_rows(store, conditions) == RowSet.of(rows, len(RECORDS))
    assert matching_rows(store, conditions[::-1]) == RowSet.of(rows, len(RECORDS))


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
    assert list(RowSet.of([0, 3, 4], 6).near(1)) == [0, 1, 2, 3, 4, 5]
    assert list(RowSet.of([5], 6).near(2)) == [3, 4, 5]
    assert list(RowSet.of([0], 6).near(0)) == [0]


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
