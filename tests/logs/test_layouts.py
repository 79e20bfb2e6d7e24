"""Lines are read by their layout as they are read by parsing them."""

import json
from datetime import UTC, datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.indexes import index_of
from triage_tui.logs.formats.format_choice import known_formats
from triage_tui.logs.formats.line_formats import Fields, TextFormat
from triage_tui.logs.index import chunk_reader
from triage_tui.logs.index.chunk_reader import ChunkReader
from triage_tui.logs.index.index_rows import NO_TIME, level_code
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput, LogOptions
from triage_tui.logs.quick.hashing import hash_of
from triage_tui.logs.quick.layouts import common, learn
from triage_tui.logs.quick.quick_times import TimeReader, shape_of
from triage_tui.logs.quick.texts import Texts

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PAD = [{"n": n} for n in range(40)]
ZONED = ["%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S+02:00", "%Y-%m-%dT%H:%M:%S,%f"]
WORDS = st.sampled_from(["", "info", "ERROR", "Warning", "critical", "information", "30", "x"])
VALUES = st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats(-1e3, 1e3) | st.text(max_size=30)


def rows(text: str, *, quick: bool | None, options: LogOptions = LogOptions()) -> pl.DataFrame:  # noqa: B008 - frozen
    learned = ChunkReader._learn
    if quick is False:
        ChunkReader._learn = lambda *_: None  # type: ignore[method-assign]
    try:
        logs = IndexedLogs([LogInput("app.log", data=text.encode("utf-8", "surrogatepass"))], options)
        logs.build(lambda _: None, Event())
        logs.complete(Event())
        assert quick is None or quick == logs._files[0].chunks.is_quick
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
        {"request_id": True, "host": False},
        {"request_id": 'a"b', "message": 'say "no" \\ or\n\tgo'},
        {"message": "x" * 500},
        {"message": '", "request_id": "fake'},
        {"request_id": "x" * 300},
        {"message": {"nested": {"deep": [1, {"a": "b"}]}}},
        {"message": ["a", "b"]},
        {"message": "{}"},
        {"time": None},
        {"time": "yesterday"},
        {"time": "2026-11-24T02:60:00.000000Z"},
        {"time": "2026-11-24T02:00:61.000000Z"},
        {"time": "2026-13-24T02:00:01.000000Z"},
        {"time": "2026-11-24T02:00:0a.000000Z"},
        {"time": "2026-11-24T02:00:01.00000xZ"},
        {"time": "2026-11-24T02:00:01.000000+"},
        {"time": "2026-11-24T02:00:01x000000Z"},
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


@pytest.mark.parametrize("usual", ["1795485600", "1795485600.25"])
@pytest.mark.parametrize(
    "odd", ["1795_485600", "+1795485600", " 1795485600.5", "1_795.5", "1795485600.", "nan", "1.2.3"]
)
def test_what_numpy_takes_for_a_number_is_no_time(usual: str, odd: str) -> None:
    same([{"ts": odd if n == 60 else usual, "lvl": 30, "msg": "m", "reqId": f"r{n}"} for n in range(120)])


@pytest.mark.parametrize("written", ["1.50", "1e3", "100.0", "null", "17"])
def test_a_number_that_is_an_id_is_named_as_parsing_does(written: str) -> None:
    lines = [f'{{"time": "{AT.isoformat()}", "level": "info", "request_id": {1000 + n}}}' for n in range(120)]
    lines[60] = lines[60].replace("1060", written)
    text = "".join(f"{line}\n" for line in lines)
    assert rows(text, quick=True).rows() == rows(text, quick=False).rows()


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n"])
def test_a_line_that_was_cut_off_has_no_fields_wherever_that_was(end: str) -> None:
    line = json.dumps({"time": AT.isoformat(), "level": "error", "request_id": "r-1", "message": "not saved"})
    text = f"{line}{end}" * 120 + f"{line[:-9]}\n" + f"{line}{end}" * 120
    found = rows(text, quick=True)
    assert found.rows() == rows(text, quick=False).rows()
    assert found["flags"].unique(maintain_order=True).to_list() == [level_code("error"), NO_TIME]


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


@pytest.mark.parametrize(
    "line",
    [
        "ts=2026-11-24T02:00:00Z level=info msg=done request_id=r-{n}",
        "ts=2026-11-24T02:00:00Z level=info msg=done host=h{n}",
        "ts=2026-11-24T02:00:00Z msg=done request_id=r-{n}",
        '{{"time": "2026-11-24T02:00:00Z", "request_id": "r-{n}", "took": {n}}}',
    ],
)
def test_lines_that_end_as_on_windows_are_read_by_their_layout(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    none_is_parsed("".join(f"{line.format(n=n % 7)}\r\n" for n in range(200)), monkeypatch)


@pytest.mark.parametrize(
    "line",
    [
        '{{"time": "2026-11-24T02:00:00Z", "level": "info", "event": "{word}", "request_id": "r-{n}", "n": {n}}}',
        '{{"time": "2026-11-24T02:00:00Z", "note": "{word}", "host": "h-{word}", "level": "info", "event": "{word}"}}',
        'ts=2026-11-24T02:00:00Z msg="{word}" level=info request_id=r-{n} took={n}',
        "2026-11-24 02:00:00,123 [{word}] INFO com.example.Orders - done",
    ],
)
def test_values_that_are_narrower_than_in_all_samples_are_read_by_the_layout(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"{'x' * 30}{n % 9}" for n in range(900)]
    words[450:453] = ["short", "", "a"] if "=" not in line and "[" not in line else ["short", "b", "a"]
    none_is_parsed("".join(f"{line.format(n=n % 7, word=word)}\n" for n, word in enumerate(words)), monkeypatch)


def none_is_parsed(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Expect that each line is read by a layout, as it is parsed."""
    parsed = rows(text, quick=False)

    def none_left(*arguments: object, **_: object) -> dict[int, Fields]:
        left = arguments[2]
        assert isinstance(left, np.ndarray)
        assert not len(left)
        return {}

    monkeypatch.setattr(chunk_reader, "records_among", none_left)
    assert rows(text, quick=True).rows() == parsed.rows()


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
    at = b'"time":"2026-11-24T02:00:00Z"'
    lines = [b'{%b,"level":"info","n":1}' % at, b'{%b,"n":1,"level":"x"}' % at, b'{%b,"level":"warning","n":2}' % at]
    found = common(filter(None, map(learn, lines)))
    assert [len(one.steps) for one in found] == [2, 3]
    assert (found[0].steps[1].least, found[0].steps[1].most) == (4, 7)


def test_a_line_without_a_level_has_a_layout_of_its_whole_length() -> None:
    records: list[dict[str, object]] = []
    for number in range(90):
        records.append({"time": (AT + timedelta(seconds=number)).isoformat(), "message": f"m{number}", "n": number})
        if number > 60:
            records.append(records[-1] | {"level": "error"})
    same(records)
    text = in_bytes([f"ts={one['time']} msg=m{' level=error' if 'level' in one else ''}" for one in records])
    assert rows(text, quick=True).rows() == rows(text, quick=False).rows()


QUICK = {
    "access-combined", "apache-error", "go-log", "gunicorn", "klog", "logback", "loguru", "nginx-error", "postgresql",
    "python-logging", "redis", "spring-boot", "syslog-3164", "tomcat",
}  # fmt: skip


def in_bytes(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("form", known_formats(), ids=lambda one: one.name)
def test_lines_of_text_formats_are_read_by_layout_as_they_are_parsed(form: TextFormat, end: str) -> None:
    lines = [text for sample in form.samples for text in sample.text.split("\n") * 20]
    odd = [
        "Traceback (most recent call last):",
        "  File x",
        "ValueError: b",
        "",
        "2026-11-24 02:00:01,500 INFO a: b: c d",
    ]
    text = in_bytes([*lines, *odd, *reversed(lines)]).replace("\n", end)
    assert rows(text, quick=form.name in QUICK or None).rows() == rows(text, quick=False).rows()


@given(
    st.sampled_from(
        [
            "{at} {level} orders.api: {message}",
            "{at} [main] {level} com.example.Orders - {message}",
            "{at} {level}  {message}",
            "ts={at} level={level} msg={quoted} request_id={id} host=web-1",
            "level={level} time={at} trace_id={id} status=200 msg={quoted}",
        ]
    ),
    st.sampled_from(["%Y-%m-%d %H:%M:%S,%f", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S"]),
    st.lists(st.tuples(st.sampled_from(["INFO", "ERROR", "warn", "DEBUG", "none"]), st.text(max_size=40)), max_size=20),
)
def test_lines_of_text_with_any_messages(line: str, layout: str, values: list[tuple[str, str]]) -> None:
    usual = [("INFO", f"order {number} request_id=r-{number} done") for number in range(20)]
    lines = []
    for number, (level, message) in enumerate([*usual, *values, *usual]):
        at = (AT + timedelta(milliseconds=77 * number)).strftime(layout).replace(" ", "T" if "=" in line else " ")
        text = " ".join(message.split())
        known = {"at": at, "level": level, "message": text, "quoted": json.dumps(text), "id": f"{number % 7:08x}"}
        lines.append(line.format(**known))
    text = in_bytes(lines)
    by_layout, parsed = rows(text, quick=True), rows(text, quick=False)
    timed = ["offset", "line", "order", "flags", "length", "host"]
    assert by_layout.select(timed).rows() == parsed.select(timed).rows()
    same_ids = by_layout["id_hash"] == parsed["id_hash"]
    assert same_ids.all() or "request_id" not in line


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("request_id=abc-1 x", "abc-1"),
        ('request_id="abc 1" x', "abc 1"),
        ("(request_id=abc-1)", "abc-1"),
        ("request_id=abc-1,user=2", "abc-1"),
        ("other_request_id=abc-2", ""),
        ("request_id=abc-1 request_id=abc-2", "abc-1"),
        ("no ID", ""),
        ("request_id=" + "x" * 400, "x" * 400),
        ("request_id=" + "x" * 3000 + " y", "x" * 3000),
        ('request_id="' + "x " * 1500 + '" y', "x " * 1500),
    ],
)
def test_an_id_is_found_behind_the_name_that_the_log_gives_it(message: str, wanted: str) -> None:
    usual = [f"2026-11-24 02:00:00,00{n} INFO orders: started request_id=r-{n}" for n in range(10)]
    found = rows(in_bytes([*usual, f"2026-11-24 02:00:01,000 INFO orders: {message}"]), quick=True)
    assert found["id_hash"].to_list() == [hash_of(f"r-{n}") for n in range(10)] + [hash_of(wanted)]


def test_a_line_without_a_number_does_not_spoil_the_times_of_the_others() -> None:
    text = b"1795485601500 1795485602 "
    shape = shape_of(b"1795485601500")
    assert shape is not None
    read = TimeReader(shape).read(
        Texts(np.frombuffer(text, np.uint8), np.array([0, 13, 14])), np.array([13, 13, 24]), np.ones(3, bool)
    )
    assert read.known.tolist() == [True, False, True]
    assert read.micros[[0, 2]].tolist() == [1795485601500000, 1795485602000000]


def test_ids_are_known_with_the_times_wherever_they_stand_in_a_line() -> None:
    lines = []
    for number in range(60):
        time, request = f'"time": "2026-11-24T02:00:{number:02}Z", "level": "info"', f'"request_id": "r-{number}"'
        kinds = [
            f'{{{time}, "message": "took {"x" * number} ms", {request}}}',
            f'{{{time}, "message": "no ID"}}',
            f'{{{time}, {request}, "message": "before it"}}',
            f'{{{time}, "message": "said \\"no\\"", {request}, "more": {{"deep": []}}}}',
            f'Traceback (most recent call last):\n  File "x"\nValueError: {number}',
            f"2026-11-24 02:00:{number:02} ERROR orders.db: no JSON",
        ]
        lines.append(kinds[number % len(kinds)])
    logs = IndexedLogs([LogInput("app.log", data="\n".join([*lines, ""]).encode())])
    logs.build(lambda _: None, Event())
    store = logs.store()
    assert len(store.logs[0].later_by_now("ids")) == len(store)
    records = [number for number in range(60) if number % 6 != 4]
    found = [list(store.search.indexed_under(f"r-{number}")) for number in records]
    assert found == [[row] if number % 6 not in {1, 5} else [] for row, number in enumerate(records)]


@pytest.mark.parametrize(
    "odd",
    [
        '{{{time}, "level": "info", "host": "WEB", "tags": [12], "user": "u1", "message": "m"}}',
        '{{{time}, "level": "info", "host": "W", "as": [123456], "user": "u1", "message": "m"}}',
        '{{{time}, "level": "info", "host": "WEB-1", "tags": [], "user": "u1", "message": "m"}} x',
        '{{{time}, "level": "info", "host": "WEB-1", "tags": [], "user": "u1", "message": "m"}}\0',
        '{{{time}, "level": "info", "host": "WEB-1", "tags": [], "user": "u1", "message": "m"}}\n  x\ny: ValueError: z',
    ],
)
def test_a_line_as_wide_as_the_others_that_is_another_one_is_read_as_it_is_parsed(odd: str) -> None:
    usual = '{{{time}, "level": "info", "host": "WEB-1", "tags": [], "user": "u1", "message": "m"}}'
    times = [f'"time": "2026-11-24T02:00:{number:02}Z"' for number in range(60)]
    text = in_bytes([(odd if number == 30 else usual).format(time=time) for number, time in enumerate(times)])
    assert rows(text, quick=True).rows() == rows(text, quick=False).rows()
