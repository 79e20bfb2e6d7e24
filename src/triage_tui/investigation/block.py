"""What every block of the answer has: where its figures came from, and what could not be told."""

from __future__ import annotations

import msgspec


class SourceNote(msgspec.Struct, frozen=True):
    """Where a block's figures came from, and how complete that was."""

    name: str
    complete: bool
    note: str = ""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every block of the answer; ``unknown`` says what the evidence could not tell about it."""

    sources: tuple[SourceNote, ...] = ()
    unknown: tuple[str, ...] = ()
