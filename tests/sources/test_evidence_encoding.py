from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.change_decoding import decode_changes
from triage_tui.sources.common.evidence_encoding import encode_evidence, encode_metrics
from triage_tui.sources.common.prometheus_json import decode_query_answer
from triage_tui.sources.common.series_naming import SeriesNaming, sorted_samples
from triage_tui.sources.common.table_decoding import decode_health, decode_request_counts, decode_topology
from triage_tui.sources.log_files import LogFileSource

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def evidence(kind: EvidenceKind, frame: pl.DataFrame) -> Evidence:
    return Evidence(kind, "source", None, "", NOON, Completeness(complete=True), frame)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**6),
            st.sampled_from(["up", "p95"]),
            st.sampled_from(["orders", None]),
            st.sampled_from(["", '{"route":"GET /\\"x\\""}']),
            st.floats(width=64),
        )
    )
)
def test_metrics_come_back_to_the_last_bit(rows: list[tuple[int, str, str | None, str, float]]) -> None:
    times = [NOON + timedelta(milliseconds=row[0]) for row in rows]
    columns = [times, *([row[part] for row in rows] for part in (1, 2, 3, 4))]
    frame = sorted_samples(pl.DataFrame(columns, schema=frame_schema(EvidenceKind.METRICS)))
    decoded = decode_query_answer(encode_metrics(frame), "captured", SeriesNaming("?")).frame
    assert decoded.equals(frame)


def test_changes_come_back_with_their_diffs() -> None:
    row = {
        "id": "a1b2c3d", "kind": "deploy", "service": "orders", "at": NOON, "title": "Add reports ␛", "author": "ana",
        "paths": ["db.py"], "routes": ["GET /api/reports"], "details": ["db.py: no longer yields"], "diff": "-a\n+b\n",
    }  # fmt: skip
    frame = pl.DataFrame([row], schema=frame_schema(EvidenceKind.CHANGES))
    (content,) = encode_evidence(evidence(EvidenceKind.CHANGES, frame)).values()
    assert decode_changes(content, "captured").frame.equals(frame)


def test_probes_edges_and_counts_come_back() -> None:
    probe = {"time": NOON, "target": "api", "status": None, "latency_ms": 3.25, "ok": False, "note": "no answer"}
    probes = pl.DataFrame([probe], schema=frame_schema(EvidenceKind.HEALTH))
    edges = pl.DataFrame([("api", "db")], schema=frame_schema(EvidenceKind.TOPOLOGY), orient="row")
    counts = pl.DataFrame(
        {"time": [NOON], "bad": [1.0], "total": [9.5], "region": ["eu"]},
        schema_overrides={"time": pl.Datetime("us", "UTC")},
    )
    for kind, frame, decode in (
        (EvidenceKind.HEALTH, probes, decode_health),
        (EvidenceKind.TOPOLOGY, edges, decode_topology),
        (EvidenceKind.REQUEST_COUNTS, counts, decode_request_counts),
    ):
        (content,) = encode_evidence(evidence(kind, frame)).values()
        assert decode(content, "captured").frame.equals(frame)


def test_log_records_are_copied_as_they_stand_within_the_window() -> None:
    log = (
        '{"time":"2026-11-24T11:00:00Z","level":"info","message":"before","request_id":"r1"}\n'
        '{"time":"2026-11-24T12:00:00Z","level":"error","message":"boom \\u001b","request_id":"r2"}\n'
        '{"time":"2026-11-24T12:00:01Z","level":"info","message":"after","request_id":"r2"}\n'
    )
    window = TimeWindow(NOON, NOON + timedelta(minutes=1))
    captured = encode_evidence(LogFileSource.from_bytes("app.jsonl", log.encode()).read(window))
    assert captured == {"app.jsonl": "".join(log.splitlines(keepends=True)[1:]).encode()}
