"""Live logs under random writing, rotation and looks: whatever is between two looks, no line is lost or comes twice."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage_tui.investigation.source import SourceWaiting, UnreadableInput
from triage_tui.logs.log_input import LogOptions
from triage_tui.logs.store import LogStore
from triage_tui.sources.log_globs import LogGlobs

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RENAMED, COPIED, PACKED, PACKED_LATER = "rename", "copytruncate", "compress", "delaycompress"
MIXES = ((RENAMED,), (COPIED,), (RENAMED, COPIED), (PACKED,), (PACKED_LATER,), (RENAMED, COPIED, PACKED, PACKED_LATER))
PATTERNS = ("app.log", "app.log*", "*.log*")


class Rotated:
    """A log that is written to and rotated, and a source that follows it."""

    def __init__(self, folder: Path, pattern: str, chance: random.Random) -> None:
        self.folder, self.log, self._chance, self.written = folder, folder / "app.log", chance, 0
        self.source = LogGlobs([pattern], lambda: sorted(folder.glob(pattern)), LogOptions())

    def write(self, most: int = 12) -> None:
        with self.log.open("a") as log:
            for _ in range(self._chance.randint(1, most)):
                at = (NOON + timedelta(seconds=self.written)).isoformat()
                pad = "x" * self._chance.choice((0, 0, 200, 900))
                log.write(json.dumps({"time": at, "message": f"line {self.written}", "pad": pad}) + "\n")
                self.written += 1

    def rotate(self, how: str) -> None:
        self._shift()
        first = self.folder / "app.log.1"
        if how == COPIED:
            shutil.copyfile(self.log, first)
            os.truncate(self.log, 0)
            return
        self.log.rename(first)
        packed = first if how == PACKED else self.folder / "app.log.2" if how == PACKED_LATER else None
        if packed is not None and packed.exists():
            packed.with_name(f"{packed.name}.gz").write_bytes(gzip.compress(packed.read_bytes()))
            packed.unlink()
        self.log.touch()

    def _shift(self) -> None:
        for number in range(20, 0, -1):
            for end in ("", ".gz"):
                older = self.folder / f"app.log.{number}{end}"
                if older.exists():
                    older.rename(self.folder / f"app.log.{number + 1}{end}")

    def look(self) -> None:
        if self._chance.random() < 0.7:
            self.source.newer_lines()
        else:
            self.read()

    def read(self) -> list[str]:
        try:
            evidence = self.source.read()
        except (SourceWaiting, UnreadableInput):
            return []
        assert isinstance(evidence.lines, LogStore)
        assert len(evidence.lines) == evidence.frame.height
        return [event for event in evidence.frame["event"] if event]


def faults(folder: Path, pattern: str, mix: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """The lines that were lost, and those that came twice, of a log to which random things happen."""
    chance = random.Random(seed)
    logs = Rotated(folder, pattern, chance)
    logs.write(40)
    logs.read()
    for _ in range(chance.randint(1, 5)):
        for _ in range(chance.choice((0, 1, 1, 2, 2, 3))):
            if chance.random() < 0.8:
                logs.write()
            if logs.log.stat().st_size:
                logs.rotate(chance.choice(mix))
        if chance.random() < 0.8:
            logs.write()
        for _ in range(chance.choice((1, 1, 2))):
            logs.look()
    logs.write()
    given = [logs.read() for _ in range(3)][-1]
    lost = [line for number in range(logs.written) if (line := f"line {number}") not in given]
    return lost, sorted({line for line in given if given.count(line) > 1})


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("mix", MIXES, ids="+".join)
@pytest.mark.parametrize("seed", range(2))
def test_no_line_is_lost_and_none_comes_twice_whatever_is_between_two_looks(
    tmp_path: Path, pattern: str, mix: Sequence[str], seed: int
) -> None:
    assert faults(tmp_path, pattern, mix, seed) == ([], [])


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("first", [RENAMED, COPIED, PACKED])
@pytest.mark.parametrize("second", [RENAMED, COPIED, PACKED])
@pytest.mark.parametrize("count", [1, 20])
def test_what_a_log_held_between_two_rotations_within_one_look_comes_once(
    tmp_path: Path, pattern: str, first: str, second: str, count: int
) -> None:
    logs = Rotated(tmp_path, pattern, random.Random(count))
    logs.write(count)
    logs.read()
    for how in (first, second):
        logs.write(count)
        logs.rotate(how)
    logs.write(count)
    logs.source.newer_lines()
    logs.read()
    logs.write(count)
    assert sorted(logs.read()) == sorted(f"line {number}" for number in range(logs.written))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_generations_from_before_a_log_was_opened_stay_out_where_no_glob_names_them(
    tmp_path: Path, pattern: str
) -> None:
    logs = Rotated(tmp_path, pattern, random.Random(1))
    for how in (RENAMED, COPIED, PACKED):
        logs.write()
        logs.rotate(how)
    before = 0 if "*" in pattern else logs.written
    logs.write()
    logs.read()
    for how in (PACKED_LATER, PACKED, RENAMED):
        logs.rotate(how)
        logs.write()
        logs.read()
    assert sorted(logs.read()) == sorted(f"line {number}" for number in range(before, logs.written))
