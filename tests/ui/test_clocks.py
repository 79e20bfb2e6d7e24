"""A host's clock that is off is named where lines of several hosts stand together."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.ui.driving import NARROW, keys, program, running, shows, write
from tests.ui.story import START, WINDOW, story
from triage_tui.logs.log_input import LogInput, LogOptions
from triage_tui.sources.log_files import LogFileSource
from triage_tui.ui.loading import analyse
from triage_tui.ui.panes.logs import LogsPane

OFF_S = 2.5


def lines_of(host: str, *, called: bool) -> bytes:
    """Forty requests of one host; the one that is called writes meanwhile, by a clock that is off."""
    lines = []
    for number in range(40):
        took = 0.1 + number % 7 / 20
        ends = (0.02 + OFF_S, took - 0.02 + OFF_S) if called else (0.0, took)
        for at, message in zip(ends, ("begun", "done"), strict=True):
            moment = START + timedelta(seconds=30 * number + at)
            record = {"time": moment.isoformat(), "host": host, "request_id": f"req-{number:04}", "message": message}
            lines.append(json.dumps(record))
    return "\n".join(lines).encode()


async def test_the_log_and_the_trace_name_the_clock_that_is_off(tmp_path: Path) -> None:
    inputs = [
        LogInput("web.log", data=lines_of("web-1", called=False)),
        LogInput("pay.log", data=lines_of("pay-1", called=True)),
    ]
    case = replace(story(), sources=(LogFileSource("app logs", inputs),), window=WINDOW)
    async with running(program(tmp_path, case, compute=analyse), NARROW) as pilot:
        await keys(pilot, "e")
        pilot.app.screen.query_one(LogsPane).focus()
        await shows(pilot, "clock of pay-1 +2.5 s to web-1 (n=40)")
        await keys(pilot, "g", "t")
        await shows(pilot, "Trace ▸ req-0000")
        await shows(pilot, "clock of pay-1 +2.5 s")


async def test_the_zone_that_was_assumed_stays_in_sight_whatever_else_the_border_says(tmp_path: Path) -> None:
    lines = [f"2026-11-24 14:00:{n:02} INFO shop: order {n}" for n in range(60)]
    log = LogInput("a-log-with-quite-a-long-name-of-some-service-in-production.log", data="\n".join(lines).encode())
    case = replace(story(), sources=(LogFileSource("app logs", [log]),), window=WINDOW)
    async with running(program(tmp_path, case), NARROW) as pilot:
        await keys(pilot, "4")
        await write(pilot, "looked elsewhere")
        await shows(pilot, "zone UTC assumed for 60 times")
        await keys(pilot, "ampersand")
        await write(pilot, "order 5")
        await shows(pilot, "11 of 60 lines")
        await shows(pilot, "zone UTC assumed for 60 times")


async def test_a_broken_format_of_ones_own_is_named_with_what_is_wrong_in_the_lower_border(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    formats = tmp_path / "config" / "triage" / "formats"
    formats.mkdir(parents=True)
    (formats / "bad.toml").write_text("name = 'shop'\n\ntitle = 3")
    options = LogOptions(user_formats=formats)
    source = LogFileSource("app logs", [LogInput("app.log", data=lines_of("web-1", called=False))], options)
    case = replace(story(), sources=(source,), window=WINDOW)
    async with running(program(tmp_path, case), NARROW) as pilot:
        await keys(pilot, "4")
        await write(pilot, "looked elsewhere")
        await shows(pilot, "formats/bad.toml: not a log format: ")
