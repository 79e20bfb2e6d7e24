"""What is pasted is text, whatever it holds, and stays in its place among the keys."""

from __future__ import annotations

import pytest
from textual import events

from triage_tui.ui.terminal.plain_pastes import PlainPasteParser

START, END = "\x1b[200~", "\x1b[201~"


def told(pieces: list[str]) -> list[str]:
    """The keys and pastes that come of what a terminal sends."""
    parser = PlainPasteParser()
    sent = (event for piece in pieces for event in parser.feed(piece))
    known = (event for event in sent if isinstance(event, events.Paste | events.Key))
    return [event.text if isinstance(event, events.Paste) else event.key for event in known]


@pytest.mark.parametrize(
    ("pasted", "plain"),
    [
        ("pool exhausted", "pool exhausted"),
        ("\x1b[31mERROR\x1b[0m pool", "ERROR pool"),
        ("a\x1bb", "ab"),
        ("a\x1b\x1bz", "az"),
        ("a\x1b[Ab", "ab"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b[200~b", "ab"),
        ("one\ttwo\nthree\x00\x08", "one\ttwo\nthree"),
        ("größe \u202e", "größe \u202e"),
    ],
)
def test_a_paste_is_plain_text_in_its_place(pasted: str, plain: str) -> None:
    sent = f"a{START}{pasted}{END}z"
    assert told([sent]) == ["a", plain, "z"]
    assert told(list(sent)) == ["a", plain, "z"]
    for cut in range(len(sent)):
        assert told([sent[:cut], sent[cut:]] if cut else [sent]) == ["a", plain, "z"]


def test_keys_wait_for_nothing() -> None:
    assert told(["\x1b[A", "\x1b[", "B", "\x1b\x1b[A"]) == ["up", "down", "escape", "up"]
    assert told([f"{START}one{END}{START}two{END}x"]) == ["one", "two", "x"]


def test_an_empty_paste_is_none_and_one_that_does_not_end_passes_nothing_on() -> None:
    assert told([f"a{START}{END}b"]) == ["a", "", "b"]
    assert told([f"a{START}bcd\x1b[20"]) == ["a"]
