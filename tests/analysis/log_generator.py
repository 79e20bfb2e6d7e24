"""Seeded request logs as LOGS frames, with stories told into them: what the log analysis is tested against."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.time_window import TimeWindow

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTES = 60
WINDOW = TimeWindow(START, START + timedelta(minutes=MINUTES))
ROUTES = ("GET /cart", "POST /cart", "GET /items", "POST /pay")
HOSTS = ("app-a", "app-b", "app-c")
REGIONS = ("north", "south")
NOISE = ("socket closed by peer", "cannot parse field {n}", "read timed out after {n} ms")
STEPS = ("request received", "session opened", "rows read", "session closed", "request done")

Record = dict[str, Any]


def minute(number: float) -> datetime:
    """A moment of the hour that every log covers."""
    return START + timedelta(minutes=number)


def requests(seed: int, per_minute: float = 8.0, noise: float = 0.01) -> list[Record]:
    """One line a request over an hour, of which a share fails in one of several ways."""
    chance = random.Random(seed)
    records = []
    seconds = chance.expovariate(per_minute / 60)
    while seconds < 60 * MINUTES:
        records.append(_request(chance, START + timedelta(seconds=seconds)))
        if chance.random() < noise:
            fail(records[-1], chance.choice(NOISE).format(n=chance.randint(1, 9000)))
        seconds += chance.expovariate(per_minute / 60)
    return records


def _request(chance: random.Random, at: datetime) -> Record:
    user = f"u{chance.randint(1, 60)}"
    return {
        "time": at,
        "level": "INFO",
        "service": "shop",
        "host": chance.choice(HOSTS),
        "request_id": f"r{chance.getrandbits(48):012x}",
        "user": user,
        "client": f"10.0.0.{user[1:]}",
        "route": chance.choice(ROUTES),
        "status": 200,
        "duration_ms": round(chance.lognormvariate(3.5, 0.4), 1),
        "event": "request done",
        "attributes": json.dumps({"region": chance.choice(REGIONS)}),
    }


def fail(record: Record, message: str) -> None:
    """Make a request fail with this message."""
    record.update(level="ERROR", status=500, event=message)


def fail_some(
    records: Iterable[Record], message: str, share: float, seed: int, where: Callable[[Record], bool]
) -> list[Record]:
    """Make a share of some requests fail; returns those that do."""
    chance = random.Random(seed)
    hit = [record for record in records if where(record) and chance.random() < share]
    for record in hit:
        fail(record, message)
    return hit


def steps(seed: int, count: int = 120, route: str = "GET /cart", middle: float = 0.02) -> list[list[Record]]:
    """Requests of several lines each, with the usual time between two lines in seconds."""
    chance = random.Random(seed)
    traces = []
    for number in range(count):
        at = START + timedelta(seconds=20 * number)
        head = _request(chance, at) | {"route": route, "status": None, "duration_ms": None}
        trace = []
        for event in STEPS:
            trace.append(head | {"time": at, "event": event})
            at += timedelta(seconds=middle * chance.lognormvariate(0, 0.5))
        traces.append(trace)
    return traces


def delay(trace: list[Record], step: int, seconds: float) -> None:
    """Make a request wait before one of its lines."""
    for record in trace[step:]:
        record["time"] += timedelta(seconds=seconds)


def frame(records: Iterable[Record]) -> pl.DataFrame:
    """The records as a LOGS frame, in time order, one line each of one file."""
    ordered = sorted(records, key=lambda record: record["time"])
    rows = [record | {"file": "shop.log", "line": line} for line, record in enumerate(ordered, 1)]
    schema = frame_schema(EvidenceKind.LOGS)
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def changes(*rows: Record) -> pl.DataFrame:
    """A CHANGES frame of deploys, unless a row says otherwise."""
    schema = frame_schema(EvidenceKind.CHANGES)
    usual = {"kind": "deploy", "service": "shop", "title": "a change", "paths": [], "routes": [], "details": []}
    return pl.DataFrame([{name: (usual | row).get(name) for name in schema} for row in rows], schema=schema)
