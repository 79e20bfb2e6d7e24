"""Exported metrics: a Prometheus answer, CSV, Parquet or OpenMetrics text, plain or compressed."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.file_source import FileSource
from triage_tui.sources.common.metric_decoding import decode_metrics
from triage_tui.sources.common.series_naming import SeriesNaming


class MetricFile(FileSource):
    """One file of metrics; a series without a name takes the file's, one without a service takes ``service``."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.METRICS

    def __init__(self, path: Path, service: str | None = None, name: str | None = None) -> None:
        super().__init__(path, name)
        self.service = service

    def decode(self, content: bytes) -> Decoded:
        """Read the content as a METRICS frame."""
        return decode_metrics(content, str(self.path), SeriesNaming(self.path.name.split(".", 1)[0], self.service))
