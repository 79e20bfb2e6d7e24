"""The same UUID, or hexadecimal ID, in small letters and in capitals is one request; any other ID is what it is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.indexes import built, read_both_ways
from tests.properties import examples
from triage_tui.analysis.traces import trace
from triage_tui.investigation.id_values import without_case
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.quick.id_hashing import id_hash_of, id_hashes
from triage_tui.logs.records.head_lines import head_of
from triage_tui.logs.search.request_scan import scan_for_request

Layout = Callable[[int, str], str]
UUID = "3f2a9c1b-7d4e-4b8a-9c0d-5e6f7a8b9c0d"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
WORDS = ("Order-AbCdEfGh77", "AbCdEfGhIjKlMnOp", "3f2a9c1b-7d4e-4b8a-9c0d_5e6f7a8b9c0d")
IDS = st.one_of(
    st.uuids().map(str),
    st.integers(0, 2**128 - 1).map("{:032x}".format),
    st.integers(0, 2**64 - 1).map("{:016x}".format),
    st.sampled_from(WORDS),
    st.text("0123456789abcdefABCDEFg-_é", max_size=40),
)
SPELLINGS: list[Callable[[str], str]] = [str, str.upper, str.lower, str.swapcase, str.title]


@examples(200)
@given(st.lists(st.tuples(IDS, st.sampled_from(SPELLINGS)).map(lambda one: one[1](one[0])), max_size=40))
def test_many_ids_are_hashed_as_each_of_them_is(texts: list[str]) -> None:
    assert id_hashes(texts).tolist() == [id_hash_of(text) for text in texts]


@pytest.mark.parametrize("one", [UUID, TRACE, SPAN])
def test_the_case_of_hexadecimal_ids_does_not_count(one: str) -> None:
    assert id_hash_of(one.upper()) == id_hash_of(one.title()) == id_hash_of(one)
    assert without_case(one.upper()) == one


@pytest.mark.parametrize("one", [*WORDS, TRACE[:-1], UUID.replace("-", "+")])
def test_the_case_of_other_ids_counts(one: str) -> None:
    assert id_hash_of(one.upper()) != id_hash_of(one.lower())


def as_json(number: int, wanted: str) -> str:
    return json.dumps(
        {"time": f"2026-11-24T02:00:{number % 60:02}Z", "level": "info", "request_id": wanted, "message": "m"}
    )


def as_logfmt(number: int, wanted: str) -> str:
    return f"time=2026-11-24T02:00:{number % 60:02}Z level=info request_id={wanted} msg=m"


def as_text(number: int, wanted: str) -> str:
    return f"2026-11-24 02:00:{number % 60:02},000 INFO orders.api: m request_id={wanted}"


def as_tagged_text(number: int, wanted: str) -> str:
    return f"2026-11-24 02:00:{number % 60:02},000 INFO orders.api: [{wanted}] m"


LAYOUTS: list[Layout] = [as_json, as_logfmt, as_text]


def inputs_of(*logs: Sequence[str]) -> list[LogInput]:
    return [
        LogInput(f"{number}.log", data="".join(f"{one}\n" for one in log).encode()) for number, log in enumerate(logs)
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_index_hashes_ids_in_any_case_alike_however_it_reads_them(layout: Layout) -> None:
    texts = [case(one) for one in (UUID, TRACE, SPAN, *WORDS) for case in (str, str.upper, str.swapcase)]
    whole, expected = read_both_ways(inputs_of([layout(number, texts[number % len(texts)]) for number in range(400)]))
    told = [id_hash_of(one) for one in whole.records.sort("offset")["request_id"]]
    assert expected["id_hash"].to_list() == told


@pytest.mark.parametrize("one", [UUID, TRACE, SPAN])
@pytest.mark.parametrize("layout", [*LAYOUTS, as_tagged_text])
def test_a_request_is_found_under_either_spelling(layout: Layout, one: str) -> None:
    if layout is as_tagged_text and one != UUID:
        return
    others = [str(uuid.UUID(int=number)) for number in range(60)]
    upper = [layout(number, other.upper()) for number, other in enumerate(others)]
    lower = [layout(number, other) for number, other in enumerate(others)]
    inputs = inputs_of([*upper[:30], layout(30, one.upper()), *upper[31:]], [*lower[:31], layout(31, one), *lower[32:]])
    store = built(IndexedLogs(inputs))
    for wanted in (one, one.upper()):
        assert [(store.row(row).file, store.row(row).line) for row in store.rows_with_id(wanted)] == [
            ("0.log", 31),
            ("1.log", 32),
        ]
        found = scan_for_request(inputs, DEFAULT_OPTIONS, wanted, lambda _: None)
        assert [log.found["line"].to_list() for log in found] == [[31], [32]]
        assert [log.found["request_id"].to_list() for log in found] == [[one.upper()], [one]]
        head = head_of(inputs, DEFAULT_OPTIONS)
        assert head is not None
        assert len(head.rows_with_id(wanted)) == 2


def test_a_trace_over_services_that_write_the_id_in_their_own_case_is_one_with_the_first_spelling() -> None:
    records = open_logs(
        inputs_of([as_json(1, UUID.upper()), as_json(4, "r-2")], [as_json(2, UUID), as_json(3, UUID)])
    ).records
    for wanted in (UUID, UUID.upper()):
        found = trace(records, wanted)
        assert found.id == UUID.upper()
        assert [(one.file, one.line) for one in found.records] == [("0.log", 1), ("1.log", 1), ("1.log", 2)]


def test_a_field_beside_the_own_id_names_a_request_in_any_case() -> None:
    line = json.dumps({"time": "2026-11-24T02:00:01Z", "request_id": "r-1", "message": "m", "trace.id": TRACE.upper()})
    found = scan_for_request(inputs_of([line]), DEFAULT_OPTIONS, TRACE, lambda _: None)[0].found
    assert found["line"].to_list() == [1]


def test_capitals_in_the_middle_of_a_file_are_found_where_its_ends_have_none(tmp_path: Path) -> None:
    path, others = tmp_path / "app.log", [str(uuid.UUID(int=number)) for number in range(9000)]
    lines = [as_json(number, one if not 3000 < number < 6000 else one.upper()) for number, one in enumerate(others)]
    path.write_text("\n".join([*lines[:4000], as_json(9, UUID.upper()), *lines[4000:], ""]))
    found = scan_for_request([LogInput("app.log", path=path)], DEFAULT_OPTIONS, UUID, lambda _: None)[0].found
    assert found["line"].to_list() == [4001]
