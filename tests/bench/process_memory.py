"""The memory of a process and of those that it has started, as Linux counts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def held_mb(process: int) -> float:
    """What a process and those that it started hold, in MB; those that have ended meanwhile hold nothing."""
    return sum(_pss_mb(one) for one in _family(process))


def _family(process: int) -> Iterator[int]:
    yield process
    with suppress(OSError):
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _family(int(child))


def _pss_mb(process: int) -> float:
    try:
        rolled = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(rolled.partition("\nPss:")[2].split()[0]) / 1024
