import bz2
import gzip
import json
import lzma
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import zstandard

from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.log_input import LogInput, LogOptions, log_inputs
from triage_tui.logs.opened_logs import OpenedLogs, open_logs

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TRACE = b"""2026-11-24 02:00:01,123 ERROR orders.db: pool exhausted request_id=abc-123
Traceback (most recent call last):
  File "db.py", line 41, in get_session

ValueError: invalid date range
2026-11-24 02:00:02,000 INFO orders.db: session released
"""


def opened(text: str | bytes, name: str = "app.log", options: LogOptions = LogOptions()) -> OpenedLogs:  # noqa: B008
    return open_logs([LogInput(name, data=text.encode() if isinstance(text, str) else text)], options)


def one(**fields: object) -> dict[str, object]:
    records = opened(json.dumps(fields)).records
    assert records.height == 1
    return records.row(0, named=True)


def test_the_frame_follows_the_schema_of_logs() -> None:
    assert opened('{"a":1}').records.schema == frame_schema(EvidenceKind.LOGS)


@pytest.mark.parametrize(
    ("fields", "column", "value"),
    [
        ({"ts": 1795485600}, "time", AT),
        ({"@timestamp": "2026-11-24T03:00:00+01:00"}, "time", AT),
        ({"severity": "warn"}, "level", "WARNING"),
        ({"level": 50}, "level", "ERROR"),
        ({"log": {"level": "fatal"}}, "level", "CRITICAL"),
        ({"service": {"name": "orders"}}, "service", "orders"),
        ({"logger": "orders.db"}, "service", "orders.db"),
        ({"kubernetes": {"pod_name": "web-1"}}, "host", "web-1"),
        ({"dd.trace_id": 17}, "request_id", "17"),
        ({"X-Request-ID": "r1"}, "request_id", "r1"),
        ({"user": {"id": 5, "plan": "free"}}, "user", "5"),
        ({"remote_addr": "10.0.0.1"}, "client", "10.0.0.1"),
        ({"http": {"request": {"method": "get"}, "route": "/a"}}, "route", "GET /a"),
        ({"method": "POST", "path": "/a?b=1"}, "route", "POST /a"),
        ({"request": "GET /a?b=1 HTTP/1.1"}, "route", "GET /a"),
        ({"endpoint": "POST /api/orders"}, "route", "POST /api/orders"),
        ({"http": {"response": {"status_code": 503}}}, "status", 503),
        ({"status": "503"}, "status", 503),
        ({"status": "fine"}, "status", None),
        ({"duration_ms": 1.5}, "duration_ms", 1.5),
        ({"elapsed": "1.5s"}, "duration_ms", 1500.0),
        ({"latency": "250µs"}, "duration_ms", 0.25),
        ({"duration_s": 2}, "duration_ms", 2000.0),
        ({"event": {"duration": 3_000_000}}, "duration_ms", 3.0),
        ({"msg": "boom"}, "event", "boom"),
        ({"message": "boom", "event": "pool"}, "event", "boom"),
        ({"exc_info": "Traceback ..."}, "exception", "Traceback ..."),
        ({"exc_info": True}, "exception", None),
        ({"error": {"type": "ValueError", "message": "bad"}}, "exception", "ValueError: bad"),
        ({"message": "a", "region": "eu", "n": 1}, "attributes", '{"region":"eu","n":1}'),
        ({"message": "a", "attrs": {"region": "eu", "x": {"y": 1}}}, "attributes", '{"region":"eu","x.y":1}'),
        ({"message": "a"}, "attributes", "{}"),
        ({"message": ""}, "event", None),
    ],
)
def test_a_field_reaches_its_column_under_any_of_its_names(
    fields: dict[str, object], column: str, value: object
) -> None:
    assert one(**fields)[column] == value


def test_a_field_named_by_the_user_is_the_correlation_id() -> None:
    text = '{"order_ref":"o-1","request_id":"r-1"}'
    assert opened(text, options=LogOptions(id_fields=frozenset({"order_ref"}))).records["request_id"][0] == "o-1"


def test_records_of_different_shapes_and_types_stand_side_by_side() -> None:
    rows: list[dict[str, object]] = [
        {"user": 1},
        {"user": "u2", "status": "500"},
        {"status": 200, "late": [1]},
        {"user": None},
    ]
    records = opened("\n".join(map(json.dumps, rows))).records
    assert records["user"].to_list() == ["1", "u2", None, None]
    assert records["status"].to_list() == [None, 500, 200, None]
    assert records["attributes"].to_list() == ["{}", "{}", '{"late":[1]}', "{}"]


def test_a_stack_trace_is_one_record_with_its_line() -> None:
    logs = opened(TRACE)
    first, second = logs.records.rows(named=True)
    assert (first["event"], first["level"], first["request_id"]) == (
        "pool exhausted request_id=abc-123",
        "ERROR",
        "abc-123",
    )
    assert first["exception"].endswith("ValueError: invalid date range")
    assert TRACE[first["offset"] : first["offset"] + first["length"]].endswith(b"date range\n")
    assert (second["line"], second["event"]) == (6, "session released")
    assert logs.completeness.complete
    assert "zone UTC assumed for 2 times" in logs.completeness.note


def test_a_stack_trace_among_json_lines_belongs_to_the_line_before() -> None:
    logs = opened('{"message":"a"}\nTraceback (most recent call last):\n  File "x"\nValueError: bad\n{"message":"b"}\n')
    assert logs.records["event"].to_list() == ["a", "b"]
    assert logs.records["exception"][0].endswith("ValueError: bad")


def test_one_bad_line_costs_one_line_and_is_named() -> None:
    lines = [json.dumps({"message": f"m{number}"}) for number in range(5)]
    lines[2] = '{"message": "torn'
    logs = opened("\n".join(lines))
    assert logs.records["event"].to_list() == ["m0", "m1", '{"message": "torn', "m3", "m4"]
    assert not logs.completeness.complete
    assert logs.completeness.note == "4 of 5 lines; 1 unreadable, first at app.log:3"


def test_a_file_that_changes_its_format_is_read_to_its_end() -> None:
    text = (
        '{"time":"2026-11-24T02:00:00Z","message":"a"}\n' * 3 + "2026-11-24 02:00:01,000 ERROR x: b\nlevel=info msg=c\n"
    )
    assert opened(text).records["event"].to_list() == ["a", "a", "a", "b", "c"]


def test_free_text_is_one_record_a_line_in_its_own_order() -> None:
    logs = opened("first\n  more of it\nsecond\n")
    assert logs.records["event"].to_list() == ["first\n  more of it", "second"]
    assert logs.records["time"].null_count() == 2


def test_mixed_offsets_sort_right_and_a_line_without_a_time_stays_in_its_place() -> None:
    text = "\n".join(
        [
            '{"time":"2026-11-24T03:00:05+01:00","message":"second"}',
            "stray",
            '{"time":"2026-11-24T02:00:01Z","message":"first"}',
        ]
    )
    assert opened(text).records["event"].to_list() == ["first", "second", "stray"]


def test_naive_times_are_read_in_the_zone_that_the_user_names() -> None:
    zone = ZoneInfo("Europe/Berlin")
    logs = opened("2026-11-24 03:00:00,000 INFO x: a", options=LogOptions(assumed_zone=zone))
    assert logs.records["time"][0] == AT
    assert "zone Europe/Berlin assumed" in logs.completeness.note


def test_the_order_in_which_files_are_named_does_not_matter() -> None:
    files = [LogInput(f"{name}.log", data=b'{"ts":1795485600,"message":"%s"}' % name.encode()) for name in "abc"]
    assert open_logs(files).records.equals(open_logs(files[::-1]).records)
    assert open_logs(files).records["file"].to_list() == ["a.log", "b.log", "c.log"]


@pytest.mark.parametrize(
    "compress", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress], ids=["gz", "bz2", "xz", "zst"]
)
def test_compressed_logs_read_like_plain_ones(compress: object) -> None:
    assert callable(compress)
    plain = b'{"message":"a"}\n{"message":"b"}\n'
    assert opened(compress(plain)).records.equals(opened(plain).records)


def test_members_of_an_archive_follow_each_other() -> None:
    assert opened(gzip.compress(b'{"message":"a"}\n') + gzip.compress(b'{"message":"b"}\n')).records.height == 2


def test_a_window_keeps_its_start_and_leaves_out_its_end() -> None:
    logs = opened("\n".join(f'{{"ts":{1795485600 + second}}}' for second in range(5)))
    window = TimeWindow(AT + timedelta(seconds=1), AT + timedelta(seconds=3))
    assert logs.records_in(window)["line"].to_list() == [2, 3]
    assert logs.records_in(None).height == 5


def test_files_of_the_same_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / "app.log", tmp_path / "b" / "app.log", tmp_path / "c.log"]
    assert [one.name for one in log_inputs(paths)] == [str(paths[0]), str(paths[1]), "c.log"]


def test_journald_docker_and_loki_wrappers_are_taken_off() -> None:
    inner = json.dumps({"level": "error", "event": "boom", "request_id": "r-1"})
    wrapped: list[dict[str, object]] = [
        {"__REALTIME_TIMESTAMP": "1795485600000000", "PRIORITY": "6", "_HOSTNAME": "web-1", "MESSAGE": inner},
        {"log": inner + "\n", "stream": "stdout", "time": "2026-11-24T02:00:00.000000000Z"},
        {"labels": {"app": "orders"}, "line": inner, "timestamp": "2026-11-24T02:00:00Z"},
        {"_source": {"@timestamp": "2026-11-24T02:00:00Z", "message": inner}, "_id": "x"},
    ]
    records = opened("\n".join(map(json.dumps, wrapped))).records
    assert records["event"].to_list() == ["boom"] * 4
    assert records["level"].to_list() == ["ERROR"] * 4
    assert records["request_id"].to_list() == ["r-1"] * 4
    assert records["time"].to_list() == [AT] * 4
    assert records["host"][0] == "web-1"


def test_a_message_of_journald_may_be_a_list_of_bytes() -> None:
    assert one(MESSAGE=[104, 105, 27], PRIORITY="3")["event"] == "hi\x1b"


def test_one_unreadable_file_of_several_is_named() -> None:
    with pytest.raises(UnreadableInput, match=r"empty\.log: empty"):
        open_logs([LogInput("a.log", data=b"{}"), LogInput("empty.log", data=b"")])


def test_a_text_line_that_docker_or_journald_wraps_is_parsed_in_its_own_format() -> None:
    line = "2026-11-24 02:00:07,000 ERROR orders.db: pool exhausted request_id=abc-123"
    wrapped: list[dict[str, object]] = [
        {"log": line + "\n", "stream": "stderr", "time": "2026-11-24T02:00:00.000000001Z"},
        {"MESSAGE": line, "__REALTIME_TIMESTAMP": "1795485600000000", "PRIORITY": "6"},
        {"log": "plain words with request_id=abc-123\n", "stream": "stdout", "time": "2026-11-24T02:00:00Z"},
    ]
    records = opened("\n".join(map(json.dumps, wrapped))).records
    assert records["time"].to_list() == [AT] * 3
    assert records["level"].to_list() == ["ERROR", "ERROR", None]
    assert records["request_id"].to_list() == ["abc-123"] * 3
    assert records["event"].to_list()[2] == "plain words with request_id=abc-123"


def test_a_line_number_beside_a_message_is_no_wrapped_line() -> None:
    row = one(message="boom", line="42", log={"origin": {"file": "db.py"}})
    assert row["event"] == "boom"
    assert json.loads(str(row["attributes"])) == {"line": "42", "log.origin.file": "db.py"}
