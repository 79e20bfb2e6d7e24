"""Run contenders in turn, A B A B, and take medians: on a busy machine only figures of the same minute compare."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import NamedTuple


class Run(NamedTuple):
    """One run: wall seconds, the process's peak of resident memory in MB (0 where not measured), and what it found."""

    seconds: float
    peak_mb: float = 0.0
    found: object = None


Contender = Callable[[], Run]


class Medians(NamedTuple):
    """Of several runs: median seconds and peak MB, and what the last one found."""

    seconds: float
    peak_mb: float
    found: object


def run_command(command: Sequence[str]) -> Run:
    """Run a program to its end, its output discarded; exit code 1, which means "nothing found", is no failure.

    Raises ``RuntimeError`` for other exit codes.
    """
    began = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Run(seconds, usage.ru_maxrss / 1024)


def run_task(command: Sequence[str]) -> Run:
    """Run a program that times itself, after its imports, and prints seconds, peak_mb and found as one JSON object.

    Raises ``RuntimeError`` with the program's complaint.
    """
    # A user's Python keeps the modules that it compiled, whatever the one that measures does.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}: {ended.stderr[-500:]}")
    answer = json.loads(ended.stdout.splitlines()[-1])
    return Run(answer["seconds"], answer["peak_mb"], answer["found"])


def in_turn(contenders: Mapping[str, Contender], rounds: int) -> dict[str, Medians]:
    """Run each contender once a round."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            runs[name].append(contender())
    return {
        name: Medians(median(one.seconds for one in own), median(one.peak_mb for one in own), own[-1].found)
        for name, own in runs.items()
    }
