from __future__ import annotations

import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.gaps import timeout_named
from triage_tui.analysis.log_patterns import log_patterns
from triage_tui.analysis.traces import trace
from triage_tui.sources.log_files import LogFileSource


def flat(traces: list[list[log.Record]]) -> list[log.Record]:
    return [record for one in traces for record in one]


def end_in(one: list[log.Record], message: str) -> None:
    """Cut a request off at its last line but one and let it fail."""
    one.pop()
    log.fail(one[-1], message)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("wait", "middle"), [(4.0, 0.02), (6.0, 0.3)])
def test_a_request_that_waited_is_found_among_requests_of_any_usual_speed(
    seed: int, wait: float, middle: float
) -> None:
    traces = log.steps(seed, middle=middle)
    log.delay(traces[70], 2, wait)
    first = log_patterns(log.frame(flat(traces)))[0]
    assert first.kind == "gap"
    assert first.numbers["request_id"] == traces[70][0]["request_id"]
    assert first.numbers["seconds"] == pytest.approx(wait, abs=5 * middle)
    assert (first.numbers["from_event"], first.numbers["to_event"]) == ("session opened", "rows read")
    assert first.numbers["normal_p99"] < wait / 3
    assert first.numbers["n"] > 100
    assert first.start == traces[70][1]["time"]


def test_a_step_that_is_always_slow_is_no_gap() -> None:
    traces = log.steps(1)
    for one in traces:
        log.delay(one, 2, 5.0)
    assert log_patterns(log.frame(flat(traces))) == ()


def test_a_step_that_became_slow_for_many_is_a_gap_against_the_time_before() -> None:
    traces = log.steps(2)
    for one in traces[70:]:
        log.delay(one, 2, 5.0)
    first = log_patterns(log.frame(flat(traces)))[0]
    assert first.kind == "gap"
    assert first.numbers["normal_p99"] < 1
    assert "49 more requests wait there" in first.statement


def test_a_timeout_named_after_the_gap_is_told_with_it() -> None:
    traces = log.steps(3)
    log.delay(traces[50], 3, 5.0)
    end_in(traces[50], "payment provider timed out after 5000 ms")
    found = trace(log.frame(flat(traces)), traces[50][0]["request_id"])
    assert len(found.gaps) == 1
    assert found.gaps[0].numbers["timeout_s"] == 5.0
    assert "timeout of 5 s" in found.gaps[0].statement


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("timed out after 30s", 30.0), ("deadline exceeded (750ms)", 0.75), ("5 s timeout hit", 5.0), ("took 9 s", None)],
)
def test_timeouts_are_read_out_of_messages(text: str, seconds: float | None) -> None:
    assert timeout_named(text) == seconds


def test_a_line_that_healthy_requests_have_and_a_failed_one_lacks_is_missing() -> None:
    traces = log.steps(4)
    for number in (60, 80, 90):
        traces[number].pop(3)
        log.fail(traces[number][-1], "ValueError: bad date range")
    logs = log.frame(flat(traces))
    found = trace(logs, traces[80][0]["request_id"])
    assert [pattern.numbers["event"] for pattern in found.missing] == ["session closed"]
    assert found.missing[0].numbers["after_event"] == "session opened"
    assert (found.missing[0].numbers["present_in"], found.missing[0].numbers["of"]) == (117, 117)
    assert "117 of 117" in found.missing[0].statement
    assert [record.event for record in found.healthy_example] == list(log.STEPS)
    assert "missing_line" in {pattern.kind for pattern in log_patterns(logs)}


def test_the_ladder_has_offsets_gaps_and_what_is_normal() -> None:
    traces = log.steps(5)
    found = trace(log.frame(flat(traces)), traces[9][0]["request_id"])
    assert [record.event for record in found.records] == list(log.STEPS)
    assert found.records[0].offset_s == found.records[0].gap_s == 0
    assert found.records[-1].offset_s == pytest.approx(sum(record.gap_s for record in found.records))
    assert all(record.normal_n >= 100 and record.normal_p99_s for record in found.records[1:])
    assert found.route == "GET /cart"
    assert found.gaps == found.missing == ()


def test_the_rows_of_a_trace_are_those_of_the_logs_in_time_order() -> None:
    logs = log.frame(flat(log.steps(6)))
    found = trace(logs, logs["request_id"].item(40))
    for record in found.records:
        assert record.row is not None
        assert logs.row(record.row, named=True)["line"] == record.line


def test_an_unknown_id_gives_an_empty_trace() -> None:
    assert trace(log.frame(flat(log.steps(7, count=2))), "nowhere").records == ()


def test_a_request_of_one_line_and_no_other_requests_is_survived() -> None:
    one = log.requests(1)[:1]
    found = trace(log.frame(one), one[0]["request_id"])
    assert len(found.records) == 1
    assert found.healthy_example == ()


def test_a_record_without_a_message_is_told_by_what_it_says_of_its_request() -> None:
    text = (
        '2.3.4.5 - - [24/Nov/2026:02:00:01 +0000] "GET /a?b=1 HTTP/1.1" 503 5 "-" "curl" 1.250 request_id=abc-123\n'
        '{"time":"2026-11-24T02:00:02Z","request_id":"abc-123"}\n'
    )
    logs = LogFileSource.from_bytes("app.log", text.encode()).read().frame
    assert [one.event for one in trace(logs, "abc-123").records] == ["503 GET /a in 1250 ms", "(no message)"]
