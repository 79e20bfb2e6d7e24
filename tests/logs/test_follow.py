import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from triage_tui.logs.content.byte_source import MemoryBytes
from triage_tui.logs.content.temporary_bytes import TemporaryBytes
from triage_tui.logs.following.follow import COPY_SECONDS, GRACE_SECONDS, Follower
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "app.log").write_bytes(b"one\n")
    return tmp_path / "app.log"


@pytest.fixture
def follower(path: Path) -> Iterator[Follower]:
    follower = Follower(path)
    yield follower
    follower.close()


def polled(follower: Follower) -> list[str]:
    return [line.decode().rstrip("\n") for line in follower.poll()]


def followed_to_end(
    follower: Follower, write: Callable[[], None], seen: threading.Semaphore, is_waited_for: Callable[[str], bool]
) -> list[str]:
    """The lines up to "end" of a writer in a thread, which waits until the last of each part is ``seen``."""
    writer = threading.Thread(target=write)
    writer.start()
    lines: list[str] = []
    while "end" not in lines:
        fresh = polled(follower)
        lines += fresh
        for _ in filter(is_waited_for, fresh):
            seen.release()
    writer.join()
    follower.close()
    return lines


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_what_is_there_and_what_is_appended_is_given_once(path: Path, follower: Follower) -> None:
    assert polled(follower) == ["one"]
    assert polled(follower) == []
    append(path, "two\nthree\n")
    assert polled(follower) == ["two", "three"]


def test_following_can_begin_at_the_end(path: Path) -> None:
    follower = Follower(path, offset=4)
    assert polled(follower) == []
    append(path, "two\n")
    assert polled(follower) == ["two"]
    follower.close()


def test_a_partial_line_waits_for_its_end(path: Path, follower: Follower) -> None:
    append(path, "tw")
    assert polled(follower) == ["one"]
    append(path, "o")
    assert polled(follower) == []
    append(path, "\n")
    assert polled(follower) == ["two"]


def test_a_renamed_file_is_read_on_beside_its_successor(path: Path, follower: Follower) -> None:
    polled(follower)
    path.rename(path.with_suffix(".1"))
    append(path.with_suffix(".1"), "late\n")
    assert polled(follower) == ["late"]
    path.write_text("new\n")
    append(path.with_suffix(".1"), "later\n")
    assert polled(follower) == ["later", "new"]


def test_a_deleted_file_is_followed_by_the_one_that_takes_its_name(path: Path, follower: Follower) -> None:
    append(path, "torn")
    polled(follower)
    path.unlink()
    assert polled(follower) == []
    path.write_text("new\n")
    assert polled(follower) == ["new"]


def test_a_log_that_is_replaced_by_a_longer_copy_of_itself_goes_on_where_it_was_read_to(path: Path) -> None:
    path.write_text("".join(f"line {number}\n" for number in range(60)) + "to")
    follower = Follower(path)
    assert len(polled(follower)) == 60
    replace_by_copy(path, "rn\nmore\n")
    assert polled(follower) == ["torn", "more"]
    replace_by_copy(path, "most\n")
    assert polled(follower) == ["most"]
    follower.close()


def replace_by_copy(path: Path, more: str) -> None:
    """Write a file anew with more at its end, as rsync does."""
    copy = path.with_name(f".{path.name}.x1")
    copy.write_text(path.read_text() + more)
    copy.replace(path)


def test_an_old_file_is_let_go_when_it_has_been_quiet_and_gives_its_torn_line(path: Path) -> None:
    clock = Clock()
    follower = Follower(path, clock=clock)
    append(path, "torn")
    polled(follower)
    path.rename(path.with_suffix(".1"))
    path.write_text("new\n")
    assert polled(follower) == ["new"]
    clock.now += GRACE_SECONDS + 1
    assert polled(follower) == ["torn"]
    append(path.with_suffix(".1"), "nobody reads this\n")
    assert polled(follower) == []
    follower.close()


@pytest.mark.parametrize("after", ["two\n", "a second line that is longer than the first\n", "two\nthree\nfour\n"])
def test_a_truncated_file_is_read_from_its_beginning(path: Path, follower: Follower, after: str) -> None:
    polled(follower)
    path.write_text(after)
    assert polled(follower) == after.splitlines()


@pytest.mark.parametrize("torn", ["", "torn"])
def test_what_was_written_just_before_copytruncate_is_read_from_the_copy(
    path: Path, follower: Follower, torn: str
) -> None:
    append(path, "two\n" * 64 + torn)
    polled(follower)
    append(path, "\nthree\nfour")
    copy = path.with_suffix(".1")
    shutil.copy(path, copy)
    os.truncate(path, 0)
    append(path, "five\n")
    assert polled(follower) == ["five"]
    assert follower.lacks_lines
    assert list(follower.lines_of_copy(MemoryBytes("other", b"one\n" * 80))) == []
    given = list(follower.lines_of_copy(MemoryBytes("copy", copy.read_bytes())))
    assert given == [f"{torn}\n".encode(), b"three\n", b"four\n"]
    assert not follower.lacks_lines
    assert list(follower.lines_of_copy(MemoryBytes("copy", copy.read_bytes()))) == []


def test_the_torn_line_of_a_truncated_file_is_given_when_no_copy_was_found(path: Path) -> None:
    clock = Clock()
    follower = Follower(path, clock=clock)
    append(path, "torn")
    polled(follower)
    os.truncate(path, 0)
    append(path, "new\n")
    assert polled(follower) == ["new"]
    clock.now += COPY_SECONDS
    assert polled(follower) == ["torn"]
    assert not follower.lacks_lines
    follower.close()


def test_copytruncate_gives_each_line_once(path: Path, follower: Follower) -> None:
    polled(follower)
    append(path, "two\n")
    polled(follower)
    shutil.copy(path, path.with_suffix(".1"))
    os.truncate(path, 0)
    append(path, "three\n")
    assert polled(follower) == ["three"]


def test_the_hole_before_a_writer_that_does_not_append_is_skipped(path: Path, follower: Follower) -> None:
    polled(follower)
    with path.open("r+b") as file:
        os.truncate(path, 0)
        file.seek(100)
        file.write(b"two\n")
    assert polled(follower) == ["two"]


def test_a_name_that_becomes_a_folder_is_reported_and_waited_out(path: Path, follower: Follower) -> None:
    polled(follower)
    path.unlink()
    path.mkdir()
    assert polled(follower) == []
    assert "a folder" in follower.problem
    path.rmdir()
    path.write_text("new\n")
    assert polled(follower) == ["new"]
    assert follower.problem == ""


def rename(path: Path, generation: int) -> None:
    path.rename(path.with_suffix(f".{generation}"))


def delete(path: Path, _: int) -> None:
    path.unlink()


@pytest.mark.parametrize("rotate", [rename, delete])
def test_a_real_writer_that_rotates_loses_and_doubles_nothing(path: Path, rotate: Callable[[Path, int], None]) -> None:
    """The writer waits with each rotation until the one before was seen, for that is all that polling can promise."""
    follower, seen = Follower(path), threading.Semaphore(0)

    def write() -> None:
        for generation in range(20):
            with path.open("ab", buffering=0) as file:
                for number in range(200):
                    line = b"%d-%d\n" % (generation, number)
                    file.write(line[:2])
                    file.write(line[2:])
            seen.acquire(timeout=60)
            rotate(path, generation)
        path.write_bytes(b"end\n")

    lines = followed_to_end(follower, write, seen, lambda line: line.endswith("-199"))
    assert lines[0] == "one"
    assert lines[1:-1] == [f"{generation}-{number}" for generation in range(20) for number in range(200)]


def test_a_real_writer_under_truncation_doubles_nothing(path: Path) -> None:
    follower, seen = Follower(path), threading.Semaphore(0)

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            for number in range(3000):
                file.write(b"line %d\n" % number)
                if number % 300 == 299:
                    seen.acquire(timeout=60)
                    os.truncate(path, 0)
            file.write(b"end\n")

    lines = followed_to_end(
        follower, write, seen, lambda line: line.endswith("99") and int(line.split()[1]) % 300 == 299
    )
    assert lines[1:-1] == [f"line {number}" for number in range(3000)]


def test_while_the_temporary_folder_is_full_lines_wait_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.log").write_text("2026-11-24T02:00:00Z INFO a: first\n")
    logs = IndexedLogs([LogInput("app.log", path=tmp_path / "app.log")])
    logs.extend()
    logs.follow()
    for number in range(3):
        append(tmp_path / "app.log", f"2026-11-24T02:00:0{number}Z INFO a: line {number}\n")
        with monkeypatch.context() as full:
            full.setattr(TemporaryBytes, "append", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
            assert logs.extend() == 0
            assert "not shown yet" in logs.records(None).completeness.note
    logs.extend()
    chosen = logs.records(None)
    frame, completeness = chosen.frame(), chosen.completeness
    assert frame["event"].to_list() == ["first", "line 0", "line 1", "line 2"]
    assert completeness.complete
    logs.close()
