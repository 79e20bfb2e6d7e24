"""An input that cannot be read again, in the place of the source that it was."""

from __future__ import annotations

from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow


class GoneInput:
    """Logs that came through a pipe: every fetch says what to do instead."""

    kind = EvidenceKind.LOGS

    def __init__(self, name: str, what_to_do: str) -> None:
        self.name, self._what_to_do = name, what_to_do

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        """Raise ``UnreadableInput``."""
        del window
        raise UnreadableInput(self.name, self._what_to_do)
