"""Lines that a runtime or Loki wraps one by one: traces, crashes and lines that were cut are one record again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.indexes import let_records_cross_chunks, read_both_ways
from tests.properties import examples
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput
from triage_tui.logs.opened_logs import OpenedLogs, open_logs
from triage_tui.logs.records.head_lines import head_of
from triage_tui.logs.search.request_scan import scan_for_request

Wrap = Callable[[int, str], str]
BROKEN = "2026-11-24 02:00:07,120 ERROR orders.db: pool exhausted request_id=req-77"
FINE = "2026-11-24 02:00:07,121 INFO orders.api: GET /api/orders done request_id=req-78"
PYTHON = (
    "Traceback (most recent call last):",
    '  File "/srv/orders/db.py", line 88, in acquire',
    "    return self._pool.get(timeout=5)",
    "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached",
)
RUST = (
    "thread 'main' panicked at src/main.rs:4:5:",
    "called `Option::unwrap()` on a `None` value",
    "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
)
RUST_LONG = (
    *RUST[:2],
    "stack backtrace:",
    "   0: rust_begin_unwind",
    "             at /rustc/9fc6/library/std/src/panic",
)
NODE = (
    "/srv/app/index.js:12",
    "    throw new Error('boom');",
    "    ^",
    "",
    "Error: boom",
    "    at Object.<anonymous> (/srv/app/index.js:12:9)",
    "",
    "Node.js v20.10.0",
)
JSON = json.dumps({"time": "2026-11-24T02:00:07.121Z", "level": "info", "message": "done", "request_id": "req-79"})


def docker(number: int, text: str, stream: str = "stderr", end: str = "\n") -> str:
    return json.dumps({"log": text + end, "stream": stream, "time": f"2026-11-24T02:00:{number % 60:02}.123Z"})


def cri(number: int, text: str, stream: str = "stderr", tag: str = "F") -> str:
    return f"2026-11-24T02:00:{number % 60:02}.123456789Z {stream} {tag} {text}"


def loki(number: int, text: str, pod: str = "web-1") -> str:
    labels = {"app": "orders", "pod": pod}
    return json.dumps({"labels": labels, "line": text, "timestamp": f"2026-11-24T02:00:{number % 60:02}.123Z"})


def kubectl(_: int, text: str) -> str:
    return f"[pod/web-7f/app] {text}"


def bare(_: int, text: str) -> str:
    return text


WRAPS: dict[str, Wrap] = {"docker": docker, "cri": cri, "loki": loki, "kubectl": kubectl}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    let_records_cross_chunks(monkeypatch)


def inputs_of(lines: Sequence[str]) -> list[LogInput]:
    return [LogInput("app.log", data="".join(f"{line}\n" for line in lines).encode())]


def opened(lines: Sequence[str]) -> OpenedLogs:
    return open_logs(inputs_of(lines))


def is_read_alike(inputs: list[LogInput]) -> OpenedLogs:
    """Check that reading in chunks, the head and the search for a request have the records of reading whole."""
    whole, expected = read_both_ways(inputs)
    head = head_of(inputs, DEFAULT_OPTIONS)
    if head is not None:
        assert [head.row(row).line for row in range(len(head))] == expected["line"].to_list()[: len(head)]
    for wanted in ("req-08", "req-17"):
        scanned = scan_for_request(inputs, DEFAULT_OPTIONS, wanted, lambda _: None)[0].found
        told = (
            whole.records.filter(whole.records["request_id"] == wanted).sort("offset").select("line", "length", "event")
        )
        # It also finds those that only name it.
        assert (
            scanned.filter(scanned["line"].is_in(told["line"])).select("line", "length", "event").rows() == told.rows()
        )
    return whole


@pytest.mark.parametrize("kind", WRAPS)
def test_a_trace_of_wrapped_lines_is_one_record_with_the_line_before_it(kind: str) -> None:
    lines = [WRAPS[kind](number, text) for number, text in enumerate((FINE, BROKEN, *PYTHON, FINE, JSON))]
    records = is_read_alike(inputs_of(lines)).records.sort("line")
    assert records["line"].to_list() == [1, 2, 7, 8]
    assert records["exception"].to_list() == [None, "\n".join(PYTHON), None, None]


@pytest.mark.parametrize("crash", [RUST, RUST_LONG, NODE], ids=["rust", "rust with backtrace", "node"])
@pytest.mark.parametrize("kind", [*WRAPS, "json"])
def test_a_crash_of_rust_or_node_is_one_record(kind: str, crash: Sequence[str]) -> None:
    wrap = WRAPS.get(kind, bare)
    texts = [JSON, *crash, JSON, JSON]
    whole = is_read_alike(inputs_of([wrap(number, text) for number, text in enumerate(texts)]))
    assert whole.records["line"].sort().to_list() == [1, 2, len(crash) + 2, len(crash) + 3]
    crashed = whole.records.filter(whole.records["line"] == 2).row(0, named=True)
    told = "\n".join(filter(None, (crashed["event"], crashed["exception"])))
    assert told == "\n".join(filter(None, crash))


def test_what_docker_cut_is_one_line_again() -> None:
    lines = [docker(0, FINE), docker(1, "x" * 20, end=""), docker(1, "y" * 20, end=""), docker(1, "z"), docker(2, FINE)]
    records = is_read_alike(inputs_of(lines)).records.sort("line")
    assert records["line"].to_list() == [1, 2, 5]
    assert records["event"][1] == "x" * 20 + "y" * 20 + "z"


def test_what_another_runtime_cut_is_one_line_again() -> None:
    lines = [cri(0, FINE), cri(1, BROKEN, tag="P"), cri(1, " y" * 20, tag="P"), cri(1, "z"), cri(2, FINE)]
    records = is_read_alike(inputs_of(lines)).records.sort("line")
    assert records["line"].to_list() == [1, 2, 5]
    assert records["event"][1] == "pool exhausted request_id=req-77" + " y" * 20 + "z"


@pytest.mark.parametrize("one", [docker(1, "x", end=""), cri(1, "x", tag="P")])
def test_a_part_of_one_stream_goes_not_on_in_the_other(one: str) -> None:
    other = docker(2, "y", "stdout") if one.startswith("{") else cri(2, "y", "stdout")
    assert len(opened([docker(0, FINE), one, other]).store) == 3


def test_a_shipper_that_leaves_newlines_out_has_cut_nothing() -> None:
    assert len(opened([docker(number, f"part {number}", end="") for number in range(20)]).store) == 20


def test_lines_of_loki_in_the_opposite_order_or_of_other_processes_stay_apart() -> None:
    upwards = [loki(9 - number, text) for number, text in enumerate(reversed((BROKEN, *PYTHON)))]
    assert len(is_read_alike(inputs_of(upwards)).store) == 5
    assert len(opened([loki(0, BROKEN, "web-2"), *(loki(1, text) for text in PYTHON)]).store) == 2


def test_a_trace_is_one_record_for_who_follows_it(tmp_path: Path) -> None:
    lines = [docker(number, text) for number, text in enumerate((FINE, BROKEN, *PYTHON, *NODE, *RUST, FINE))]
    path = tmp_path / "app.log"
    path.write_text(f"{lines[0]}\n")
    logs = IndexedLogs([LogInput("app.log", path=path)])
    assert logs.build(lambda _: None, Event())
    logs.complete(Event())
    logs.follow()
    with path.open("a") as file:
        for line in lines[1:]:
            file.write(f"{line}\n")
            file.flush()
            logs.extend()
    logs.close()
    assert [logs.store().row(row).line for row in range(len(logs.store()))] == [1, 2, 7, 15, 18]


PIECES = st.tuples(
    st.sampled_from(["docker", "cri", "loki", "kubectl", "bare"]),
    st.sampled_from([BROKEN, FINE, JSON, *PYTHON, *RUST, *NODE]),
    st.sampled_from(["stdout", "stderr"]),
    st.booleans(),
)


@examples(60)
@given(st.lists(PIECES, min_size=1, max_size=50), st.sampled_from([*WRAPS, "all"]))
def test_any_lines_are_read_alike_in_all_ways(picked: list[tuple[str, str, str, bool]], kind: str) -> None:
    number, lines = count(), []
    for drawn, text, stream, is_cut in picked:
        at, wrap = next(number), drawn if kind == "all" else kind
        told = text.replace("req-7", f"req-{at % 5}")
        if wrap == "docker":
            lines.append(docker(at, told, stream, "" if is_cut else "\n"))
        elif wrap == "cri":
            lines.append(cri(at, told, stream, "P" if is_cut else "F"))
        else:
            lines.append(told if wrap == "bare" else WRAPS[wrap](at, told))
    is_read_alike(inputs_of([*lines, docker(0, FINE), FINE]))
