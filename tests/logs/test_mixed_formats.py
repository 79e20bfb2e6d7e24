"""Junk first lines, several formats in one log, and a format that changes on the way."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable

import pytest
import zstandard

from triage_tui.logs.log_input import LogInput
from triage_tui.logs.opened_logs import OpenedLogs, open_logs

JSON = [
    json.dumps({
        "time": f"2026-11-24T02:00:{n:02d}Z", "level": "error", "message": f"json {n}", "request_id": f"r-{n}"
    }) for n in range(20)
]  # fmt: skip
PYTHON = [f"2026-11-24 02:01:{n:02d},000 ERROR orders.db: python {n} request_id=r-{n}" for n in range(20)]
LOGFMT = [f'time=2026-11-24T02:02:{n:02d}Z level=error msg="logfmt {n}" request_id=r-{n}' for n in range(20)]
SYSLOG = [f"<11>1 2026-11-24T02:03:{n:02d}Z web-1 orders 42 - - syslog {n} request_id=r-{n}" for n in range(20)]
BARE = [f"2026-11-24 02:04:{n:02d} started part {n}" for n in range(50)]
JUNK = ["nohup: ignoring input", "+ exec ./server --port 8080", "", "   ____  _  _", "Listening..."]


def opened(lines: list[str]) -> OpenedLogs:
    return open_logs([LogInput("app.log", data="\n".join(lines).encode())])


@pytest.mark.parametrize("lines", [JSON, PYTHON, LOGFMT, SYSLOG], ids=["json", "python", "logfmt", "syslog"])
def test_junk_before_and_within_a_log_costs_itself_alone(lines: list[str]) -> None:
    logs = opened([*JUNK, *lines[:10], "Killed", *lines[10:]])
    assert logs.records.drop_nulls(["time", "level", "request_id"]).height == 20
    assert all(list(logs.store.rows_with_id(f"r-{number}")) for number in range(20))
    assert logs.store.search.holding("ignoring input").size
    assert logs.store.search.holding("Killed").size


def test_formats_that_alternate_are_each_read_as_what_they_are() -> None:
    lines = [line for group in zip(JSON, PYTHON, LOGFMT, SYSLOG, strict=True) for line in group]
    records = opened(lines).records
    assert records.drop_nulls(["time", "level", "request_id"]).height == 80
    assert records["level"].unique().to_list() == ["ERROR"]
    assert records["event"].str.starts_with("python 3").sum() == 1
    assert records["service"].drop_nulls().value_counts().sort("service").rows() == [("orders", 20), ("orders.db", 20)]


@pytest.mark.parametrize(
    "first", [JUNK * 100, JSON * 100, BARE * 20, SYSLOG * 60], ids=["junk", "json", "bare", "syslog"]
)
@pytest.mark.parametrize(("name", "then"), [("json", JSON), ("python", PYTHON), ("logfmt", LOGFMT), ("syslog", SYSLOG)])
def test_a_log_that_changes_its_format_where_nobody_looked_is_read_on(
    first: list[str], name: str, then: list[str]
) -> None:
    records = opened([*first, *then, *first]).records
    found = records.filter(records["event"].str.contains(rf"^{name} \d+\b"))
    assert found.drop_nulls(["time", "level", "request_id"]).height >= 20


def test_a_few_special_lines_among_bare_ones_keep_their_level_and_name() -> None:
    records = opened([*BARE, *PYTHON[:3], *BARE]).records
    assert records.drop_nulls("level").select("level", "service").unique().rows() == [("ERROR", "orders.db")]


def test_keys_that_come_late_are_found_and_shown() -> None:
    late = json.dumps(
        {"time": "2026-11-24T02:09:00Z", "message": "late", "shard": {"zone": "eu-7"}, "odd key": [1, {"x": 2}]}
    )
    logs = opened([*JSON * 200, late])
    row = int(logs.store.search.holding("eu-7")[0])
    assert logs.store.fields.text(row, "shard.zone") == "eu-7"
    assert json.loads(logs.records["attributes"][row]) == {"shard.zone": "eu-7", "odd key": [1, {"x": 2}]}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
@pytest.mark.parametrize("lines", [JSON, PYTHON, LOGFMT, SYSLOG], ids=["json", "python", "logfmt", "syslog"])
def test_compressed_it_is_the_same_log(pack: Callable[[bytes], bytes], lines: list[str]) -> None:
    packed = open_logs([LogInput("app.log", data=pack("\n".join(lines).encode()))])
    assert packed.records.equals(opened(lines).records)


GO_CRASH = """panic: boom [recovered]
\tpanic: again
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x123]

goroutine 1 [running]:
github.com/shop/orders.(*Server[...]).handle(0xc000010000, {0x1, 0x2}, 0x7f?)
\t/srv/main.go:42 +0x1d
main.main.func1(...)
\t/srv/main.go:50
created by main.main in goroutine 7
\t/srv/main.go:12 +0x85
exit status 2"""


@pytest.mark.parametrize(
    "lines", [JSON, LOGFMT, BARE, ["starting", "listening"]], ids=["json", "logfmt", "bare", "text"]
)
def test_a_crash_of_go_is_one_record_in_any_log(lines: list[str]) -> None:
    logs = opened([*lines, *GO_CRASH.split("\n"), *lines])
    crashed = int(logs.store.search.holding("SIGSEGV")[0])
    assert logs.store.text(crashed).endswith(GO_CRASH)
    assert "panic: boom" in (logs.store.row(crashed).event or "")
    # Of text with times, any line goes on the one before it.
    assert logs.records.height == 2 * len(lines) + (logs.formats != ("timestamped",))
