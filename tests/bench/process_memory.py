"""The memory of a process and of those that it has started, as Linux counts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def held_mb(process: int) -> float:
    """What a process and those that it started hold, in MB; those that have ended meanwhile hold nothing.

    The libraries of the first count wholly, also where programs beside it have them, those of the others not again.
    """
    whole, *started = map(_sizes, _family(process))
    return whole.get("Rss", 0.0) + sum(one.get("Private_Clean", 0.0) + one.get("Private_Dirty", 0.0) for one in started)


def _family(process: int) -> Iterator[int]:
    yield process
    with suppress(OSError):
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _family(int(child))


def _sizes(process: int) -> dict[str, float]:
    """The sizes that Linux tells of a process, in MB."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
        return {name: int(size.split()[0]) / 1024 for name, size in (line.split(":") for line in lines)}
    return {}
