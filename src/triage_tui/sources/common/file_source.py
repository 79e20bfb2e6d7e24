"""What every source of one exported file has in common."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.decoded import Decoded, cut_to_window, evidence_of
from triage_tui.sources.common.decoding import read_capped


class FileSource(ABC):
    """A source over one exported file, plain or compressed, that is read whole at every call."""

    kind: ClassVar[EvidenceKind]
    time_column: ClassVar[str | None] = "time"

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path, self.name = path, name or path.name

    @abstractmethod
    def decode(self, content: bytes) -> Decoded:
        """Turn the decompressed content into a frame of this source's kind."""

    def load(self, window: TimeWindow | None = None) -> Evidence:
        """Read the file now, cut to a window; raises ``UnreadableInput``."""
        decoded = self.decode(read_capped(self.path))
        frame = decoded.frame if self.time_column is None else cut_to_window(decoded.frame, self.time_column, window)
        return evidence_of(self.kind, self.name, Decoded(frame, decoded.note), window)

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Read the file in a thread; raises ``UnreadableInput``."""
        return await asyncio.to_thread(self.load, window)
