"""Who has not answered yet of the sources that are asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.source import Source


class AwaitedAnswers:
    """The names of the sources that have not answered; those of histories of changes wait for the others."""

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        asked = tuple(sources)
        self.names = {source.name for source in asked}
        self._histories = {source.name for source in asked if source.kind is EvidenceKind.CHANGES}
        self._others_answered = asyncio.Event()
        self._note_the_others()

    def answered(self, source: str) -> None:
        """Note that a source has answered, or failed."""
        self.names.discard(source)
        self._note_the_others()

    def wait_no_longer(self) -> None:
        """Go on without those that have not answered."""
        self.names.clear()
        self._note_the_others()

    async def others(self) -> None:
        """Wait until all sources but histories have answered."""
        await self._others_answered.wait()

    def _note_the_others(self) -> None:
        if self.names <= self._histories:
            self._others_answered.set()
