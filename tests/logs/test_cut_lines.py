"""Lines that a runtime has cut wherever it may be: their fields are those of the same lines in one piece."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest

from tests.logs.indexes import let_records_cross_chunks, read_both_ways
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.records.head_lines import HeadLines, head_of
from triage_tui.logs.search.request_scan import scan_for_request
from triage_tui.logs.store import LogStore

Wrap = Callable[[Sequence[bytes]], bytes]
INNER = {
    "json": '{"time": "2026-11-24T02:00:05.5Z", "level": "error", "request_id": "req-%05d", '
    '"message": "pool \\"full\\" \\u2192 żółw 鹿", "http": {"status_code": 503}}',
    "logfmt": 'time=2026-11-24T02:00:05.5Z level=error request_id=req-%05d msg="pool \\"full\\" żółw 鹿" status=503',
    "text": "2026-11-24 02:00:05,500 ERROR orders.db: pool full request_id=req-%05d żółw 鹿",
}
READ = ("time", "level", "request_id", "event", "fields")


def docker(parts: Sequence[bytes]) -> bytes:
    """Parts of one line as docker writes them, to which each is a text of its own."""
    ends = ["", *[""] * (len(parts) - 2), "\n"][-len(parts) :]
    texts = (part.decode("utf-8", "replace") + end for part, end in zip(parts, ends, strict=True))
    return b"".join(
        json.dumps({"log": text, "stream": "stderr", "time": "2026-11-24T02:00:06.123Z"}).encode() + b"\n"
        for text in texts
    )


def cri(parts: Sequence[bytes]) -> bytes:
    """Parts of one line as the runtimes of Kubernetes write them, byte by byte."""
    tags = [b"P"] * (len(parts) - 1) + [b"F"]
    return b"".join(b"2026-11-24T02:00:06.123456789Z stderr %s %s\n" % one for one in zip(tags, parts, strict=True))


WRAPS: dict[str, Wrap] = {"docker": docker, "cri": cri}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    let_records_cross_chunks(monkeypatch)


def input_of(data: bytes) -> list[LogInput]:
    return [LogInput("app.log", data=data)]


def told(store: LogStore | HeadLines) -> list[tuple[object, ...]]:
    rows = map(store.row, range(len(store)))
    return [tuple(getattr(row, name) for name in READ) for row in rows]


def cuts(line: bytes, wrap: Wrap) -> Iterator[tuple[bytes, ...]]:
    """The line in two and in three pieces, cut at each byte; docker makes other characters of one that is cut."""
    for place in range(1, len(line)):
        further = place + max(4, (len(line) - place) // 2)
        for pieces in ((line[:place], line[place:]), (line[:place], line[place:further], line[further:])):
            if wrap is cri or b"".join(pieces).decode() == "".join(one.decode("utf-8", "replace") for one in pieces):
                yield tuple(filter(None, pieces))


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("kind", WRAPS)
def test_a_line_that_was_cut_has_the_fields_of_the_whole_line(kind: str, inner: str) -> None:
    wrap, texts, whole, cut = WRAPS[kind], INNER[inner], bytearray(), bytearray()
    for number, _ in enumerate(cuts((texts % 0).encode(), wrap)):
        line = (texts % number).encode()
        pieces = list(cuts(line, wrap))[number]
        between = wrap([b"ready"])
        whole += wrap([line]) + between
        cut += wrap(pieces) + between
    opened, index = read_both_ways(input_of(bytes(cut)))
    expected, expected_index = read_both_ways(input_of(bytes(whole)))
    assert told(opened.store) == told(expected.store)
    assert {"ERROR"} == set(opened.records["level"].drop_nulls())
    names = ["order", "flags", "id_hash", "host", "template"]
    assert index.select(names).rows() == expected_index.select(names).rows()
    assert opened.records.drop("line", "offset", "length").equals(expected.records.drop("line", "offset", "length"))
    head = head_of(input_of(bytes(cut)), DEFAULT_OPTIONS)
    assert head is not None
    assert set(map(str, told(head))) <= set(map(str, told(opened.store)))


@pytest.mark.parametrize("kind", WRAPS)
def test_a_request_is_found_without_an_index_in_what_was_cut(kind: str) -> None:
    line = (INNER["json"] % 7).encode()
    found = line.index(b"req-")
    for place in (20, found - 3, found, found + len("req-00007"), len(line) - 4):
        data = WRAPS[kind]([b"ready"]) + WRAPS[kind]([line[:place], line[place:]]) + WRAPS[kind]([b"ready"])
        scanned = scan_for_request(input_of(data), DEFAULT_OPTIONS, "req-00007", lambda _: None)[0].found
        assert scanned.select("line", "level", "status").rows() == [(2, "ERROR", 503)]


@pytest.mark.parametrize("kind", WRAPS)
def test_the_rest_of_a_line_whose_beginning_is_gone_is_a_record(kind: str) -> None:
    line = (INNER["json"] % 7).encode()
    parts = WRAPS[kind]([line[:30], line[30:60], line[60:]]).splitlines(keepends=True)
    opened, _ = read_both_ways(input_of(b"".join(parts[1:]) + WRAPS[kind]([b"ready"])))
    assert opened.records["line"].to_list() == [1, 3]
    assert opened.records["event"][0] == line[30:].decode()
    assert opened.records["request_id"][0] == "req-00007"


@pytest.mark.parametrize("kind", WRAPS)
def test_the_beginning_of_an_object_tells_its_fields_while_the_rest_is_missing(kind: str) -> None:
    line = (INNER["json"] % 7).encode()
    parts = WRAPS[kind]([line[:90], line[90:100], line[100:]]).splitlines(keepends=True)
    opened, _ = read_both_ways(input_of(WRAPS[kind]([b"ready"]) + b"".join(parts[:2])))
    record = opened.records.sort("line").row(1, named=True)
    assert (record["level"], record["request_id"], record["event"]) == ("ERROR", "req-00007", line[:100].decode())


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("kind", WRAPS)
def test_parts_that_come_one_by_one_to_who_follows_are_parsed_when_all_are_there(
    kind: str, inner: str, tmp_path: Path
) -> None:
    wrap, path = WRAPS[kind], tmp_path / "app.log"
    first, line = (INNER[inner] % 1).encode(), (INNER[inner] % 2).encode()
    path.write_bytes(wrap([b"ready"]) + wrap([first[:20], first[20:]]).splitlines(keepends=True)[0])
    logs = IndexedLogs([LogInput("app.log", path=path)])
    assert logs.build(lambda _: None, Event())
    logs.complete(Event())
    logs.follow()
    coming = wrap([first[:20], first[20:]]).splitlines(keepends=True)[1:]
    coming += wrap([line[:15], line[15:50], line[50:]]).splitlines(keepends=True)
    for written in (*coming, wrap([b"done"])):
        for piece in (written[:40], written[40:]):
            with path.open("ab") as file:
                file.write(piece)
            logs.extend()
    logs.close()
    store = logs.store()
    expected = open_logs(input_of(wrap([b"ready"]) + wrap([first]) + wrap([line]) + wrap([b"done"]))).store
    assert told(store) == told(expected)
    assert sorted(store.row(row).line for row in range(len(store))) == [1, 2, 4, 7]
    assert [store.row(row).line for row in store.rows_with_id("req-00002")] == [4]


def test_an_object_of_any_length_is_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    line = json.dumps({"pad": "x" * 400_000, "level": "error", "message": "late", "trace_id": "t-1"}).encode()
    parts = [line[begin : begin + 16_384] for begin in range(0, len(line), 16_384)]
    for wrap in WRAPS.values():
        records = read_both_ways(input_of(wrap([b"ready"]) + wrap(parts) + wrap([b"done"])))[0].records.sort("line")
        assert records.select("level", "event", "request_id").rows()[1] == ("ERROR", "late", "t-1")


def test_colours_that_were_cut_are_left_out() -> None:
    line = b"\x1b[31m2026-11-24 02:00:05,500\x1b[0m ERROR orders.db: pool full request_id=req-9"
    for place in range(1, 40):
        records = open_logs(input_of(cri([b"ready"]) + cri([line[:place], line[place:]]))).records
        assert "ERROR" in records["level"].to_list()
