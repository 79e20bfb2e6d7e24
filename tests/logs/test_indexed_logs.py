import gzip
import json
import os
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.bench.generate_logs import generate
from tests.logs.indexes import AT, built, index_of, line, small_chunks
from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content import expanding
from triage_tui.logs.content.byte_source import FileBytes, MemoryBytes
from triage_tui.logs.content.expanding import ExpandingBytes
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput, log_inputs
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.progress import Progress

__all__ = ["small_chunks"]
pytestmark = pytest.mark.usefixtures("small_chunks")


@pytest.mark.parametrize("kind", ["json", "logfmt", "text"])
def test_an_index_in_chunks_equals_the_index_of_everything(tmp_path: Path, kind: str) -> None:
    generate(tmp_path / "app.log", kind, 100_000)
    inputs = log_inputs([tmp_path / "app.log"])
    assert index_of(built(IndexedLogs(inputs))).equals(index_of(open_logs(inputs).store))


@pytest.mark.parametrize(
    "odd",
    [
        "Traceback (most recent call last):\n  File\nValueError: bad\n",
        "torn {\n",
        '{"time":"2026-11-24 02:00:00","message":"naive"}\n',
        '{"message":"no time"}\n',
        '{"time":1795485600,"level":40,"trace_id":"t-1"}\n',
        '{"time":"2026-11-24T02:00:00Z","attrs":{"request_id":"nested"}}\n',
        "\n\n",
        "[1]\n",
    ],
)
def test_lines_that_need_the_general_way_are_indexed_as_before(tmp_path: Path, odd: str) -> None:
    text = "".join(line(number, request_id=f"r-{number}") for number in range(300))
    (tmp_path / "app.log").write_text(text + odd + text)
    inputs = log_inputs([tmp_path / "app.log"])
    fast, whole = index_of(built(IndexedLogs(inputs))), index_of(open_logs(inputs).store)
    assert fast.drop("id_hash").equals(whole.drop("id_hash"))
    found = list(built(IndexedLogs(inputs)).rows_with_id("r-17"))
    assert found
    assert found == list(open_logs(inputs).store.rows_with_id("r-17"))


@pytest.mark.parametrize("bare", ["null", "40", "true"])
@pytest.mark.parametrize("name", ["level", "request_id", "host", "message"])
def test_what_is_a_number_or_null_in_some_lines_is_a_text_in_others(tmp_path: Path, name: str, bare: str) -> None:
    plain = {"time": AT.isoformat(), "level": "error", "message": "m", "request_id": "r-1", "host": "web-1"}
    usual = [json.dumps(plain | {name: "info"}), json.dumps(plain | {name: "mark"}).replace('"mark"', bare)]
    # Of these keys, the samples have no text.
    texts = [json.dumps({"extra": 1} | plain | {name: word}) for word in ("warning", "")]
    bares = json.dumps({"extra": 1} | plain | {name: "mark"}).replace('"mark"', bare)
    (tmp_path / "app.log").write_text("\n".join([*usual, bares] * 100 + texts * 3 + [*usual, bares] * 100) + "\n")
    inputs = log_inputs([tmp_path / "app.log"])
    assert index_of(built(IndexedLogs(inputs))).equals(index_of(open_logs(inputs).store))


@pytest.mark.parametrize("kind", ["json", "logfmt"])
@pytest.mark.parametrize("blank", [None, ""])
def test_a_field_that_is_blank_leaves_its_column_to_another(tmp_path: Path, kind: str, blank: str | None) -> None:
    def written(number: int, request_id: str | None, trace_id: str | None) -> str:
        if kind == "json":
            return line(number, request_id=request_id, trace_id=trace_id, host=None, pod=trace_id)
        return f"ts={AT.isoformat()} level=info request_id={request_id or ''} trace_id={trace_id or ''} msg=m{number}\n"

    wants = [("r-1", "t-1"), (blank, "t-2"), ("r-3", blank), (blank, blank)]
    texts = [written(number, *wants[number // 150 % 4]) for number in range(1200)]
    (tmp_path / "app.log").write_text("".join(texts))
    inputs = log_inputs([tmp_path / "app.log"])
    whole, store = open_logs(inputs).store, built(IndexedLogs(inputs))
    assert index_of(store).equals(index_of(whole))
    assert len(store.rows_with_id("t-2")) == 300
    rows = np.arange(len(store))
    keyed = [field for part, fields in store.fields.keyed_of(0, rows, "request_id") for field in fields]
    assert keyed == [whole.fields.keyed(row, "request_id") for row in rows.tolist()]


def test_progress_is_reported_and_a_cancelled_index_can_be_used_and_goes_on(tmp_path: Path) -> None:
    generate(tmp_path / "app.log", "json", 50_000)
    logs, cancelled, reports = IndexedLogs(log_inputs([tmp_path / "app.log"])), Event(), list[Progress]()

    def report(progress: Progress) -> None:
        reports.append(progress)
        if len(reports) == 3:
            cancelled.set()

    assert not logs.build(report, cancelled)
    assert len(reports) == 3
    assert 0 < reports[0].done_bytes < reports[2].done_bytes < reports[2].total_bytes
    assert reports[2].seconds_left is not None
    part = logs.store()
    assert 0 < len(part) == reports[2].records
    assert part.row(len(part) - 1).text.endswith("}")
    assert len(built(logs)) == open_logs(log_inputs([tmp_path / "app.log"])).records.height > len(part)


def test_an_index_grows_with_its_file_and_a_torn_line_is_neither_lost_nor_doubled(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(line(0) + line(1)[:-10])
    logs = IndexedLogs(log_inputs([path]))
    assert [built(logs).row(number).line for number in range(2)] == [1, 2]
    with path.open("a") as file:
        file.write(line(1)[-10:] + line(2))
    assert logs.extend() == 2
    assert [logs.store().row(number).event for number in range(3)] == ["m0", "m1", "m2"]
    assert logs.extend() == 0
    assert len(logs.store()) == 3


def test_a_trace_that_is_still_written_stays_one_record(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(line(0) + "Traceback (most recent call last):\n")
    logs = IndexedLogs(log_inputs([path]))
    assert len(built(logs)) == 1
    with path.open("a") as file:
        file.write('  File "x"\nValueError: bad\n')
    logs.extend()
    assert logs.store().row(0).text.endswith("ValueError: bad")


def test_rows_of_several_files_are_merged(tmp_path: Path) -> None:
    for name, numbers in (("a.log", (0, 2)), ("b.log", (1, 3))):
        (tmp_path / name).write_text("".join(map(line, numbers)))
    store = built(IndexedLogs(log_inputs([tmp_path / "b.log", tmp_path / "a.log"])))
    assert [store.row(number).event for number in range(4)] == ["m0", "m1", "m2", "m3"]


def test_a_log_in_memory_can_be_indexed_too() -> None:
    assert len(built(IndexedLogs([LogInput("app.log", data=line(0).encode())]))) == 1


def test_an_index_without_records_can_be_asked() -> None:
    store = IndexedLogs([LogInput("app.log", data=b"x\n")]).store()
    assert len(store) == 0
    assert store.row_at(AT) == 0
    assert store.span() is None
    assert list(store.rows_with_id("x")) == list(store.search.holding("x")) == []
    assert store.next_level(frozenset({"ERROR"}), 0, 1) is None


def test_a_file_that_shrank_under_its_index_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(map(line, range(20))))
    logs = IndexedLogs(log_inputs([path]))
    built(logs)
    os.truncate(path, 10)
    assert logs.extend() == 0
    assert logs.store().row(19).text == ""


def events(logs: IndexedLogs) -> list[str]:
    store = logs.store()
    return [store.row(number).event for number in range(len(store))]


def test_followed_logs_go_on_over_rotation_and_truncation(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(line(0) + line(1) + line(2)[:-5])
    logs = IndexedLogs(log_inputs([path]))
    built(logs)
    logs.follow()
    assert events(logs) == ["m0", "m1"]
    with path.open("a") as file:
        file.write(line(2)[-5:])
    assert logs.extend() == 1
    path.rename(tmp_path / "app.log.1")
    path.write_text(line(3))
    assert logs.extend() == 1
    path.write_text(line(4) + line(5) + line(6))
    assert logs.extend() == 3
    assert logs.extend() == 0
    assert events(logs) == [f"m{number}" for number in range(7)]
    assert [logs.store().row(number).line for number in range(7)] == list(range(1, 8))
    logs.close()
    assert events(logs)[-1] == "m6"


def test_a_log_that_was_rotated_before_it_is_followed_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(line(0) + line(1))
    logs = IndexedLogs(log_inputs([path]))
    built(logs)
    path.rename(tmp_path / "app.log.1")
    path.write_text(line(2) + line(3) + line(4))
    logs.follow()
    assert logs.extend() == 3
    assert events(logs) == [f"m{number}" for number in range(5)]
    logs.close()


def test_a_log_that_was_gone_is_followed_when_it_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(line(0))
    logs = IndexedLogs(log_inputs([path]))
    built(logs)
    path.unlink()
    logs.follow()
    assert logs.extend() == 0
    path.write_text(line(1))
    assert logs.extend() == 1
    assert events(logs) == ["m0", "m1"]
    logs.close()


def test_of_a_log_that_is_overwritten_while_it_is_read_nothing_else_is_taken_for_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(map(line, range(200))))
    logs = IndexedLogs(log_inputs([path]))
    texts = iter(["".join(map(line, range(1000, 1400)))])

    def overwrite(_: Progress) -> None:
        for text in texts:
            path.write_text(text)

    assert logs.build(overwrite, Event())
    known = events(logs)
    assert 0 < len(known) < 200
    completeness = logs.records(None).completeness
    assert not completeness.complete
    assert "app.log was truncated or overwritten while it was read" in completeness.note
    copy = tmp_path / "copy.log"
    copy.write_text("".join(map(line, range(200))))
    logs.read_from(FileBytes("app.log", os.open(copy, os.O_RDONLY)))
    assert events(logs) == [f"m{number}" for number in range(200)]
    assert logs.records(None).completeness.complete


def test_lines_behind_a_truncation_have_no_number_of_those_that_a_copy_brings_back(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(map(line, range(200))))
    copy, logs = path.read_bytes(), IndexedLogs(log_inputs([path]))

    def truncate(progress: Progress) -> None:
        if progress.total_bytes == len(copy):
            path.write_text(line(1000) + line(1001))

    assert logs.build(truncate, Event())
    logs.follow()
    assert logs.extend() == 2
    logs.read_from(MemoryBytes("app.log", copy))
    frame = logs.records(None).frame()
    assert frame.height == 202
    assert frame.select("file", "line").is_unique().all()
    assert frame.select("file", "line").rows()[-2:] == [("app.log@0", 1), ("app.log@0", 2)]


def test_what_is_compressed_or_in_memory_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "app.gz").write_bytes(gzip.compress(line(0).encode()))
    logs = IndexedLogs([*log_inputs([tmp_path / "app.gz"]), LogInput("b.log", data=line(1).encode())])
    built(logs)
    logs.follow()
    assert logs.extend() == 0
    assert events(logs) == ["m0", "m1"]


def test_a_compressed_log_is_decompressed_no_further_than_it_is_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expanding, "BLOCK_BYTES", 8192)
    generate(tmp_path / "app.log", "json", 300_000)
    (tmp_path / "app.gz").write_bytes(gzip.compress((tmp_path / "app.log").read_bytes()))
    logs, cancelled, reports = IndexedLogs(log_inputs([tmp_path / "app.gz"])), Event(), list[Progress]()

    def report(progress: Progress) -> None:
        reports.append(progress)
        cancelled.set()

    assert not logs.build(report, cancelled)
    source = logs._files[0].reader.source
    assert isinstance(source, ExpandingBytes)
    assert not source.is_whole
    assert reports[0].done_bytes < reports[0].total_bytes
    cancelled.clear()
    assert (
        index_of(built(logs))
        .drop("file")
        .equals(index_of(open_logs(log_inputs([tmp_path / "app.log"])).store).drop("file"))
    )


def test_a_torn_compressed_log_says_what_was_lost(tmp_path: Path) -> None:
    packed = gzip.compress("".join(map(line, range(2000))).encode())
    (tmp_path / "app.gz").write_bytes(packed[: len(packed) // 2])
    logs = IndexedLogs(log_inputs([tmp_path / "app.gz"]))
    built(logs)
    chosen = logs.records(None)
    frame, completeness = chosen.frame(), chosen.completeness
    assert 0 < frame.height < 2000
    assert not completeness.complete
    assert "app.gz: gz data ends early" in completeness.note


PIECES = st.sampled_from(
    [
        line(5, request_id="r-1"),
        '{"time":"2026-11-24T02:00:01.5Z","level":"warn","message":"short","host":"web-1"}\n',
        '{"ts":1795485600123,"level":50,"msg":"pino","reqId":"r-2"}\n',
        '{"message":"no time"}\n',
        '{"time":null,"message":null}\n',
        '{"a":{"b":{"c":[1,2,{"d":"e"}]}}}\n',
        '{"torn": \n',
        "[1]\n",
        "\n",
        "   \n",
        "\x00\x00\n",
        "\ufeff{}\n",
        "Traceback (most recent call last):\n",
        '  File "x.py", line 1\n',
        "\tat com.example.Main(Main.java:1)\n",
        "ValueError: bad\n",
        "2026-11-24 02:00:07,123 ERROR orders.db: pool exhausted request_id=r-3\n",
        "2026-11-24 02:00:07,124 INFO  orders.db: fine\n",
        "ts=2026-11-24T02:00:08Z level=info msg=started request_id=r-4\n",
        "Nov 24 02:00:09 web-2 sshd[1]: Accepted\n",
        "plain words\r\n",
        "\udcc3( broken bytes\n",
        "x" * 5000 + "\n",
    ]
)


@given(st.lists(PIECES, min_size=1, max_size=60), st.booleans())
@example(pieces=["\n", "Traceback (most recent call last):\n"], torn=True)
def test_whatever_lines_there_are_an_index_has_the_records_that_reading_has(pieces: list[str], torn: bool) -> None:
    text = "".join(pieces)
    data = (text[:-1] if torn else text).encode("utf-8", "surrogateescape")
    assume(data.strip(b"\r\n \x00"))
    inputs = [LogInput("app.log", data=data)]
    try:
        whole = open_logs(inputs).store
    except UnreadableInput:
        return
    columns_of_records = ["offset", "line", "flags", "length", "id_hash", "host"]
    found, expected = index_of(built(IndexedLogs(inputs))).sort("offset"), index_of(whole).sort("offset")
    assert found.height == expected.height
    # A torn last line is not looked into for its ID.
    rows = expected.height - 1 if torn else expected.height
    assert found[:rows].select(columns_of_records).rows() == expected[:rows].select(columns_of_records).rows()
    assert found["offset"].to_list() == expected["offset"].to_list()


def test_a_log_that_is_written_to_all_the_time_is_indexed_up_to_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(map(line, range(200))))
    logs, written = IndexedLogs(log_inputs([path])), 200

    def write_on(progress: Progress) -> None:
        nonlocal written
        assert progress.records < 1000
        with path.open("a") as file:
            file.writelines(map(line, range(written, written + 100)))
        written += 100

    assert logs.build(write_on, Event())
    logs.follow()
    logs.extend()
    assert len(logs.store()) == logs.records(None).frame().height == written
    logs.close()


def test_of_a_log_that_is_truncated_before_its_names_are_read_no_other_bytes_are_taken_for_them(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(line(number) for number in range(2000)))
    logs = IndexedLogs(log_inputs([path]))
    logs.build(lambda _: None, Event())
    os.truncate(path, path.stat().st_size // 2)
    logs.complete(Event())
    rows = logs.store().logs[0]
    ids, names = rows.later_by_now("ids").read("id_hash", 0, 2000), rows.later_by_now("names").read("template", 0, 2000)
    assert len(ids) == len(names) == 2000
    assert names[:900].all()
    assert not names[1100:].any()
