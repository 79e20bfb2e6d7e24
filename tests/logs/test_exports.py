import json
from datetime import UTC, datetime

import pytest

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content import exports, temporary_bytes
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.opened_logs import OpenedLogs, open_logs

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
RECORD = {"time": "2026-11-24T02:00:00Z", "level": "error", "message": "boom", "request_id": "r-1"}


def opened(document: object, indent: int | None = None) -> OpenedLogs:
    text = document if isinstance(document, str) else json.dumps(document, indent=indent)
    return open_logs([LogInput("export", data=text.encode())])


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "document",
    [
        [RECORD, RECORD],
        {"took": 1, "hits": {"total": 2, "hits": [{"_index": "x", "_source": RECORD}, {"_source": RECORD}]}},
        {"events": [{"timestamp": 1795485600000, "message": json.dumps(RECORD)}] * 2, "nextToken": "x"},
        {"entries": [{"timestamp": "2026-11-24T02:00:00Z", "severity": "ERROR", "jsonPayload": RECORD}] * 2},
        {
            "status": "success",
            "data": {
                "resultType": "streams",
                "result": [{"stream": {"app": "x"}, "values": [["1795485600000000000", json.dumps(RECORD)]] * 2}],
            },
        },
    ],
    ids=["array", "elasticsearch", "cloudwatch", "gcp", "loki"],
)
def test_an_exported_document_is_a_log(document: object, indent: int | None) -> None:
    logs = opened(document, indent)
    assert logs.records.select("time", "level", "event", "request_id").rows() == [(AT, "ERROR", "boom", "r-1")] * 2
    assert logs.completeness.complete
    assert list(logs.store.rows_with_id("r-1")) == [0, 1]


def test_csv_is_a_log() -> None:
    text = 'timestamp,level,message,request_id,region\n2026-11-24T02:00:00Z,error,"boom, again",r-1,\n'
    row = opened(text).records.row(0, named=True)
    assert (row["time"], row["level"], row["event"], row["attributes"]) == (AT, "ERROR", "boom, again", "{}")


@pytest.mark.parametrize(
    "text", ['{"a":1}\n{"b":2}\n', '[1,2]\n{"message":"a"}\n', "a,b\n1,2\n", "[main] started\nok\n"]
)
def test_what_is_no_export_stays_as_it_is(text: str) -> None:
    assert opened(text).records.height == 2


def test_a_damaged_document_is_read_line_by_line() -> None:
    logs = opened('[{"message":"a"},\n{"message":"b"}')
    assert not logs.completeness.complete
    assert logs.records["event"].to_list()[-1] == "b"


def test_an_export_without_records_says_so() -> None:
    with pytest.raises(UnreadableInput, match="without records"):
        opened("[]")


def test_a_document_over_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "DOCUMENT_BYTES_CAP", 10)
    with pytest.raises(UnreadableInput, match="one document of more than"):
        opened([RECORD])


def test_csv_of_any_length_is_read_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "DOCUMENT_BYTES_CAP", 10)
    monkeypatch.setattr(temporary_bytes, "MEMORY_BYTES", 1000)
    rows = "".join(f"2026-11-24T02:00:{number % 60:02d}Z,info,message {number}\n" for number in range(5000))
    logs = opened(f"time,level,message\n{rows}")
    assert logs.records.height == 5000
    assert logs.records.filter(event="message 4999").height == 1


def test_a_row_that_is_no_csv_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_CELL_BYTES_CAP", 1000)
    good = "2026-11-24T02:00:00Z,info,good\n"
    logs = opened(f"time,level,message\n{good}2026-11-24T02:00:01Z,info,{'x' * 2000}\n{good}nul\0,a\n{good}")
    assert logs.records["event"].to_list().count("good") == 3
    assert logs.records["event"].str.contains("line 3 is no CSV").sum() == 1


def test_a_line_that_is_no_otlp_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "DOCUMENT_BYTES_CAP", 10)
    line = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [
        {"timeUnixNano": "1795485600000000000", "body": {"stringValue": "good"}}
    ]}]}]})  # fmt: skip
    odd = '{"resourceLogs": 7}\n{"other": 1}\n[1]\ntorn {"resourceLogs"\n'
    logs = opened(f"{line}\n{odd}{line}\n")
    assert logs.records.filter(event="good")["time"].to_list() == [AT, AT]
    assert logs.records.height == 6
    assert logs.records["event"].str.starts_with("torn").sum() == 1
