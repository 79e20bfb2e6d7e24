"""Keys while every server hangs: the program on a log that is there and grows, and on servers that never answer."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from select import select
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

from tests.bench.on_terminal import LINES_A_SECOND, SETTLED_CHECKS
from tests.bench.rows import Row
from tests.faults.proxy import fault_proxy, instead
from tests.faults.server import hanging
from tests.terminal.session import KEYS, TerminalSession

SMALL_BYTES = 10_000_000
SIZE = (120, 36)
TIMES = 250
LIMIT_MS = 100
QUIET_S = 0.06
PRESSED = ("tab", "down", "tab", "down", "up", "z", "z", "?", "escape")
SERVERS = ("prometheus", "alertmanager", "grafana", "deploys", "status", "health")
NOBODY = "http://127.0.0.1:9"


class Answered(NamedTuple):
    """Seconds from a key to the last byte of what it draws, and how long of that the program's main thread ran."""

    seconds: float
    on_processor: float


def rows(log: Path, scratch: Path) -> Iterator[Row]:
    """Measure with servers that hang, then while lines are appended too; the peer has the same log and no servers."""
    folder = scratch / "hanging"
    folder.mkdir()
    with log.open("rb") as source, (folder / "app.log").open("wb") as target:
        target.write(source.read(SMALL_BYTES).rpartition(b"\n")[0] + b"\n")
    with _opened(folder) as session:
        alone = answers(session, TIMES)
    with _opened(folder, SERVERS) as session:
        yield _row("while every server hangs", answers(session, TIMES), alone)
        with _growing(folder / "app.log"):
            yield _row("the same while a log grows and is analysed", answers(session, TIMES), alone)


def _row(what: str, taken: Sequence[Answered], alone: Sequence[Answered]) -> Row:
    p50, p95, p99 = (_percentile([one.seconds for one in taken], share) for share in (50, 95, 99))
    ran = _percentile([one.on_processor for one in taken], 99)
    note = (
        f"median {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms of {len(taken)} keys, p99 on a processor {ran:.0f} ms; "
        "peer: without servers"
    )
    peer = _percentile([one.seconds for one in alone], 99)
    return Row(f"key to last byte {what}, 99th percentile", "ms", p99, LIMIT_MS, peer, note=note)


def _percentile(seconds: Sequence[float], percent: int) -> float:
    return 1000 * quantiles(seconds, n=100)[percent - 1]


@contextmanager
def _opened(folder: Path, servers: Sequence[str] = ()) -> Iterator[TerminalSession]:
    """Open an alert in words on a log, and on servers that take every question and are silent."""
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "STATE", "CACHE")}
    settings = folder / "config" / "triage" / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        url = {name: running.enter_context(fault_proxy(NOBODY, instead(hanging))).url for name in servers}
        settings.write_text(_settings(folder, url))
        span = ("--from", "2000-01-01T00:00:00Z")  # the generated log is of another day
        command = [sys.executable, "-m", "triage_tui", "open", "checkout is slow", *span]
        session = TerminalSession(command, *SIZE, homes)
        running.callback(session.close)
        session.wait_for("checkout is slow", "users", *(["FAILING"] if servers else []))
        for _ in range(SETTLED_CHECKS):
            session.settle()
        yield session


def _settings(folder: Path, url: Mapping[str, str]) -> str:
    service = ["[services.orders]", f'logs = ["{folder}/app.log"]']
    if not url:
        return "\n".join([*service, ""])
    tables = [f'[{name}]\nurl = "{url[name]}"' for name in ("prometheus", "alertmanager", "grafana")]
    service += [f'deploys = "{url["deploys"]}"', f'status_pages = ["{url["status"]}"]', f'health = ["{url["health"]}"]']
    signals = [f'[[services.orders.signals]]\nmetric = "m{number}"\npromql = "m{number}"' for number in range(12)]
    return "\n".join([*tables, *service, *signals, ""])


@contextmanager
def _growing(log: Path) -> Iterator[None]:
    """Append lines of the log to it from a thread."""
    with log.open("rb") as past:
        lines = [past.readline() for _ in range(1000)]
    stop = threading.Event()

    def append() -> None:
        with log.open("ab", buffering=0) as file:
            for line in cycle(lines):
                if stop.wait(1 / LINES_A_SECOND):
                    return
                file.write(line)

    thread = threading.Thread(target=append)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def answers(session: TerminalSession, times: int) -> list[Answered]:
    """Press keys in turn, and take the time of as many as draw something.

    The emulator reads afterwards, so that its work is not measured. What comes within 60 ms after the frame counts as
    part of it: a frame that has other reasons, such as new lines of a log, makes the figure worse, never better.
    """
    taken: list[Answered] = []
    for key in cycle(PRESSED):
        one = _answered(session, KEYS.get(key, key).encode())
        taken += [one] if one.seconds else []
        if len(taken) == times:
            break
    return taken


def _answered(session: TerminalSession, key: bytes) -> Answered:
    descriptor, received = session.child.child_fd, bytearray()
    ran = _ran(session.child.pid)
    began = last = perf_counter()
    os.write(descriptor, key)
    while select([descriptor], [], [], QUIET_S)[0]:
        received += os.read(descriptor, 65536)
        last = perf_counter()
    session.take(bytes(received))
    return Answered(last - began, _ran(session.child.pid) - ran)


def _ran(pid: int) -> float:
    """Seconds that a process's main thread has run, 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0
