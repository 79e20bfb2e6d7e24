"""Exported deploys and other changes."""

from __future__ import annotations

from typing import ClassVar

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.sources.common.change_decoding import decode_changes
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.file_source import FileSource


class ChangeFile(FileSource):
    """``deploys.json``, JSON lines, CSV or Sentry's releases; a list of changes is short and comes whole."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.CHANGES
    time_column: ClassVar[str | None] = None

    def decode(self, content: bytes) -> Decoded:
        """Read the content as a CHANGES frame."""
        return decode_changes(content, str(self.path))
