"""Buffers into which the kernel copies a file quickly."""

from __future__ import annotations

import ctypes

_PAGE_BYTES = 4096
# Far from where reads begin in their pages, which is the beginning, or shortly before it.
_PLACE_IN_PAGE = _PAGE_BYTES // 2


def read_buffer(size: int) -> bytearray:
    """Some zeros, a page or more, that lie where reads into them are quick.

    Processors of AMD copy five times as slowly to a place that is up to 31 bytes further in its page of memory than the
    bytes are in theirs. Large buffers begin 16 bytes into a page, and pages of a file lie in pages of memory.
    """
    buffer = bytearray(size + _PAGE_BYTES)
    # What is left stays where it is: neither end is cut off by copying.
    del buffer[: (_PLACE_IN_PAGE - ctypes.addressof(ctypes.c_char.from_buffer(buffer))) % _PAGE_BYTES]
    del buffer[size:]
    return buffer
