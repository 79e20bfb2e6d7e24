"""Keys that a stalled link delivers in one chunk, in a real terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.session import KEYS, KEYS_OF_PROMPT, TerminalSession, triage

LINES = 200
KITTY_ESCAPE = "\x1b[27u"
"""Escape in the keyboard protocol of kitty: a bare one before another key would be Alt with that key."""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[TerminalSession]:
    log = tmp_path / "app.jsonl"
    with log.open("w", encoding="utf-8") as file:
        for number in range(LINES):
            words = "connection pool exhausted" if number == 150 else "request"
            told = {"timestamp": f"2026-11-24T02:{number // 60:02}:{number % 60:02}Z", "level": "info"}
            file.write(json.dumps({**told, "event": f"{words} {number}"}) + "\n")
    homes = {name: str(tmp_path / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    with triage("replay", str(log), environment=homes) as running:
        running.wait_for("REPLAY", "200 lines", "request 3")
        running.settle()
        yield running


def write_at_once(session: TerminalSession, text: str) -> None:
    assert os.write(session.child.child_fd, text.encode()) == len(text)


def test_a_search_is_typed_and_begun(session: TerminalSession) -> None:
    write_at_once(session, "/pool\r")
    session.wait_for("pool exhausted 150")
    assert KEYS_OF_PROMPT not in session.text


def test_a_hypothesis_is_written(session: TerminalSession) -> None:
    write_at_once(session, "hpool of x runs dry")
    session.wait_for("pool of x runs dry", KEYS_OF_PROMPT)
    assert session.prompted == "pool of x runs dry"


def test_a_line_is_cleared_before_the_text_behind(session: TerminalSession) -> None:
    session.press("h")
    session.wait_for(KEYS_OF_PROMPT)
    write_at_once(session, "wrong")
    session.wait_until(lambda _: session.prompted == "wrong", "the first text")
    write_at_once(session, "\x15right")
    session.wait_until(lambda _: session.prompted == "right", "the second text alone")


def test_a_held_arrow_key_ends_at_its_row(session: TerminalSession) -> None:
    session.press("tab", "tab", "tab")
    session.wait_for("only this ID")
    write_at_once(session, "g" + KEYS["down"] * 30 + "p/x")
    session.wait_until(lambda _: session.prompted == "x", "the text of the search")
    session.wait_for("●02:00:30.000 INFO  request 30")


def test_help_is_left_before_a_search_is_typed(session: TerminalSession) -> None:
    write_at_once(session, f"?{KITTY_ESCAPE}/x")
    session.wait_for(KEYS_OF_PROMPT)
    session.wait_until(lambda _: session.prompted == "x", "the text of the search")
