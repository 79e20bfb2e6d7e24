"""Exported health probes, call graphs and requests by attribute."""

from __future__ import annotations

from typing import ClassVar

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.file_source import FileSource
from triage_tui.sources.common.table_decoding import decode_health, decode_request_counts, decode_topology


class HealthFile(FileSource):
    """Probes of a health endpoint as JSON lines or CSV."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.HEALTH

    def decode(self, content: bytes) -> Decoded:
        """Read the content as a HEALTH frame."""
        return decode_health(content, str(self.path))


class TopologyFile(FileSource):
    """``topology.json``: who calls whom, at all times."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.TOPOLOGY
    time_column: ClassVar[str | None] = None

    def decode(self, content: bytes) -> Decoded:
        """Read the content as a TOPOLOGY frame."""
        return decode_topology(content, str(self.path))


class RequestCountFile(FileSource):
    """``requests.csv``: bad and total requests by minute and attributes."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.REQUEST_COUNTS

    def decode(self, content: bytes) -> Decoded:
        """Read the content as a REQUEST_COUNTS frame."""
        return decode_request_counts(content, str(self.path))
