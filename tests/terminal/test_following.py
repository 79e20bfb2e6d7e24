"""A log that grows while it is looked at, in a real terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from tests.terminal.session import TerminalSession, triage

SIZE = (80, 24)
BYTES_A_SECOND = 6_000


class Writer:
    """Appends numbered records to a log, from the time on at which they are written."""

    def __init__(self, path: Path) -> None:
        self._path, self.count = path, 0
        self.write(50)

    def write(self, records: int) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        numbers = range(self.count, self.count + records)
        lines = [json.dumps({"time": now, "level": "info", "event": f"record {number:06}"}) for number in numbers]
        with self._path.open("a") as file:
            file.write("".join(f"{line}\n" for line in lines))
        self.count += records


@contextmanager
def opened(folder: Path) -> Iterator[tuple[TerminalSession, Writer]]:
    """Open a live case on a growing log, at its newest line."""
    log = Writer(folder / "app.jsonl")
    (folder / "triage.toml").write_text(f'refresh_s = 60\n[services.orders]\nlogs = ["{folder}/app.jsonl"]\n')
    environment = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
    with triage("open", "checkout is slow", columns=SIZE[0], rows=SIZE[1], environment=environment) as session:
        session.wait_for("● LIVE", "nothing started")
        session.press("4")
        session.wait_for("Why move on?")
        session.press("looked elsewhere", "enter")
        session.wait_for("record 000")
        session.press("f")
        session.wait_for("following", "record 000049")
        session.settle()
        yield session, log


def newest_shown(session: TerminalSession) -> int:
    return max(int(number) for number in re.findall(r"record (\d{6})", session.text))


def rate_shown(session: TerminalSession) -> int:
    rate = re.search(r"following · ([\d,]+) lines/s", session.text)
    return int(rate[1].replace(",", "")) if rate else 0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_flood_of_lines_is_followed_with_few_bytes_and_its_rate_is_said(here: Path) -> None:
    with opened(here) as (session, log):
        session.received.clear()
        began, fastest = monotonic(), 0
        while (elapsed := monotonic() - began) < 4:
            log.write(int(elapsed * 5000) + 50 - log.count)
            session.read_more(0.02)
            fastest = max(fastest, rate_shown(session))
        assert len(session.received) / elapsed < BYTES_A_SECOND
        session.wait_until(lambda _: newest_shown(session) == log.count - 1, "the newest record")
        assert fastest > 500


def test_a_pause_holds_the_lines_still_counts_what_came_and_ends_at_the_newest(here: Path) -> None:
    with opened(here) as (session, log):
        session.press("f")
        session.wait_for("paused · f goes on")
        log.write(4812)
        session.wait_for("paused · +4,812 lines since · f goes on")
        assert newest_shown(session) == 49
        session.press("f")
        session.wait_for("following", f"record {log.count - 1:06}")
        log.write(3)
        session.wait_for(f"record {log.count - 1:06}")


def test_lines_that_come_while_others_are_looked_at_are_counted_and_move_nothing(here: Path) -> None:
    with opened(here) as (session, log):
        session.press("k")
        session.settle()
        log.write(120)
        session.wait_for("+120 lines since · f follows")
        assert newest_shown(session) == 49
        session.press("G")
        session.wait_for("record 000169", "following")


def test_a_live_screen_on_which_nothing_happens_is_nearly_silent(here: Path) -> None:
    with opened(here) as (session, _):
        session.wait_until(lambda _: not session.read_more(2.0), "two quiet seconds")
        session.received.clear()
        began = monotonic()
        while monotonic() - began < 10:
            session.read_more(0.2)
        assert len(session.received) < 200


def test_filtered_lines_are_followed_too(here: Path) -> None:
    with opened(here) as (session, log):
        session.press("&")
        session.wait_for("Enter keeps it")
        session.press('/5"}/', "enter")
        session.wait_for("5 of 50 lines", "following", "record 000045")
        log.write(50)
        session.wait_for("10 of 100 lines", "following", "record 000095")
