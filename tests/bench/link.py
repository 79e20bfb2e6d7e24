"""The rows of "Bytes over SSH"."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.on_terminal import (
    IDLE_S,
    Program,
    bytes_of,
    followed_bytes,
    idle_bytes,
    log_view_program,
    peers,
    shown,
    triage_program,
)
from tests.bench.rows import Row

SIZES = ((80, 24), (200, 50))
SMALL_BYTES = 10_000_000
DOWN, EDGE, PAGE, START = "one line down", "one line down at the edge", "page down", "start"
GOALS = {(80, 24): {DOWN: 300, EDGE: 300, PAGE: 2100, START: 10_000}}
GOALS[200, 50] = {DOWN: 700, EDGE: 700, PAGE: 10_000, START: 10_000}
FOLLOWED = {(80, 24): 6000, (200, 50): 25_000}
TIMES = 7


def rows(log: Path, scratch: Path) -> Iterator[Row]:
    """Measure at both sizes; ``log`` is copied, since lines are appended to the copy."""
    copy = scratch / "small.log"
    with log.open("rb") as source, copy.open("wb") as target:
        target.write(source.read(SMALL_BYTES).rpartition(b"\n")[0] + b"\n")
        source.seek(target.tell())
        for size in SIZES:
            yield from _keys(copy, size, scratch)
            yield _followed(copy, source, size, scratch)
            yield from _idle(size, scratch)


def _keys(log: Path, size: tuple[int, int], scratch: Path) -> Iterator[Row]:
    programs = [log_view_program(str(log)), *peers(log)]
    counts = {program.name: _counts(program, size, scratch) for program in programs}
    ours = counts.pop("log view")
    for what, count in ours.items():
        others = {name: own[what] for name, own in counts.items()}
        yield Row(
            f"{what}, {size[0]}x{size[1]}", "bytes", count, GOALS[size][what], others.get("lnav"), note=_listed(others)
        )


def _counts(program: Program, size: tuple[int, int], scratch: Path) -> dict[str, int]:
    with shown(program, *size, scratch) as session:
        counts = {START: len(session.received)}
        session.press(program.top_key)
        session.settle()
        counts[DOWN] = bytes_of(session, program.down_key, TIMES)
        session.press(*[program.down_key] * size[1])
        session.settle()
        return counts | {
            EDGE: bytes_of(session, program.down_key, TIMES),
            PAGE: bytes_of(session, program.page_key, TIMES),
        }


def _followed(log: Path, coming: Iterator[bytes], size: tuple[int, int], scratch: Path) -> Row:
    with shown(log_view_program(str(log), "--follow"), *size, scratch) as session:
        ours = followed_bytes(session, log, coming)
    others = {}
    for program in [Program("tail -f", ("tail", "-f", str(log))), *peers(log)]:
        if program.name != "less":  # follows only when it is told to, and then does nothing else
            with shown(program, *size, scratch) as session:
                others[program.name] = followed_bytes(session, log, coming)
    what = f"following 100 lines/s, a second, {size[0]}x{size[1]}"
    return Row(what, "bytes", ours, FOLLOWED[size], others["tail -f"], note=_listed(others))


def _idle(size: tuple[int, int], scratch: Path) -> Iterator[Row]:
    with shown(triage_program("demo", ready="DEGRADED"), *size, scratch) as session:
        start = len(session.received)
        idle = idle_bytes(session)
    shutil.rmtree(scratch / "XDG_STATE_HOME", ignore_errors=True)
    yield Row(f"idle {IDLE_S:g} s, `triage demo`, {size[0]}x{size[1]}", "bytes", idle, 0)
    yield Row(f"start of `triage demo` up to its findings, {size[0]}x{size[1]}", "bytes", start, GOALS[size][START])


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
