import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.source import GradualSource
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.progress import Progress
from triage_tui.logs.store import LogStore
from triage_tui.sources.common import errors_first, reading_parts
from triage_tui.sources.common.errors_first import are_searched_first
from triage_tui.sources.common.reading_parts import progress_words
from triage_tui.sources.log_files import LogFileSource

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def read_in_parts(path: Path) -> tuple[LogFileSource, list[Evidence]]:
    """A source that has answered, and the parts that it handed over."""
    source, parts = LogFileSource("app", [path], whole_bytes=1000), list[Evidence]()
    source.hand_parts_to(parts.append)
    source.read()
    return source, parts


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Half as much again as an index reads at once."""
    path = tmp_path / "app.jsonl"
    pad = "x" * 4000
    with path.open("w") as file:
        for number in range(12_000):
            told = {"time": (AT + timedelta(seconds=number)).isoformat(), "level": "info", "message": pad}
            file.write(f"{json.dumps(told)}\n")
    return path


def test_a_large_log_hands_its_first_lines_over_before_it_is_read(large: Path) -> None:
    source = LogFileSource("app", [large], whole_bytes=1000)
    parts: list[Evidence] = []
    assert isinstance(source, GradualSource)
    source.hand_parts_to(parts.append)
    whole = source.read()
    first = parts[0]
    assert first.completeness.reading
    assert not first.completeness.complete
    assert "reading " in first.completeness.note
    assert first.lines is not None
    assert whole.lines is not None
    assert 0 < len(first.lines) < len(whole.lines) == 12_000
    assert first.lines.row(0) == whole.lines.row(0)
    assert first.frame.height == 0
    assert not whole.completeness.reading


def test_reading_that_is_stopped_answers_with_what_there_is(large: Path) -> None:
    source = LogFileSource("app", [large], whole_bytes=1000)
    source.hand_parts_to(lambda _: source.stop_reading())
    answer = source.read()
    assert answer.lines is not None
    assert 0 < len(answer.lines) < 12_000
    assert answer.frame.height == len(answer.lines)
    assert not answer.completeness.complete
    assert answer.completeness.note.startswith("reading was stopped: ")


def test_progress_says_share_rate_and_the_time_left() -> None:
    words = progress_words(Progress(400_000_000, 1_000_000_000, 1_000, 2.0))
    assert words == "reading 40%, 200 MB/s, 3 s left"
    assert progress_words(Progress(0, 50_000_000, 0, 0.0)) == "reading 0%"


def test_how_far_the_lines_are_taken_in_is_told_for_the_first_answer_alone(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_parts, "SECONDS_BETWEEN_PARTS", 0.0)
    source, parts = read_in_parts(large)
    words = [part.completeness.note.partition(" · ")[2] for part in parts if "indexed" in part.completeness.note]
    assert words[0] == "taking them in…"
    assert len(words) > 5
    shares = [int(one.removeprefix("taking in ").partition("%")[0]) for one in words[1:]]
    assert shares == sorted(shares)
    assert shares[-1] == 100
    assert all(part.completeness.reading and part.lines is parts[-1].lines for part in parts[-len(shares) :])
    count = len(parts)
    source.read(TimeWindow(AT, AT + timedelta(seconds=5)))
    assert len(parts) == count


def test_a_headless_answer_says_how_far_reading_and_parsing_are(large: Path) -> None:
    said: list[str] = []
    source = LogFileSource("app", [large], whole_bytes=1000)
    source.say_progress_to(said.append)
    source.read()
    assert said[0].startswith("app: reading ")
    assert said[-1].startswith("app: parsing 100%, ")
    assert " MB/s" in said[-1]


def test_the_last_part_says_what_was_read_while_the_answer_is_made(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_parts, "SECONDS_BETWEEN_PARTS", 600.0)
    source, parts = read_in_parts(large)
    assert parts[-1].completeness.note == "12,000 lines indexed · taking them in…"
    count = len(parts)
    source.read(TimeWindow(AT, AT + timedelta(seconds=5)))
    assert len(parts) == count
    assert parts[-1].completeness.reading

    def stop(part: Evidence) -> None:
        parts.append(part)
        stopped.stop_reading()

    stopped = LogFileSource("app", [large], whole_bytes=1000)
    stopped.hand_parts_to(stop)
    stopped.read()
    assert "lines stopped at " in parts[-1].completeness.note


def test_a_log_of_middling_size_is_handed_over_in_parts_too_and_parsed_whole(large: Path) -> None:
    plain = LogFileSource("app", [large]).read()
    source = LogFileSource("app", [large])
    parts: list[Evidence] = []
    source.hand_parts_to(parts.append)
    watched = source.read()
    assert parts
    assert watched.frame.equals(plain.frame)
    assert watched.completeness.complete


def with_errors(large: Path) -> None:
    lines = large.read_text("utf-8").splitlines()
    lines[10_000] = lines[10_000].replace('"info"', '"error"')
    large.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def test_the_errors_of_a_large_log_come_with_its_first_lines_until_all_are_there(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_errors(large)
    monkeypatch.setattr(errors_first, "LEAST_BYTES", 1 << 20)
    source = LogFileSource("app", [large], whole_bytes=1000)
    parts: list[Evidence] = []
    source.hand_parts_to(parts.append)
    answer = source.read()
    search, first = parts[:2]
    assert search.lines is None
    assert search.errors is None
    assert search.completeness.note == "looking for errors · Esc stops"
    assert first.lines is not None
    assert len(first.lines) < 10_000
    assert first.errors is not None
    minutes = list(first.errors.level_counts(timedelta(minutes=1)).counts())
    assert minutes == [(AT + timedelta(minutes=166), "ERROR", 1)]
    assert first.errors.span == TimeWindow(AT, AT + timedelta(seconds=12_000))
    assert parts[-1].errors is answer.errors is None


def test_a_smaller_log_is_not_searched_first(large: Path) -> None:
    with_errors(large)
    _, parts = read_in_parts(large)
    assert not any(part.errors for part in parts)


def test_only_what_stays_in_memory_for_the_second_reading_is_searched_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "meminfo"
    told.write_text("MemTotal: 999999999 kB\nMemAvailable:    3145728 kB\n")
    monkeypatch.setattr(errors_first, "_MEMORY", told)
    assert are_searched_first(1 << 30)
    assert not are_searched_first((1 << 30) + 1)
    assert not are_searched_first(1 << 20)
    monkeypatch.setattr(errors_first, "_MEMORY", tmp_path / "gone")
    assert not are_searched_first(1 << 30)


def test_reading_that_is_stopped_searches_for_no_errors(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_errors(large)
    monkeypatch.setattr(errors_first, "LEAST_BYTES", 1 << 20)
    source = LogFileSource("app", [large], whole_bytes=1000)
    parts: list[Evidence] = []

    def stop(part: Evidence) -> None:
        parts.append(part)
        source.stop_reading()

    source.hand_parts_to(stop)
    source.read()
    assert len(parts) > 1
    assert not any(part.errors for part in parts)


def test_names_are_read_when_nothing_is_computed_any_more(large: Path) -> None:
    source, _ = read_in_parts(large)
    assert names_read(source) == 0
    source.read_rest()
    for thread in threading.enumerate():
        if thread.name == "index names":
            thread.join()
    assert names_read(source) == 12_000


def names_read(source: LogFileSource) -> int:
    lines = source.read().lines
    assert isinstance(lines, LogStore)
    return len(lines.logs[0].later_by_now("names"))
