"""Threads that read chunks of logs, of large logs all but one of them through a process each.

Threads that run many short steps of numpy wait for each other's interpreter lock, and the screen for theirs; processes
do not. One takes a tenth of a second to start: the thread without one reads meanwhile, and so do all of a small log.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import numpy as np

from triage_tui.logs.content.byte_source import FileBytes
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.index.chunk_process import LaterAnswer, LaterRequest, SharedLog, TimedAnswer, TimedRequest
from triage_tui.logs.index.chunk_reader import Chunk, ChunkReader
from triage_tui.logs.index.index_rows import NAMED
from triage_tui.logs.index.packed_rows import PackedRows
from triage_tui.logs.quick.codes import Names
from triage_tui.logs.quick.words import Places

WORKERS = 2
_PIPE_BYTES = 1 << 20
# Without, numpy starts a thread for each processor, for products of matrices that nobody asks for.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


class IndexWorkers:
    """Reads chunks in the background; those of ``large`` logs in processes, where there is a processor for each."""

    def __init__(self, large: Sequence[ChunkReader] = ()) -> None:
        self._large = [one for one in large if _can_be_shared(one)] if _has_processors() else []
        self._threads = ThreadPoolExecutor(WORKERS, "index")
        self._mine, self._processes = _Mine(), list[ChunkProcess]()
        # A thread that waits for its process has no chunk, for which those behind it would have to wait too.
        for _ in range(WORKERS - 1 if self._large else 0):
            self._threads.submit(self._start_process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait for the chunks that are being read, and end the processes."""
        for process in self._processes:
            process.end_unless_started()
        self._threads.shutdown()
        for process in self._processes:
            process.close()

    def _start_process(self) -> None:
        """Give this thread a process."""
        process = ChunkProcess(self._large)
        self._processes.append(process)
        process.wait_for_start()
        self._mine.process = process

    def read(self, chunks: ChunkReader, start: int, stop: int, limit: int, *, follows_one: bool) -> Future[Chunk]:
        """``ChunkReader.read`` in the background."""
        return self._threads.submit(self._read, chunks, start, stop, limit, follows_one)

    def later_of(self, chunks: ChunkReader, kind: str, offsets: Places, end: int) -> Future[dict[str, Numbers]]:
        """``ChunkReader.later_of`` in the background."""
        return self._threads.submit(self._later_of, chunks, kind, offsets, end)

    def _read(self, chunks: ChunkReader, start: int, stop: int, limit: int, follows_one: bool) -> Chunk:
        process = self._process_for(chunks)
        if process is not None:
            with suppress(ProcessLost):
                return process.read(self._large.index(chunks), start, stop, limit, follows_one=follows_one)
        return chunks.read(start, stop, limit, follows_one=follows_one)

    def _later_of(self, chunks: ChunkReader, kind: str, offsets: Places, end: int) -> dict[str, Numbers]:
        process = self._process_for(chunks)
        if process is not None:
            with suppress(ProcessLost):
                return process.later_of(self._large.index(chunks), kind, offsets, end)
        return chunks.later_of(kind, offsets, end)

    def _process_for(self, chunks: ChunkReader) -> ChunkProcess | None:
        """The process of this thread; None where the thread is to read the chunk itself."""
        if chunks not in self._large:
            return None
        process = self._mine.process
        return process if process is not None and process.is_alive and process.has_open(chunks) else None


class _Mine(threading.local):
    """The process that a thread asks, if any."""

    process: ChunkProcess | None = None


class ProcessLost(Exception):
    """A process could not be started, or has ended: the chunk is to be read in this one."""


class ChunkProcess:
    """A process that reads chunks of some logs, asked by one thread."""

    def __init__(self, logs: Sequence[ChunkReader]) -> None:
        self._sources = {one: one.reader.source for one in logs}
        self._hosts = [_Translated(one.names.hosts) for one in logs]
        self._templates = [_Translated(one.names.templates) for one in logs]
        self._process = _started([_shared(one) for one in logs])
        self.is_alive, self._has_started = self._process is not None, False

    def has_open(self, chunks: ChunkReader) -> bool:
        """Whether it reads the file that a log is read from: one that was truncated goes on in a copy."""
        return self._sources.get(chunks) is chunks.reader.source

    def wait_for_start(self) -> None:
        """Wait until the process can be asked, or is lost."""
        with suppress(ProcessLost):
            self._receive()
            self._has_started = True

    def read(self, log: int, start: int, stop: int, limit: int, *, follows_one: bool) -> Chunk:
        """``ChunkReader.read`` of a log; raises ``ProcessLost``."""
        answer: TimedAnswer = self._ask(TimedRequest(log, start, stop, limit, follows_one))
        later = {kind: rows.rows() for kind, rows in answer.later.items()}
        return Chunk(answer.rows.rows(), later, *answer[2:])

    def later_of(self, log: int, kind: str, offsets: Places, end: int) -> dict[str, Numbers]:
        """``ChunkReader.later_of`` of a log; raises ``ProcessLost``."""
        packed = PackedRows.of({"offset": offsets})
        answer: LaterAnswer = self._ask(LaterRequest(log, kind, packed, end))
        rows = answer.rows.rows()
        # A line that is parsed for its ID gets its names too, which are told only once.
        self._hosts[log].add(answer.hosts)
        self._templates[log].add(answer.templates)
        if rows.keys() == NAMED.keys():
            rows["host"] = self._hosts[log].codes(rows["host"])
            rows["template"] = self._templates[log].codes(rows["template"])
        return rows

    def _ask(self, request: TimedRequest | LaterRequest) -> Any:
        try:
            if self._process is not None and self._process.stdin is not None:
                pickle.dump(request, self._process.stdin)
                self._process.stdin.flush()
        except OSError as error:
            self.is_alive = False
            raise ProcessLost from error
        return self._receive()

    def _receive(self) -> Any:
        try:
            if self._process is None or self._process.stdout is None:
                raise ProcessLost
            return pickle.load(self._process.stdout)  # noqa: S301 - from a process that this one has started
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.is_alive = False
            raise ProcessLost from error

    def end_unless_started(self) -> None:
        """End a process that has not been asked anything yet."""
        if self._process is not None and not self._has_started:
            self._process.kill()

    def close(self) -> None:
        """End the process, which has nothing to put away."""
        self.is_alive = False
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class _Translated:
    """The codes of another process as those of this one."""

    def __init__(self, names: Names) -> None:
        self._names, self._known = names, np.zeros(1, np.int64)

    def add(self, texts: Sequence[str]) -> None:
        """Note texts that have got the next codes."""
        if texts:
            self._known = np.append(self._known, [self._names.codes.of(text) for text in texts])

    def codes(self, theirs: Numbers) -> Numbers:
        """Translate codes."""
        return self._known[theirs]


def _started(logs: Sequence[SharedLog]) -> subprocess.Popen[bytes] | None:
    # -P: what lies in the folder that somebody is in is no module of this program.
    command = [sys.executable, "-P", "-c", "from triage_tui.logs.index.chunk_process import main; main()"]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[one.descriptor for one in logs],
            pipesize=_PIPE_BYTES,
            env={**os.environ, **_ONE_THREAD},
        )
    except OSError:
        return None
    with suppress(OSError):
        if process.stdin is not None:
            pickle.dump(list(logs), process.stdin)
            process.stdin.flush()
    return process


def _shared(chunks: ChunkReader) -> SharedLog:
    source, reader = chunks.reader.source, chunks.reader
    if not isinstance(source, FileBytes):
        raise TypeError(f"{source.name} is no file that another process can read")
    return SharedLog(
        source.name, source.descriptor, tuple(reader.sample), reader.user_formats, chunks.options, chunks.layouts
    )


def _can_be_shared(chunks: ChunkReader) -> bool:
    return chunks.is_quick and isinstance(chunks.reader.source, FileBytes)


def _has_processors() -> bool:
    return len(os.sched_getaffinity(0)) >= WORKERS if hasattr(os, "sched_getaffinity") else True
