"""Write logs of a wanted size for measurements: ``python -m tests.bench.generate_logs json 100 app.jsonl``.

The same seed gives the same bytes. One request in a thousand fails, with a stack trace in the text format.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
STEPS = ("request started", "session acquired", "query done", "session released", "request finished")
ROUTES = ("GET /api/orders", "POST /api/orders", "GET /api/users", "GET /api/items", "POST /api/reports/generate")
TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/app/orders/db.py", line 41, in get_session\n    return pool.checkout(timeout=30)\n'
    '  File "/app/orders/pool.py", line 117, in checkout\n    raise TimeoutError("QueuePool limit of size 5")\n'
    "TimeoutError: QueuePool limit of size 5 overflow 15"
)


class Line(NamedTuple):
    """One record before it is written in a format."""

    at: datetime
    level: str
    event: str
    request_id: str
    user: str
    client: str
    route: str
    host: str
    status: int
    duration_ms: float


def lines(seed: int) -> Iterator[Line]:
    """Go on for ever: five lines a request, 3,500 lines a second of log time."""
    dice = random.Random(seed)
    number = 0
    while True:
        request_id = f"{dice.getrandbits(128):032x}"
        failed = dice.random() < 0.001
        who = (f"u{dice.randrange(5000)}", f"10.0.{dice.randrange(256)}.{dice.randrange(256)}", dice.choice(ROUTES))
        for step in STEPS:
            at = START + timedelta(microseconds=285 * number)
            bad = failed and step == "query done"
            event = "pool exhausted" if bad else f"{step} for order {dice.randrange(100_000)}"
            host, status = f"web-{dice.randrange(4)}", 500 if failed else 200
            level = "ERROR" if bad else "INFO"
            yield Line(at, level, event, request_id, *who, host, status, round(dice.expovariate(0.02), 1))
            number += 1


def as_json(line: Line) -> str:
    """One object a line, as structlog writes it."""
    return json.dumps(
        {
            "timestamp": line.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "level": line.level.lower(),
            "event": line.event,
            "service": "orders-api",
            "request_id": line.request_id,
            "user_id": line.user,
            "client": line.client,
            "route": line.route,
            "host": line.host,
            "version": "1.4.2",
            "status": line.status,
            "duration_ms": line.duration_ms,
        }
    )


def as_logfmt(line: Line) -> str:
    """Pairs."""
    at = line.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (
        f'ts={at} level={line.level.lower()} msg="{line.event}" request_id={line.request_id} user={line.user} '
        f'client={line.client} route="{line.route}" host={line.host} status={line.status} duration={line.duration_ms}ms'
    )


def as_text(line: Line) -> str:
    """Python logging with a traceback under each error."""
    at = line.at.strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    head = f"{at} {line.level} orders.api: {line.event} request_id={line.request_id} user={line.user} {line.route}"
    return f"{head}\n{TRACE}" if line.level == "ERROR" else head


WRITERS: dict[str, Callable[[Line], str]] = {"json": as_json, "logfmt": as_logfmt, "text": as_text}


def generate(path: Path, kind: str, size: int, seed: int = 7) -> None:
    """Write at least ``size`` bytes of a kind: "json", "logfmt" or "text"."""
    write = WRITERS[kind]
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines(seed):
            if written >= size:
                break
            written += file.write(write(line) + "\n")


class Logs(NamedTuple):
    """The files of one size."""

    json: Path
    logfmt: Path
    text: Path
    gz: Path


def prepared(folder: Path, megabytes: int) -> Logs:
    """Write the logs of a size in every format unless they are there from the last time; gz holds the JSON lines."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("json.log", "logfmt.log", "text.log", "json.log.gz")
    logs = Logs(*(folder / f"{megabytes}-{name}" for name in names))
    for kind in WRITERS:
        _once(folder / f"{megabytes}-{kind}.log", partial(generate, kind=kind, size=megabytes * 1_000_000))
    _once(logs.gz, partial(_compress, logs.json))
    return logs


def _once(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file under another name first, so that one that was cut short is not taken for whole."""
    if not path.exists():
        unfinished = path.with_suffix(".part")
        write(unfinished)
        unfinished.replace(path)


def _compress(source: Path, target: Path) -> None:
    with source.open("rb") as plain, gzip.open(target, "wb", compresslevel=6) as compressed:
        shutil.copyfileobj(plain, compressed, 1 << 20)


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(WRITERS))
    parser.add_argument("megabytes", type=int)
    parser.add_argument("path", type=Path)
    asked = parser.parse_args()
    generate(asked.path, asked.kind, asked.megabytes * 1_000_000)


if __name__ == "__main__":
    main()
