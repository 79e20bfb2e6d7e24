"""An answer that the evidence suggests."""

from __future__ import annotations

from datetime import datetime

import msgspec

from triage_tui.investigation.block import Block


class Suggestion(msgspec.Struct, frozen=True):
    """An answer that the evidence suggests, and the source that it rests on."""

    text: str
    source: str


def clock(moment: datetime) -> str:
    """Write a UTC time to the second, as the panes do."""
    return f"{moment:%H:%M:%SZ}"


def resting_on(block: Block, text: str) -> Suggestion:
    """Suggest a text whose sources are those of a block of the analysis."""
    return Suggestion(text, ", ".join(dict.fromkeys(note.name for note in block.sources)) or "analysis")
