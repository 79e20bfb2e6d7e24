"""OpenMetrics and Prometheus text exposition with timestamps, as ``promtool tsdb dump-openmetrics`` writes it.

Source: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md; an exemplar after ``#`` is
left out. OpenMetrics counts in seconds and the older format in milliseconds, which the size of the numbers tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = re.compile(
    r'(?P<metric>[A-Za-z_:][\w:.]*)(?:\{(?P<labels>(?:[^"{}]|"(?:\\.|[^"\\])*")*)\})?'
    r"[ \t]+(?P<value>\S+)(?:[ \t]+(?P<time>-?[\d.eE+]+))?[ \t]*(?:#.*)?"
)


def decode_exposition(content: bytes, name: str, naming: SeriesNaming) -> Decoded:
    """Read samples with timestamps as a METRICS frame; raises ``UnreadableInput`` where there are none."""
    samples: list[re.Match[str]] = []
    skipped: list[int] = []
    for number, line in enumerate(decoded_text(content).splitlines(), start=1):
        sample = _SAMPLE.fullmatch(line.strip())
        if sample is not None and sample["time"] is not None:
            samples.append(sample)
        elif line.strip() and not line.startswith("#"):
            skipped.append(number)
    if not samples:
        raise UnreadableInput(name, "has no sample with a timestamp")
    note = some_unreadable(len(skipped), "sample", name, skipped[0] if skipped else None)
    return Decoded(sorted_samples(_frame(samples, naming)), note)


def _frame(samples: Sequence[re.Match[str]], naming: SeriesNaming) -> pl.DataFrame:
    import polars as pl

    @cache
    def named(metric: str, labels: str | None) -> SeriesName:
        return named_from_labels({**labels_from_text(labels or ""), "__name__": metric}, naming)

    names = [named(sample["metric"], sample["labels"]) for sample in samples]
    return pl.DataFrame(
        {
            "metric": [one.metric for one in names],
            "service": pl.Series([one.service for one in names], dtype=pl.String),
            "labels": [one.labels for one in names],
            "time": time_series(pl.Series([sample["time"] for sample in samples])),
            "value": pl.Series([sample["value"] for sample in samples]).cast(pl.Float64, strict=False),
        }
    ).drop_nulls(["time", "value"])
