"""What a line of the log says: once, and what tells most of it first."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from triage_tui.investigation.source import LogLine
from triage_tui.logs.formats.format_choice import known_formats
from triage_tui.logs.log_input import LogInput, LogOptions
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.records.head_lines import head_of
from triage_tui.ui.panes.told_lines import ToldLines

SAMPLES = Path(__file__).parents[1] / "logs" / "samples"
TEXTS = [
    *(log["text"] for path in sorted(SAMPLES.glob("*.toml")) for log in tomllib.loads(path.read_text())["logs"]),
    *(sample.text for described in known_formats() for sample in described.samples),
]


def told(text: str) -> list[LogLine]:
    """The lines of a log as they are shown."""
    lines = ToldLines(open_logs([LogInput("app.log", data=text.strip("\n").encode())]).store)
    return [lines.row(number) for number in range(len(lines))]


def events(text: str) -> list[str]:
    return [line.event for line in told(text)]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_of_no_known_format_a_line_says_its_time_its_level_or_its_message_twice(text: str) -> None:
    for line in told(text):
        _, *details = line.event.split("  ")
        pairs = [part.partition("=") for part in details if "=" in part]
        assert all(name.lower() not in {"date", "timestamp", "timeunixnano", "severitynumber"} for name, _, _ in pairs)
        assert all(not value.startswith("{") and value.upper() != line.level for _, _, value in pairs)


def test_an_access_log_says_status_and_request_before_anything_that_a_narrow_screen_cuts_off() -> None:
    text = (
        '203.0.113.7 - alice [24/Nov/2026:02:00:01 +0000] "GET /a?id=1 HTTP/1.1" 500 12 "-" "curl/8.0" 1.250\n'
        '- - - [24/Nov/2026:02:00:03 +0000] "" 400 0 "-" "-"'
    )
    asked, not_known = events(text)
    assert (
        asked == "500 GET /a?id=1  client_ip=203.0.113.7  user=alice  bytes=12  user_agent=curl/8.0  request_time=1.250"
    )
    assert not_known.startswith("- - - [24/Nov")


def test_a_load_balancers_entry_without_a_message_is_told_as_its_request() -> None:
    entry = (
        '{"severity":"WARNING","timestamp":"2026-11-24T02:00:03Z","httpRequest":{"requestMethod":"GET",'
        '"requestUrl":"https://shop.example/a","status":503,"latency":"0.250s"}}'
    )
    assert events(entry) == ["503 GET https://shop.example/a  httpRequest.latency=0.250s"]


def test_pairs_and_json_behind_a_message_are_told_whatever_the_format() -> None:
    assert events("ts=2026-11-24T02:00:02Z level=info msg=fine took=3 request_id=a-3") == ["fine  took=3"]
    zap = '2026-11-24T02:00:01.123Z\tERROR\torders/api.go:88\tquery failed\t{"request_id": "abc-1", "latency": "1.5s"}'
    assert events(zap) == ["query failed  caller=orders/api.go:88  latency=1.5s"]


def test_the_pod_of_a_line_is_told_behind_it() -> None:
    text = "[pod/orders-7c9/app] 2026-11-24 02:00:02,000 ERROR orders.db: pool exhausted"
    assert events(text) == ["pool exhausted  pod=orders-7c9  container=app"]


def test_a_tag_that_is_the_id_leaves_its_room_to_the_message() -> None:
    tag = "[5f0c9d5e-2f0a-4a0e-9a53-4f6c1d0a7e11]"
    text = f"E, [2026-11-24T02:00:03.000000 #42] ERROR -- : {tag} Completed 500"
    assert events(text) == ["Completed 500"]


def test_the_first_lines_say_the_same_as_the_whole_log() -> None:
    text = "\n".join('{"time":"2026-11-24T02:00:01Z","message":"m","req":{"url":"/a"},"took":3}' for _ in range(3))
    head = head_of([LogInput("app.log", data=text.encode())], LogOptions())
    assert head is not None
    assert [ToldLines(head).row(number).event for number in range(3)] == events(text) == ["m  took=3  req.url=/a"] * 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"time":"2026-11-24T02:00:00Z","host":"web-1","message":"served","n":7}\n'
            '{"time":"2026-11-24T02:00:01Z","host":"web-2","message":"served by web-2","n":8}',
            ["served  host=web-1  n=7", "served by web-2  n=8"],
        ),
        (
            "Nov 24 02:00:00 web-1 orders[4]: served\nNov 24 02:00:01 web-2 orders[4]: failed",
            ["served  host=web-1", "failed  host=web-2"],
        ),
        (
            '{"time":"2026-11-24T02:00:00Z","host":"web-1","message":"served"}\n'
            '{"time":"2026-11-24T02:00:01Z","host":"web-1","message":"served"}',
            ["served", "served"],
        ),
    ],
)
def test_a_line_names_its_host_where_there_are_several(text: str, expected: list[str]) -> None:
    assert events(text) == expected


def test_an_object_that_a_runtime_has_cut_tells_its_short_fields_too() -> None:
    at = "2026-11-24T02:00:01.123456789Z stdout"
    assert events(f'{at} P {{"message": "m", "status\n{at} F ": 503}}') == ["m  stream=stdout  status=503"]
