"""What the program takes from the system, as the system sees it."""

import platform
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.terminal.session import triage

THREAD_HEAP_BYTES = 64 << 20
LINE = '{{"time": "2026-11-24T02:00:{second:02}Z", "level": "{level}", "message": "order {number}", "status": 500}}\n'
MAPPED = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (rw-p|---p) 00000000 00:00 0 *$", re.MULTILINE)


def heaps_of_threads(process: int) -> int:
    """Count the heaps that glibc has made for threads: a part that is used, and the rest of 64 MiB behind it."""
    found = MAPPED.findall(Path(f"/proc/{process}/maps").read_text())
    spans = [(int(start, 16), int(end, 16), rights) for start, end, rights in found]
    return sum(
        one[2] == "rw-p" and rest[2] == "---p" and rest[1] - one[0] == THREAD_HEAP_BYTES
        for one, rest in pairwise(spans)
        if one[1] == rest[0] and one[0] % THREAD_HEAP_BYTES == 0
    )


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives threads heaps of their own")
def test_no_thread_has_a_heap_of_its_own(tmp_path: Path) -> None:
    levels = ("info", "error")
    lines = (LINE.format(second=number % 60, level=levels[number % 2], number=number) for number in range(2000))
    (tmp_path / "app.log").write_text("".join(lines))
    environment = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CONFIG", "CACHE")}
    with triage("replay", str(tmp_path / "app.log"), environment=environment) as session:
        session.wait_for("requests failed")
        session.settle()
        assert heaps_of_threads(session.child.pid) == 0
