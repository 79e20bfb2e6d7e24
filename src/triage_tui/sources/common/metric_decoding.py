"""Metric files of any format that is read, as one METRICS frame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.decoding import without_bom

if TYPE_CHECKING:
    from triage_tui.sources.common.decoded import Decoded
    from triage_tui.sources.common.series_naming import SeriesNaming

PARQUET_MAGIC = b"PAR1"
# Compiled where it is needed, which a log's name mostly tells.
_EXPOSITION_LINE = (
    rb"(?m)^(?:# (?:TYPE|HELP|UNIT|EOF)\b"
    rb"|[A-Za-z_:][\w:]*(?:\{[^\n]*\})?[ \t]+[+-]?(?:\d|\.\d|NaN|Inf)[^\n,;]*$)"
)


def decode_metrics(content: bytes, name: str, naming: SeriesNaming) -> Decoded:
    """Read a decompressed metric file, told by its content: Prometheus JSON, Parquet, OpenMetrics text or CSV.

    Raises ``UnreadableInput`` that names the file and what is wrong with it.
    """
    from triage_tui.sources.common import metric_tables, openmetrics, prometheus_json

    if content.startswith(PARQUET_MAGIC):
        return metric_tables.decode_parquet(content, name, naming)
    body = without_bom(content).lstrip()
    if not body:
        raise UnreadableInput(name, "is empty")
    if body[:1] in b"{[":
        return prometheus_json.decode_query_answer(body, name, naming)
    if is_exposition(body):
        return openmetrics.decode_exposition(content, name, naming)
    return metric_tables.decode_csv(content, name, naming)


def is_exposition(content: bytes) -> bool:
    """Tell whether text begins as OpenMetrics or the Prometheus text format does."""
    return re.match(_EXPOSITION_LINE, content) is not None
