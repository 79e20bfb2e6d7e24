"""Start a server, wait until it answers, and stop it for certain."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest

START_DEADLINE_S = 60


def require_program(name: str) -> str:
    """Return a program's path; without it the test is skipped, or fails where servers are required."""
    path = shutil.which(name)
    if path is None:
        message = f"{name} is not installed (Debian package of the same name)"
        if os.environ.get("TRIAGE_REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return path


@contextmanager
def running(command: Sequence[str], ready_url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; fails with the end of its log where it never gets ready."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            _wait_until_ready(process, ready_url, log)
            yield process
        finally:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], ready_url: str, log: Path) -> None:
    deadline = monotonic() + START_DEADLINE_S
    while not _answers(ready_url):
        if process.poll() is not None or monotonic() > deadline:
            pytest.fail(f"{process.args!r} did not get ready: {log.read_text(errors='replace')[-1000:]}")
        sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:  # noqa: S310 - a loopback address made here
            return bool(response.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False
