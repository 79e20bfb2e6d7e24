"""Logs named by globs while they are written, rotated and joined by others."""

import gzip
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.source import SourceWaiting, UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.content.byte_source import BLOCK_BYTES
from triage_tui.logs.content.expanding import ExpandingBytes
from triage_tui.logs.index import file_index
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.log_indexes import LogIndexes
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput, LogOptions
from triage_tui.logs.progress import Progress
from triage_tui.logs.store import GONE, LogStore
from triage_tui.sources.common.log_generations import LogGenerations, Seen
from triage_tui.sources.log_globs import LogGlobs

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Logs:
    """A folder of logs, and a source over those that match a pattern."""

    def __init__(self, folder: Path, pattern: str = "*.log*") -> None:
        self.folder = folder
        self.written = 0
        self.source = LogGlobs([pattern], lambda: sorted(folder.glob(pattern)), LogOptions())

    def write(self, name: str, count: int = 20) -> None:
        with (self.folder / name).open("a") as log:
            for _ in range(count):
                at = NOON + timedelta(seconds=self.written)
                log.write(
                    json.dumps({"time": at.isoformat(), "level": "info", "message": f"line {self.written}"}) + "\n"
                )
                self.written += 1

    def all_are_there_once(self) -> Evidence:
        evidence = self.source.read()
        assert sorted(evidence.frame["event"]) == sorted(f"line {number}" for number in range(self.written))
        assert evidence.lines is not None
        assert len(evidence.lines) == self.written
        return evidence


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    return Logs(tmp_path)


async def test_a_log_that_is_not_there_yet_is_waited_for(logs: Logs) -> None:
    with pytest.raises(SourceWaiting, match=r"\*\.log\* yet"):
        await logs.source.fetch(None)
    (logs.folder / "app.log").touch()
    with pytest.raises(SourceWaiting):
        await logs.source.fetch(None)
    logs.write("app.log")
    assert "1 file, 20 records" in logs.all_are_there_once().completeness.note


def test_a_file_that_comes_later_joins_and_is_followed(logs: Logs) -> None:
    logs.write("app.log")
    logs.all_are_there_once()
    logs.write("worker.log")
    evidence = logs.all_are_there_once()
    assert set(evidence.frame["file"]) == {"app.log", "worker.log"}
    logs.write("worker.log")
    logs.write("app.log")
    assert logs.all_are_there_once().frame["time"].is_sorted()


def test_a_log_that_is_renamed_by_rotation_does_not_come_twice(logs: Logs) -> None:
    logs.write("app.log")
    logs.all_are_there_once()
    for _ in range(3):
        rotate_in_use(logs)
        logs.all_are_there_once()


def test_a_log_that_is_fetched_again_and_again_comes_once(logs: Logs) -> None:
    logs.write("app.log")
    for _ in range(3):
        logs.all_are_there_once()
        copy = logs.folder / ".fetched"
        shutil.copy(logs.folder / "app.log", copy)
        logs.write(copy.name, 5)
        copy.replace(logs.folder / "app.log")
    logs.all_are_there_once()


def shift_older(folder: Path) -> None:
    """Give the older generations their next names, as logrotate does."""
    for number in range(3, 0, -1):
        older = folder / f"app.log.{number}"
        if older.exists():
            older.rename(folder / f"app.log.{number + 1}")


def rotate_in_use(logs: Logs) -> None:
    """Rotate by rename while lines come before, after and in between: some to the file that has just been renamed."""
    logs.write("app.log", 5)
    shift_older(logs.folder)
    (logs.folder / "app.log").rename(logs.folder / "app.log.1")
    logs.write("app.log.1", 2)
    logs.write("app.log", 5)


def rename_in_use(logs: Logs) -> None:
    rotate_in_use(logs)


def copy_and_truncate(logs: Logs) -> None:
    logs.write("app.log", 5)
    (logs.folder / "app.log.1").write_bytes((logs.folder / "app.log").read_bytes())
    os.truncate(logs.folder / "app.log", 0)
    logs.write("app.log", 5)


@pytest.mark.parametrize("rotate", [rename_in_use, copy_and_truncate])
@pytest.mark.parametrize(
    ("step", "place"),
    [("__init__", "before"), ("build", "before"), ("build", "within"), ("build", "after"), ("follow", "after")],
)
def test_a_rotation_during_the_first_reading_loses_nothing_and_doubles_nothing(
    logs: Logs, monkeypatch: pytest.MonkeyPatch, rotate: Callable[[Logs], None], step: str, place: str
) -> None:
    monkeypatch.setattr(file_index, "SLOW_BYTES", 256)
    monkeypatch.setattr(file_index, "QUICK_BYTES", 256)
    original = getattr(IndexedLogs, step)
    once = iter([rotate])

    def rotated(self: IndexedLogs, *given: Any, **named: Any) -> Any:
        if place == "before":
            next(once)(logs)
        if place == "within":
            given = (lambda _: next(once, lambda _: None)(logs), *given[1:])
        result = original(self, *given, **named)
        if place == "after":
            next(once)(logs)
        return result

    logs.write("app.log", 60)
    monkeypatch.setattr(IndexedLogs, step, rotated)
    logs.source.read()
    logs.all_are_there_once()
    logs.write("app.log", 5)
    logs.all_are_there_once()


def test_a_copy_that_no_glob_names_is_read_beside_its_log(tmp_path: Path) -> None:
    logs = Logs(tmp_path, "app.log")
    logs.write("app.log")
    logs.all_are_there_once()
    for _ in range(2):
        logs.write("app.log")
        logs.source.newer_lines()
        shift_older(tmp_path)
        copy_and_truncate(logs)
        logs.source.newer_lines()
        assert logs.all_are_there_once().completeness.complete


def test_a_copy_by_any_name_that_begins_as_its_log_s_is_found_beside_it(tmp_path: Path) -> None:
    logs = Logs(tmp_path, "app.log")
    logs.write("app.log")
    logs.all_are_there_once()
    logs.write("app.log")
    shutil.copy(tmp_path / "app.log", tmp_path / "app.log.bak")
    os.truncate(tmp_path / "app.log", 0)
    logs.write("app.log")
    assert logs.all_are_there_once().completeness.complete


def test_the_next_look_after_a_truncation_shows_the_lines_of_the_copy_and_nothing_else(tmp_path: Path) -> None:
    logs = Logs(tmp_path, "app.log")
    logs.write("app.log", 60)
    logs.all_are_there_once()
    for _ in range(2):
        logs.write("app.log")
        shift_older(tmp_path)
        copy_and_truncate(logs)
        lines = logs.source.newer_lines()
        assert isinstance(lines, LogStore)
        shown = [lines.row(number).event for number in range(len(lines))]
        assert sorted(shown) == sorted(f"line {number}" for number in range(logs.written))


@pytest.mark.parametrize("is_read_between", [True, False])
def test_what_was_rotated_before_and_is_rotated_on_does_not_come_twice(logs: Logs, *, is_read_between: bool) -> None:
    for name in ("app.log.2", "app.log.1", "app.log"):
        logs.write(name)
    logs.all_are_there_once()
    for _ in range(3):
        rotate_in_use(logs)
        logs.source.newer_lines()
        if is_read_between:
            logs.all_are_there_once()
    logs.write("app.log", 5)
    logs.all_are_there_once()


def test_a_copy_that_takes_the_name_of_an_older_log_does_not_come_twice(logs: Logs) -> None:
    for name in ("app.log.1", "app.log"):
        logs.write(name)
    logs.all_are_there_once()
    for _ in range(3):
        shift_older(logs.folder)
        content = (logs.folder / "app.log").read_bytes()
        (logs.folder / "app.log.1").write_bytes(content[:100])
        logs.source.newer_lines()
        (logs.folder / "app.log.1").write_bytes(content)
        os.truncate(logs.folder / "app.log", 0)
        logs.source.newer_lines()
        logs.write("app.log")
        logs.all_are_there_once()


def test_a_copy_that_rotation_leaves_behind_does_not_come_twice_compressed_or_not(logs: Logs) -> None:
    logs.write("app.log")
    logs.all_are_there_once()
    content = (logs.folder / "app.log").read_bytes()
    (logs.folder / "app.log.1").write_bytes(content)
    os.truncate(logs.folder / "app.log", 0)
    logs.all_are_there_once()
    logs.write("app.log")
    logs.all_are_there_once()
    (logs.folder / "app.log.1").unlink()
    (logs.folder / "app.log.2.gz").write_bytes(gzip.compress(content))
    logs.all_are_there_once()


@pytest.mark.parametrize("rotate", [rename_in_use, copy_and_truncate])
@pytest.mark.parametrize("first", [0, 1, 5])
def test_what_begins_and_is_rotated_between_two_fetches_does_not_come_twice(
    logs: Logs, rotate: Callable[[Logs], None], first: int
) -> None:
    logs.write("app.log", 40)
    logs.all_are_there_once()
    for _ in range(2):
        shift_older(logs.folder)
        (logs.folder / "app.log.1").write_bytes((logs.folder / "app.log").read_bytes())
        os.truncate(logs.folder / "app.log", 0)
        for count in (first, 5):
            logs.source.newer_lines()
            logs.write("app.log", count)
        logs.source.newer_lines()
        shift_older(logs.folder)
        rotate(logs)
        logs.source.newer_lines()
    logs.all_are_there_once()


def test_a_copy_that_is_moved_on_before_it_is_opened_is_looked_for_again(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.write("app.log")
    logs.all_are_there_once()
    copy_and_truncate(logs)
    look = LogGenerations.look

    def moved_on(self: LogGenerations, path: Path) -> Seen:
        if path.name != "app.log":
            shift_older(logs.folder)
        return look(self, path)

    with monkeypatch.context() as patched:
        patched.setattr(LogGenerations, "look", moved_on)
        assert not logs.source.read().completeness.complete
    assert logs.all_are_there_once().completeness.complete


def test_a_copy_that_is_found_late_brings_also_what_was_not_read_before_the_truncation(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_index, "SLOW_BYTES", 256)
    monkeypatch.setattr(file_index, "QUICK_BYTES", 256)
    logs.write("app.log", 60)
    content, build = (logs.folder / "app.log").read_bytes(), IndexedLogs.build

    def truncated(self: IndexedLogs, tell: Callable[[Progress], None], stopped: Event) -> bool:
        def cut(progress: Progress) -> None:
            tell(progress)
            if logs.written == 60:
                os.truncate(logs.folder / "app.log", 0)
                logs.write("app.log", 5)

        return build(self, cut, stopped)

    monkeypatch.setattr(IndexedLogs, "build", truncated)
    logs.source.read()
    (logs.folder / "app.log.1").write_bytes(content)
    logs.all_are_there_once()


@pytest.mark.parametrize("others", [0, 1])
def test_a_log_that_is_gone_when_it_is_to_be_opened_is_new_again_when_it_is_back(
    logs: Logs, monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    for number in range(others):
        logs.write(f"other-{number}.log")
        logs.all_are_there_once()
    logs.write("app.log")

    def gone(self: LogIndexes, one: LogInput) -> FileIndex:
        del self
        raise UnreadableInput(one.name, "no such file")

    with monkeypatch.context() as patched:
        patched.setattr(LogIndexes, "opened", gone)
        if others:
            assert "app.log: no such file" in logs.source.read().completeness.note
        else:
            with pytest.raises(UnreadableInput, match="no such file"):
                logs.source.read()
    evidence = logs.all_are_there_once()
    assert evidence.completeness.complete
    assert "app.log" in set(evidence.frame["file"])


def test_a_compressed_log_is_decompressed_once(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.write("app.log", 20_000)
    content = (logs.folder / "app.log").read_bytes()
    assert len(content) > BLOCK_BYTES
    (logs.folder / "app.log").unlink()
    (logs.folder / "app.log.1.gz").write_bytes(gzip.compress(content))
    whole: list[ExpandingBytes] = []
    advance = ExpandingBytes.advance

    def noted(self: ExpandingBytes) -> bool:
        goes_on = advance(self)
        if not goes_on and all(one is not self for one in whole):
            whole.append(self)
        return goes_on

    monkeypatch.setattr(ExpandingBytes, "advance", noted)
    logs.all_are_there_once()
    assert len(whole) == 1


def test_logs_that_were_rotated_before_are_read_and_a_link_to_one_of_them_is_not(logs: Logs) -> None:
    logs.write("app.log.1")
    logs.write("app.log")
    (logs.folder / "current.log").symlink_to("app.log")
    logs.all_are_there_once()


def test_a_file_of_which_the_inode_was_another_log_before_is_read(logs: Logs) -> None:
    logs.write("old.log")
    logs.write("app.log")
    logs.all_are_there_once()
    (logs.folder / "old.log").unlink()
    logs.write("new.log")
    logs.all_are_there_once()


def test_a_file_that_cannot_be_read_is_noted_while_the_others_are_there(logs: Logs) -> None:
    (logs.folder / "core.log").write_bytes(b"\0\1\2\3" * 500)
    with pytest.raises(UnreadableInput, match=r"core\.log"):
        logs.source.read()
    logs.write("app.log")
    evidence = logs.all_are_there_once()
    assert not evidence.completeness.complete
    assert "core.log" in evidence.completeness.note


def test_a_log_that_is_truncated_without_a_copy_goes_on_with_its_new_lines(logs: Logs) -> None:
    logs.write("app.log")
    logs.all_are_there_once()
    os.truncate(logs.folder / "app.log", 0)
    gone = logs.source.read().lines
    assert gone is not None
    assert gone.row(0).event == GONE
    logs.write("app.log", 5)
    evidence = logs.source.read()
    # The last line that was there is kept with those that may go on it.
    assert evidence.frame["event"].to_list() == [f"line {number}" for number in range(19, 25)]
    assert "app.log was truncated: what it held before is gone" in evidence.completeness.note


def test_a_format_of_the_users_own_reads_live_logs_and_a_broken_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "ours.toml").write_text(
        "name = 'ours'\ntitle = 'Ours'\npattern = '(?P<time>\\S+)~(?P<level>[A-Z]+)~(?P<message>.*)'\n"
    )
    (tmp_path / "formats" / "bad.toml").write_text("name = 1")
    (tmp_path / "a.log").write_text("2026-11-24T12:00:00Z~ERROR~boom\n" * 3)
    options = LogOptions(user_formats=tmp_path / "formats")
    evidence = LogGlobs(["*.log"], lambda: [tmp_path / "a.log"], options).read()
    assert evidence.frame.select("level", "event").unique().rows() == [("ERROR", "boom")]
    assert "bad.toml" in evidence.completeness.note
    assert not evidence.completeness.complete


def test_a_log_in_which_nothing_has_come_is_not_parsed_again(logs: Logs) -> None:
    logs.write("app.log")
    first = logs.source.read(TimeWindow(NOON, NOON + timedelta(hours=1)))
    later = logs.source.read(TimeWindow(NOON, NOON + timedelta(hours=2)))
    assert later.held is first.held
    assert later.fetched_at > first.fetched_at
    logs.write("app.log")
    logs.source.newer_lines()
    grown = logs.source.read(TimeWindow(NOON, NOON + timedelta(hours=2)))
    assert grown.frame.height == 40


def test_a_line_that_is_finished_later_is_parsed_again(logs: Logs) -> None:
    logs.write("app.log")
    with (logs.folder / "app.log").open("a") as log:
        log.write('{"time": "2026-11-24T13:00:00Z", "message": "the first half')
        log.flush()
        before = logs.source.read().frame.height
        log.write(' and the second"}\n')
    assert before == 20
    assert logs.source.read().frame["event"].to_list()[-1] == "the first half and the second"


def test_of_a_log_out_of_order_another_window_brings_other_records(logs: Logs) -> None:
    hours = (0, 5, 1, 6, 2)
    lines = [
        json.dumps({"time": (NOON + timedelta(hours=hour)).isoformat(), "message": f"at {hour}"}) for hour in hours
    ]
    (logs.folder / "app.log").write_text("\n".join(lines) + "\n")
    for end, expected in ((3, [0, 1, 2]), (6, [0, 1, 2, 5]), (7, [0, 1, 2, 5, 6]), (3, [0, 1, 2])):
        window = TimeWindow(NOON, NOON + timedelta(hours=end))
        assert logs.source.read(window).frame["event"].to_list() == [f"at {hour}" for hour in expected]
    everything = [logs.source.read(TimeWindow(NOON, NOON + timedelta(hours=end))).held for end in (8, 9)]
    assert everything[0] is everything[1]


def test_a_generation_that_no_glob_names_and_nobody_may_read_is_no_problem(tmp_path: Path) -> None:
    logs = Logs(tmp_path, "app.log")
    (tmp_path / "app.log.1").symlink_to("app.log.1")
    logs.write("app.log")
    rename = tmp_path / "app.log.2"
    logs.all_are_there_once()
    (tmp_path / "app.log").rename(rename)
    logs.write("app.log")
    logs.source.newer_lines()
    assert logs.all_are_there_once().completeness.complete
