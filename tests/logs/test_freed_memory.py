"""Memory goes back to the system when it is freed, whichever thread has taken it."""

import platform
import subprocess
import sys

import pytest

HAS_GLIBC = platform.libc_ver()[0] == "glibc"

PROGRAM = """
import ctypes, sys
from pathlib import Path
from threading import Thread
from triage_tui.logs.freed_memory import keep_one_heap, return_freed_memory

def resident_kb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4

def take_and_free():
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    taken = [libc.malloc(ctypes.c_size_t(100_000)) for _ in range(400)]
    for one in taken:
        ctypes.memset(one, 1, 100_000)
    for one in reversed(taken):
        libc.free(ctypes.c_void_p(one))

if sys.argv[1] == "one":
    keep_one_heap()
ctypes.CDLL(None).mallopt(-1, 1 << 30)  # the free end of a heap stays until it is asked for
before = resident_kb()
thread = Thread(target=take_and_free)
thread.start()
thread.join()
return_freed_memory()
print(resident_kb() - before)
"""


def left_kb(heaps: str) -> int:
    """What a program holds of forty megabytes that a thread of it has freed."""
    return int(subprocess.run([sys.executable, "-c", PROGRAM, heaps], capture_output=True, check=True).stdout)


@pytest.mark.skipif(not HAS_GLIBC, reason="only glibc gives threads heaps of their own")
def test_what_a_thread_has_freed_goes_back_to_the_system() -> None:
    assert left_kb("own") > 10_000
    assert left_kb("one") < 4_000
