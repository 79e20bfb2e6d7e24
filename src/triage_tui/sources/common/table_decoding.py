"""The small tables of an export: health probes, states of the alert, the call graph and requests by attribute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.source import UnreadableInput
from triage_tui.sources.common.decoded import Decoded, some_unreadable
from triage_tui.sources.common.decoding import decoded_json
from triage_tui.sources.common.tables import first_of, read_csv_text, read_records, text_of
from triage_tui.sources.common.times import parsed_time, time_series

_CALLERS, _CALLEES = ("caller", "source", "from", "parent"), ("callee", "target", "to", "child")


def decode_health(content: bytes, name: str) -> Decoded:
    """Read probes from JSON lines, a JSON list or CSV with the columns of the HEALTH frame.

    A row without a time is left out and counted; raises ``UnreadableInput`` where none has one.
    """
    import polars as pl

    records = read_records(content, name)
    rows = [row for row in map(_health_row, records) if row["time"] is not None]
    if records and not rows:
        raise UnreadableInput(name, "has no probe with a time")
    frame = pl.DataFrame(rows, schema=frame_schema(EvidenceKind.HEALTH), orient="row")
    note = some_unreadable(len(records) - len(rows), "probe", name, None)
    return Decoded(frame.sort("time", "target", nulls_last=True), note)


def _health_row(record: Mapping[str, Any]) -> dict[str, Any]:
    status, latency = _number(record.get("status")), _number(record.get("latency_ms"))
    return {
        "time": parsed_time(first_of(record, "time", "timestamp", "at")),
        "target": text_of(record, "target", "url", "service"),
        "status": int(status) if status is not None and 0 <= status < 1000 else None,  # noqa: PLR2004 - three digits
        "latency_ms": latency,
        "ok": _truth(record.get("ok")),
        "note": text_of(record, "note", "message", "error"),
        "vantage": text_of(record, "vantage", "region", "location", "from"),
    }


def decode_alert_states(content: bytes, name: str) -> Decoded:
    """Read the states of an alert from JSON lines with the columns of the ALERTS frame.

    A row without a time or a state is left out and counted.
    """
    import polars as pl

    records = read_records(content, name)
    found = [_alert_row(record) for record in records]
    rows = [row for row in found if row["at"] is not None and row["state"] is not None]
    frame = pl.DataFrame(rows, schema=frame_schema(EvidenceKind.ALERTS), orient="row")
    return Decoded(frame.sort("at"), some_unreadable(len(records) - len(rows), "state", name, None))


def _alert_row(record: Mapping[str, Any]) -> dict[str, Any]:
    times = {key: parsed_time(record.get(key)) for key in ("at", "earliest", "latest")}
    return {**times, "state": text_of(record, "state"), "note": text_of(record, "note")}


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) and value != "" else None
    except ValueError:
        return None


def _truth(value: object) -> bool | None:
    words = {"true": True, "1": True, "yes": True, "ok": True, "false": False, "0": False, "no": False}
    return words.get(str(value).lower()) if value is not None else None


def decode_topology(content: bytes, name: str) -> Decoded:
    """Read edges from ``{"edges": [[caller, callee], ...]}``, a list of pairs or objects, or CSV.

    Edges come back sorted, each once. Raises ``UnreadableInput`` for anything else.
    """
    import polars as pl

    edges = _edges(content, name)
    pairs = sorted({(str(edge[0]), str(edge[1])) for edge in edges})
    schema = frame_schema(EvidenceKind.TOPOLOGY)
    return Decoded(pl.DataFrame(pairs, schema=schema, orient="row"))


def _edges(content: bytes, name: str) -> list[tuple[Any, Any]]:
    if content.lstrip()[:1] not in (b"{", b"["):
        return [_edge(row, name) for row in read_records(content, name)]
    graph = decoded_json(content, name)
    edges = graph.get("edges") if isinstance(graph, dict) else graph
    if not isinstance(edges, list):
        raise UnreadableInput(name, 'has no list of edges: {"edges": [["caller", "callee"], ...]}')
    turned = isinstance(graph, dict) and graph.get("direction") == "callee_to_caller"
    pairs = [_edge(edge, name) for edge in edges]
    return [(callee, caller) for caller, callee in pairs] if turned else pairs


def _edge(edge: object, name: str) -> tuple[Any, Any]:
    if isinstance(edge, dict):
        edge = [first_of(edge, *_CALLERS), first_of(edge, *_CALLEES)]
    if not isinstance(edge, list) or len(edge) != 2 or not all(edge):  # noqa: PLR2004 - an edge has two ends
        raise UnreadableInput(name, f"has an edge that is no pair of services: {str(edge)[:80]}")
    return edge[0], edge[1]


def decode_request_counts(content: bytes, name: str) -> Decoded:
    """Read requests by attribute from CSV: ``bad``, ``total``, maybe ``time``; every other column is an attribute.

    Rows whose counts are no numbers are left out and counted. Raises ``UnreadableInput`` where a
    count column is missing.
    """
    import polars as pl

    table = read_csv_text(content, name)
    if missing := [column for column in ("bad", "total") if column not in table.columns]:
        raise UnreadableInput(name, f"has no column {missing[0]!r}; time, attributes, bad and total are needed")
    time = table["time"] if "time" in table.columns else pl.Series("time", [None] * table.height, dtype=pl.String)
    attributes = sorted(column for column in table.columns if column not in {"time", "bad", "total"})
    counted = table.with_row_index("row").with_columns(
        time_series(time).alias("time"), pl.col("bad", "total").str.strip_chars().cast(pl.Float64, strict=False)
    )
    broken = pl.col("bad").is_null() | pl.col("total").is_null()
    first = counted.filter(broken)["row"].min()
    rows = counted.filter(~broken).select("time", "bad", "total", *attributes)
    note = some_unreadable(
        counted.height - rows.height, "row", name, int(first) + 2 if isinstance(first, int) else None
    )
    return Decoded(rows.sort("time", *attributes, nulls_last=True), note)
