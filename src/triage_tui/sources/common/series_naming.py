"""How the series of a metric file are named, and the order of a METRICS frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.evidence import EvidenceKind, frame_schema

if TYPE_CHECKING:
    import polars as pl

_SERIES_KEY = ("metric", "service", "labels")
_LABEL = re.compile(r'\b([A-Za-z_][\w.]{0,200})\s*=\s*"((?:\\.|[^"\\])*)"\s*,?')
_SELECTOR = re.compile(r"([^{}]*)\{(.*)\}")
_ESCAPE = re.compile(r"\\(.)")


class SeriesNaming(msgspec.Struct, frozen=True):
    """The names of a series whose labels lack them: the file's or the manifest's metric, and the service."""

    metric: str
    service: str | None = None


class SeriesName(msgspec.Struct, frozen=True):
    """One series' key in a METRICS frame; ``labels`` is a sorted JSON object, "" for none."""

    metric: str
    service: str | None
    labels: str


def named_from_labels(labels: Mapping[str, str], naming: SeriesNaming) -> SeriesName:
    """Name a series: the metric from ``__name__``, the service from ``service`` or ``job``, else from ``naming``."""
    import json

    rest = {key: value for key, value in labels.items() if key != "__name__" and value}
    service = rest.pop("service", None) or rest.pop("job", None) or naming.service
    encoded = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if rest else ""
    return SeriesName(labels.get("__name__") or naming.metric, service, encoded)


def named_from_column(column: str, naming: SeriesNaming) -> SeriesName:
    """Name a column of a wide table: ``metric{label="x"}``, ``service:metric``, ``service.metric`` or a plain name.

    Names with more than one colon or dot are recording rules and OpenTelemetry metrics, which stay whole.
    """
    if selector := _SELECTOR.fullmatch(column):
        labels = labels_from_text(selector[2])
        return named_from_labels({"__name__": selector[1].strip(), **labels}, naming)
    for mark in ":.":
        service, found, metric = column.partition(mark)
        if found and service and metric and mark not in metric and not metric[0].isdigit():
            return SeriesName(metric, service, "")
    return SeriesName(column, naming.service, "")


def labels_from_text(text: str) -> dict[str, str]:
    """Read ``a="x",b="y"`` with the escapes of the exposition format."""
    return {name: _ESCAPE.sub(_unescaped, value) for name, value in _LABEL.findall(text)}


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def sorted_samples(frame: pl.DataFrame) -> pl.DataFrame:
    """Give a METRICS frame its columns, dtypes and order: by series, then time, one sample a time.

    Of two samples of one series at one time the smaller stays, so that the order of files does not matter.
    """
    schema = frame_schema(EvidenceKind.METRICS)
    keys = [*_SERIES_KEY, "time"]
    ordered = frame.select(schema.names()).cast(schema).sort([*keys, "value"], nulls_last=True)
    return ordered.unique(subset=keys, keep="first", maintain_order=True)
