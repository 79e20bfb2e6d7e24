"""A small incident for the screens: frames, lines and findings made by hand, so that nothing else can change them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from msgspec.structs import replace

from triage_tui.investigation.block import SourceNote
from triage_tui.investigation.case import Case
from triage_tui.investigation.change import Change, ChangeRecord
from triage_tui.investigation.decision import Decision
from triage_tui.investigation.events import (
    HotfixTaken,
    InvestigationOpened,
    QuestionAnswered,
    StepEntered,
)
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, SignalHint, frame_schema
from triage_tui.investigation.findings import (
    Alert,
    EndpointImpact,
    Example,
    Findings,
    Impact,
    Lead,
    Onset,
    OnsetEstimate,
    Pattern,
    Signal,
    Trend,
)
from triage_tui.investigation.hypothesis_events import EvidencePinned, HypothesisWritten, PinLinked
from triage_tui.investigation.source import LogLine
from triage_tui.investigation.state import CaseInputs, Hotfix, Pin
from triage_tui.investigation.steps import Step
from triage_tui.investigation.time_window import TimeWindow

START = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
DEPLOY = START + timedelta(minutes=30)
ONSET = START + timedelta(minutes=60)
END = START + timedelta(minutes=92)
WINDOW = TimeWindow(START, END)
DEPLOY_ID = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
LATE_ID = "77aa001bb22cc33dd44ee55ff66aa77bb88cc99d"
FAILING = "req-failing-1"
DIFF = """diff --git a/orders/db.py b/orders/db.py
--- a/orders/db.py
+++ b/orders/db.py
@@ -1,6 +1,4 @@
 def get_db():
-    session = Session()
-    yield session
-    session.close()
+    return Session()
"""


def minutes(count: float) -> datetime:
    """A moment so many minutes after the start of the window."""
    return START + timedelta(minutes=count)


def _request(at: datetime, request_id: str, events: Sequence[tuple[float, str, str]]) -> list[dict[str, Any]]:
    return [
        {"time": at + timedelta(seconds=after), "level": level, "request_id": request_id, "event": event}
        for after, level, event in events
    ]


def log_records() -> list[dict[str, Any]]:
    """Healthy requests over the whole window, and failing ones from the onset on."""
    records: list[dict[str, Any]] = []
    for number in range(60):
        records += _request(
            minutes(number * 1.5), f"req-{number}",
            [(0, "INFO", "POST /api/orders"), (0.01, "INFO", "Database session acquired"),
             (0.03, "INFO", "Database session released")],
        )  # fmt: skip
    for number in range(12):
        records += _request(
            ONSET + timedelta(minutes=number * 2, seconds=1), f"req-failing-{number}",
            [(0, "INFO", "GET /api/reports/generate"), (0.011, "INFO", "Database session acquired"),
             (1.02, "ERROR", "ValueError: invalid date range")],
        )  # fmt: skip
    return sorted(records, key=lambda record: record["time"])


def log_frame(records: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The LOGS frame of records; what they do not say is null."""
    schema = frame_schema(EvidenceKind.LOGS)
    rows = [
        {name: record.get(name) for name in schema}
        | {"service": "orders-api", "file": "app.jsonl", "line": number + 1, "route": record.get("route", "GET /api/x")}
        for number, record in enumerate(records)
    ]
    return pl.DataFrame(rows, schema=schema)


@dataclass
class ListedLines:
    """Log lines in a list."""

    records: Sequence[Mapping[str, Any]]

    def __len__(self) -> int:
        return len(self.records)

    def row(self, number: int) -> LogLine:
        record = self.records[number]
        return LogLine(
            row=number, time=record["time"], level=record["level"], request_id=record["request_id"],
            event=record["event"], text=json.dumps(record, default=str), file="app.jsonl", line=number + 1,
        )  # fmt: skip

    def row_at(self, moment: datetime) -> int:
        later = (number for number, record in enumerate(self.records) if record["time"] >= moment)
        return next(later, len(self.records) - 1)

    def rows_with_id(self, correlation_id: str) -> Sequence[int]:
        return [number for number, record in enumerate(self.records) if record["request_id"] == correlation_id]

    def next_match(self, text: str, start: int, step: int) -> int | None:
        ahead = range(start + step, len(self.records) if step > 0 else -1, step)
        return next((one for one in ahead if text.lower() in self.records[one]["event"].lower()), None)

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        ahead = range(start + step, len(self.records) if step > 0 else -1, step)
        return next((one for one in ahead if self.records[one]["level"] in levels), None)


def metric_frame() -> pl.DataFrame:
    """Four series, a sample a minute; the pool's climbs to its cap."""
    rows: list[dict[str, Any]] = []
    for minute in range(92):
        pool = min(20.0, 5.0 if minute < 30 else 5 + (minute - 30) / 2)
        failing = minute >= 60
        values = {"errors_per_second": 4.0 if failing else 0.0, "latency_p95": 3.8 if minute > 54 else 0.12,
                  "pool_checked_out": pool, "requests_per_second": 30.0 + minute % 3}  # fmt: skip
        rows += [
            {"time": minutes(minute), "metric": name, "service": "orders-api", "labels": "", "value": value}
            for name, value in values.items()
        ]
    return pl.DataFrame(rows, schema=frame_schema(EvidenceKind.METRICS))


def change_frame() -> pl.DataFrame:
    """The deploy with its diff, a configuration change, and a deploy after the onset."""
    rows = [
        {"id": "9f8e7d6", "kind": "config", "at": minutes(-55), "title": "POOL_RECYCLE 300 to 600"},
        {"id": DEPLOY_ID, "kind": "deploy", "at": DEPLOY, "title": "Add the report of sales", "author": "Ada",
         "paths": ["orders/db.py"], "routes": ["GET /api/reports/generate"],
         "details": ["db.py: get_db no longer yields"], "diff": DIFF},
        {"id": LATE_ID, "kind": "deploy", "at": minutes(82), "title": "Update the logo"},
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=frame_schema(EvidenceKind.CHANGES))


def health_frame() -> pl.DataFrame:
    """Three probes that were answered."""
    rows = [
        {"time": minutes(minute), "target": "/health", "status": 200, "latency_ms": 34.0, "ok": True, "note": ""}
        for minute in (30, 60, 91)
    ]
    return pl.DataFrame(rows, schema=frame_schema(EvidenceKind.HEALTH))


LOGS = (SourceNote("app.jsonl", complete=True, note="216 of 216 lines"),)
METRICS = (SourceNote("prometheus", complete=True),)
GIT = (SourceNote("git", complete=True),)

ALERT = Alert(
    title="DatabaseError: connection pool exhausted", service="orders-api", source="sentry", count=47, users=23,
    first_seen=minutes(60.1), request_id=FAILING, route="GET /api/reports/generate", window=WINDOW,
)  # fmt: skip


def findings() -> Findings:
    """What the analysis would say of the story."""
    return Findings(
        alert=ALERT,
        window=WINDOW,
        onset=Onset(
            earliest=ONSET, latest=ONSET + timedelta(seconds=8), sources=LOGS,
            estimates=(
                OnsetEstimate(by="log errors", earliest=ONSET, latest=ONSET + timedelta(seconds=8)),
                OnsetEstimate(by="metrics", earliest=ONSET, latest=minutes(61)),
            ),
        ),
        impact=Impact(
            errors=47, users=23, state="degraded", because=("3 of 3 health probes were answered well",),
            trend=Trend(verdict="worsening", per_10_min=0.11, n=47), sources=LOGS,
            endpoints=(
                EndpointImpact(endpoint="POST /api/orders", errors=38, requests=400, error_ratio=0.095),
                EndpointImpact(endpoint="GET /api/reports/generate", errors=9, requests=9, error_ratio=1.0),
            ),
        ),
        changes=(
            Change(
                id=DEPLOY_ID, kind="deploy", service="orders-api", at=DEPLOY, title="Add the report of sales",
                lag_s=1800.0, verdict="prime", sources=GIT,
                records=(ChangeRecord(source="git", id=DEPLOY_ID, at=DEPLOY),),
                speaks_for=("it adds GET /api/reports/generate, which fails", "db.py: get_db no longer yields"),
            ),
            Change(id="9f8e7d6", kind="config", at=minutes(-55), title="POOL_RECYCLE 300 to 600", lag_s=6900.0,
                   verdict="possible", sources=GIT),
            Change(id=LATE_ID, kind="deploy", at=minutes(82), title="Update the logo", lag_s=-1320.0,
                   verdict="excluded", speaks_against=("22 min after the onset",), sources=GIT),
        ),
        patterns=(
            Pattern(
                kind="missing_line", start=minutes(60), sources=LOGS, examples=(Example("app.jsonl", 121),),
                statement=f'"Database session released" is missing in request {FAILING}; 60 of 60 healthy ones have it',
                numbers={"event": "Database session released", "request_id": FAILING, "present_in": 60, "of": 60},
            ),
        ),
        signals=(
            Signal(service="orders-api", metric="errors_per_second", role="errors", shape="step", score=9.0, before=0.0,
                   after=4.0, sources=METRICS),
            Signal(service="orders-api", metric="latency_p95", role="latency", shape="step", score=8.0, before=0.12,
                   after=3.8, sources=METRICS),
            Signal(service="orders-api", metric="pool_checked_out", role="saturation", shape="saturated", score=7.0,
                   before=5.0, after=20.0, cap=20.0, at_cap_since=ONSET, sources=METRICS),
            Signal(service="orders-api", metric="requests_per_second", role="traffic", shape="none", before=31.0,
                   after=31.0, sources=METRICS),
        ),
        lead=Lead(first=("orders-api", "latency_p95"), then=("orders-api", "errors_per_second"), seconds=360.0,
                  sources=METRICS),
        sources=(*LOGS, *METRICS, *GIT),
    )  # fmt: skip


class FixedSource:
    """A source that brings what it was given, or raises."""

    def __init__(self, evidence: Evidence | None, error: Exception | None = None) -> None:
        self._evidence, self._error = evidence, error
        self.name = evidence.source if evidence else "loki"
        self.kind = evidence.kind if evidence else EvidenceKind.LOGS

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        del window
        if self._error is not None:
            raise self._error
        assert self._evidence is not None
        return self._evidence


def evidence_of(kind: EvidenceKind, source: str, frame: pl.DataFrame, lines: ListedLines | None = None) -> Evidence:
    """Evidence that is complete."""
    return Evidence(
        kind=kind, source=source, window=WINDOW, query="", fetched_at=END,
        completeness=Completeness(complete=True, note=f"{frame.height} of {frame.height}"), held=frame, lines=lines,
    )  # fmt: skip


def sources(records: Sequence[Mapping[str, Any]] | None = None) -> tuple[FixedSource, ...]:
    """One source of each kind that the screens draw."""
    records = log_records() if records is None else records
    return (
        FixedSource(evidence_of(EvidenceKind.LOGS, "app.jsonl", log_frame(records), ListedLines(records))),
        FixedSource(evidence_of(EvidenceKind.METRICS, "prometheus", metric_frame())),
        FixedSource(evidence_of(EvidenceKind.CHANGES, "git", change_frame())),
        FixedSource(evidence_of(EvidenceKind.HEALTH, "health", health_frame())),
    )


def story() -> Case:
    """The whole incident as a case."""
    return Case(
        investigation_id="20261124-1500-ab12", title="DatabaseError: connection pool exhausted",
        inputs=CaseInputs(paths=("/exports",)), alert=ALERT, sources=sources(), window=WINDOW,
        hints=(SignalHint(metric="pool_checked_out", unit="connections", cap=20.0),),
    )  # fmt: skip


def with_sources(*given: FixedSource) -> Case:
    """The incident with other sources."""
    return replace(story(), sources=given)


def decided(step: Step) -> Case:
    """The incident as it was left in a step, with a pin, a hypothesis, a hotfix and times that do not change."""
    case = story()
    pin = Pin(id="pin-1", pane="metrics", text="pool_checked_out: at cap 20", source="prometheus", pinned_at=END,
              moment=ONSET)  # fmt: skip
    cause = "the pool runs dry because the report does not give sessions back"
    rollback = Hotfix(kind="rollback", description="Roll back a1b2c3d", taken_at=END, prediction="no errors by 14:40")
    decisions: tuple[Decision, ...] = (
        InvestigationOpened(at=END, investigation_id=case.investigation_id, title=case.title, inputs=case.inputs,
                            alert=case.alert, window=case.window),
        QuestionAnswered(at=END, question="impact.users", text="23 users, 47 errors", source="app.jsonl"),
        EvidencePinned(at=END, pin=pin),
        HypothesisWritten(at=END, hypothesis_id="hypothesis-1", statement=cause),
        PinLinked(at=END, hypothesis_id="hypothesis-1", pin_id="pin-1", side="for"),
        HotfixTaken(at=END, hotfix=rollback),
        StepEntered(at=END, step=step, reason="paged again"),
    )  # fmt: skip
    return replace(case, decisions=decisions)
