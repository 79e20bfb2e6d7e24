"""OpenMetrics and Prometheus text exposition with timestamps, as ``promtool tsdb dump-openmetrics`` writes it.

Source: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md; an exemplar after ``#`` is
left out. OpenMetrics counts in seconds and the older format in milliseconds, which the size of the numbers tells.
"""

from __future__ import annotations

import re
from functools import cache

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.decoded import Decoded, some_unreadable
from triage_tui.sources.common.decoding import decoded_text
from triage_tui.sources.common.series_naming import (
    SeriesName,
    SeriesNaming,
    labels_from_text,
    named_from_labels,
    sorted_samples,
)
from triage_tui.sources.common.times import time_series

_SAMPLE = re.compile(
    r'([A-Za-z_:][\w:.]*)(?:\{((?:[^"{}]|"(?:\\.|[^"\\])*")*)\})?[ \t]+(\S+)(?:[ \t]+(-?[\d.eE+]+))?[ \t]*(?:#.*)?'
)


def decode_exposition(content: bytes, name: str, naming: SeriesNaming) -> Decoded:
    """Read samples with timestamps as a METRICS frame; raises ``UnreadableInput`` where there are none."""
    import polars as pl

    @cache
    def named(metric: str, labels: str | None) -> SeriesName:
        return named_from_labels({**labels_from_text(labels or ""), "__name__": metric}, naming)

    rows: list[tuple[SeriesName, str, str]] = []
    skipped: list[int] = []
    for number, line in enumerate(decoded_text(content).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        sample = _SAMPLE.fullmatch(line.strip())
        if sample is None or sample[4] is None:
            skipped.append(number)
        else:
            rows.append((named(sample[1], sample[2]), sample[4], sample[3]))
    if not rows:
        raise UnreadableInput(name, "has no sample with a timestamp")
    frame = pl.DataFrame(
        {
            "metric": [series.metric for series, _, _ in rows],
            "service": pl.Series([series.service for series, _, _ in rows], dtype=pl.String),
            "labels": [series.labels for series, _, _ in rows],
            "time": time_series(pl.Series([time for _, time, _ in rows])),
            "value": pl.Series([value for _, _, value in rows]).cast(pl.Float64, strict=False),
        }
    )
    note = some_unreadable(len(skipped), "sample", name, skipped[0] if skipped else None)
    return Decoded(sorted_samples(frame.drop_nulls(["time", "value"])), note)
