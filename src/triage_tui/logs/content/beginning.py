"""How a file began when it was opened: one that begins otherwise was truncated or overwritten since."""

from __future__ import annotations

from triage_tui.logs.content.byte_source import FileBytes
from triage_tui.logs.records.record_reader import RecordReader

_HEAD_BYTES = 1024


class Beginning:
    """Watches over the file that a reader reads; ``is_cut`` tells that it was cut before all of it was read.

    ``head`` is how it began.
    """

    def __init__(self, reader: RecordReader) -> None:
        self._reader, self.head = reader, reader.source.read_at(0, _HEAD_BYTES)
        self.is_cut = False

    @property
    def is_overwritten(self) -> bool:
        """Whether the file begins with something else than when it was opened, as one does that was truncated."""
        source = self._reader.source
        return isinstance(source, FileBytes) and source.read_at(0, len(self.head)) != self.head

    def stops_at_cut(self) -> bool:
        """Tell whether the file was truncated or overwritten before all of it was read: no more of it is to be read."""
        self.is_cut = self.is_cut or self.is_overwritten
        return self.is_cut
