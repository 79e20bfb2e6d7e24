"""Every format that is read with no setup, as it looks in the wild: time, level, message, ID, service and host."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput, LogOptions
from triage_tui.logs.opened_logs import open_logs

TODAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OPTIONS = LogOptions(today=TODAY)
LOGS = [
    log
    for path in sorted((Path(__file__).parent / "samples").glob("*.toml"))
    for log in tomllib.loads(path.read_text("utf-8"))["logs"]
]


def moment(expected: dict[str, Any]) -> datetime:
    return datetime.combine(date(2026, 11, expected.get("day", 24)), time.fromisoformat(expected["time"]), UTC)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log["name"])
def test_a_log_as_it_looks_in_the_wild_is_read_with_no_setup(log: dict[str, Any]) -> None:
    opened = open_logs([LogInput("a.log", data=log["text"].lstrip("\n").encode())], OPTIONS)
    assert opened.completeness.complete, opened.completeness.note
    for record, expected in zip(opened.records.rows(named=True), log["expect"], strict=True):
        exact = {key: value for key, value in expected.items() if key not in {"time", "day", "event", "exception"}}
        assert {key: record[key] for key in exact} == exact
        assert "time" not in expected or record["time"] == moment(expected)
        for part in ("event", "exception"):
            assert expected.get(part, "") in (record[part] or "")


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log["name"])
def test_the_index_of_a_large_log_says_the_same_as_reading_it_whole(log: dict[str, Any]) -> None:
    data = LogInput("a.log", data=log["text"].lstrip("\n").encode())
    whole, indexed = open_logs([data], OPTIONS).store, IndexedLogs([data], OPTIONS)
    while indexed.extend():
        pass
    store = indexed.store()
    assert [store.row(number) for number in range(len(store))] == [whole.row(number) for number in range(len(whole))]
