"""Access logs, whose lines have no level: where the server failed, an HTTP status makes a line an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.indexes import built, let_records_cross_chunks, read_both_ways
from tests.properties import examples
from triage_tui.logs.filters.facets import value_counts
from triage_tui.logs.formats.levels import ERROR_LEVELS
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput
from triage_tui.logs.records.head_lines import head_of
from triage_tui.logs.records.record_reader import RecordReader

Line = Callable[[int, int, str], str]
STATUSES = [200, 503, 404, 500, 301, 502, 200, 499]


def combined(number: int, status: int, request: str) -> str:
    at = f"24/Nov/2026:02:00:{number % 60:02} +0000"
    return f'203.0.113.{number % 9} - alice [{at}] "{request}" {status} {number} "-" "curl/8.0"'


def envoy(number: int, status: int, request: str) -> str:
    return (
        f'[2026-11-24T02:00:{number % 60:02}.310Z] "{request}" {status} UF 154 0 226 100 "203.0.113.7" "curl/8.0" '
        f'"cc21d9b0-cf5c-432b-8c7e-98aeb79{number:05x}" "orders" "10.0.2.1:80"'
    )


def haproxy(number: int, status: int, request: str) -> str:
    return (
        f"203.0.113.7:54321 [24/Nov/2026:02:00:{number % 60:02}.123] web~ orders/orders-1 0/0/1/1250/1251 {status} 212 "
        f'- - sH-- 1/1/0/0/0 0/0 "{request}"'
    )


def balancer(number: int, status: int, request: str) -> str:
    return (
        f"https 2026-11-24T02:00:{number % 60:02}.186641Z app/shop/50dc 203.0.113.7:2817 10.0.0.1:80 0.086 1.048 0.037 "
        f'{status} - 0 57 "{request}" "curl/8.0" ECDHE TLSv1.2 arn:aws:x "Root=1-5833" "shop.example" "-" 1 "forward"'
    )


FORMATS: list[Line] = [combined, envoy, haproxy, balancer]


def inputs_of(lines: list[str]) -> list[LogInput]:
    return [LogInput("access.log", data="".join(f"{line}\n" for line in lines).encode())]


@pytest.mark.parametrize("line", FORMATS)
def test_server_errors_are_errors_wherever_levels_count(line: Line) -> None:
    statuses = [STATUSES[number % len(STATUSES)] for number in range(800)]
    inputs = inputs_of([line(number, one, f"GET /api/{number} HTTP/1.1") for number, one in enumerate(statuses)])
    expected = [number for number, status in enumerate(statuses, 1) if status >= 500]
    whole, _ = read_both_ways(inputs)
    records = whole.records.sort("offset")
    assert records.filter(records["level"] == "ERROR")["line"].to_list() == expected
    assert records["level"].n_unique() == 2
    store = built(IndexedLogs(inputs))
    rows = [row for row in range(len(store)) if store.row(row).level == "ERROR"]
    assert sorted(store.row(row).line for row in rows) == expected
    assert list(store.search.with_level(ERROR_LEVELS)) == rows
    assert store.next_level(ERROR_LEVELS, rows[0], 1) == rows[1]
    assert sum(count for _, level, count in store.level_counts(timedelta(days=1)).counts() if level) == len(expected)
    *_, counted = value_counts(store, "level")
    assert dict(counted.values) == {None: 800 - len(expected), "ERROR": len(expected)}
    head = head_of(inputs, DEFAULT_OPTIONS)
    assert head is not None
    assert [head.row(row).line for row in range(len(head)) if head.row(row).level == "ERROR"] == expected[
        : len(head) * 3 // 8
    ]


def test_lines_with_a_plain_time_are_not_parsed_for_their_level(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [balancer(number, STATUSES[number % 8], f"GET /a/{number}?{'x' * number}") for number in range(800)]
    monkeypatch.setattr(RecordReader, "begins_record", None)
    store = built(IndexedLogs(inputs_of(lines)))
    assert len(store.search.with_level(ERROR_LEVELS)) == 300


REQUESTS = st.one_of(
    st.sampled_from(["GET / HTTP/1.1", "", "-", r"\x16\x03\x01", "GET /a b"]),
    st.integers(1, 500).map(lambda length: f"GET /{'x' * length}?q=1 HTTP/1.1"),
)
LINES = st.tuples(st.sampled_from([combined, *FORMATS]), st.sampled_from(STATUSES), REQUESTS)


@pytest.mark.usefixtures("small_chunks")
@examples(80)
@given(st.lists(LINES, min_size=1, max_size=60))
def test_any_lines_have_the_level_that_parsing_tells(picked: list[tuple[Line, int, str]]) -> None:
    lines = [line(number, status, request) for number, (line, status, request) in enumerate(picked)]
    padding = [combined(number, STATUSES[number % 8], "GET /a HTTP/1.1") for number in range(40)]
    read_both_ways(inputs_of(padding + lines + padding))


@pytest.fixture(scope="module")
def small_chunks() -> object:
    with pytest.MonkeyPatch.context() as patch:
        let_records_cross_chunks(patch)
        yield


def test_a_level_of_its_own_counts_more_than_a_status() -> None:
    line = '2026-11-24 02:00:01,000 INFO orders.api: "GET /a HTTP/1.1" 503'
    whole, _ = read_both_ways(inputs_of([line] * 3))
    assert whole.records["level"].to_list() == ["INFO"] * 3
