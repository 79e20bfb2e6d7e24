"""Compressed logs, decompressed whole."""

from __future__ import annotations

from typing import NamedTuple

from triage_tui.logs.byte_source import ByteSource
from triage_tui.logs.decompressors import compression_of
from triage_tui.logs.expanding import EXPANDED_BYTES_CAP, ExpandingBytes

__all__ = ["Expanded", "compression_of", "expand"]


class Expanded(NamedTuple):
    """Decompressed content, and in words what was lost, "" for nothing."""

    content: ByteSource
    damage: str


def expand(source: ByteSource, kind: str, cap: int = EXPANDED_BYTES_CAP) -> Expanded:
    """Decompress all members or frames of a source; see ``ExpandingBytes``. Raises ``UnreadableInput``."""
    content = ExpandingBytes(source, kind, cap)
    while content.advance():
        pass
    return Expanded(content, content.damage)
