"""Memory that was freed: whether it is used again or goes back to the system, the C library leaves to chance."""

from __future__ import annotations

from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
# Of a chunk, the largest array takes about a quarter.
_MOST_KEPT_BYTES = 8 << 20


def return_freed_memory() -> None:
    """Give back what was freed; glibc keeps up to tens of megabytes of it after large logs, for one more such moment.

    It takes a millisecond or two. Other C libraries have no such call, and keep less.
    """
    import ctypes  # not before the first frame

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))


def use_freed_memory_again() -> None:
    """Let glibc keep some of what is freed: pages that are new each time take longer than what is done in them.

    It keeps twice the largest block that was freed before, which differs from log to log. ``return_freed_memory`` gives
    back all.
    """
    import ctypes

    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, _MOST_KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _MOST_KEPT_BYTES // 2)
