"""Memory that was freed: whether it is used again or goes back to the system, the C library leaves to chance.

What only glibc has a call for is left out elsewhere.
"""

from __future__ import annotations

from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
# Of a chunk, the largest array takes about a quarter.
_MOST_KEPT_BYTES = 8 << 20


def keep_one_heap() -> None:
    """Let all threads take memory from one heap; to be called before the first one starts.

    glibc gives threads heaps of their own, and ``return_freed_memory`` does not get at the free ends of those: some
    thirty megabytes after large logs.
    """
    _set((_ARENA_MAX, 1))


def return_freed_memory() -> None:
    """Give back what was freed; glibc keeps up to tens of megabytes of it after large logs, for one more such moment.

    It takes a millisecond or two.
    """
    import ctypes  # not where a command reads no log

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))


def use_freed_memory_again() -> None:
    """Let glibc keep some of what is freed: pages that are new each time take longer than what is done in them.

    It keeps twice the largest block that was freed before, which differs from log to log. ``return_freed_memory`` gives
    back all.
    """
    _set((_TRIM_THRESHOLD, _MOST_KEPT_BYTES), (_MMAP_THRESHOLD, _MOST_KEPT_BYTES // 2))


def _set(*options: tuple[int, int]) -> None:
    import ctypes

    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for number, value in options:
            mallopt(number, value)
