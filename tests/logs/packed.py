"""Text as each compression packs it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import zstandard

from triage_tui.logs.content.byte_source import ByteSource

TEXT = b"".join(b'{"time":"2026-11-24T02:%02d:00Z","message":"%d"}\n' % (n % 60, n * 7919) for n in range(150_000))
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


def reads_right_in_threads(content: ByteSource, reads: int) -> bool:
    """Read ``TEXT`` at so many places in each of eight tasks on four threads."""

    def is_right(seed: int) -> bool:
        chance = random.Random(seed)
        offsets = [chance.randrange(len(TEXT)) for _ in range(reads)]
        return all(content.read_at(offset, 300) == TEXT[offset : offset + 300] for offset in offsets)

    with ThreadPoolExecutor(4) as threads:
        return all(threads.map(is_right, range(8)))
