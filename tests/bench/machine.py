"""The machine that the figures are of."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("textual", "polars", "numpy", "msgspec")


def described() -> str:
    """Name processor, cores, memory, load and versions in a sentence or two."""
    model = next((line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if "model name" in line), "CPU")
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    kernel = ".".join(platform.release().split(".")[:2])
    return (
        f"{model}, {cores} cores, {memory_mb / 1024:.0f} GB, {platform.system()} {kernel}; "
        f"load {load:.1f} at the start. Python {platform.python_version()}, {libraries}."
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []
