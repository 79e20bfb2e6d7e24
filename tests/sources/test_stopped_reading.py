"""Live logs of which the first reading was stopped: what is said of it, and what rotation does to them then."""

import gzip
import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.logs.indexes import small_chunks
from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.source import SourceWaiting
from triage_tui.logs.index.index_rows import LATER
from triage_tui.logs.log_input import LogOptions
from triage_tui.sources.log_globs import LogGlobs

__all__ = ["small_chunks"]
pytestmark = pytest.mark.usefixtures("small_chunks")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Stopped:
    """A folder with a log of which the reading is stopped after its first lines."""

    def __init__(self, folder: Path, names: tuple[str, ...] = ("app.log",), *, stops: bool = True) -> None:
        self.folder, self.written, self.log = folder, 0, folder / "app.log"
        for name in names:
            self.write(500, name)
        self.source = LogGlobs(["*.log*"], lambda: sorted(folder.glob("*.log*")), LogOptions())
        if stops:
            self.source.hand_parts_to(lambda _: self.source.stop_reading())
        self.first = self.read()
        self.source.hand_parts_to(lambda _: None)
        self.later: list[str] = []

    def write(self, count: int, name: str = "app.log") -> list[str]:
        numbers = range(self.written, self.written + count)
        self.written += count
        with (self.folder / name).open("a") as log:
            for number in numbers:
                at = (NOON + timedelta(seconds=number)).isoformat()
                log.write(
                    json.dumps({"time": at, "level": "info", "message": f"line {number}", "pad": "x" * 99}) + "\n"
                )
        return [f"line {number}" for number in numbers]

    def come(self, count: int) -> None:
        """Write lines after the stop."""
        self.later += self.write(count)

    def read(self) -> Evidence:
        return self.source.read()

    def has_what_came_once(self) -> Evidence:
        """All that was read before the stop and came after it is there once, and nothing else."""
        evidence = self.read()
        assert sorted(evidence.frame["event"]) == sorted([*self.first.frame["event"], *self.later])
        assert evidence.lines is not None
        assert len(evidence.lines) == evidence.frame.height
        assert not evidence.frame.select("file", "line").is_duplicated().any()
        return evidence


@pytest.fixture
def stopped(tmp_path: Path) -> Stopped:
    return Stopped(tmp_path)


def test_the_note_says_how_much_was_not_read_and_that_new_lines_are_followed(stopped: Stopped) -> None:
    size = stopped.log.stat().st_size
    assert 0 < stopped.first.frame.height < 500
    words = f" of {size / 1e3:.1f} kB not read; new lines followed; 1 file, {stopped.first.frame.height} records"
    stopped.come(1)
    for evidence in (stopped.first, stopped.has_what_came_once()):
        assert evidence.completeness.note.startswith("stopped, ")
        assert not evidence.completeness.complete
    assert stopped.first.completeness.note.endswith(words)


def test_what_is_written_after_the_stop_is_shown_between_two_fetches(stopped: Stopped) -> None:
    assert stopped.source.newer_lines() is None
    stopped.come(3)
    lines = stopped.source.newer_lines()
    assert lines is not None
    read = stopped.first.frame.height
    assert [lines.row(row).event for row in range(read, len(lines))] == stopped.later
    assert stopped.source.newer_lines() is None
    stopped.has_what_came_once()


def test_logs_that_were_not_begun_and_compressed_ones_stay_unread(tmp_path: Path) -> None:
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(b'{"message": "packed"}\n' * 1000))
    stopped = Stopped(tmp_path, ("app.log", "c.log"))
    assert set(stopped.first.frame["file"]) == {"app.log"}
    stopped.come(2)
    stopped.later += stopped.write(2, "c.log")
    files = set(stopped.has_what_came_once().frame["file"])
    assert {name.partition("@")[0] for name in files} == {"app.log", "c.log"}


def test_a_file_that_comes_after_the_stop_is_read_whole(stopped: Stopped) -> None:
    stopped.later += stopped.write(200, "worker.log")
    stopped.has_what_came_once()


class Joined(Stopped):
    """A log that was read whole, and one that comes later, of which the reading is stopped by the first part."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, stops=False)
        self.alone, self.parts = self.first, list[Evidence]()
        self.source.hand_parts_to(self._take)
        self.write(500, "worker.log")
        self.first = self.read()
        self.source.hand_parts_to(lambda _: None)

    def _take(self, part: Evidence) -> None:
        self.parts.append(part)
        self.source.stop_reading()


@pytest.fixture
def joined(tmp_path: Path) -> Joined:
    return Joined(tmp_path)


def test_a_large_log_that_joins_says_how_far_it_is_and_keeps_what_is_known(joined: Joined) -> None:
    (part,) = joined.parts
    assert joined.alone.frame.height == 500
    assert re.match(r"reading \d+%.* · Esc stops", part.completeness.note)
    assert part.completeness.reading
    assert part.held is joined.alone.held
    assert part.lines is not None
    assert len(part.lines) == 500


def test_a_log_that_joins_can_be_stopped_and_is_followed_from_its_end_then(joined: Joined) -> None:
    assert 500 < joined.first.frame.height < 1000
    assert re.match(r"stopped, .* not read; new lines followed; 2 files, ", joined.first.completeness.note)
    assert not joined.first.completeness.complete
    joined.later += joined.write(3, "worker.log")
    joined.come(2)
    assert joined.source.newer_lines() is not None
    joined.has_what_came_once()
    joined.later += joined.write(200, "third.log")
    joined.has_what_came_once()
    assert joined.read().completeness.note.startswith("stopped, ")


def test_the_ids_of_a_log_that_joined_are_read_beside(joined: Joined) -> None:
    joined.write(20, "third.log")
    joined.read()
    rest, indexed = joined.source._rest, joined.source._indexed
    assert rest is not None
    assert indexed is not None
    joined.source.read_rest()
    rest.join(60)
    assert not any(file.lacks(kind) for file in indexed._files for kind in LATER)


def rename(log: Path) -> None:
    log.rename(log.with_name("app.log.1"))


def copy_and_truncate(log: Path) -> None:
    shutil.copy(log, log.with_name("app.log.1"))
    os.truncate(log, 0)


@pytest.mark.parametrize("rotate", [rename, copy_and_truncate])
@pytest.mark.parametrize("polled", [True, False])
def test_rotation_after_the_stop_brings_nothing_back_and_loses_nothing(
    stopped: Stopped, rotate: Callable[[Path], None], *, polled: bool
) -> None:
    for number in range(3, 0, -1):
        stopped.come(2)
        if polled:
            stopped.source.newer_lines()
        for older in sorted(stopped.folder.glob("app.log.*"), reverse=True):
            older.rename(older.with_suffix(f".{int(older.suffix[1:]) + 1}"))
        rotate(stopped.log)
        stopped.come(number)
        stopped.source.newer_lines()
        stopped.has_what_came_once()
    assert not stopped.read().completeness.complete


def test_a_log_that_is_truncated_without_a_copy_goes_on_with_its_new_lines(stopped: Stopped) -> None:
    os.truncate(stopped.log, 0)
    stopped.source.newer_lines()
    stopped.come(2)
    events = [event for event in stopped.read().frame["event"] if event]
    assert events == stopped.later


@pytest.mark.parametrize("is_copied", [True, False])
def test_a_log_that_was_cut_before_reading_was_stopped_goes_on_with_its_new_lines(
    tmp_path: Path, *, is_copied: bool
) -> None:
    cut = iter([copy_and_truncate if is_copied else lambda log: os.truncate(log, 0)])

    class Cut(Stopped):
        def read(self) -> Evidence:
            self.source.hand_parts_to(lambda _: self.cut())
            return super().read()

        def cut(self) -> None:
            for one in cut:
                one(self.log)
                self.write(3)
            self.source.stop_reading()

    stopped = Cut(tmp_path)
    if not is_copied:
        stopped.first = stopped.read()
    stopped.come(2)
    evidence = stopped.read()
    assert [event for event in evidence.frame["event"] if event in stopped.later] == stopped.later
    assert f"line {501}" not in set(evidence.frame["event"])
    assert f"line {499}" not in set(evidence.frame["event"])
    assert not evidence.completeness.complete


def test_a_stop_while_a_log_is_waited_for_does_not_stop_its_reading(tmp_path: Path) -> None:
    source = LogGlobs(["app.log"], lambda: sorted(tmp_path.glob("app.log")), LogOptions())
    source.stop_reading()
    with pytest.raises(SourceWaiting):
        source.read()
    (tmp_path / "app.log").write_text('{"message": "here it is"}\n' * 1000)
    evidence = source.read()
    assert evidence.frame.height == 1000
    assert evidence.completeness.complete


def test_a_stop_when_all_is_read_leaves_nothing_out(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text('{"message": "here it is"}\n' * 1000)
    source = LogGlobs(["app.log"], lambda: sorted(tmp_path.glob("app.log")), LogOptions())
    source.read()
    source.stop_reading()
    assert source.read().completeness.complete
