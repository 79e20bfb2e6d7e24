from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from triage_tui.logs.records.time_columns import read_times

TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOMENT = datetime(2026, 11, 24, 2, 0, 1, 123000, tzinfo=UTC)
WHOLE = MOMENT.replace(microsecond=0)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-24T02:00:01.123Z", MOMENT),
        ("2026-11-24T03:00:01.123+01:00", MOMENT),
        ("2026-11-24T02:00:01.123000789Z", MOMENT),
        ("2026-11-24 02:00:01,123", MOMENT),
        ("2026-11-24 02:00:01.123 UTC", MOMENT),
        ("2026-11-23 21:00:01.123 -0500", MOMENT),
        ("2026-11-24 03:00:01.123 CET", MOMENT),
        ("2026-11-23 21:00:01.123 EST", MOMENT),
        ("2026-11-24 02:00:01.123 XYZ", MOMENT),
        ("2026-11-24t02:00:01.123z", MOMENT),
        ("2026-11-24T03:00:01.123+01:00[Europe/Paris]", MOMENT),
        ("2026/11/24 02:00:01", WHOLE),
        ("24/Nov/2026:04:00:01 +0200", WHOLE),
        ("Nov 24 02:00:01", WHOLE),
        ("1124 02:00:01.123000", MOMENT),
        ("Tue Nov 24 02:00:01.123000 2026", MOMENT),
        ("24-Nov-2026 02:00:01.123", MOMENT),
        ("24 Nov 2026 02:00:01.123", MOMENT),
        ("Tue, 24 Nov 2026 02:00:01 GMT", WHOLE),
        (1795485601.123, MOMENT),
        (1795485601123, MOMENT),
        (1795485601123000, MOMENT),
        (1795485601123000000, MOMENT),
        ("1795485601123", MOMENT),
    ],
)
def test_a_time_is_read_however_it_is_written(written: object, moment: datetime) -> None:
    assert read_times([written], today=TODAY).times.to_list() == [moment]


@pytest.mark.parametrize(
    "written", ["yesterday", "", True, None, 17, -1.0, float("nan"), {"a": 1}, "2026-13-40", "2026-11-24 02:00:01 PM"]
)
def test_what_is_no_time_is_unknown(written: object) -> None:
    assert read_times([written], today=TODAY).times.to_list() == [None]


def test_times_of_all_kinds_may_stand_in_one_column() -> None:
    read = read_times(["2026-11-24T02:00:01.123Z", 1795485601.123, "2026-11-24 02:00:01,123", None], today=TODAY)
    assert read.times.to_list() == [MOMENT, MOMENT, MOMENT, None]
    assert read.without_zone == 1


def test_naive_times_take_the_assumed_zone_and_are_counted() -> None:
    read = read_times(["2026-11-24 03:00:01,123", "2026-11-24 03:00:01.123"], ZoneInfo("Europe/Berlin"), TODAY)
    assert read.times.to_list() == [MOMENT, MOMENT]
    assert read.without_zone == 2


def test_the_name_of_a_zone_that_may_be_several_is_no_offset() -> None:
    read = read_times(["2026-11-24 03:00:01.123 IST", "2026-11-24 02:00:01.123 UTC"], ZoneInfo("Europe/Berlin"), TODAY)
    assert read.times.to_list() == [MOMENT, MOMENT]
    assert read.without_zone == 1


def test_a_column_of_naive_times_is_read_as_one() -> None:
    read = read_times(["2026-11-24 02:00:01,123", "2026-11-24T02:00:01"], today=TODAY)
    assert read.times.to_list() == [MOMENT, WHOLE]
    assert read.without_zone == 2


def test_a_month_that_lies_ahead_is_last_years() -> None:
    assert read_times(["Dec 24 02:00:01"], today=TODAY).times.to_list() == [datetime(2025, 12, 24, 2, 0, 1, tzinfo=UTC)]
