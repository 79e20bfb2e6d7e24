"""Evidence as bytes that the decoders read back to the same frame: what a capture puts into its bundle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.source import LogLines

if TYPE_CHECKING:
    import polars as pl

_ENDINGS = {
    EvidenceKind.LOGS: "log",
    EvidenceKind.METRICS: "json",
    EvidenceKind.SERIES: "json",
    EvidenceKind.CHANGES: "jsonl",
    EvidenceKind.HEALTH: "jsonl",
    EvidenceKind.ALERTS: "jsonl",
    EvidenceKind.TOPOLOGY: "json",
    EvidenceKind.REQUEST_COUNTS: "csv",
}


def file_ending(kind: EvidenceKind) -> str:
    """Return the ending of a member's name for a kind of evidence."""
    return _ENDINGS[kind]


def encode_evidence(evidence: Evidence) -> dict[str, bytes]:
    """Return the content of an evidence by file: one for each log file, one with the name "" for all other kinds."""
    if evidence.kind is EvidenceKind.LOGS:
        return _encode_logs(evidence.frame, evidence.lines)
    if evidence.kind in {EvidenceKind.METRICS, EvidenceKind.SERIES}:
        return {"": encode_metrics(evidence.frame)}
    if evidence.kind is EvidenceKind.TOPOLOGY:
        return {"": msgspec.json.encode({"edges": [list(edge) for edge in evidence.frame.rows()]})}
    if evidence.kind is EvidenceKind.REQUEST_COUNTS:
        return {"": evidence.frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ").encode()}
    return {"": b"".join(msgspec.json.encode(row) + b"\n" for row in evidence.frame.rows(named=True))}


def encode_metrics(frame: pl.DataFrame) -> bytes:
    """Write a METRICS frame as the answer of a Prometheus range query."""
    series = [_series(part) for part in frame.partition_by("metric", "service", "labels", maintain_order=True)]
    return msgspec.json.encode({"status": "success", "data": {"resultType": "matrix", "result": series}})


def _series(part: pl.DataFrame) -> dict[str, object]:
    metric, service, labels = part.select("metric", "service", "labels").row(0)
    named = {"__name__": metric, **({"service": service} if service is not None else {})}
    extra = msgspec.json.decode(labels, type=dict[str, str]) if labels else {}
    seconds = (part["time"].dt.timestamp("us") / 1e6).to_list()
    values = [_sample(value) for value in part["value"].to_list()]
    return {"metric": {**named, **extra}, "values": [list(pair) for pair in zip(seconds, values, strict=True)]}


def _sample(value: float | None) -> str:
    """Write a sample as Prometheus does, without loss."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is the one value that differs from itself
        return "NaN"
    return {float("inf"): "+Inf", float("-inf"): "-Inf"}.get(value, repr(value))


def _encode_logs(frame: pl.DataFrame, lines: LogLines | None) -> dict[str, bytes]:
    """Copy the records of the frame as they stand in their files."""
    if lines is None:
        return {}
    texts: dict[str, list[str]] = {}
    for file, text in _records(frame, lines):
        texts.setdefault(file, []).append(text.rstrip("\n"))
    return {file: ("\n".join(parts) + "\n").encode("utf-8", "surrogateescape") for file, parts in texts.items()}


def _records(frame: pl.DataFrame, lines: LogLines) -> Iterator[tuple[str, str]]:
    """Walk the rows of ``lines`` that the frame covers: it may hold a window of them only."""
    wanted = set(frame.select("file", "line").rows())
    for row in range(len(lines)):
        line = lines.row(row)
        if (line.file, line.line) in wanted:
            yield line.file, line.text
