"""A log under random writing, rotation, truncation and polling: what a poll can know is given once."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from triage_tui.logs.content.framing import CLIPPED_BYTES, LINE_BYTES_CAP
from triage_tui.logs.following.follow import GRACE_SECONDS, Follower
from triage_tui.logs.following.tail import POLL_BYTES


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Writer:
    """Writes numbered lines to whatever file it has open, as programs do, and is told of rotations late or at once.

    ``losable`` are lines that no poll can know: those in a file that was truncated, or renamed and replaced again,
    before a poll has seen them.
    """

    def __init__(self, path: Path, chance: random.Random) -> None:
        self._path, self._chance = path, chance
        self._number, self._rotated, self._is_cut = 0, 0, False
        self._unfinished: dict[int, str] = {}
        self.written: list[str] = []
        self.losable: set[str] = set()
        self._unseen: dict[int, list[str]] = {}
        self._never_seen: set[int] = set()
        path.write_bytes(b"")
        self._files = [os.open(path, os.O_WRONLY | os.O_APPEND)]

    def line(self) -> str:
        self._number += 1
        return f"{self._number:06d} {'x' * self._chance.choice((9, 9, 20, 300))}."

    def write(self) -> None:
        """Write some lines, perhaps the first half of one more."""
        file = self._chance.choice(self._files)
        text = self._unfinished.pop(file, "")
        lines = [text, *(self.line() for _ in range(self._chance.randint(0, 5)))] if text else []
        lines = lines or [self.line() for _ in range(self._chance.randint(1, 6))]
        for line in lines:
            self.written.append(line)
            self._unseen.setdefault(file, []).append(line)
        head = len(text) // 2 if text else 0
        os.write(file, ("\n".join(lines)[head:] + "\n").encode())
        if self._chance.random() < 0.4:
            begun = self.line()
            self._unfinished[file] = begun
            os.write(file, begun[: len(begun) // 2].encode())

    def rename(self) -> None:
        """Rotate as logrotate does; the writer may keep the old file for a while."""
        self._rotated += 1
        self._path.rename(self._path.with_suffix(f".{self._rotated}"))
        self._begin_another()

    def delete(self) -> None:
        self._path.unlink()
        self._begin_another()

    def _begin_another(self) -> None:
        newest = self._files[-1]
        if newest in self._never_seen:
            self.losable.update(self._unseen.pop(newest, []))
            self._give_up(newest)
        self._files.append(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT))
        self._never_seen.add(self._files[-1])
        if self._chance.random() < 0.6:
            for file in self._files[:-1]:
                self._give_up(file)
            self._files = self._files[-1:]

    def _give_up(self, file: int) -> None:
        """Finish what was begun, since a program ends its lines, and close the file."""
        if file in self._files:
            begun = self._unfinished.pop(file, None)
            if begun is not None:
                os.write(file, (begun[len(begun) // 2 :] + "\n").encode())
                self.written.append(begun)
                if file in self._never_seen:
                    self.losable.add(begun)
            os.close(file)
            self._files.remove(file)

    def copytruncate(self) -> None:
        shutil.copyfile(self._path, self._path.with_suffix(".copy"))
        self.truncate()

    def truncate(self) -> None:
        file = self._files[-1]
        self.losable.update(self._unseen.pop(file, []))
        if begun := self._unfinished.pop(file, None):
            # Its first half is given as a line, or not; what comes is another line.
            self.losable.add(begun[: len(begun) // 2])
        os.truncate(self._path, 0)

    def cut(self) -> None:
        """Cut off the end, in place: what was given already is not given again."""
        file = self._files[-1]
        if self._is_cut or self._unfinished.get(file) or self._unseen.get(file):
            return
        data = self._path.read_bytes()
        keep = data.rfind(b"\n", 0, len(data) - self._chance.randint(1, 400)) + 1
        if keep > max(300, 2 * len(data) // 3):
            os.truncate(self._path, keep)
            self._is_cut = True

    def seen(self) -> None:
        self._is_cut = False
        self._unseen.clear()
        self._never_seen.clear()

    def end(self) -> None:
        for file in list(self._files):
            self._give_up(file)


@pytest.mark.parametrize("seed", range(80))
def test_every_line_comes_once_whatever_is_done_to_the_file(tmp_path: Path, seed: int) -> None:
    chance, clock = random.Random(seed), Clock()
    writer = Writer(tmp_path / "app.log", chance)
    follower = Follower(tmp_path / "app.log", clock=clock)
    given: list[str] = []
    steps = [writer.write] * 6 + [writer.rename, writer.delete, writer.copytruncate, writer.truncate, writer.cut]
    for _ in range(120):
        if chance.random() < 0.5:
            given += polled(follower)
            writer.seen()
        clock.now += chance.choice((0.0, GRACE_SECONDS / 200))
        chance.choice(steps)()
    given += polled(follower)
    writer.end()
    for _ in range(3):
        given += polled(follower)
        clock.now += GRACE_SECONDS
    follower.close()
    counts = Counter(given)
    assert [line for line, count in counts.items() if count > 1] == []
    assert [line for line in writer.written if line not in counts and line not in writer.losable] == []
    # Of a line that was truncated away, the half that had been seen is a line.
    halves = {line[: len(line) // 2] for line in writer.losable}
    assert set(given) <= {*writer.written, *writer.losable, *halves}


def polled(follower: Follower) -> list[str]:
    return [line.decode().removesuffix("\n") for line in follower.poll()]


def all_polled(follower: Follower) -> Iterator[bytes]:
    while lines := list(follower.poll()):
        yield from lines


def test_a_hole_of_any_size_before_new_lines_is_skipped_at_once(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"before\n")
    follower = Follower(path)
    assert polled(follower) == ["before"]
    with path.open("r+b") as file:
        file.truncate(0)
        file.seek(1 << 36)
        file.write(b"after\n")
    assert polled(follower) == ["after"]
    follower.close()


def test_a_line_without_an_end_takes_no_more_memory_than_its_cap(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"")
    follower = Follower(path)
    with path.open("ab", buffering=0) as file:
        for _ in range(3 * LINE_BYTES_CAP // POLL_BYTES):
            file.write(b"x" * POLL_BYTES)
            assert list(follower.poll()) == []
        file.write(b"\ngood\n")
    lines = list(all_polled(follower))
    assert [len(line) for line in lines] == [CLIPPED_BYTES + 1, len(b"good\n")]
    follower.close()
