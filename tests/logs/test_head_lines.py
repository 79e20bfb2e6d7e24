"""The first lines of a log are there at once, and are those that the index will have."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from triage_tui.investigation.source import LogLine
from triage_tui.logs.formats.moments import moment_of
from triage_tui.logs.log_input import DEFAULT_OPTIONS, log_inputs
from triage_tui.logs.opened_logs import open_logs
from triage_tui.logs.records.head_lines import HEAD_BYTES, MOST_RECORDS, HeadLines, head_of

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TRACE = 'Traceback (most recent call last):\n  File "/app/db.py", line 41, in get\nTimeoutError: pool\n'


def json_lines(count: int, start: datetime = START, every: int = 1) -> str:
    lines = [
        {
            "timestamp": (start + timedelta(seconds=every * number)).isoformat(),
            "level": "error" if number % 7 == 3 else "info",
            "event": f"request {number}",
            "request_id": f"id-{number // 5}",
        }
        for number in range(count)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def text_lines(count: int) -> str:
    plain = "".join(
        f"2026-11-24 02:{number // 60:02}:{number % 60:02},123 ERROR orders: failed {number}\n{TRACE}"
        f"2026-11-24 02:{number // 60:02}:{number % 60:02},456 INFO orders: request_id=abc{number:04} done\n"
        for number in range(count)
    )
    return plain + "\n"


def head(*paths: Path) -> HeadLines:
    found = head_of(log_inputs(paths), DEFAULT_OPTIONS)
    assert found is not None
    return found


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def shown(line: LogLine) -> tuple[object, ...]:
    return line.row, line.time, line.level, line.request_id, line.event, line.text, line.file, line.line


@pytest.mark.parametrize("text", [json_lines(2000), text_lines(700)], ids=["json", "text"])
def test_the_first_lines_are_those_of_the_index(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "app.log", text)
    assert len(text) > HEAD_BYTES
    first, store = head(path), open_logs(log_inputs([path])).store
    assert len(first) == MOST_RECORDS < len(store)
    assert [shown(first.row(row)) for row in range(len(first))] == [shown(store.row(row)) for row in range(len(first))]


def test_a_head_is_no_longer_than_a_screen_and_one_that_is_cut_is_not_the_whole(tmp_path: Path) -> None:
    short = written(tmp_path / "a.log", json_lines(MOST_RECORDS))
    longer = written(tmp_path / "b.log", json_lines(MOST_RECORDS + 1))
    later = written(tmp_path / "c.log", json_lines(1, START + timedelta(hours=9)))
    assert len(head(short)) == len(head(longer)) == MOST_RECORDS
    # What comes after the end of a log that is known as a whole is told, what comes after a part is not.
    assert head(short, later).row(MOST_RECORDS).file == "c.log"
    assert len(head(longer, later)) == MOST_RECORDS


def test_a_log_that_is_read_whole_is_there_to_its_last_line(tmp_path: Path) -> None:
    first = head(written(tmp_path / "app.log", text_lines(2).rstrip("\n")))
    assert [line.event for line in map(first.row, range(len(first)))][-1].endswith("done")
    assert first.row(0).text.endswith("TimeoutError: pool")


def test_compressed_logs_have_a_head(tmp_path: Path) -> None:
    zipped, packed = tmp_path / "a.log.gz", tmp_path / "b.log.zst"
    zipped.write_bytes(gzip.compress(json_lines(3000).encode()))
    packed.write_bytes(zstandard.compress(json_lines(3000).encode()))
    for path in (zipped, packed):
        assert head(path).row(5).event == "request 5"


def test_several_logs_are_merged_by_time_up_to_where_the_first_head_ends(tmp_path: Path) -> None:
    quick = written(tmp_path / "a.log", json_lines(3000))
    slow = written(tmp_path / "b.log", json_lines(3000, START + timedelta(milliseconds=500), every=60))
    found = head(quick, slow)
    lines = [found.row(row) for row in range(len(found))]
    times = [line.time for line in lines if line.time is not None]
    assert times == sorted(times)
    assert found.files == ("a.log", "b.log")
    assert [line.file for line in lines[:4]] == ["a.log", "b.log", "a.log", "a.log"]
    last = max(line.line for line in lines if line.file == "a.log")
    assert times[-1] < START + timedelta(seconds=last + 1)


def test_what_is_no_plain_log_is_left_to_who_reads_all_of_it(tmp_path: Path) -> None:
    document = written(tmp_path / "a.json", json.dumps([{"timestamp": START.isoformat(), "event": "x"}] * 3))
    binary, wide = tmp_path / "b.log", tmp_path / "c.log"
    binary.write_bytes(b"\x00\x01\x02" * 100)
    wide.write_bytes("2026-11-24 a line\n".encode("utf-16"))
    for path in (document, binary, wide, written(tmp_path / "d.log", ""), tmp_path / "missing.log", tmp_path):
        assert head_of(log_inputs([path]), DEFAULT_OPTIONS) is None


def test_the_head_can_be_searched(tmp_path: Path) -> None:
    first = head(written(tmp_path / "app.log", json_lines(40)))
    assert first.next_match("REQUEST 30", 0, 1) == 30
    assert first.next_match("request 3", 30, -1) == 3
    assert first.next_level(frozenset({"ERROR"}), 3, 1) == 10
    assert first.next_level(frozenset({"ERROR"}), 3, -1) is None
    assert list(first.rows_with_id("id-2")) == [10, 11, 12, 13, 14]
    assert first.row_at(START + timedelta(seconds=7)) == 7
    assert first.row_at(START + timedelta(days=1)) == 39
    with pytest.raises(IndexError):
        first.row(40)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T02:00:00Z", START),
        ("2026-11-24 02:00:00,000", START),
        ("2026/11/24 02:00:00", START),
        ("24/Nov/2026:03:00:00 +0100", START),
        ("2026-11-24 02:00:00.000 UTC", START),
        (START.timestamp(), START),
        (str(int(START.timestamp() * 1000)), START),
        ("soon", None),
        ("", None),
        (None, None),
        (True, None),
    ],
)
def test_a_moment_is_read_from_the_usual_layouts(text: object, moment: datetime | None) -> None:
    assert moment_of(text) == moment


def test_a_head_is_read_without_polars_and_numpy(tmp_path: Path) -> None:
    path = written(tmp_path / "app.log", text_lines(600))
    program = (
        "import sys; from pathlib import Path\n"
        "from triage_tui.logs.records.head_lines import head_of\n"
        "from triage_tui.logs.log_input import DEFAULT_OPTIONS, log_inputs\n"
        f"assert head_of(log_inputs([Path({str(path)!r})]), DEFAULT_OPTIONS)\n"
        "print({'polars', 'numpy', 'textual'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_head_of_flat_json_lines_is_read_without_other_formats(tmp_path: Path) -> None:
    flat = written(tmp_path / "flat.log", "".join(f'{{"time": {number}, "message": "a"}}\n' for number in range(300)))
    program = (
        "import sys; from pathlib import Path\n"
        "from triage_tui.logs.records.head_lines import head_of\n"
        "from triage_tui.logs.log_input import DEFAULT_OPTIONS, LogInput\n"
        f"head = head_of([LogInput('flat.log', path=Path({str(flat)!r}))], DEFAULT_OPTIONS)\n"
        "heavy = {'triage_tui.logs.formats.format_choice', 'triage_tui.logs.content.exports'}\n"
        "print(len(head), heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == [str(MOST_RECORDS), "set()\n"]


@pytest.mark.parametrize(
    "line",
    [
        '{"time": 1, "http": {"status": 200}, "message": "nested"}',
        '{"time": 1, "message": "a brace { in the text"}',
        '{"log": "2026-11-24 02:00:00,123 ERROR orders: wrapped", "stream": "stderr", "time": "2026-11-24T02:00:01Z"}',
        '{"time": 1, "message": "not decodable}',
        "",
    ],
)
def test_a_head_of_json_lines_that_are_not_flat_is_that_of_the_index(tmp_path: Path, line: str) -> None:
    flat = '{"time": "2026-11-24T02:00:00Z", "level": "info", "message": "flat"}\n'
    path = written(tmp_path / "app.log", flat * 3 + line + "\n" + flat)
    first, store = head(path), open_logs(log_inputs([path])).store
    assert {shown(first.row(row))[1:] for row in range(len(first))} == {
        shown(store.row(row))[1:] for row in range(len(store))
    }
