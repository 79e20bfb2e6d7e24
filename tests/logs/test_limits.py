"""Logs of extremes, read in a process of their own: bounded memory, no good line lost, whatever stands between."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from triage_tui.logs.content.byte_source import FileBytes
from triage_tui.logs.log_input import LogInput
from triage_tui.logs.opened_logs import open_logs
from triage_tui.sources.common.classify import Role, exported_files

GOOD = b"".join(
    b'{"time":"2026-11-24T02:00:%02dZ","level":"error","message":"good %d","request_id":"r-%d"}\n' % (n, n, n)
    for n in range(60)
)
GOOD_LINES = 2 * GOOD.count(b"\n")
MB_ALLOWED = 150
# Reads a log as the screen does, searches it, and tells what it found and how much memory that took.
READER = """
import json, sys
from pathlib import Path
import polars
from triage_tui.logs.filters.filtering import matches_in_steps
from triage_tui.logs.filters.line_filters import read_filters
from triage_tui.sources.log_files import LogFileSource

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024

open_logs = LogFileSource("warm", [Path(sys.argv[2])]).read()
before = peak()
source = LogFileSource("a", [Path(sys.argv[1])], cache_folder=Path(sys.argv[3]))
source.hand_parts_to(lambda part: None)
evidence = source.read()
lines = evidence.lines
for text in ("xxxxxx", "good 7", "key7>3", "/good 1.*/", "level>=error"):
    *_, last = matches_in_steps(lines, read_filters([text]).conditions)
print(json.dumps({
    "mb": peak() - before, "frame": evidence.frame["event"].str.starts_with("good").sum(),
    "found": len(lines.search.holding("good")), "by_id": len(lines.rows_with_id("r-7")), "level": len(last.rows),
    "shown": max(len(lines.row(row).text) for row in range(len(lines))), "note": evidence.completeness.note,
}))
"""


def long_line(file: BinaryIO) -> None:
    file.write(b"xxxxxx")
    file.seek(500 << 20, os.SEEK_CUR)
    file.write(b"xxxxxx\n")


def long_record(file: BinaryIO) -> None:
    file.write(b'{"time":"2026-11-24T02:00:30Z","message":"')
    for _ in range(200):
        file.write(b"x" * (1 << 20))
    file.write(b'"}\n')


def hole(file: BinaryIO) -> None:
    file.seek(500 << 20, os.SEEK_CUR)
    file.write(b"\n")


def keys_of_one_record(file: BinaryIO) -> None:
    file.write(json.dumps({"message": "wide"} | {f"key{number}": number for number in range(20_000)}).encode() + b"\n")


def a_key_for_each_record(file: BinaryIO) -> None:
    file.writelines(b'{"message":"wide","key%d":%d}\n' % (number, number) for number in range(20_000))


def nesting(file: BinaryIO) -> None:
    file.write(b'{"message":"deep","a":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001 + b"\n")
    file.write(b'{"message":"deep","a":' + b"[" * 10_000 + b"]" * 10_000 + b"}\n")


def broken_bytes(file: BinaryIO) -> None:
    file.writelines(bytes([byte]) * 40 + b"\n" for byte in range(256) if byte not in b"\r\n")
    file.write(b'{"message":"\xff\xfe\xc3(\xed\xa0\x80"}\n' + b'{"message":"nul \x00 in"}\n')


@pytest.mark.parametrize(
    "between",
    [long_line, long_record, hole, keys_of_one_record, a_key_for_each_record, nesting, broken_bytes],
    ids=lambda one: str(one.__name__),
)
def test_no_extreme_costs_a_good_line_or_much_memory(tmp_path: Path, between: Callable[[BinaryIO], None]) -> None:
    with (tmp_path / "a.log").open("wb") as file:
        file.write(GOOD)
        between(file)
        file.write(GOOD)
    found = read_elsewhere(tmp_path / "a.log", tmp_path)
    assert (found["frame"], found["found"], found["level"]) == (GOOD_LINES, GOOD_LINES, GOOD_LINES)
    assert found["by_id"] == 2
    assert found["shown"] <= 1 << 20
    assert found["mb"] < MB_ALLOWED


def read_elsewhere(path: Path, folder: Path) -> Any:
    (folder / "warm.log").write_bytes(GOOD)
    command = [sys.executable, "-c", READER, str(path), str(folder / "warm.log"), str(folder / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_an_archive_that_expands_a_thousandfold_is_refused_with_little_memory(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.log.gz", "wb", compresslevel=9) as file:
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    command = [sys.executable, "-m", "triage_tui", "report", str(tmp_path / "a.log.gz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "which no log does; not opened" in done.stderr


def test_a_folder_with_links_in_a_circle_gaps_and_pipes_gives_its_logs(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(GOOD)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "one").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "one")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "up").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert exported_files(tmp_path) == [(tmp_path / "app.log", Role.LOGS)]


def test_a_link_in_a_circle_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "circle.log").symlink_to(tmp_path / "circle.log")
    command = [sys.executable, "-m", "triage_tui", "report", str(tmp_path / "circle.log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "circle.log: a link that leads nowhere" in done.stderr


@pytest.mark.parametrize("size", [1, 100, 5000])
def test_a_log_that_shrinks_while_it_is_read_gives_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(GOOD * 50)
    whole, reads = FileBytes.read_at, []

    def shrinking(source: FileBytes, offset: int, length: int) -> bytes:
        reads.append(offset)
        if len(reads) == 6:
            os.truncate(path, size)
        return whole(source, offset, length)

    monkeypatch.setattr(FileBytes, "read_at", shrinking)
    logs = open_logs([LogInput("a.log", path=path)])
    assert len(reads) >= 6
    assert all(logs.store.row(row).text is not None for row in range(0, len(logs.store), 50))
