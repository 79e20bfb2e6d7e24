"""A request that is found by a scan is the one that reading everything finds."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.properties import examples
from triage_tui.analysis.request_records import with_request
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind
from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs import record_places, request_scan, scanner, surroundings
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput, LogOptions
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.progress import Progress
from triage_tui.logs.record_frame import in_time_order
from triage_tui.logs.request_scan import scan_for_request

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


@examples(150)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=40), min_size=1, max_size=3), st.booleans())
@example([["\n", "Traceback (most recent call last):\n", f"ValueError: {ID} was bad\n"]], True)
def test_what_is_found_is_what_reading_everything_finds(files: list[list[str]], torn: bool) -> None:
    texts = ["".join(pieces) for pieces in files]
    datas = [(text[:-1] if torn else text).encode() for text in texts]
    assume(all(data.strip(b"\r\n \x00") for data in datas))
    inputs = [LogInput(f"app-{number}.log", data=data) for number, data in enumerate(datas)]
    try:
        expected = read_whole(inputs, ID)
    except UnreadableInput:
        return
    found = scanned(inputs, ID)
    timed = pl.col("time").is_not_null()
    assert found.filter(timed).rows() == expected.filter(timed).rows()
    assert sorted(found.drop("time").rows(), key=str) == sorted(expected.drop("time").rows(), key=str)


def test_a_compressed_log_gives_what_the_plain_one_does(tmp_path: Path) -> None:
    data = "".join(line(n, request_id=f"r-{n // 4}") for n in range(2000)).encode()
    (tmp_path / "app.log").write_bytes(data)
    (tmp_path / "app.log.gz").write_bytes(gzip.compress(data))
    plain, packed = (scanned([LogInput("app", tmp_path / name)], "r-333") for name in ("app.log", "app.log.gz"))
    assert plain["line"].to_list() == [1333, 1334, 1335, 1336]
    assert packed.equals(plain)


def test_a_name_of_ones_own_for_the_id_counts() -> None:
    inputs = [LogInput("app.log", data=line(1, ticket="t-1", request_id="r-1").encode())]
    options = LogOptions(id_fields=frozenset({"ticket"}))
    assert scanned(inputs, "t-1", options).height == 1
    assert scanned(inputs, "t-1").height == 0


def test_of_an_id_that_is_everywhere_the_first_records_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_scan, "MOST_RECORDS", 10)
    data = "".join(line(n, request_id="r") for n in range(300)).encode()
    assert scanned([LogInput("app.log", data=data)], "r")["line"].to_list() == list(range(1, 11))


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
    monkeypatch.setattr(record_places, "_NEAR_BYTES", 1024)
    texts = ["".join(line(n, request_id=f"r-{n // 8}") for n in range(start, 8000, 2)) for start in (0, 1)]
    inputs = [LogInput(f"{number}.log", data=text.encode()) for number, text in enumerate(texts)]
    logs = scan_for_request(inputs, DEFAULT_OPTIONS, "r-900", lambda _: None)
    at = AT + timedelta(seconds=7200)
    others = surroundings.surroundings([log.places for log in logs], DEFAULT_OPTIONS, at)
    seconds = [(moment - AT).total_seconds() for moment in others["time"]]
    assert min(seconds) < 3600
    assert max(seconds) > 7200
    assert not any(4000 < second < 6800 for second in seconds)
    # Each request is there whole: four records in each of the two logs.
    assert set(others.group_by("request_id").len()["len"]) == {8}
    numbers = [2 * (line - 1) + int(file[0]) for file, line in others.select("file", "line").rows()]
    assert numbers == seconds
