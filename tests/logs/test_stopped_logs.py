"""Logs that are written to, and whose first reading was stopped: what is left out, and what comes from then on."""

import gzip
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event

import polars as pl
import pytest

from tests.logs.indexes import AT, line, small_chunks
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.completeness import LeftOut
from triage_tui.logs.content.byte_source import BLOCK_BYTES, ByteSource, FileBytes, MemoryBytes
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput, log_inputs
from triage_tui.logs.progress import Progress
from triage_tui.logs.store import GONE

__all__ = ["small_chunks"]
pytestmark = pytest.mark.usefixtures("small_chunks")
WRITTEN = 2000


def write(path: Path, first: int, count: int, **fields: object) -> None:
    with path.open("a") as file:
        file.write("".join(line(number, **fields) for number in range(first, first + count)))


def stopped(inputs: list[LogInput], then: Callable[[], None] = lambda: None) -> IndexedLogs:
    """Logs of which the first was read in part when reading was stopped; ``then`` something happens to them."""
    logs, cancelled = IndexedLogs(inputs), Event()

    def stop(_: Progress) -> None:
        cancelled.set()
        then()

    assert not logs.build(stop, cancelled)
    logs.follow()
    return logs


def events(logs: IndexedLogs) -> list[str]:
    store = logs.store()
    return [store.row(number).event for number in range(len(store))]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    write(path, 0, WRITTEN)
    return path


def test_of_a_log_that_was_stopped_the_lines_are_shown_that_are_written_from_then_on(log: Path) -> None:
    size = log.stat().st_size
    logs = stopped(log_inputs([log]))
    read = len(logs.store())
    assert 0 < read < WRITTEN
    assert logs.extend() == 0
    assert logs.store().files == ("app.log",)
    write(log, WRITTEN, 2)
    assert logs.extend() == 2
    write(log, WRITTEN + 2, 1)
    assert logs.extend() == 1
    assert events(logs) == [f"m{number}" for number in [*range(read), *range(WRITTEN, WRITTEN + 3)]]
    lines = [logs.store().row(row) for row in range(read - 1, read + 3)]
    assert [(one.file, one.line) for one in lines[1:]] == [(f"app.log@{size}", number) for number in (1, 2, 3)]
    assert (lines[0].file, lines[0].line) == ("app.log", read)
    assert logs.store().files == ("app.log", f"app.log@{size}")
    frame = logs.records(None).frame()
    assert frame.select("file", "line").is_unique().all()
    assert frame.filter(pl.col("event") == f"m{WRITTEN}").select("file", "line").row(0) == (f"app.log@{size}", 1)


def test_what_was_left_out_is_neither_read_nor_copied(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(log, WRITTEN, 40_000)
    size = log.stat().st_size
    assert size > 2 * BLOCK_BYTES
    reads = list[tuple[int, int]]()
    read_at, read_into = FileBytes.read_at, FileBytes.read_into

    def noted_at(self: FileBytes, offset: int, length: int) -> bytes:
        reads.append((offset, offset + length))
        return read_at(self, offset, length)

    def noted_into(self: FileBytes, buffer: memoryview, offset: int) -> int:
        reads.append((offset, offset + len(buffer)))
        return read_into(self, buffer, offset)

    def watch() -> None:
        monkeypatch.setattr(FileBytes, "read_at", noted_at)
        monkeypatch.setattr(FileBytes, "read_into", noted_into)

    logs = stopped(log_inputs([log]), watch)
    end = logs.text_bytes
    write(log, WRITTEN + 40_000, 3)
    for _ in range(3):
        logs.extend()
    logs.complete(Event())
    store = logs.store()
    store.next_match("nowhere", 0, 1)
    store.next_level(frozenset({"ERROR"}), 0, 1)
    store.rows_with_id("r-1")
    logs.records(None)
    assert reads
    assert not [read for read in reads if end <= read[0] < read[1] <= size - BLOCK_BYTES]
    assert logs.followed.appended[0].reader.source.size == log.stat().st_size - size


def test_a_line_that_was_torn_when_reading_was_stopped_is_shown_whole_when_it_ends(log: Path) -> None:
    torn = line(WRITTEN)
    size = log.stat().st_size
    with log.open("a") as file:
        file.write(torn[:-10])
    logs = stopped(log_inputs([log]))
    assert logs.extend() == 0
    with log.open("a") as file:
        file.write(torn[-10:])
    assert logs.extend() == 1
    last = logs.store().row(len(logs.store()) - 1)
    assert (last.event, last.file, last.line) == (f"m{WRITTEN}", f"app.log@{size}", 1)


def test_where_nothing_was_left_out_lines_count_on(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    write(path, 0, 3)
    logs = stopped(log_inputs([path]))
    write(path, 3, 1)
    assert logs.extend() == 1
    assert [(one.file, one.line) for one in map(logs.store().row, range(4))] == [("app.log", 1 + n) for n in range(4)]
    assert logs.left_out is None


def test_logs_that_were_not_begun_are_left_out_too_and_those_that_were_read_go_on(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("a.log", "b.log", "c.log"))
    write(first, 0, 1)
    write(second, 1, WRITTEN)
    write(third, 1, WRITTEN)
    size, logs, cancelled = third.stat().st_size, IndexedLogs(log_inputs([first, second, third])), Event()

    def stop(progress: Progress) -> None:
        if progress.records > 1:
            cancelled.set()

    assert not logs.build(stop, cancelled)
    logs.follow()
    read = len(logs.store())
    for path in (first, second, third):
        write(path, WRITTEN + 1, 1)
    assert logs.extend() == 3
    lines = [logs.store().row(row) for row in range(read, read + 3)]
    assert sorted((one.file, one.line) for one in lines) == [("a.log", 2), (f"b.log@{size}", 1), (f"c.log@{size}", 1)]
    assert logs.left_out is not None
    assert logs.left_out.unread > size


def test_logs_that_are_not_followed_stay_as_they_were_when_reading_was_stopped(tmp_path: Path, log: Path) -> None:
    packed = tmp_path / "app.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    held = LogInput("held.log", data=log.read_bytes())
    logs = stopped([*log_inputs([packed]), held])
    read = len(logs.store())
    assert 0 < read < WRITTEN
    assert logs.extend() == 0
    assert len(logs.store()) == read
    assert not logs.followed
    assert logs.left_out is not None
    assert logs.left_out.unread == 2 * log.stat().st_size - logs.text_bytes


@pytest.mark.parametrize(
    ("unread", "of", "words"),
    [
        (6_200_000_000, 10_000_000_000, "6.2 of 10.0 GB not read"),
        (12_345, 1_000_000_000, "12.3 kB of 1.0 GB not read"),
        (7, 2_000, "0.0 of 2.0 kB not read"),
    ],
)
def test_what_was_left_out_is_told_in_words(unread: int, of: int, words: str) -> None:
    assert str(LeftOut(unread, of)) == words


def rename(log: Path) -> None:
    log.rename(log.with_name("app.log.1"))


def copy_and_truncate(log: Path) -> None:
    log.with_name("app.log.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)


def truncate(log: Path) -> None:
    os.truncate(log, 0)


def copied(log: Path, name: str) -> ByteSource:
    return MemoryBytes(name, log.with_name("app.log.1").read_bytes())


@pytest.mark.parametrize("rotate", [rename, copy_and_truncate, truncate])
@pytest.mark.parametrize("polled", [True, False])
def test_rotation_after_the_stop_loses_nothing_that_came_after_it(
    log: Path, rotate: Callable[[Path], None], *, polled: bool
) -> None:
    logs = stopped(log_inputs([log]))
    read = events(logs)
    logs.extend()
    write(log, WRITTEN, 2)
    if polled or rotate is truncate:
        logs.extend()
    rotate(log)
    write(log, WRITTEN + 2, 2)
    logs.extend()
    if rotate is copy_and_truncate:
        assert logs.followed.lacking_lines == [log]
        logs.read_from(copied(log, "app.log"))
        logs.followed.take_from(copied(log, "app.log.1"))
        logs.extend()
        assert not logs.followed.lacking_lines
    if rotate is truncate:
        logs.read_from(MemoryBytes("app.log", b""))
        read = [GONE] * len(read)
    write(log, WRITTEN + 4, 2)
    logs.extend()
    assert sorted(events(logs)) == sorted([*read, *(f"m{number}" for number in range(WRITTEN, WRITTEN + 6))])


def test_a_log_that_is_truncated_before_the_first_look_after_the_stop_brings_nothing_that_was_left_out(
    log: Path,
) -> None:
    logs = stopped(log_inputs([log]))
    read = len(logs.store())
    write(log, WRITTEN, 2)
    copy_and_truncate(log)
    logs.extend()
    logs.read_from(copied(log, "app.log"))
    logs.followed.take_from(copied(log, "app.log.1"))
    logs.extend()
    assert events(logs) == [f"m{number}" for number in [*range(read), WRITTEN, WRITTEN + 1]]


def test_of_a_log_that_was_cut_before_reading_was_stopped_new_lines_alone_are_shown(log: Path) -> None:
    def cut() -> None:
        copy_and_truncate(log)
        write(log, 5000, 3)

    logs = stopped(log_inputs([log]), cut)
    read = len(logs.store())
    cut_at = log.stat().st_size
    write(log, 6000, 2)
    assert logs.extend() == 2
    logs.read_from(copied(log, "app.log"))
    assert logs.extend() == 0
    assert events(logs) == [f"m{number}" for number in [*range(read), 6000, 6001]]
    assert logs.store().row(read).file == f"app.log@{cut_at}"
    assert not logs.records(None).completeness.complete


def test_bars_search_and_levels_reach_over_what_was_left_out(log: Path) -> None:
    logs = stopped(log_inputs([log]))
    read = len(logs.store())
    write(log, WRITTEN, 2, level="error", request_id="r-9")
    logs.extend()
    store = logs.store()
    assert store.next_match(f"m{WRITTEN}", 0, 1) == read
    assert store.next_match("m0", read, -1) == 0
    assert store.next_level(frozenset({"ERROR"}), 0, 1) == read
    assert list(store.rows_with_id("r-9")) == [read, read + 1]
    assert store.row_at(AT + timedelta(seconds=read + 1)) == read
    window = TimeWindow(AT + timedelta(seconds=WRITTEN), AT + timedelta(seconds=WRITTEN + 60))
    counts = list(store.level_counts(timedelta(minutes=1), window).counts())
    assert sum(count for *_, count in counts) == 2
    assert sum(count for *_, count in store.level_counts(timedelta(minutes=1)).counts()) == read + 2


def test_of_a_file_that_took_the_name_before_reading_was_stopped_new_lines_alone_are_shown(log: Path) -> None:
    def rotate() -> None:
        write(log, WRITTEN, 2)
        rename(log)
        write(log, WRITTEN + 2, 3000)

    logs = stopped(log_inputs([log]), rotate)
    read, size = len(logs.store()), log.stat().st_size
    old = log.with_name("app.log.1")
    assert logs.extend() == 0
    write(old, 8000, 1)
    write(log, 8001, 2)
    assert logs.extend() == 3
    assert sorted(events(logs)[read:]) == ["m8000", "m8001", "m8002"]
    unread = old.stat().st_size - len(line(8000)) - logs._files[0].indexed_to + size
    assert logs.left_out == LeftOut(unread, unread + logs._files[0].indexed_to)
