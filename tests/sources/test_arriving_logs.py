"""Logs through pipes as evidence: in parts while they come, and whole in the end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from triage_tui.investigation.evidence import Evidence
from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.content.piped_bytes import PipedBytes
from triage_tui.sources.log_files import LogFileSource

PATIENCE_S = 20.0


def line(second: int) -> bytes:
    return b'{"ts":%d,"message":"m%d"}\n' % (1795485600 + second, second)


class Parts:
    """The parts that were handed over, and waiting for one."""

    def __init__(self) -> None:
        self._parts: list[Evidence] = []
        self._came = Event()

    def take(self, part: Evidence) -> None:
        self._parts.append(part)
        self._came.set()

    async def until(self, holds: Callable[[Evidence], bool]) -> Evidence:
        while True:
            self._came.clear()
            if found := next(filter(holds, self._parts), None):
                return found
            assert await asyncio.to_thread(self._came.wait, PATIENCE_S)


def source_of(*names: str) -> tuple[LogFileSource, list[int]]:
    """A source over pipes, and the ends into which they are written."""
    pipes, ends = [], []
    for name in names:
        reading, writing = os.pipe()
        pipes.append(PipedBytes(name, reading))
        ends.append(writing)
    return LogFileSource("logs", [], pipes=pipes), ends


async def test_lines_are_shown_and_computed_while_they_come() -> None:
    source, (end,) = source_of("stdin")
    parts = Parts()
    source.hand_parts_to(parts.take)
    answer = asyncio.ensure_future(source.fetch(None))
    assert (await parts.until(lambda part: part.lines is None)).completeness.note.startswith("waiting")
    os.write(end, line(0) + line(1))
    shown = await parts.until(lambda part: part.lines is not None and len(part.lines) == 2)
    assert shown.completeness.reading
    computed = await parts.until(lambda part: part.frame.height > 0)
    assert computed.frame["event"].to_list() == ["m0", "m1"]
    os.write(end, line(2))
    await parts.until(lambda part: part.lines is not None and len(part.lines) == 3)
    os.write(end, line(3))
    os.close(end)
    whole = await asyncio.wait_for(answer, PATIENCE_S)
    assert whole.frame["event"].to_list() == ["m0", "m1", "m2", "m3"]
    assert (whole.completeness.complete, whole.completeness.reading) == (True, False)


async def test_a_pipe_without_an_end_can_be_left_and_says_that_it_was() -> None:
    source, (end,) = source_of("stdin")
    parts = Parts()
    source.hand_parts_to(parts.take)
    answer = asyncio.ensure_future(source.fetch(None))
    os.write(end, line(0))
    await parts.until(lambda part: part.lines is not None)
    source.stop_reading()
    whole = await asyncio.wait_for(answer, PATIENCE_S)
    os.close(end)
    assert whole.frame["event"].to_list() == ["m0"]
    assert not whole.completeness.complete
    assert "stdin: reading was stopped" in whole.completeness.note


async def test_pipes_and_files_are_one_log_by_time(tmp_path: Path) -> None:
    source, ends = source_of("a", "b")
    (tmp_path / "c.log").write_bytes(line(1) + line(4))
    source = LogFileSource("logs", [tmp_path / "c.log"], pipes=source._pipes)
    for end, seconds in zip(ends, ((0, 3), (2, 5)), strict=True):
        os.write(end, b"".join(map(line, seconds)))
        os.close(end)
    whole = await source.fetch(None)
    assert whole.frame["event"].to_list() == [f"m{second}" for second in range(6)]
    assert whole.frame["file"].to_list() == ["a", "c.log", "b", "a", "c.log", "b"]


@pytest.mark.parametrize(("data", "events"), [
    (b'{"hits":{"hits":[{"_source":{"@timestamp":"2026-11-24T02:00:00Z","message":"hit"}}]}}', ["hit"]),
    ("2026-11-24T02:00:00Z recoded\n".encode("utf-16"), ["recoded"]),
])  # fmt: skip
async def test_what_makes_sense_only_whole_is_waited_for(data: bytes, events: list[str]) -> None:
    source, (end,) = source_of("stdin")
    parts = Parts()
    source.hand_parts_to(parts.take)
    answer = asyncio.ensure_future(source.fetch(None))
    os.write(end, data)
    os.close(end)
    assert (await asyncio.wait_for(answer, PATIENCE_S)).frame["event"].to_list() == events


async def test_what_is_no_text_is_refused_and_its_writer_is_told() -> None:
    source, (end,) = source_of("stdin")
    source.hand_parts_to(lambda _: None)
    answer = asyncio.ensure_future(source.fetch(None))
    os.write(end, b"\x01\x02\n" * 5000)
    with pytest.raises(UnreadableInput, match="stdin: not a text log"):
        await asyncio.wait_for(answer, PATIENCE_S)
    os.close(end)


async def test_a_pipe_that_brings_nothing_says_so() -> None:
    source, (end,) = source_of("stdin")
    os.close(end)
    with pytest.raises(UnreadableInput, match="stdin: empty"):
        await source.fetch(None)


async def test_a_bundle_through_a_pipe_is_told_from_a_log() -> None:
    source, (end,) = source_of("stdin")
    os.write(end, b"PK\x03\x04rest")
    os.close(end)
    with pytest.raises(UnreadableInput, match="stdin: a bundle, not a log"):
        await source.fetch(None)
