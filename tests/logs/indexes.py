"""Indexes in many small blocks, and what an index says of records as a frame that can be compared."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import polars as pl
import pytest

from triage_tui.logs.content.byte_source import ByteSource
from triage_tui.logs.content.log_sources import open_source
from triage_tui.logs.index import columns, file_index, later_columns
from triage_tui.logs.index.file_index import FileIndex
from triage_tui.logs.index.index_room import IndexRoom
from triage_tui.logs.index.index_rows import LATER
from triage_tui.logs.index.known_index import KnownIndex
from triage_tui.logs.indexed_logs import IndexedLogs
from triage_tui.logs.log_input import LogInput, log_inputs
from triage_tui.logs.opened_logs import OpenedLogs, open_logs
from triage_tui.logs.order import merged_order
from triage_tui.logs.records.record_reader import RecordReader
from triage_tui.logs.search import record_places
from triage_tui.logs.store import LogStore

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few lines fill chunks and blocks."""
    for name in ("QUICK_BYTES", "SLOW_BYTES"):
        monkeypatch.setattr(file_index, name, 4096)
    for module in (columns, later_columns, merged_order):
        monkeypatch.setattr(module, "BLOCK_ROWS", 32)
    monkeypatch.setattr(file_index, "CHUNKS_AT_ONCE", 2)
    monkeypatch.setattr(merged_order, "MERGED_AT_ONCE", 128)


def let_records_cross_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let chunks be so small that a record of a few lines lies in several."""
    for name in ("QUICK_BYTES", "SLOW_BYTES"):
        monkeypatch.setattr(file_index, name, 256)
    for module in (columns, later_columns):
        monkeypatch.setattr(module, "BLOCK_ROWS", 32)
    monkeypatch.setattr(record_places, "_READ_AT_FIRST", 64)


def built(logs: IndexedLogs) -> LogStore:
    """Index logs whole."""
    assert logs.build(lambda _: None, Event())
    logs.complete(Event())
    return logs.store()


def read_both_ways(inputs: list[LogInput]) -> tuple[OpenedLogs, pl.DataFrame]:
    """Check that an index in chunks has the records that reading whole has; returns these, and what the index says."""
    names = ["offset", "line", "flags", "length", "id_hash", "host", "template"]
    whole = open_logs(inputs)
    found, expected = index_of(built(IndexedLogs(inputs))).sort("offset"), index_of(whole.store).sort("offset")
    assert found.select(names).rows() == expected.select(names).rows()
    return whole, expected


def indexed(path: Path, folder: Path | None = None) -> tuple[ByteSource, KnownIndex]:
    """A log that is indexed, in a temporary file of a folder where it exceeds ``IN_MEMORY_BYTES``."""
    source, _ = open_source(log_inputs([path])[0])
    whole = FileIndex(RecordReader(source), room=IndexRoom(folder=folder))
    while whole.advance() or any(whole.advance_later(kind) for kind in LATER):
        pass
    return source, whole.kept()


def line(number: int, **fields: object) -> str:
    """A line of JSON, one a second."""
    moment = (AT + timedelta(seconds=number)).isoformat()
    return json.dumps({"time": moment, "level": "info", "message": f"m{number}", **fields}) + "\n"


def index_of(store: LogStore) -> pl.DataFrame:
    """A row a record in the order of the store: all columns of the index, with names instead of codes."""
    rows = []
    for number in range(len(store)):
        source, local = store.order.place(number)
        log = store.logs[source]
        timed = {name: log.timed.at(name, local) for name in ("offset", "line", "order", "flags")}
        begin, end = log.span(local)
        ids, names = log.later_by_now("ids"), log.later_by_now("names")
        known = local < len(names)
        named = {
            "id_hash": ids.at("id_hash", local) if local < len(ids) else None,
            "host": _name(log.names.hosts.texts, names.at("host", local)) if known else None,
            "template": _name(log.names.templates.texts, names.at("template", local)) if known else None,
        }
        rows.append({"file": log.source.name, "length": end - begin, **timed, **named})
    return pl.DataFrame(rows, schema_overrides={"id_hash": pl.UInt64()}, infer_schema_length=None)


def _name(texts: tuple[str, ...], code: int) -> str:
    return texts[code - 1] if code else ""
