from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from triage_tui.cli.times import parse_duration, parse_time
from triage_tui.config.zones import parse_zone

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00+00:00"),
        ("2026-11-24T10:00:00+02:00", "2026-11-24T08:00:00+00:00"),
        ("2026-11-24 10:00", "2026-11-24T09:00:00+00:00"),
        ("-90m", "2026-11-24T10:30:00+00:00"),
        ("90m ago", "2026-11-24T10:30:00+00:00"),
        ("1h30m ago", "2026-11-24T10:30:00+00:00"),
        ("today 10:00", "2026-11-24T09:00:00+00:00"),
        ("yesterday 23:30:05", "2026-11-23T22:30:05+00:00"),
        ("10:00", "2026-11-24T09:00:00+00:00"),
        ("today", "2026-11-23T23:00:00+00:00"),
        ("now", "2026-11-24T12:00:00+00:00"),
    ],
)
def test_times_are_read_as_people_write_them(text: str, moment: str) -> None:
    assert parse_time(text, NOW, BERLIN) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["", "soon", "25:00x", "25:00", "today 14:60", "2026-13-01", "90 parsecs ago"])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        parse_time(text, NOW)


def test_durations_add_up() -> None:
    assert parse_duration("1d2h3m4s") == timedelta(days=1, hours=2, minutes=3, seconds=4)
    assert parse_duration("1.5h") == timedelta(minutes=90)
    with pytest.raises(ValueError, match="no duration"):
        parse_duration("90")


@pytest.mark.parametrize("name", ["Mars", "../../etc/passwd", ""])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        parse_zone(name)
