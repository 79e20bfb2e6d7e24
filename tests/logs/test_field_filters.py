"""Filters on fields find what parsing each record finds, however the value is written."""

import json
from datetime import UTC, datetime, timedelta
from threading import Event

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.logs.matching import matching_rows
from tests.properties import examples
from triage_tui.logs.filters.conditions import COMPARISONS, FieldCompares, FieldIs
from triage_tui.logs.filters.line_filters import read_filter
from triage_tui.logs.formats.durations import duration_ms
from triage_tui.logs.formats.fields import DURATION_UNITS
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.records.record_reader import RecordReader
from triage_tui.logs.store import LogStore

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def line(number: int, **fields: object) -> str:
    return json.dumps({"time": (AT + timedelta(seconds=number)).isoformat(), "message": f"m{number}", **fields})


USUAL = [line(n, status=200, duration_ms=1.5 * n, path="/a/b") for n in range(20)]
ODD = [
    line(3, status=500, duration_ms=700),
    line(3, status="500", duration_ms="1.2s"),
    line(3, status=None, duration_ms=None),
    line(3, status=True, duration_ms="x"),
    line(3, status=500.0, duration_ms=1e3),
    line(3, http={"status_code": 500}, duration_s=0.7),
    line(3, status=200, status_code=500),
    line(3, path='a/"b"', status=[500]),
    line(3, path="é", tags=["a", "b"]),
    '{"time":"2026-11-24T02:00:03Z","message":"m","status":5e2,"duration_ms":7E2,"path":"\\u002fa\\/b"}',
    '{"time":"2026-11-24T02:00:03Z","message":"m","status":"\\u0035\\u00300","path":"\\u00e9"}',
    '{"time":"2026-11-24T02:00:03Z","status":200,"status":500,"message":"twice"}',
    '{"time":"2026-11-24T02:00:03Z","message":"NaN","status":500,"duration_ms":NaN}',
    '{"time":"2026-11-24T02:00:03Z","message":"torn","status":500',
    '{"time":"2026-11-24T02:00:03Z","message":"bad","status":500,"x":1.2.3}',
    '{"log":"{\\"status\\":500,\\"duration_ms\\":900,\\"message\\":\\"m\\"}","stream":"stdout"}',
    "Traceback (most recent call last):",
    "",
    "ts=2026-11-24T02:00:03Z level=info status=500 duration=700ms msg=ok path=/a/b",
    'ts=2026-11-24T02:00:03Z level=info status="5\\00" duration="1.2s" msg="say \\"no\\"" path="/a/b"',
    "ts=2026-11-24T02:00:03Z level=info status= duration_s=0.7 msg=ok",
    '10.0.0.1 - - [24/Nov/2026:02:00:03 +0000] "GET /a/b HTTP/1.1" 500 17 "-" "curl" 0.700',
    "2026-11-24 02:00:03,000 INFO app: GET /a/b -> 500 duration_ms=700",
]
LOGFMT = [f'ts=2026-11-24T02:00:{n:02}Z level=info msg="m {n}" status=200 duration={n}ms path=/a/b' for n in range(20)]
TEXT = [f"2026-11-24 02:00:{n:02},000 INFO app: done {n} status=200 duration_ms={n}" for n in range(20)]
FILTERS = [
    "status=500", "status!=500", "status=200", "status!=200", "status>=500", "status<500", "status_code=500",
    "status=500.0", "duration_ms>500", "duration>500ms", "duration<=0.7s", "duration=1000", "duration_ms=700",
    "path=/a/b", "path=é", 'path=a/"b"', "message=torn", "status=true", 'tags=["a","b"]', "nothing=1", "nothing>1",
]  # fmt: skip


def stored(lines: list[str]) -> LogStore:
    logs = IndexedLogs([LogInput("app.log", data="".join(f"{one}\n" for one in lines).encode())])
    logs.build(lambda _: None, Event())
    return logs.store()


def holds(store: LogStore, row: int, condition: FieldIs | FieldCompares) -> bool:
    if isinstance(condition, FieldIs):
        return (store.fields.text(row, condition.name) == condition.value) != condition.excluded
    key, value = store.fields.keyed(row, condition.name)
    in_ms = condition.is_duration or condition.name == "duration"
    number = duration_ms(value, DURATION_UNITS.get(key.lower(), 1.0) if in_ms else 1.0)
    return number is not None and bool(COMPARISONS[condition.sign](number, condition.bound))


@examples(60)
@given(st.sampled_from([USUAL, LOGFMT, TEXT]), st.lists(st.sampled_from([*ODD, *USUAL, *LOGFMT]), max_size=40))
@example(USUAL, ODD)
@example(LOGFMT, ODD)
@example(TEXT, ODD)
def test_a_filter_on_a_field_finds_what_parsing_finds(usual: list[str], others: list[str]) -> None:
    store = stored([*usual, *others, *usual])
    for text in FILTERS:
        condition = read_filter(text)
        assert isinstance(condition, FieldIs | FieldCompares)
        expected = [row for row in range(len(store)) if holds(store, row, condition)]
        assert list(matching_rows(store, [condition])) == expected, text


TOKENS = st.sampled_from(
    [
        "200", "-0", "0", "1.50", "1e3", "05", "1.2.3", "+1", "NaN", "true", "null", "tru", "", "[1]", "{}", "[]",
        "18446744073709551616", "1e999", '"x"', '""', '"500"', '"{}"', '"{\\"status\\":1}"', '"a\\nb"', '"a\\\\"',
        '"é"', '"\u00a0"', '"a,b"', '"x", "status": 7, "y": "z"', '"a" ', ' "a"', '"tab\tin"', '"\x00"', '"unclosed',
        *(f'"{"x" * width}"' for width in (126, 127, 128, 300)), '"a=b"', "a=b", "a b", "x\u00a0y", "\udcff", "2,3",
        '{"a":1}', '"projects/x"',
    ]
)  # fmt: skip
FORMS = {
    "json": '{{"time": "2026-11-24T02:00:00Z", "status": {}, "message": {}, "path": {}, "n": {}}}',
    "json with a better name": '{{"ts": 1795485600, "status": {}, "msg": {}, "http": {{"status_code": {}, "x": {}}}}}',
    "json without it": '{{"ts": 1795485600, "a": {}, "msg": {}, "b": {}, "trace": {}}}',
    "logfmt": "ts=2026-11-24T02:00:00Z status={} msg={} path={} level=info n={}",
    "logfmt, any first": "path={} status={} flag msg={} n={}",
}
NAMES = ("status", "message", "path", "n", "http.status_code", "time", "nothing")


@pytest.mark.parametrize("kind", FORMS)
@examples(25)
@given(st.lists(st.tuples(TOKENS, TOKENS, TOKENS, TOKENS), max_size=12), st.booleans())
def test_fields_read_by_the_shape_of_lines_are_those_that_parsing_gives(
    kind: str, tokens: list[tuple[str, ...]], has_trace: bool
) -> None:
    form = FORMS[kind]
    usual = [form.format(200, '"m"', '"/a"', n) for n in range(5)]
    odd = [form.format(*one) for one in tokens]
    odd += ["  at x", "", form.format(1, '"m', '"/a"', 2), 'm" 3'] if has_trace else []
    data = "".join(f"{one}\n" for one in [*usual, *odd, *usual]).encode("utf-8", "surrogateescape")
    logs = IndexedLogs([LogInput("app.log", data=data)])
    logs.build(lambda _: None, Event())
    store = logs.store()
    for name in NAMES:
        for rows in (np.arange(len(store)), np.arange(0, len(store), 2)):
            found = [field for _, fields in store.fields.keyed_of(0, rows, name) for field in fields]
            expected = [store.fields.keyed(row, name) for row in rows.tolist()]
            assert list(map(repr, found)) == list(map(repr, expected)), name


def test_json_records_that_lie_close_together_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store = stored([line(n, status=200 if n % 3 else 500) for n in range(3000)])
    parsed: list[str] = []
    monkeypatch.setattr(RecordReader, "fields_of", lambda _, text: parsed.append(text))
    assert len(matching_rows(store, [read_filter("status!=200")])) == 1000
    assert len(matching_rows(store, [read_filter("status>=500")])) == 1000
    assert parsed == []


ACCESS = {
    "access-combined": '{0} - {1} [24/Nov/2026:02:00:01 +0000] "GET /api/{1} HTTP/1.1" {3} {4} "{5}" "curl" 0.{3}{6}',
    "haproxy": (
        "{0}:54321 [24/Nov/2026:02:00:01.123] web~ {1}/orders-1 0/0/1/1250/{3} {3} 212 - - sH-- 1/1/0/0/0 0/0 "
        '"GET /{5}"{6}'
    ),
    "envoy": (
        '[2026-11-24T02:00:01.310Z] "POST /api/orders HTTP/2" {3} UF 154 0 {4} - "{0},10.0.0.1" "{5}" "{1}" "a" "b"{6}'
    ),
}  # fmt: skip
PARTS = st.tuples(
    st.sampled_from(["10.0.0.1", "{x", "10.0.0.1 ", "é"]), st.sampled_from(["-", "alice", "a b", "", "\u00a0", "\x1f"]),
    st.integers(0, 9), st.sampled_from(["200", "500", "-1", "50", "2000"]), st.sampled_from(["17", "-", "", "x"]),
    st.sampled_from(["-", "", "curl/8.0", 'a"b', "a\tb", "\x1b[31m"]),
    st.sampled_from(["", "", " ", " -", " rt=0.5 user=bob"]),
)  # fmt: skip


@pytest.mark.parametrize("kind", ACCESS)
@examples(40)
@given(st.lists(PARTS, max_size=12))
def test_fields_read_by_the_pattern_of_access_logs_are_those_that_parsing_gives(
    kind: str, parts: list[tuple[object, ...]]
) -> None:
    form = ACCESS[kind]
    usual = [form.format("10.0.0.2", "bob", n, 200 + n, n, "curl", "") for n in range(5)]
    odd = [form.format(*one) for one in parts]
    store = stored([*usual, *odd, "  at x", '{"status": 7}', *usual])
    assert store.logs[0].reader.formats.name == kind
    for name in ("status", "user", "client", "duration", "bytes", "request_id", "user_agent", "time", "nothing"):
        rows = np.arange(len(store))
        found = [field for _, fields in store.fields.keyed_of(0, rows, name) for field in fields]
        assert found == [store.fields.keyed(row, name) for row in rows.tolist()], name


def test_access_logs_are_not_parsed_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    form = ACCESS["access-combined"]
    store = stored([form.format("10.0.0.2", "bob", n % 10, 200 if n % 3 else 500, n, "curl", "") for n in range(3000)])
    parsed: list[str] = []
    monkeypatch.setattr(RecordReader, "fields_of", lambda _, text: parsed.append(text))
    assert len(matching_rows(store, [read_filter("status>=500")])) == 1000
    assert len(matching_rows(store, [read_filter("status!=200")])) == 1000
    assert parsed == []
