import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from tests.logs.matching import matching_rows
from triage_tui.logs.filters.conditions import HasLevel, HoldsText, MatchesPattern
from triage_tui.logs.filters.filtering import FilterStep, matches_in_steps
from triage_tui.logs.filters.line_filters import read_filter, read_filters
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.store import LogStore

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def store() -> LogStore:
    lines = []
    for number in range(300):
        level = ("debug", "info", "warn", "error", "fatal")[number % 5]
        lines.append(
            json.dumps({
                "time": (AT + timedelta(seconds=number)).isoformat(), "level": level, "status": 200 + number % 3,
                "message": f"GET /api/orders/{number} took {number % 7} s", "http": {"host": f"h{number % 2}"},
                "took_ms": number % 10, "request_time": f"{number % 4 / 5}", "wait": ("80.5ms", "1m0.5s")[number % 2],
            })
        )  # fmt: skip
    parts = [LogInput(name, data="\n".join(part).encode()) for name, part in (("a", lines[::2]), ("b", lines[1::2]))]
    return open_logs(parts).store


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("took 6 S", lambda n: n % 7 == 6),
        ("!took 6 s", lambda n: n % 7 != 6),
        ("level>=warn", lambda n: n % 5 >= 2),
        ("level<info", lambda n: n % 5 == 0),
        ("level!=error", lambda n: n % 5 != 3),
        ("!level=error", lambda n: n % 5 != 3),
        ("status=201", lambda n: n % 3 == 1),
        ("status != 201", lambda n: n % 3 != 1),
        ("http.host=h1", lambda n: n % 2 == 1),
        ("status>=201", lambda n: n % 3 >= 1),
        ("!status>201", lambda n: n % 3 < 2),
        ("took_ms>2.5", lambda n: n % 10 >= 3),
        ("took_ms < 2ms", lambda n: n % 10 < 2),
        ("took_ms>=0.002s", lambda n: n % 10 >= 2),
        ("took_ms<=3e-3s", lambda n: n % 10 <= 3),
        ("request_time>0.5", lambda n: n % 4 == 3),
        ("request_time>500ms", lambda n: n % 4 == 3),
        ("wait>1200", lambda n: n % 2 == 1),
        ("wait>1.2s", lambda n: n % 2 == 1),
        ("duration>=3", lambda n: n % 10 >= 3),
        ("message>1", lambda n: n < 0),
        ("!nothing<1", lambda n: n >= 0),
        (r"/orders\/1\d\d took [0-2]/", lambda n: 100 <= n < 200 and n % 7 <= 2),
        ("/TOOK 6/i", lambda n: n % 7 == 6),
        ("/api/orders/12", lambda n: str(n).startswith("12")),
        ('"took 6"', lambda n: n % 7 == 6),
        ("14:01..14:02", lambda n: 60 <= n < 120),
        ("..14:01", lambda n: n < 60),
        ("time>=14:04:30", lambda n: n >= 270),
        ("2026-11-24T15:04+01:00..", lambda n: n >= 240),
    ],
)
def test_a_filter_as_it_is_typed_finds_its_records_and_so_does_filtering_in_steps(
    store: LogStore, text: str, holds: object
) -> None:
    assert callable(holds)
    wanted = [number for number in range(300) if holds(number)]
    read = read_filters([text], DAY)
    assert read.problems == ()
    assert list(matching_rows(store, read.conditions)) == wanted
    *_, last = matches_in_steps(store, read.conditions)
    assert isinstance(last, FilterStep)
    assert last.rows is not None
    assert (list(last.rows), last.share) == (wanted, 1.0)


def test_several_filters_narrow_together_in_any_order(store: LogStore) -> None:
    texts = ["status=201", "took_ms<8", "level>=error", r"/orders.[12]/", "!took 3"]
    for given in (texts, texts[::-1]):
        *_, last = matches_in_steps(store, read_filters(given, DAY).conditions)
        assert last.rows is not None
        assert list(last.rows) == [
            n for n in range(300) if n % 3 == 1 and n % 5 >= 3 and str(n)[0] in "12" and n % 7 != 3 and n % 10 < 8
        ]


def test_rows_known_early_are_among_those_known_at_last_and_shares_grow(store: LogStore) -> None:
    steps = list(matches_in_steps(store, read_filters(["level>=warn", "status=200"], DAY).conditions))
    known = [set(step.rows) for step in steps if step.rows is not None]
    assert all(early <= later for early, later in pairwise(known))
    assert [step.share for step in steps] == sorted(step.share for step in steps)


def test_context_is_asked_for_beside_the_conditions() -> None:
    read = read_filters(["pool", "-C3", "-C 2"])
    assert read.conditions == (HoldsText(text="pool"),)
    assert read.context == 3


@pytest.mark.parametrize("text", ["status>=500", "/pool.*dry/", '"a b"', "!pool"])
def test_context_may_stand_behind_a_filter(text: str) -> None:
    read = read_filters([f"{text} -C2"])
    assert read.conditions == (read_filter(text),)
    assert read.context == 2


@pytest.mark.parametrize("text", ['"pool -C2"', "/pool -C2/", "pool-C2", "pool -C2 dry"])
def test_what_only_looks_like_context_is_part_of_the_filter(text: str) -> None:
    read = read_filters([text])
    assert read.context == 0
    assert len(read.conditions) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/(/", "not a regular expression: unclosed group"),
        ("status=200 level=error", "one condition at a time"),
        ("level>=warn host=a", "one condition at a time"),
        ("level>=loud", "loud is no level"),
        ("level<trace", "no level is"),
        ("level>=", "needs a value"),
        ("status>high", "high is no number"),
        ("status>=", "needs a value"),
        ("time=14:00", "a time is compared with"),
        ("25:00..", "is no time"),
        ("15:00..14:00", "must end after it starts"),
        ("..", "at one end"),
        ('""', "everywhere"),
    ],
)
def test_what_is_no_filter_says_why_and_filters_nothing(text: str, says: str) -> None:
    read = read_filters(["pool", text])
    assert read.conditions == (HoldsText(text="pool"),)
    assert len(read.problems) == 1
    assert says in read.problems[0]


def test_two_exclusions_are_none_and_a_lone_mark_is_text() -> None:
    assert read_filter("!!level=error") == HasLevel(levels=("ERROR",))
    assert read_filter("!") == HoldsText(text="!")
    assert read_filter("!/a/") == MatchesPattern(pattern="a", excluded=True)


def test_hostile_text_is_text() -> None:
    for text in ("[/red]", "\x1b]0;x\x07", "a\x00b", "\u202eabc", "=x", "$(id)"):
        assert read_filter(text) == HoldsText(text=text)


def test_the_fields_of_a_record_are_there_under_their_own_names(store: LogStore) -> None:
    fields = store.fields.of(1)
    assert fields["http.host"] == "h1"
    assert fields["status"] == 201
