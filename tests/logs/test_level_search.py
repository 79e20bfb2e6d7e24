"""Lines with errors, told by what stands at one distance from their beginnings."""

from threading import Event

import pytest

from triage_tui.logs.content.byte_source import MemoryBytes
from triage_tui.logs.search import level_search
from triage_tui.logs.search.level_search import LevelPlace, lines_of_errors, place_of_levels
from triage_tui.logs.search.line_search import lines_holding

STEM = b'"level": "'
NEEDLES = (STEM + b"error", STEM + b"crit")
PLACE = LevelPlace(len('{"n": 1000, ') + len(STEM) - 4, (b'": "info', b'": "warn'))


def line(number: int, level: str) -> bytes:
    return b'{"n": %d, "level": "%s", "text": "done"}' % (number, level.encode())


def found(data: bytes, place: LevelPlace = PLACE) -> dict[int, bytes] | None:
    lines = lines_of_errors(MemoryBytes("log", data), place, NEEDLES, Event())
    return None if lines is None else dict(lines)


@pytest.mark.parametrize("span", [97, 1000, 4 << 20])
@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n", b'\n{"n": 1', b"\n" + line(7, "error")])
def test_the_lines_are_those_of_a_search_for_texts(span: int, end: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_search, "_SPAN_BYTES", span)
    monkeypatch.setattr(level_search, "_MOST_ODD", 1.0)
    levels = {0: "error", 17: "critical", 18: "crit", 50: "warning", 99: "error", 60: "notice", 61: "debug"}
    data = b"\n".join(line(1000 + number, levels.get(number, "info")) for number in range(100)) + end
    data = data.replace(line(1030, "info"), b"Traceback\n  at x\n" + line(30, "error") + b"\n\n" + line(5, "info"))

    lines = found(data)

    assert lines == lines_holding(MemoryBytes("log", data), NEEDLES, Event())
    assert lines is not None
    assert all(data.startswith(text, begin) for begin, text in lines.items())


def test_a_harmless_line_is_not_looked_at_further() -> None:
    data = line(1000, "info").replace(b"done", NEEDLES[0]) + b"\n" + line(1001, "info")
    assert found(data) == {}


def test_many_lines_without_a_level_there_are_left_to_another_search() -> None:
    data = b"\n".join([line(1000, "info")] * 20 + [b"  at com.example.Main"] * 20)
    assert found(data) is None


def test_too_many_errors_are_left_to_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_search, "MOST_LINES", 3)
    data = b"\n".join([line(1000, "error")] * 4 + [line(1000, "info")] * 200)
    assert found(data) is None


def test_nothing_is_found_after_it_was_cancelled() -> None:
    cancelled = Event()
    cancelled.set()
    source = MemoryBytes("log", line(1000, "error"))
    assert lines_of_errors(source, PLACE, NEEDLES, cancelled) is None


def test_the_place_holds_what_is_before_levels_and_the_beginnings_of_those_that_are_no_errors() -> None:
    place = place_of_levels(STEM, 22, ["info", "warning", "notice"], ["error", "crit"])
    assert place == LevelPlace(18, (b'": "info', b'": "noti', b'": "warn'))
    assert place_of_levels(b" ", 24, ["INFO", "WARN"], ["ERROR"]) == LevelPlace(23, (b" INFO", b" WARN"))


@pytest.mark.parametrize(
    ("before", "distance", "harmless"),
    [
        (STEM, 22, []),  # none was seen
        (STEM, 22, ["i", "w"]),  # too short to be certain
        (STEM, 22, ["info", "erroneous"]),  # begins as an error does
        (STEM, 0, ["info"]),  # nothing stands before it
        (STEM, 5000, ["info"]),  # far away
        (STEM, 22, [f"lev{number}" for number in range(9)]),  # many
    ],
)
def test_where_levels_are_not_certain_there_is_no_place(before: bytes, distance: int, harmless: list[str]) -> None:
    assert place_of_levels(before, distance, harmless, ["erro", "crit"]) is None
