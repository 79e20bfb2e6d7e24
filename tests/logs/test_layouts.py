"""Lines are read by their layout as they are read by parsing them."""

import json
from datetime import UTC, datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs.indexes import index_of
from triage_tui.logs.chunk_reader import ChunkReader
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.layouts import learn, learn_all
from triage_tui.logs.opened_logs import LogInput, LogOptions

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PAD = [{"n": n} for n in range(40)]
ZONED = ["%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S+02:00", "%Y-%m-%dT%H:%M:%S,%f"]
WORDS = st.sampled_from(["", "info", "ERROR", "Warning", "critical", "information", "30", "x"])
VALUES = st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats(-1e3, 1e3) | st.text(max_size=30)


def rows(text: str, *, quick: bool, options: LogOptions = LogOptions()) -> pl.DataFrame:  # noqa: B008 - frozen
    learned = ChunkReader._learn
    if not quick:
        ChunkReader._learn = lambda *_: None  # type: ignore[method-assign]
    try:
        logs = IndexedLogs([LogInput("app.log", data=text.encode("utf-8", "surrogatepass"))], options)
        logs.build(lambda _: None, Event())
        logs.complete(Event())
        assert quick == logs._files[0]._chunks.is_quick
        return index_of(logs.store())
    finally:
        ChunkReader._learn = learned  # type: ignore[method-assign]


def same(records: list[dict[str, object]], compact: bool = False, ascii_only: bool = True) -> None:
    separators = (",", ":") if compact else None
    lines = [json.dumps(one, separators=separators, ensure_ascii=ascii_only) for one in records]
    text = "".join(f"{line}\n" for line in lines)
    by_layout, parsed = rows(text, quick=True), rows(text, quick=False)
    assert by_layout.height == len(records)
    assert by_layout.rows() == parsed.rows()


@settings(deadline=None, max_examples=60)
@given(
    st.permutations(["time", "level", "message", "request_id", "host", "other"]),
    st.sampled_from(ZONED),
    st.lists(st.fixed_dictionaries({"level": WORDS, "message": st.text(max_size=60), "other": VALUES}), max_size=30),
    st.booleans(),
    st.booleans(),
)
def test_any_order_of_keys_and_any_values(
    order: list[str], layout: str, values: list[dict[str, object]], compact: bool, ascii_only: bool
) -> None:
    usual = [{"level": "info", "message": f"order {n} done", "other": n, "host": "web-1"} for n in range(10)]
    records = []
    for number, one in enumerate([*usual, *values, *usual]):
        at = AT + timedelta(milliseconds=77 * number)
        known = {"time": at.strftime(layout), "request_id": f"{number % 7:032x}", "host": f"h{number % 3}", **one}
        records.append({name: known[name] for name in order})
    same(records, compact, ascii_only)


@pytest.mark.parametrize(
    "odd",
    [
        {"level": "error", "request_id": None},
        {"level": None, "host": None},
        {"request_id": 17, "level": 50},
        {"request_id": 'a"b', "message": 'say "no" \\ or\n\tgo'},
        {"message": "x" * 500},
        {"message": '", "request_id": "fake'},
        {"request_id": "x" * 300},
        {"message": {"nested": {"deep": [1, {"a": "b"}]}}},
        {"message": ["a", "b"]},
        {"time": None},
        {"time": "yesterday"},
        {"time": "2026-11-24T02:60:00.000000Z"},
        {"time": "2026-11-24T02:00:61.000000Z"},
        {"time": "2026-13-24T02:00:01.000000Z"},
        {"time": "2026-11-24T02:00:0a.000000Z"},
        {"time": "2026-11-24T02:00:01.00000xZ"},
        {"time": "2026-11-24T02:00:01.000000+"},
        {"time": "2026-11-24T02:00:01Z"},
        {"time": 1795485601.5},
        {"extra": 1},
        {"trace_id": "t-9"},
    ],
)
@pytest.mark.parametrize("often", [1, 40])
def test_an_odd_line_is_read_as_it_is_parsed(odd: dict[str, object], often: int) -> None:
    records: list[dict[str, object]] = []
    for number in range(120):
        at = (AT + timedelta(microseconds=1001 * number)).strftime(ZONED[0])
        usual: dict[str, object] = {
            "time": at,
            "level": "info",
            "message": f"order {number}",
            "request_id": f"r-{number}",
            "host": "web",
        }
        records.append(usual | odd if 60 <= number < 60 + often else usual)
    same(records)


@pytest.mark.parametrize("time", [1795485600, 1795485600.25, 1795485600123, 1795485600123456, "1795485600123"])
def test_times_that_are_numbers(time: float | str) -> None:
    same([{"ts": time, "lvl": 30, "msg": f"m{n}", "reqId": f"r{n}"} for n in range(50)])


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_times_without_an_offset_are_read_in_the_assumed_zone_over_its_change(zone: str) -> None:
    at = datetime(2026, 10, 25, 0, 30)  # noqa: DTZ001 - a local time
    lines = [{"time": (at + timedelta(minutes=7 * n)).isoformat(), "message": "m"} for n in range(60)]
    text = "".join(f"{json.dumps(one)}\n" for one in lines)
    options = LogOptions(assumed_zone=ZoneInfo(zone))
    assert rows(text, quick=True, options=options).rows() == rows(text, quick=False, options=options).rows()


def test_lines_of_other_shapes_are_learned_as_they_come() -> None:
    first = [{"time": AT.isoformat(), "message": "m", "n": n} for n in range(300)]
    later = [{"@timestamp": AT.isoformat(), "log": {"level": "warn"}, "message": "m", "n": n} for n in range(300)]
    same([*first, *later, *first])


def test_what_is_no_plain_object_has_no_layout() -> None:
    for line in (
        b"[1]",
        b"{",
        b"",
        b'{"message":"m","time":["a"]}',
        b'{"message":"m","ts":12}',
        b'{"log":"x","stream":"stdout"}',
        b'"text"',
    ):
        assert learn(line) is None


def test_lines_with_the_same_keys_share_a_layout_and_the_most_frequent_is_first() -> None:
    lines = [b'{"level":"info","n":1}', b'{"n":1,"level":"x"}', b'{"level":"warning","n":22}']
    found = learn_all(lines, 8)
    assert [len(one.steps) for one in found] == [1, 2]
    assert (found[0].steps[0].least, found[0].steps[0].most) == (4, 7)
