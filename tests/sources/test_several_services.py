"""One request over the logs of several services: other formats, offsets and names of the ID, lines out of order."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage_tui.cli.composing import compose
from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.state import CaseInputs
from triage_tui.sources.log_files import LogFileSource

REQUEST = "7f3a9c52-1b64-4d0e-8f21-0c5d9e4ab310"
WEB = "".join(
    json.dumps({"time": f"2026-11-24T02:00:{at}Z", "level": level, "service": "web", "host": "web-1", **more}) + "\n"
    for at, level, more in (
        ("00.000", "info", {"x-request-id": REQUEST, "message": "request received"}),
        ("09.000", "info", {"x-request-id": "another", "message": "elsewhere"}),
        ("02.500", "error", {"x-request-id": REQUEST, "message": "request failed", "status": 502}),
    )
)
ORDERS = f"""\
2026-11-24 03:00:00,500+01:00 INFO orders.api: saving order correlation_id={REQUEST}
2026-11-24 03:00:02,000+01:00 ERROR orders.api: cannot save order correlation_id={REQUEST}
Traceback (most recent call last):
  File "/app/orders.py", line 3, in save
TimeoutError: payments did not answer
"""
PAYMENTS = f"""\
ts=2026-11-23T21:00:01.750-05:00 level=warn service=payments host=pay-1 opid={REQUEST} msg="provider slow"
ts=2026-11-23T21:00:01.000-05:00 level=info service=payments host=pay-1 opid={REQUEST} msg="charge begun"
"""
GATEWAY = f"""\
203.0.113.7 - - [24/Nov/2026:02:00:02 +0000] "POST /api/orders HTTP/1.1" 502 0 "-" "curl/8.0" 2.600 "{REQUEST}"
"""
IN_ORDER = [
    ("web.jsonl", 1), ("orders.log", 1), ("payments.log", 2), ("payments.log", 1), ("gateway.log", 1),
    ("orders.log", 2), ("web.jsonl", 3),
]  # fmt: skip


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    files = {"web.jsonl": WEB, "orders.log": ORDERS, "payments.log": PAYMENTS, "gateway.log": GATEWAY}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in files]


def read(paths: list[Path], **options: Any) -> Evidence:
    return LogFileSource("logs", paths, **options).read()


@pytest.mark.parametrize("whole_bytes", [1 << 20, 0], ids=["read whole", "indexed"])
def test_the_lines_of_a_request_are_found_in_every_service_and_sorted_by_time(
    logs: list[Path], whole_bytes: int
) -> None:
    lines = read(logs, whole_bytes=whole_bytes).lines
    assert lines is not None
    found = [lines.row(row) for row in lines.rows_with_id(REQUEST)]
    assert [(line.file, line.line) for line in found] == IN_ORDER
    assert [line.time for line in found] == sorted(line.time for line in found if line.time is not None)
    assert "TimeoutError" in found[5].text


def test_a_trace_goes_through_all_files(logs: list[Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "triage_tui", "trace", REQUEST, *map(str, logs), "--format", "json"],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    records = json.loads(done.stdout)["records"]
    assert [(one["file"], one["line"]) for one in records] == IN_ORDER
    assert [one["offset_s"] for one in records] == [0, 0.5, 1, 1.75, 2, 2, 2.5]


def test_each_line_has_its_file_and_its_host(logs: list[Path]) -> None:
    frame = read(logs).frame.filter(request_id=REQUEST)
    assert set(frame.select("file", "host", "service").iter_rows()) >= {
        ("web.jsonl", "web-1", "web"), ("payments.log", "pay-1", "payments"), ("orders.log", None, "orders.api"),
    }  # fmt: skip


@pytest.mark.parametrize("whole_bytes", [1 << 20, 0], ids=["read whole", "indexed"])
def test_the_zone_that_was_assumed_is_said_with_how_many_times_it_gave(tmp_path: Path, whole_bytes: int) -> None:
    (tmp_path / "a.log").write_text("".join(f"2026-11-24 03:00:0{n},000 INFO a: naive {n}\n" for n in range(5)))
    (tmp_path / "b.log").write_text("2026-11-24T02:00:02.500Z INFO b: zoned\n")
    case = compose(CaseInputs(paths=(str(tmp_path / "a.log"), str(tmp_path / "b.log")), timezone="Europe/Berlin"))
    (source,) = case.sources
    assert isinstance(source, LogFileSource)
    source._whole_bytes = whole_bytes
    evidence = source.read()
    assert "zone Europe/Berlin assumed for 5 times" in evidence.completeness.note
    first = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert evidence.frame["time"].to_list() == [first + timedelta(seconds=at) for at in (0, 1, 2, 2.5, 3, 4)]


def test_the_report_says_which_zone_was_assumed(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("2026-11-24 03:00:00,000 ERROR a: naive\n" * 3)
    done = subprocess.run(
        [sys.executable, "-m", "triage_tui", "report", str(tmp_path / "a.log"), "--timezone", "Asia/Tokyo"],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "zone Asia/Tokyo assumed for 3 times" in " ".join(done.stdout.split())
