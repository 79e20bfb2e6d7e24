"""What the log engine does, each in a process of its own: ``python -m tests.bench.engine_tasks TASK ARGUMENT...``.

The clock starts after the imports, as in a program that is open already.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING

from tests.bench.process_memory import held_mb
from tests.logs.matching import matching_rows
from triage_tui.config import toml_text  # noqa: F401 - what describes formats is read when a log is opened first
from triage_tui.logs.content.log_sources import open_source
from triage_tui.logs.filters.conditions import HasLevel, HoldsText
from triage_tui.logs.formats.levels import ERROR_LEVELS
from triage_tui.logs.index.chunk_lines import LineBuffers
from triage_tui.logs.index.file_index import QUICK_BYTES
from triage_tui.logs.index.index_workers import WORKERS
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import DEFAULT_OPTIONS, log_inputs
from triage_tui.logs.progress import Progress
from triage_tui.logs.records.record_reader import RecordReader
from triage_tui.logs.search.scanner import offsets_of
from triage_tui.sources.log_files import LogFileSource

if TYPE_CHECKING:
    import polars as pl

Task = Callable[..., tuple[float, object]]
MINUTE = timedelta(minutes=1)
PAGE = 50


def _opened(path: str, cache: str | None = None) -> IndexedLogs:
    """Index the times and levels of a log, which is what its bars need."""
    logs = IndexedLogs(log_inputs([Path(path)]), cache_folder=Path(cache) if cache else None)
    logs.build(lambda _: None, Event())
    return logs


def _indexed(path: str, cache: str | None = None) -> IndexedLogs:
    """Index a log whole, and keep the index."""
    logs = _opened(path, cache)
    logs.complete(Event())
    return logs


def id_scan(path: str, wanted: str) -> tuple[float, object]:
    """Find and parse every line of one correlation ID, without an index."""
    reader = RecordReader(open_source(log_inputs([Path(path)])[0])[0])
    began = perf_counter()
    lines = []
    for offset in offsets_of(reader.source, wanted.encode()):
        before = reader.source.read_at(max(0, offset - 4096), min(offset, 4096))
        after = reader.source.read_at(offset, 4096).partition(b"\n")[0]
        lines.append(reader.fields_of((before.rpartition(b"\n")[2] + after).decode()))
    return perf_counter() - began, len(lines)


def text_scan(path: str, wanted: str) -> tuple[float, object]:
    """Find every place of a text, without an index."""
    source = open_source(log_inputs([Path(path)])[0])[0]
    return _timed(lambda: len(offsets_of(source, wanted.encode())))


def id_in_gz(path: str, wanted: str) -> tuple[float, object]:
    """Find and parse every record of an ID in a compressed log."""
    from triage_tui.logs.search.request_scan import scan_for_request

    began = perf_counter()
    (log,) = scan_for_request(log_inputs([Path(path)]), DEFAULT_OPTIONS, wanted, lambda _: None)
    return perf_counter() - began, log.found.height


def trace_in_gz(path: str, wanted: str) -> tuple[float, object]:
    """What ``triage trace`` asks of a compressed log: the records of an ID, and others that tell what is normal."""
    from triage_tui.logs.search import (
        request_scan,  # noqa: F401 - loaded before the clock starts
        surroundings,  # noqa: F401 - loaded before the clock starts
    )

    logs = LogFileSource("logs", [Path(path)], whole_bytes=0)
    began = perf_counter()
    evidence = logs.find_request(wanted)
    seconds = perf_counter() - began
    found = 0 if evidence is None else int(evidence.frame["request_id"].eq(wanted).sum())
    if not found:
        raise RuntimeError(f"{path} holds no record with the ID {wanted}")
    return seconds, found


def id_indexed(path: str, wanted: str, cache: str) -> tuple[float, object]:
    """Find the rows of an ID by the index alone."""
    store = _indexed(path, cache).store()
    return _timed(lambda: len(store.search.indexed_under(wanted)))


def id_whole(path: str, wanted: str, cache: str) -> tuple[float, object]:
    """Find the rows of an ID by the index, and by its text under any field."""
    store = _indexed(path, cache).store()
    return _timed(lambda: len(store.rows_with_id(wanted)))


def histogram(path: str, cache: str) -> tuple[float, object]:
    """Count by minute and level from the index."""
    store = _indexed(path, cache).store()
    return _timed(lambda: store.level_counts(MINUTE).total())


def errors_a_minute(path: str, cache: str) -> tuple[float, object]:
    """Count the errors of each minute from the index."""
    store = _indexed(path, cache).store()
    errors = frozenset({"ERROR"})
    return _timed(lambda: store.level_counts(MINUTE, rows=store.search.with_level(errors)).total())


def build(path: str, cache: str) -> tuple[float, object]:
    """Index times, levels and IDs of a log and keep the index; found is its bytes, 0 where it is too small to keep."""

    def index() -> None:
        logs = _opened(path, cache)
        logs.complete(Event(), ["ids"])

    seconds, _ = _timed(index)
    return seconds, sum(one.stat().st_size for one in Path(cache).glob("*"))


def build_all(path: str, cache: str) -> tuple[float, object]:
    """As ``build``, with hosts and templates."""
    seconds, _ = _timed(lambda: _indexed(path, cache))
    return seconds, sum(one.stat().st_size for one in Path(cache).glob("*"))


def first_histogram(path: str) -> tuple[float, object]:
    """Minute by level of a log that was never opened: the index, then the counts."""
    return _timed(lambda: _opened(path).store().level_counts(MINUTE).total())


def memory_of_first_histogram(path: str) -> tuple[float, object]:
    """As ``first_histogram``; found is the most MB that this process and those that it started held of the memory."""
    logs, most = IndexedLogs(log_inputs([Path(path)])), 0.0

    def watch(progress: Progress) -> None:
        nonlocal most
        del progress
        most = max(most, held_mb(os.getpid()))

    seconds, _ = _timed(lambda: logs.build(watch, Event()))
    logs.store().level_counts(MINUTE).total()
    return seconds, max(most, held_mb(os.getpid()))


def first_errors(path: str) -> tuple[float, object]:
    """Errors a minute of a log that was never opened, as they are shown before its index, which must count as many."""
    began = perf_counter()
    logs = IndexedLogs(log_inputs([Path(path)]))
    found = logs.find_errors(Event())
    minutes = [] if found is None else list(found.level_counts(MINUTE).counts())
    seconds = perf_counter() - began
    logs.build(lambda _: None, Event())
    store = logs.store()
    if minutes != list(store.level_counts(MINUTE, rows=store.search.with_level(ERROR_LEVELS)).counts()):
        raise RuntimeError(f"a search found {len(minutes)} counts, and the index has others")
    return seconds, sum(count for _, _, count in minutes)


def newlines(path: str) -> tuple[float, object]:
    """Find where each line begins, chunk by chunk as the index does."""
    source = open_source(log_inputs([Path(path)])[0])[0]
    buffers = LineBuffers()

    def lines_from(at: int) -> int:
        with buffers.span(source, at, at + QUICK_BYTES, source.size) as lines:
            return len(lines.starts)

    def count() -> int:
        with ThreadPoolExecutor(WORKERS) as workers:
            return sum(workers.map(lines_from, range(0, source.size, QUICK_BYTES)))

    return _timed(count)


def open_log(path: str, cache: str) -> tuple[float, object]:
    """Open an indexed log, page through it, filter it, and take in what is appended; found is MB resident after each.

    The appended line is taken away again.
    """
    began, steps = perf_counter(), {"imported": _resident_mb()}
    logs = _indexed(path, cache)
    store = logs.store()
    steps["opened"] = _resident_mb()
    for top in range(0, len(store), max(1, len(store) // 200)):
        for row in range(top, min(top + PAGE, len(store))):
            store.row(row)
    steps["scrolled"] = _resident_mb()
    matching_rows(store, [HasLevel(levels=("ERROR",)), HoldsText(text="pool exhausted")])
    steps["filtered"] = _resident_mb()
    _append_one(Path(path), logs)
    steps["followed"] = _resident_mb()
    return perf_counter() - began, {name: round(value) for name, value in steps.items()}


def _append_one(path: Path, logs: IndexedLogs) -> None:
    size = path.stat().st_size
    logs.follow()
    with path.open("r+b") as file:
        file.seek(max(0, size - 4096))
        last = file.read().splitlines()[-1]
        file.write(last + b"\n")
        file.flush()
        grown = logs.extend()
        file.truncate(size)
    if grown != 1:
        raise RuntimeError(f"one line was appended, {grown} records came")
    logs.store()
    logs.close()


def stall(path: str) -> tuple[float, object]:
    """The longest time that an event loop was held up while a thread indexed and searched; found is the same in ms."""
    return asyncio.run(_longest_stall(path)), None


async def _longest_stall(path: str) -> float:
    work = Thread(target=lambda: _indexed(path).store().search.holding("pool exhausted"))
    work.start()
    longest, last = 0.0, perf_counter()
    while work.is_alive():
        await asyncio.sleep(0.001)
        now = perf_counter()
        longest, last = max(longest, now - last - 0.001), now
    return longest


def ranking(series: str) -> tuple[float, object]:
    """Rank series of 120 points by how much they changed."""
    import polars as pl

    from triage_tui.analysis.suspects import rank_suspects

    start = datetime(2026, 11, 24, tzinfo=UTC)
    times = [start + timedelta(seconds=15 * step) for step in range(120)]
    frame = pl.concat([_series(number, times) for number in range(int(series))])
    return _timed(lambda: len(rank_suspects(frame, onset=times[80], window=None, baseline=None)))


def _series(number: int, times: list[datetime]) -> pl.DataFrame:
    import polars as pl

    from triage_tui.investigation.evidence import EvidenceKind, frame_schema

    values = [float((step * (number + 7)) % 13 + (number % 5) * (step > 80)) for step in range(len(times))]
    columns = {"time": times, "metric": f"series_{number}", "service": "orders", "labels": "", "value": values}
    return pl.DataFrame(columns, schema=frame_schema(EvidenceKind.METRICS))


def _timed(work: Callable[[], object]) -> tuple[float, object]:
    began = perf_counter()
    found = work()
    return perf_counter() - began, found


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


TASKS: dict[str, Task] = {
    task.__name__: task
    for task in (
        id_scan, text_scan, id_in_gz, trace_in_gz, id_indexed, id_whole, histogram, errors_a_minute, build, build_all,
        first_histogram, memory_of_first_histogram, first_errors, newlines, open_log, stall, ranking,
    )
}  # fmt: skip


def main() -> None:
    """Run one task."""
    name, *arguments = sys.argv[1:]
    seconds, found = TASKS[name](*arguments)
    # Of the processes that it started at once, the largest is known; what they share is counted in each.
    own, largest = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak_mb = (own + (WORKERS - 1) * largest) / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "found": found}) + "\n")


if __name__ == "__main__":
    main()
