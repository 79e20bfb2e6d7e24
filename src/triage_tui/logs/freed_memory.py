"""Memory that was freed goes back to the system, which the C library leaves to chance."""

from __future__ import annotations


def return_freed_memory() -> None:
    """Give back what was freed; glibc keeps up to tens of megabytes of it after large logs, for one more such moment.

    It takes a millisecond or two. Other C libraries have no such call, and keep less.
    """
    import ctypes  # not before the first frame

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))
