from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.logs.indexes import index_of
from triage_tui.logs.content.byte_source import open_file
from triage_tui.logs.index import file_index, index_building, index_workers
from triage_tui.logs.index.chunk_lines import ChunkLines
from triage_tui.logs.index.chunk_reader import Chunk, ChunkReader
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.index_workers import IndexWorkers
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import log_inputs
from triage_tui.logs.progress import Progress

COUNT = 40_000
CHUNK_BYTES = 32 << 10


def write_log(path: Path, count: int = COUNT) -> Path:
    dice = random.Random(1)
    with path.open("w") as file:
        for number in range(count):
            at = f"2026-11-24T02:{number // 60 % 60:02}:{number % 60:02}Z"
            level, host = dice.choice(["info", "info", "error"]), f"web-{dice.randrange(9)}"
            words = f"{dice.choice(['took', 'kept', 'lost'])} {dice.randrange(99)}"
            file.write(
                f'{{"time": "{at}", "level": "{level}", "host": "{host}", "request_id": "r-{number // 3}", '
                f'"message": "{words}"}}\n'
            )
            if not dice.randrange(50):
                file.write("Traceback (most recent call last):\n  File 'x'\nValueError: é\n")
            if not dice.randrange(50):
                file.write(f"{at} ERROR orders.db: no JSON at all request_id=r-{number}\n")
    return path


def index_with(path: Path, monkeypatch: pytest.MonkeyPatch, process_bytes: int) -> tuple[IndexedLogs, IndexWorkers]:
    monkeypatch.setattr(index_building, "PROCESS_BYTES", process_bytes)
    # The first chunk is read by a thread: there must be others while it is.
    monkeypatch.setattr(file_index, "QUICK_BYTES", CHUNK_BYTES)
    monkeypatch.setattr(index_workers, "_has_processors", lambda: True)
    logs = IndexedLogs(log_inputs([path]))
    return logs, logs._building.working(logs._files)


def pids(workers: IndexWorkers) -> list[int]:
    return [one._process.pid for one in workers._processes if one._process is not None]


def wait_for_pids(workers: IndexWorkers) -> list[int]:
    deadline = time.monotonic() + 60
    while not pids(workers) and time.monotonic() < deadline:
        time.sleep(0.01)
    return pids(workers)


def in_this_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> pl.DataFrame:
    logs, workers = index_with(path, monkeypatch, 1 << 40)
    assert logs.build(lambda _: None, Event())
    logs.complete(Event())
    assert not workers._processes
    return index_of(logs.store())


def test_what_a_process_has_open_that_was_truncated_is_read_from_its_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_log(tmp_path / "app.log")
    expected = in_this_process(path, monkeypatch)
    logs, _ = index_with(path, monkeypatch, 1)
    assert logs.build(lambda _: None, Event())
    workers, file = logs._building.working(logs._files), logs._files[0]
    assert file.advance_later("names", workers)
    assert wait_for_pids(workers)
    content = path.read_bytes()
    (tmp_path / "app.log.1").write_bytes(content)
    path.write_bytes(content[:0])
    path.write_bytes(content.replace(b"web-", b"db--").replace(b"2026", b"2027"))
    while file.advance_later("names", workers):
        pass
    file.go_on_in(open_file(tmp_path / "app.log.1", "app.log"))
    logs.complete(Event())
    assert_frame_equal(index_of(logs.store()), expected)


def test_an_index_by_processes_is_the_one_that_threads_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_log(tmp_path / "app.log")
    expected = in_this_process(path, monkeypatch)
    logs, workers = index_with(path, monkeypatch, 1)
    assert logs.build(lambda _: None, Event())
    logs.complete(Event())
    assert len(workers._processes) == index_workers.WORKERS - 1
    found = index_of(logs.store())
    assert found.height > COUNT
    assert found["host"].n_unique() == 10
    assert found.equals(expected)


def test_names_of_lines_that_a_process_parses_for_their_ids_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "app.log"
    # Too few to be learned, and none where the sample is taken.
    lines = (
        f'{{"time": "2026-11-24T02:00:00Z", "message": "found {"x" * (number % 9)}", "host": "h{number}"}}\n'
        if not number % 40 and 1000 < number < COUNT - 1000
        else f"2026-11-24 02:00:00,123 INFO orders.db: kept {number} request_id=r-{number}\n"
        for number in range(COUNT)
    )
    path.write_text("".join(lines))
    expected = in_this_process(path, monkeypatch)
    logs, workers = index_with(path, monkeypatch, 1)
    assert logs.build(lambda _: None, Event())
    logs.complete(Event())
    assert workers._processes
    assert index_of(logs.store()).equals(expected)


def test_when_a_process_dies_its_chunks_are_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_log(tmp_path / "app.log")
    expected = in_this_process(path, monkeypatch)
    logs, workers = index_with(path, monkeypatch, 1)

    def kill(_: Progress) -> None:
        for pid in pids(workers)[:1]:
            os.kill(pid, signal.SIGKILL)

    assert logs.build(kill, Event())
    assert pids(workers)
    for pid in wait_for_pids(logs._building.working(logs._files)):
        os.kill(pid, signal.SIGKILL)
    logs.complete(Event())
    assert index_of(logs.store()).equals(expected)


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false", ""])
def test_without_a_process_the_threads_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: str) -> None:
    path = write_log(tmp_path / "app.log", 2000)
    expected = in_this_process(path, monkeypatch)
    monkeypatch.setattr(sys, "executable", python)
    logs, _ = index_with(path, monkeypatch, 1)
    assert logs.build(lambda _: None, Event())
    logs.complete(Event())
    assert index_of(logs.store()).equals(expected)


def test_ids_are_found_in_lines_of_a_layout_that_another_thread_learns_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_log(tmp_path / "app.log", 2000)
    expected = in_this_process(path, monkeypatch)
    read = ChunkReader._rows_of

    def read_after_another(self: ChunkReader, lines: ChunkLines, **how: Any) -> Chunk:
        self._learn([b"2026-11-24T02:00:00Z ERROR orders.db: no JSON at all request_id=r-1"] * 9)
        return read(self, lines, **how)

    monkeypatch.setattr(ChunkReader, "_rows_of", read_after_another)
    assert in_this_process(path, monkeypatch).equals(expected)


def test_no_process_is_left_when_the_index_is_complete_or_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cancelled = write_log(tmp_path / "app.log"), Event()
    for when in ("complete", "cancelled"):
        logs, workers = index_with(path, monkeypatch, 1)
        # Not before one has started.
        logs.build(lambda _: cancelled.set() if when == "cancelled" and pids(workers) else None, cancelled)  # noqa: B023 - called here
        logs.complete(Event())
        started = pids(workers)
        assert started
        assert not any(map(is_running, started))
        cancelled.clear()


def test_no_process_is_left_when_a_log_can_no_longer_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs, workers = index_with(write_log(tmp_path / "app.log"), monkeypatch, 1)
    assert logs.build(lambda _: None, Event())
    assert not any(map(is_running, pids(workers)))
    started = wait_for_pids(logs._building.working(logs._files))
    assert started

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FileIndex, "advance_later", fail)
    with pytest.raises(OSError, match="Input"):
        logs.complete(Event())
    assert not any(map(is_running, started))


def test_logs_that_are_indexed_together_share_their_buffers_until_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_index, "QUICK_BYTES", CHUNK_BYTES)
    logs = IndexedLogs(log_inputs([write_log(tmp_path / f"{number}.log", 3000) for number in range(6)]))
    most = 0

    def count(_: Progress) -> None:
        nonlocal most
        most = max(most, len(logs._indexes.room.buffers._free))

    assert logs.build(count, Event())
    assert 0 < most <= index_workers.WORKERS
    assert not logs._indexes.room.buffers._free
    assert len({id(file.chunks._buffers) for file in logs._files}) == 1


def test_a_process_ends_with_the_program_that_is_killed(tmp_path: Path) -> None:
    path = write_log(tmp_path / "app.log", 2000)
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from threading import Event\n"
        "from triage_tui.logs import indexed_logs\n"
        "from triage_tui.logs.index import file_index, index_building, index_workers\n"
        "from triage_tui.logs.log_input import log_inputs\n"
        "index_building.PROCESS_BYTES = 1\n"
        f"file_index.QUICK_BYTES = {CHUNK_BYTES}\n"
        "index_workers._has_processors = lambda: True\n"
        "logs = indexed_logs.IndexedLogs(log_inputs([Path(sys.argv[1])]))\n"
        "workers = logs._building.working(logs._files)\n"
        "while not workers._processes: time.sleep(0.01)\n"
        "def tell(_):\n"
        "    print(*[one._process.pid for one in workers._processes], flush=True)\n"
        "    time.sleep(60)\n"
        "logs.build(tell, Event())\n"
    )
    program = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    started = [int(one) for one in program.stdout.readline().split()]
    assert started
    program.kill()
    program.communicate()
    deadline = time.monotonic() + 30
    while any(map(is_running, started)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_running, started))


def test_a_process_loads_no_frames_and_no_screen() -> None:
    code = "import sys, triage_tui.logs.index.chunk_process; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert not {"polars", "textual", "rich", "httpx", "asyncio"} & set(loaded)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
