"""Answers of the Prometheus HTTP API as curl saves them.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/ (matrix, vector and scalar results); ``isPartial`` is
what VictoriaMetrics adds where a storage node did not answer. A bare list of series is what ``promtool query`` prints.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.decoded import Decoded
from triage_tui.sources.common.decoding import decoded_json, without_bom
from triage_tui.sources.common.series_naming import SeriesNaming, named_from_labels, sorted_samples

if TYPE_CHECKING:
    import polars as pl


class QuerySeries(msgspec.Struct, gc=False):
    """One series; ``histograms`` holds native histograms, which have no single value."""

    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []
    value: tuple[float, str] | None = None
    histograms: list[msgspec.Raw] = []


class _Data(msgspec.Struct):
    resultType: str = "matrix"  # noqa: N815 - the API's own spelling
    result: msgspec.Raw = msgspec.Raw(b"[]")


class _Answer(msgspec.Struct):
    status: str = "success"
    data: _Data | None = None
    errorType: str = ""  # noqa: N815 - the API's own spelling
    error: str = ""
    warnings: list[str] = []
    isPartial: bool = False  # noqa: N815 - the API's own spelling


def decode_query_answer(content: bytes, name: str, naming: SeriesNaming) -> Decoded:
    """Read a ``query_range`` or ``query`` answer as a METRICS frame; warnings of the server become the note.

    Raises ``UnreadableInput`` for an error answer, one without series, and what is no such answer.
    """
    series, notes = series_and_notes(content, name)
    if skipped := sum(bool(one.histograms) for one in series):
        notes.append(f"{skipped} native histogram series skipped")
    frame = _samples(series, naming)
    if frame.is_empty():
        notes.append(f"no samples in {name}")
    return Decoded(frame, "; ".join(notes))


def series_and_notes(content: bytes, name: str) -> tuple[list[QuerySeries], list[str]]:
    """Read the series of an answer as they stand, and what the server warned of.

    Raises ``UnreadableInput`` as ``decode_query_answer`` does.
    """
    if without_bom(content).lstrip()[:1] == b"[":
        return decoded_json(content, name, list[QuerySeries]), []
    answer = decoded_json(content, name, _Answer)
    if answer.status != "success" or answer.error:
        reason = ": ".join(part for part in (answer.errorType, answer.error) if part) or answer.status
        raise UnreadableInput(name, f"holds an error of the metrics server, not samples: {reason}")
    if answer.data is None:
        raise UnreadableInput(name, "holds no data of a metrics server; save the answer of /api/v1/query_range")
    notes = [f"the server warned: {warning}" for warning in answer.warnings]
    if answer.isPartial:
        notes.append("the server said that its answer is partial")
    return _result_series(answer.data, name), notes


def _result_series(data: _Data, name: str) -> list[QuerySeries]:
    if data.resultType in {"matrix", "vector"}:
        return decoded_json(bytes(data.result), name, list[QuerySeries])
    if data.resultType == "scalar":
        return decoded_json(b'[{"value":' + bytes(data.result) + b"}]", name, list[QuerySeries])
    raise UnreadableInput(
        name, f"holds a result of type {data.resultType!r}; only matrix, vector and scalar have samples"
    )


def _samples(series: list[QuerySeries], naming: SeriesNaming) -> pl.DataFrame:
    import polars as pl

    names = [named_from_labels(one.metric, naming) for one in series]
    samples = [one.values if one.value is None else [*one.values, one.value] for one in series]
    flat = list(chain.from_iterable(chain.from_iterable(samples)))
    keys = pl.DataFrame(
        {
            "metric": pl.Series([name.metric for name in names], dtype=pl.String),
            "service": pl.Series([name.service for name in names], dtype=pl.String),
            "labels": pl.Series([name.labels for name in names], dtype=pl.String),
            "samples": pl.Series([len(part) for part in samples], dtype=pl.UInt32),
        }
    )
    seconds = pl.Series("time", flat[0::2], dtype=pl.Float64)
    frame = keys.select(pl.exclude("samples").repeat_by("samples").explode(empty_as_null=False)).with_columns(
        (seconds * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC")),
        pl.Series("value", flat[1::2], dtype=pl.String).cast(pl.Float64, strict=False),
    )
    return sorted_samples(frame)
