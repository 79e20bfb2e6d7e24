from datetime import UTC, datetime

import pytest

from triage_tui.analysis.request_records import with_request
from triage_tui.analysis.traces import trace
from triage_tui.investigation.evidence import Evidence
from triage_tui.logs.log_input import LogInput
from triage_tui.sources.log_files import LogFileSource

ID = "abc-123-def"
GATEWAY = (
    '{"time":"2026-11-24T14:00:00Z","level":"info","x-request-id":"abc-123-def","message":"gateway in"}\n'
    '{"time":"2026-11-24T14:00:01Z","level":"info","request_id":"zzz","message":"about abc-123-def"}\n'
)
ORDERS = (
    "2026-11-24T14:00:00.5Z INFO orders: handling abc-123-def for user 5\n"
    "2026-11-24T14:00:00.6Z INFO orders: another one, abc-123-defg\n"
)
PAYMENTS = 'time=2026-11-24T14:00:00.7Z level=info trace_id=abc-123-def msg="payment done"\n'


def evidence() -> Evidence:
    named = {"gateway.jsonl": GATEWAY, "orders.log": ORDERS, "payments.log": PAYMENTS}
    return LogFileSource("logs", [LogInput(name, data=text.encode()) for name, text in named.items()]).read()


def part_of(whole: Evidence, records: int) -> Evidence:
    """The evidence with the first of its records in the frame; the others are in its lines alone."""
    return Evidence(
        kind=whole.kind, source=whole.source, window=None, query="", fetched_at=datetime(2026, 11, 24, tzinfo=UTC),
        completeness=whole.completeness, held=whole.frame.head(records), lines=whole.lines,
    )  # fmt: skip


def test_a_trace_goes_over_files_field_names_and_free_text() -> None:
    found = trace(with_request(evidence(), ID), ID)
    assert [record.file for record in found.records] == ["gateway.jsonl", "orders.log", "payments.log"]


@pytest.mark.parametrize(
    "line",
    [
        '{"time":"2026-11-24T14:00:01Z","request_id":"r-1","trace_id":"abc-123-def","message":"both"}\n',
        '{"time":"2026-11-24T14:00:01Z","request_id":"r-1","ctx":{"http":{"Request-Id": "abc-123-def"}}}\n',
        "time=2026-11-24T14:00:01Z level=info request_id=r-1 traceID=abc-123-def msg=both\n",
        "2026-11-24T14:00:01Z INFO orders: both request_id=r-1 trace_id=abc-123-def\n",
    ],
)
@pytest.mark.parametrize("in_frame", [True, False])
def test_a_record_with_the_id_of_its_trace_beside_its_own_is_found_by_either(line: str, in_frame: bool) -> None:
    whole = LogFileSource("logs", [LogInput("app.log", data=(line * 2).encode())]).read()
    part = part_of(whole, len(whole.frame) if in_frame else 1)
    for wanted in ("r-1", ID):
        assert len(trace(with_request(part, wanted), wanted).records) == 2


def test_a_record_with_an_id_of_its_own_keeps_it() -> None:
    frame = with_request(evidence(), ID)
    assert frame.filter(frame["event"] == "about abc-123-def")["request_id"].to_list() == ["zzz"]


def test_records_that_the_frame_leaves_out_are_taken_from_the_lines() -> None:
    found = trace(with_request(part_of(evidence(), 1), ID), ID)
    assert [record.event for record in found.records][::2] == ["gateway in", "payment done"]
    assert len(found.records) == 3


def test_an_id_that_is_nowhere_changes_nothing() -> None:
    whole = evidence()
    assert with_request(whole, "nowhere").equals(whole.frame)
