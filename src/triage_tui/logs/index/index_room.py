"""The room that the indexes of several logs share."""

from __future__ import annotations

from pathlib import Path

from triage_tui.logs.content.temporary_bytes import WorkingBytes
from triage_tui.logs.index.chunk_lines import LineBuffers

IN_MEMORY_BYTES = 4 << 20
# Of many logs, only those above some ten megabytes of text are worth a temporary file of their own.
_LEAST_BYTES = 512 << 10


class IndexRoom:
    """Room for the indexes of so many logs: of each the first bytes in memory, the rest in a temporary file.

    ``folder`` is where that file may lie: the usual folder for temporary files often lies in memory itself.
    ``buffers`` are those into which lines are read.
    """

    def __init__(self, logs: int = 1, folder: Path | None = None) -> None:
        self.folder, self.buffers = folder, LineBuffers()
        self._each_bytes = min(max(IN_MEMORY_BYTES // max(1, logs), _LEAST_BYTES), IN_MEMORY_BYTES)

    def storage(self, log: str) -> WorkingBytes:
        """Where the index of one log goes; it raises ``UnreadableInput`` where there is no room for it anywhere."""
        return WorkingBytes(f"the index of {log}", self.folder, self._each_bytes)
