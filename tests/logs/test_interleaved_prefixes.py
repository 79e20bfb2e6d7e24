"""Lines of several processes in one log, each behind its prefix: a stack trace stays with its own process."""

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.logs.indexes import let_records_cross_chunks, read_both_ways
from tests.properties import examples
from triage_tui.analysis.request_outcomes import is_failing
from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput
from triage_tui.logs.opened_logs import OpenedLogs, open_logs
from triage_tui.logs.records.head_lines import head_of
from triage_tui.logs.search.request_scan import scan_for_request

PREFIXES = {
    "kubectl": ("[pod/web-7f/app] ", "[pod/web-9c/app] ", "[pod/web-7f/proxy] "),
    "kubectl with times": (
        "[pod/web-7f/app] 2026-11-24T02:00:07.123456789Z ",
        "[pod/web-9c/app] 2026-11-24T02:00:07.123456789Z ",
        "[pod/web-7f/proxy] 2026-11-24T02:00:07.123456789Z ",
    ),
    "stern": ("web-7f app ", "web-9c app ", "web-7f proxy "),
    "compose": ("web-1  | ", "web-2  | ", "db-1   | "),
    "syslog": ("Nov 24 02:00:07 a web[7]: ", "Nov 24 02:00:07 a web[9]: ", "Nov 24 02:00:07 b web[7]: "),
}
BROKEN = "2026-11-24 02:00:07,120 ERROR orders.db: pool exhausted request_id=req-77"
TRACE = (
    "Traceback (most recent call last):",
    '  File "/srv/orders/db.py", line 88, in acquire',
    "    return self._pool.get(timeout=5)",
    "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached",
)
FINE = "2026-11-24 02:00:07,121 INFO orders.api: GET /api/orders done request_id=req-78"
JSON = json.dumps({"time": "2026-11-24T02:00:07.121Z", "level": "info", "message": "done", "request_id": "req-79"})
JAVA = ("java.lang.IllegalStateException: closed", "\tat com.example.Main.run(Main.java:7)", "\t... 12 more")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    let_records_cross_chunks(monkeypatch)


def opened(lines: list[str]) -> OpenedLogs:
    return open_logs([LogInput("pods.log", data="".join(f"{line}\n" for line in lines).encode())])


@pytest.mark.parametrize("kind", PREFIXES)
def test_a_trace_that_another_process_interrupts_stays_with_its_own_record(kind: str) -> None:
    one, other, third = PREFIXES[kind]
    lines = [one + BROKEN, one + TRACE[0], one + TRACE[1], other + FINE, one + TRACE[2], one + TRACE[3], third + FINE]
    logs = opened(lines)
    assert [logs.store.row(row).line for row in range(len(logs.store))] == [1, 4, 5, 7]
    broken, fine, torn, _ = logs.records.rows(named=True)
    assert broken["exception"] == "\n".join(TRACE)
    assert (broken["event"], broken["request_id"]) == ("pool exhausted request_id=req-77", "req-77")
    assert fine["exception"] is None
    assert fine["event"] == "GET /api/orders done request_id=req-78"
    assert json.loads(torn["attributes"])["continued"] == "\n".join(TRACE[2:])
    # What goes on a failure is not another one.
    assert logs.records.filter(is_failing())["line"].to_list() == [1]


@pytest.mark.parametrize("kind", PREFIXES)
def test_without_an_interruption_a_trace_is_one_record(kind: str) -> None:
    one, other, _ = PREFIXES[kind]
    records = opened([other + FINE, one + BROKEN, *(one + line for line in TRACE), other + FINE]).records.sort("line")
    assert records["line"].to_list() == [1, 2, 7]
    assert records["exception"].to_list() == [None, "\n".join(TRACE), None]


def test_a_line_without_a_prefix_or_with_that_of_nobody_goes_on_the_record_above() -> None:
    times = "2026-11-24T02:00:07.123456789Z "
    for lines in (
        [PREFIXES["kubectl"][0] + BROKEN, *TRACE],
        [times + BROKEN, *(times + line for line in TRACE)],
        [JSON, *(PREFIXES["kubectl"][0] + line for line in TRACE)],
    ):
        assert len(opened(lines).store) == 1


@pytest.mark.parametrize(
    "line",
    ["web-1 is up and running", "foo-2 bar baz", "web-7f app", "follow-up no time left", "re-2 app says hello"],
)
def test_words_that_only_look_like_a_pod_are_words(line: str) -> None:
    assert opened([line]).formats == ("text",)


@pytest.mark.parametrize("kind", PREFIXES)
@examples(30)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, 2, 3]), st.sampled_from([BROKEN, FINE, JSON, *TRACE, *JAVA, ""])),
        min_size=1,
        max_size=60,
    )
)
def test_read_in_chunks_they_are_the_records_that_whole_reading_has(kind: str, picked: list[tuple[int, str]]) -> None:
    number = count()
    prefixes = (*PREFIXES[kind], "")
    lines = [f"{prefixes[which]}{text.replace('req-7', f'req-{next(number) % 5}')}" for which, text in picked]
    lines.append(PREFIXES[kind][0] + FINE)
    inputs = [LogInput("pods.log", data="".join(f"{line}\n" for line in lines).encode())]
    whole, expected = read_both_ways(inputs)
    head = head_of(inputs, DEFAULT_OPTIONS)
    if head is not None:
        assert [head.row(row).line for row in range(len(head))] == expected["line"].to_list()
    for wanted in ("req-08", "req-17"):
        scanned = scan_for_request(inputs, DEFAULT_OPTIONS, wanted, lambda _: None)[0].found
        told = whole.records.filter(whole.records["request_id"] == wanted).sort("offset")
        assert scanned.select("line", "length", "event").rows() == told.select("line", "length", "event").rows()
