import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.source import GradualSource
from triage_tui.logs.indexed_logs import Progress
from triage_tui.sources.common.reading_parts import progress_words
from triage_tui.sources.log_files import LogFileSource

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Two chunks and a half of the index."""
    path = tmp_path / "app.jsonl"
    pad = "x" * 2000
    with path.open("w") as file:
        for number in range(9_000):
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
    assert 0 < len(first.lines) < len(whole.lines) == 9_000
    assert first.lines.row(0) == whole.lines.row(0)
    assert first.frame.height == 0
    assert not whole.completeness.reading


def test_reading_that_is_stopped_answers_with_what_there_is(large: Path) -> None:
    source = LogFileSource("app", [large], whole_bytes=1000)
    source.hand_parts_to(lambda _: source.stop_reading())
    answer = source.read()
    assert answer.lines is not None
    assert 0 < len(answer.lines) < 9_000
    assert answer.frame.height == len(answer.lines)
    assert not answer.completeness.complete
    assert answer.completeness.note.startswith("reading was stopped: ")


def test_progress_says_share_rate_and_the_time_left() -> None:
    words = progress_words(Progress(400_000_000, 1_000_000_000, 1_000, 2.0))
    assert words == "reading 40%, 200 MB/s, 3 s left"
    assert progress_words(Progress(0, 50_000_000, 0, 0.0)) == "reading 0%"


def test_the_last_part_says_what_was_read_while_the_answer_is_made(large: Path) -> None:
    source = LogFileSource("app", [large], whole_bytes=1000)
    parts: list[Evidence] = []
    source.hand_parts_to(parts.append)
    source.read()
    assert parts[-1].completeness.note == "9,000 lines indexed · taking them in…"
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
