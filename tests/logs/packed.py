"""Text as each compression packs it."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable

import zstandard

Pack = Callable[[bytes], bytes]


def _members(pack: Pack) -> Pack:
    """Pack in two parts, as a log that was appended to after it had been packed."""
    return lambda data: pack(data[: len(data) // 3]) + pack(data[len(data) // 3 :])


PACKERS: dict[str, Pack] = {
    "gz": gzip.compress,
    "gz members": _members(gzip.compress),
    "bz2": lambda data: bz2.compress(data, 1),
    "bz2 members": _members(bz2.compress),
    "xz": lambda data: lzma.compress(data, preset=0),
    "xz members": _members(lzma.compress),
    "zst": zstandard.ZstdCompressor().compress,
    "zst members": _members(zstandard.ZstdCompressor().compress),
}
