from datetime import UTC, datetime

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


def test_a_trace_goes_over_files_field_names_and_free_text() -> None:
    found = trace(with_request(evidence(), ID), ID)
    assert [record.file for record in found.records] == ["gateway.jsonl", "orders.log", "payments.log"]


def test_a_record_with_an_id_of_its_own_keeps_it() -> None:
    frame = with_request(evidence(), ID)
    assert frame.filter(frame["event"] == "about abc-123-def")["request_id"].to_list() == ["zzz"]


def test_records_that_the_frame_leaves_out_are_taken_from_the_lines() -> None:
    whole = evidence()
    part = Evidence(
        kind=whole.kind, source=whole.source, window=None, query="", fetched_at=datetime(2026, 11, 24, tzinfo=UTC),
        completeness=whole.completeness, held=whole.frame.head(1), lines=whole.lines,
    )  # fmt: skip
    found = trace(with_request(part, ID), ID)
    assert [record.event for record in found.records][::2] == ["gateway in", "payment done"]
    assert len(found.records) == 3


def test_an_id_that_is_nowhere_changes_nothing() -> None:
    whole = evidence()
    assert with_request(whole, "nowhere").equals(whole.frame)
