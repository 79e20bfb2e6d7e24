"""Reads chunks of logs for another process, which calls ``main``.

It gets the logs on its standard input, answers None on its standard output when they are open, and then answers one
request after the other: pickles between two processes of one program. It ends when its input does, which it also does
when the other process is killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from pathlib import Path
from typing import BinaryIO, NamedTuple

from triage_tui.logs.content.byte_source import FileBytes
from triage_tui.logs.freed_memory import use_freed_memory_again
from triage_tui.logs.index.chunk_lines import LineBuffers
from triage_tui.logs.index.chunk_reader import ChunkReader
from triage_tui.logs.index.index_options import IndexOptions
from triage_tui.logs.index.index_rows import LogNames
from triage_tui.logs.index.packed_rows import PackedRows
from triage_tui.logs.quick.layouts import Layout
from triage_tui.logs.records.batches import Unreadable
from triage_tui.logs.records.record_reader import RecordReader


class SharedLog(NamedTuple):
    """All that is needed to read a log as the other process does; it has the file open under the same descriptor."""

    name: str
    descriptor: int
    sample: tuple[str, ...]
    user_formats: Path | None
    options: IndexOptions
    layouts: tuple[Layout, ...]


class TimedRequest(NamedTuple):
    """The arguments of ``ChunkReader.read``, and the number of the log."""

    log: int
    start: int
    stop: int
    limit: int
    follows_one: bool


class TimedAnswer(NamedTuple):
    """A ``Chunk``."""

    rows: PackedRows
    later: dict[str, PackedRows]
    lines: int
    end: int
    unreadable: Unreadable
    without_zone: int


class LaterRequest(NamedTuple):
    """The arguments of ``ChunkReader.later_of``, and the number of the log."""

    log: int
    kind: str
    offsets: PackedRows
    end: int


class LaterAnswer(NamedTuple):
    """Columns in ``LATER``, and the names that have got a code in this process since the last answer."""

    rows: PackedRows
    hosts: tuple[str, ...]
    templates: tuple[str, ...]


class _OpenedLog:
    """One log, and how many of its names the other process knows."""

    def __init__(self, shared: SharedLog, buffers: LineBuffers) -> None:
        source = FileBytes(shared.name, shared.descriptor)
        reader = RecordReader(source, shared.user_formats, sample=shared.sample)
        self._chunks = ChunkReader(reader, shared.options, LogNames(), shared.layouts, buffers)
        self._told_hosts = self._told_templates = 0

    def answer(self, request: TimedRequest | LaterRequest) -> TimedAnswer | LaterAnswer:
        """Read what is asked for."""
        return self._timed(request) if isinstance(request, TimedRequest) else self._later(request)

    def _timed(self, request: TimedRequest) -> TimedAnswer:
        read = self._chunks.read(request.start, request.stop, request.limit, follows_one=request.follows_one)
        later = {kind: PackedRows.of(rows) for kind, rows in read.later.items()}
        return TimedAnswer(PackedRows.of(read.timed), later, *read[2:])

    def _later(self, request: LaterRequest) -> LaterAnswer:
        rows = self._chunks.later_of(request.kind, request.offsets.rows()["offset"], request.end)
        names = self._chunks.names
        hosts, templates = names.hosts.texts[self._told_hosts :], names.templates.texts[self._told_templates :]
        self._told_hosts += len(hosts)
        self._told_templates += len(templates)
        return LaterAnswer(PackedRows.of(rows), hosts, templates)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Tell that the logs are open, and answer until there are no more requests."""
    buffers = LineBuffers()
    logs = [_OpenedLog(one, buffers) for one in pickle.load(requests)]  # noqa: S301 - from the process that started this one
    answer: TimedAnswer | LaterAnswer | None = None
    while True:
        pickle.dump(answer, answers)
        answers.flush()
        try:
            request = pickle.load(requests)  # noqa: S301 - as above
        except EOFError:
            return
        answer = logs[request.log].answer(request)


def main() -> None:
    """Serve the process that started this one."""
    # Ctrl+C is for that one, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_freed_memory_again()
    serve(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # at once: there is nothing to put away, and the other process waits
