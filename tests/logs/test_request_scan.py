"""A request that is found by a scan is the one that reading everything finds."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.logs.packed import PACKERS, Pack
from tests.properties import examples
from triage_tui.analysis.request_records import with_request
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content import framing, passing, unpacking
from triage_tui.logs.formats.format_choice import FormatChoice
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput, LogOptions
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.progress import Progress
from triage_tui.logs.records.record_frame import in_time_order
from triage_tui.logs.search import own_records, record_places, request_scan, scanner, surroundings, time_places
from triage_tui.logs.search.request_scan import scan_for_request
from triage_tui.sources.common.found_request import found_request

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ID = "req-77/é"
PLACE = ["time", "file", "line", "offset", "length", "event", "exception", "request_id"]


@pytest.fixture(autouse=True)
def small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "_SPAN_BYTES", 512)
    monkeypatch.setattr(scanner, "BUFFER_BYTES", 128)
    monkeypatch.setattr(record_places, "_READ_AT_FIRST", 64)
    monkeypatch.setattr(record_places, "_READ_MORE", 3)


def scanned(inputs: Sequence[LogInput], wanted: str, options: LogOptions = DEFAULT_OPTIONS) -> pl.DataFrame:
    logs = scan_for_request(inputs, options, wanted, lambda _: None)
    return in_time_order([log.found for log in logs]).select(PLACE)


def read_whole(inputs: Sequence[LogInput], wanted: str, options: LogOptions = DEFAULT_OPTIONS) -> pl.DataFrame:
    opened = open_logs(inputs, options)
    evidence = Evidence(EvidenceKind.LOGS, "", None, "", AT, Completeness(True), opened.records, opened.store)
    return with_request(evidence, wanted).filter(pl.col("request_id") == wanted).select(PLACE)


def line(number: int, **fields: object) -> str:
    moment = (AT + timedelta(seconds=number)).isoformat()
    return json.dumps({"time": moment, "level": "info", "message": f"m{number}", **fields}, ensure_ascii=False) + "\n"


PIECES = st.sampled_from(
    [
        line(5, request_id=ID),
        line(4, trace_id=ID, request_id="other"),
        line(6, request_id="other", note=f"after {ID}"),
        line(7, message=f"{ID} is in the text alone"),
        line(8, request_id=f"{ID}8"),
        line(9, request_id=[ID]),
        '{"time":"2026-11-24T02:00:01.5Z","level":"warn","correlationId":"req-77\\/é","message":"escaped"}\n',
        '{"time":"2026-11-24T02:00:01.5Z","http":{"request":{"id":"req-77/\\u00e9"}}}\n',
        '{"time":null,"message":null}\n',
        '{"torn": \n',
        "\n",
        "\ufeff{}\n",
        "Traceback (most recent call last):\n",
        '  File "x.py", line 1\n',
        f"ValueError: {ID} was bad\n",
        f"2026-11-24 02:00:07,123 ERROR orders.db: pool exhausted request_id={ID}\n",
        "2026-11-24 02:00:07,124 INFO  orders.db: fine\n",
        f"ts=2026-11-24T02:00:08Z level=info msg=started request_id={ID}\n",
        f"plain words and {ID}\r\n",
        "plain words\r\n",
        "x" * 900 + "\n",
    ]
)


def inputs_of(files: list[list[str]], *, torn: bool = False) -> list[LogInput]:
    """Take files of pieces, ``torn`` ones without their last character; none may be empty."""
    texts = ["".join(pieces) for pieces in files]
    datas = [(text[:-1] if torn else text).encode() for text in texts]
    assume(all(data.strip(b"\r\n \x00") for data in datas))
    return [LogInput(f"app-{number}.log", data=data) for number, data in enumerate(datas)]


@examples(150)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=40), min_size=1, max_size=3), st.booleans())
@example([["\n", "Traceback (most recent call last):\n", f"ValueError: {ID} was bad\n"]], True)
def test_what_is_found_is_what_reading_everything_finds(files: list[list[str]], torn: bool) -> None:
    inputs = inputs_of(files, torn=torn)
    try:
        expected = read_whole(inputs, ID)
    except UnreadableInput:
        return
    found = scanned(inputs, ID)
    timed = pl.col("time").is_not_null()
    assert found.filter(timed).rows() == expected.filter(timed).rows()
    assert sorted(found.drop("time").rows(), key=str) == sorted(expected.drop("time").rows(), key=str)


@pytest.fixture
def tiny_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small logs have many blocks, of which few are in memory at once."""
    monkeypatch.setattr(unpacking, "BLOCK_BYTES", 100)
    monkeypatch.setattr(passing, "BLOCK_BYTES", 700)
    monkeypatch.setattr(passing, "WINDOW_BYTES", 4000)
    monkeypatch.setattr(passing, "_HEAD_BYTES", 700)
    monkeypatch.setattr(surroundings, "STRETCH_BYTES", 2000)
    monkeypatch.setattr(request_scan, "STRETCH_BYTES", 2000)
    monkeypatch.setattr(request_scan, "MARK_BYTES", 1000)
    monkeypatch.setattr(time_places, "MARK_BYTES", 1000)
    monkeypatch.setattr(time_places, "_NEAR_BYTES", 200)
    monkeypatch.setattr(time_places, "_READ_AT_FIRST", 100)
    monkeypatch.setattr(record_places, "_TESTED_BYTES", 200)


def evidence_of(inputs: Sequence[LogInput], wanted: str) -> Evidence:
    return found_request("logs", inputs, DEFAULT_OPTIONS, wanted, lambda _: None)


def packed(inputs: Sequence[LogInput], pack: Pack) -> list[LogInput]:
    return [LogInput(one.name, data=pack(one.data or b"")) for one in inputs]


@pytest.mark.usefixtures("tiny_blocks")
@examples(80)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=80), min_size=1, max_size=3), st.sampled_from(sorted(PACKERS)))
def test_compressed_logs_give_what_plain_ones_do(files: list[list[str]], kind: str) -> None:
    inputs = inputs_of(files)
    try:
        plain = evidence_of(inputs, ID)
    except UnreadableInput:
        return
    assert evidence_of(packed(inputs, PACKERS[kind]), ID).frame.equals(plain.frame)


@pytest.mark.usefixtures("tiny_blocks")
@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_the_surroundings_in_a_compressed_log_are_those_in_the_plain_one(pack: Pack) -> None:
    texts = ["".join(line(n, request_id=f"r-{n // 4}") for n in range(start, 900, 2)) for start in (0, 1)]
    inputs = [LogInput(f"{number}.log", data=text.encode()) for number, text in enumerate(texts)]
    plain, compressed = evidence_of(inputs, "r-150"), evidence_of(packed(inputs, pack), "r-150")
    assert plain.frame.filter(pl.col("request_id") == "r-150")["line"].to_list() == [301, 301, 302, 302]
    assert plain.frame.height > 12
    assert compressed.frame.equals(plain.frame)
    assert compressed.completeness == plain.completeness


@pytest.mark.usefixtures("tiny_blocks")
def test_of_compressed_logs_that_were_rotated_those_of_other_times_are_not_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(surroundings, "STRETCH_BYTES", 8000)
    texts = ["".join(line(n, request_id=f"r-{n // 4}") for n in range(300 * k, 300 * k + 300)) for k in range(4)]
    inputs = packed([LogInput(f"{k}.log", data=text.encode()) for k, text in enumerate(texts)], gzip.compress)
    logs = scan_for_request(inputs, DEFAULT_OPTIONS, "r-260", lambda _: None)
    read_again: list[str] = []

    def read_block(self: unpacking.Unpacking) -> bytes:
        read_again.append(self.name)
        return next_block(self)

    next_block = unpacking.Unpacking.next_block
    monkeypatch.setattr(unpacking.Unpacking, "next_block", read_block)
    others = surroundings.surroundings([log.times for log in logs], DEFAULT_OPTIONS, AT + timedelta(seconds=1040))
    # Half way to the request is in the second one, and around it the text was held.
    assert set(read_again) == {"1.log"}
    assert set(others["file"]) == {"1.log", "3.log"}


def test_the_last_lines_of_a_compressed_log_tell_its_formats_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((unpacking, "BLOCK_BYTES"), (passing, "BLOCK_BYTES"), (request_scan, "STRETCH_BYTES")):
        monkeypatch.setattr(module, name, 4 << 10)
    monkeypatch.setattr(request_scan, "MARK_BYTES", 4 << 10)
    first = "".join(line(n, request_id=ID, note="x" * 3000) for n in range(60))
    later = "".join(f"ts=2026-11-24T02:00:08Z level=info msg=m{n} request_id=r-{n}\n" for n in range(1500))
    inputs = [LogInput("app.log", data=(first + later).encode())]
    kinds: list[FormatChoice] = []
    for one in (inputs, packed(inputs, gzip.compress)):
        (log,) = scan_for_request(one, DEFAULT_OPTIONS, ID, lambda _: None)
        kinds.append(log.times.records.reader.formats)
    assert kinds[0].name == "logfmt"
    assert kinds[1].is_like(kinds[0])
    assert scanned(packed(inputs, gzip.compress), ID).equals(scanned(inputs, ID))


@pytest.mark.usefixtures("tiny_blocks")
def test_what_was_found_before_the_damage_is_told_with_the_damage() -> None:
    data = "".join(line(n, request_id=f"r-{n // 4}", note=n * 7919) for n in range(600)).encode()
    compressed = gzip.compress(data)
    found = evidence_of([LogInput("app.log", data=compressed[: len(compressed) // 2])], "r-30")
    assert found.frame.filter(pl.col("request_id") == "r-30")["line"].to_list() == [121, 122, 123, 124]
    assert not found.completeness.complete
    assert "app.log: gz data ends early or is damaged (EOFError)" in found.completeness.note


def test_a_compressed_line_without_an_end_is_one_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "BLOCK_BYTES", 4 << 10)
    monkeypatch.setattr(passing, "WINDOW_BYTES", 64 << 10)
    monkeypatch.setattr(framing, "LINE_BYTES_CAP", 64 << 10)
    data = (line(1) + "x" * (600 << 10) + " r-1 " + "x" * (200 << 10) + "\n" + line(2)).encode()
    inputs = [LogInput("app.log", data=data)]
    assert scanned(inputs, "r-1")["line"].to_list() == [2]
    assert scanned(packed(inputs, gzip.compress), "r-1").equals(scanned(inputs, "r-1"))


def test_a_name_of_ones_own_for_the_id_counts() -> None:
    inputs = [LogInput("app.log", data=line(1, ticket="t-1", request_id="r-1").encode())]
    options = LogOptions(id_fields=frozenset({"ticket"}))
    assert scanned(inputs, "t-1", options).height == 1
    assert scanned(inputs, "t-1").height == 0


def scanned_with_note(data: str, wanted: str) -> tuple[list[int], str]:
    (log,) = scan_for_request([LogInput("app.log", data=data.encode())], DEFAULT_OPTIONS, wanted, lambda _: None)
    return log.found["line"].to_list(), log.missing


def test_of_a_request_with_too_many_records_the_first_count_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_records, "MOST_RECORDS", 10)
    monkeypatch.setattr(own_records, "_JUDGED_AT_ONCE", 4)
    lines, missing = scanned_with_note("".join(line(n, request_id="r") for n in range(300)), "r")
    assert lines == list(range(1, 11))
    assert missing == "only the first 10 records of the request were read"
    assert scanned_with_note("".join(line(n, request_id="r") for n in range(9)), "r") == (list(range(1, 10)), "")


def test_records_of_others_that_name_the_request_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_records, "MOST_RECORDS", 10)
    monkeypatch.setattr(own_records, "_JUDGED_AT_ONCE", 4)
    others = "".join(line(n, request_id="other", user=7) for n in range(50))
    data = f"{others}{line(60, request_id='7')}{others}{line(70, request_id='7')}"
    assert scanned_with_note(data, "7") == ([51, 102], "")
    monkeypatch.setattr(own_records, "MOST_READ", 80)
    assert scanned_with_note(data, "7") == ([51], "only the first 80 records that hold this ID were read")


def test_progress_reaches_the_end_of_all_logs() -> None:
    told: list[Progress] = []
    data = "".join(line(n, request_id="r-1") for n in range(50)).encode()
    inputs = [LogInput(name, data=data) for name in ("a.log", "b.log")]
    scan_for_request(inputs, DEFAULT_OPTIONS, "r-1", told.append)
    assert len(told) > 4
    assert told[-1][:3] == (2 * len(data), 2 * len(data), 100)
    with pytest.raises(ValueError, match="empty"):
        scan_for_request(inputs, DEFAULT_OPTIONS, "", told.append)


def test_a_trace_of_many_lines_stays_with_its_record() -> None:
    trace = "Traceback (most recent call last):\n" + '  File "x.py", line 1\n' * 3000 + "ValueError: bad\n"
    data = f"{line(1)}{line(2, request_id='r-1', level='error')}{trace}{line(3)}".encode()
    found = scanned([LogInput("app.log", data=data)], "r-1")
    assert found["exception"].item() == trace.rstrip("\n")
    assert scanned([LogInput("app.log", data=data.replace(b"ValueError: bad", b"ValueError: r-9"))], "r-9").height == 0


def test_what_is_normal_is_read_around_the_request_and_well_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "STRETCH_BYTES", 20_000)
    monkeypatch.setattr(time_places, "_NEAR_BYTES", 1024)
    texts = ["".join(line(n, request_id=f"r-{n // 8}") for n in range(start, 8000, 2)) for start in (0, 1)]
    inputs = [LogInput(f"{number}.log", data=text.encode()) for number, text in enumerate(texts)]
    logs = scan_for_request(inputs, DEFAULT_OPTIONS, "r-900", lambda _: None)
    at = AT + timedelta(seconds=7200)
    others = surroundings.surroundings([log.times for log in logs], DEFAULT_OPTIONS, at)
    seconds = [(moment - AT).total_seconds() for moment in others["time"]]
    assert min(seconds) < 3600
    assert max(seconds) > 7200
    assert not any(4000 < second < 6800 for second in seconds)
    # Each request is there whole: four records in each of the two logs.
    assert set(others.group_by("request_id").len()["len"]) == {8}
    numbers = [2 * (line - 1) + int(file[0]) for file, line in others.select("file", "line").rows()]
    assert numbers == seconds
