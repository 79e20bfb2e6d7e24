from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest
from msgspec.structs import replace

from triage_tui.analysis.traces import trace_through
from triage_tui.cli.answers import NoSourceAnswered, findings_of, gather, gather_request
from triage_tui.cli.progress_line import ProgressLine
from triage_tui.investigation.case import Case
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import Source, SourceUnavailable, UnreadableInput
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.log_files import LogFileSource

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = TimeWindow(NOON, NOON + timedelta(hours=1))


@dataclass
class Scripted:
    """A source that answers with these times, or fails, and remembers for which windows it was asked."""

    name: str
    kind: EvidenceKind
    times: Sequence[datetime] = ()
    error: Exception | None = None
    asked: list[TimeWindow | None] = field(default_factory=list)

    async def fetch(self, window: TimeWindow | None) -> Evidence:
        self.asked.append(window)
        if self.error is not None:
            raise self.error
        rows = [{"time": time} for time in self.times] if self.kind is not EvidenceKind.CHANGES else []
        frame = pl.DataFrame(rows, schema=frame_schema(self.kind))
        return Evidence(self.kind, self.name, window, "", NOON, Completeness(complete=True), frame)


def case_of(*sources: Source, window: TimeWindow | None = None, live: bool = False) -> Case:
    return Case(
        investigation_id="i",
        title="t",
        inputs=CaseInputs(),
        alert=Alert(),
        sources=sources,
        window=window,
        live=live,
    )


def test_a_history_is_asked_for_the_span_that_the_other_files_cover() -> None:
    history = Scripted("git", EvidenceKind.CHANGES)
    gather(case_of(history, Scripted("logs", EvidenceKind.LOGS, [HOUR.end, HOUR.start])))
    assert history.asked == [TimeWindow(HOUR.start, HOUR.end + timedelta(microseconds=1))]


def test_files_are_read_whole_but_for_logs_and_servers_asked_for_the_window() -> None:
    logs, metrics = Scripted("logs", EvidenceKind.LOGS, [NOON]), Scripted("cpu", EvidenceKind.METRICS, [NOON])
    history = Scripted("git", EvidenceKind.CHANGES)
    gather(case_of(logs, metrics, history, window=HOUR))
    gather(case_of(logs, metrics, history, window=HOUR, live=True))
    assert logs.asked == [HOUR, HOUR]
    assert metrics.asked == [None, HOUR]
    assert history.asked == [HOUR, HOUR]


def test_logs_are_asked_for_the_baseline_too() -> None:
    logs, before = Scripted("logs", EvidenceKind.LOGS, [NOON]), HOUR.shifted(-3)
    gather(replace(case_of(logs, window=HOUR), baseline=before))
    assert logs.asked == [TimeWindow(before.start, HOUR.end)]


def test_without_a_window_the_findings_name_the_span_of_the_evidence() -> None:
    case = case_of(Scripted("cpu", EvidenceKind.METRICS, [HOUR.start, HOUR.end]))
    window = findings_of(case, gather(case)).window
    assert window == TimeWindow(HOUR.start, HOUR.end + timedelta(microseconds=1))


def test_a_server_that_fails_is_named_among_the_sources_and_the_others_count() -> None:
    down = Scripted("prometheus", EvidenceKind.METRICS, error=SourceUnavailable("prometheus: 503"))
    case = case_of(down, Scripted("logs", EvidenceKind.LOGS, [NOON]))
    notes = {note.name: note for note in findings_of(case, gather(case)).sources}
    assert (notes["prometheus"].complete, notes["prometheus"].note) == (False, "prometheus: 503")
    assert notes["logs"].complete


def test_where_every_server_fails_all_of_them_are_told() -> None:
    sources = [Scripted(name, EvidenceKind.METRICS, error=SourceUnavailable(f"{name}: refused")) for name in "ab"]
    with pytest.raises(NoSourceAnswered, match="a: refused; b: refused"):
        gather(case_of(*sources))


def test_of_several_unreadable_files_the_first_by_name_is_told() -> None:
    sources = [
        Scripted(name, EvidenceKind.METRICS, error=UnreadableInput(f"{name}.csv", "is empty")) for name in ("a", "b")
    ]
    with pytest.raises(UnreadableInput, match=r"a\.csv: is empty"):
        gather(case_of(*sources))


def requests_log(first: int) -> bytes:
    """Three records a request, half of them in each of two logs; request 700 waits, and lacks its release."""
    rows = []
    for number in range(1000):
        for step, event in enumerate(("session acquired", "query done", "session released")):
            late = 30 if number == 700 and step else 0
            at = NOON + timedelta(seconds=number * 3 + step * 0.1 + late)
            level = "error" if late else "info"
            if step % 2 == first and not (number == 700 and step == 2):
                record = {"time": at, "level": level, "message": event, "request_id": f"r-{number:04}", "path": "/x"}
                rows.append(msgspec.json.encode(record) + b"\n")
    return b"".join(rows)


def test_a_request_of_large_logs_is_searched_and_traced_as_if_all_were_read(tmp_path: Path) -> None:
    for number in (0, 1):
        (tmp_path / f"{number}.log").write_bytes(requests_log(number))
    paths = sorted(tmp_path.glob("*.log"))
    other = Scripted("deploys", EvidenceKind.CHANGES)
    traces = []
    for whole_bytes in (0, 1 << 20):
        source = LogFileSource("logs", paths, whole_bytes=whole_bytes)
        assert (source.find_request("r-0700") is None) == (whole_bytes > 0)
        gathered = gather_request(case_of(source, other), "r-0700")
        traces.append(trace_through(gathered.evidence, "r-0700"))
    searched, read = traces
    assert [(one.at, one.file, one.line, one.event) for one in searched.records] == [
        (one.at, one.file, one.line, one.event) for one in read.records
    ]
    assert len(searched.records) == 2
    assert searched.route == read.route == "/x"
    assert [one.numbers["seconds"] for one in searched.gaps] == [one.numbers["seconds"] for one in read.gaps] == [30.1]
    assert [one.numbers["event"] for one in searched.missing] == ["session released"]
    assert [one.numbers["event"] for one in read.missing] == ["session released"]
    assert other.asked == []


def test_a_request_that_no_log_has_has_no_records(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(requests_log(0))
    source = LogFileSource("logs", [tmp_path / "app.log"], whole_bytes=0)
    gathered = gather_request(case_of(source), "r-9999")
    assert trace_through(gathered.evidence, "r-9999").records == ()
    assert gather_request(case_of(), "r-9999").evidence == ()


def test_of_a_window_all_records_tell_what_is_normal(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(requests_log(0))
    source = LogFileSource("logs", [tmp_path / "app.log"], whole_bytes=0)
    gathered = gather_request(case_of(source, window=HOUR), "r-0700")
    assert gathered.evidence[0].window == HOUR
    assert trace_through(gathered.evidence, "r-0700").records


def test_how_far_reading_is_is_said_and_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(ProgressLine, "say", lambda _, words: said.append(words))
    monkeypatch.setattr(ProgressLine, "take_away", lambda _: said.append(""))
    (tmp_path / "app.log").write_bytes(requests_log(0))
    source = LogFileSource("app.log", [tmp_path / "app.log"], whole_bytes=0)
    gather_request(case_of(source), "r-0700")
    assert said[0].startswith("app.log: searching 100%, ")
    assert said[-1] == ""
    said.clear()
    gather(case_of(source))
    assert said[0].startswith("app.log: reading ")
    assert said[-1] == ""


def test_ctrl_c_ends_it_at_once_even_where_polars_was_loaded_for_the_answer() -> None:
    script = """
import os, signal
from triage_tui.cli import answers
async def interrupted(case, **_):
    import polars
    polars.DataFrame({"a": [1]}).lazy().filter(polars.col("a") > 0).collect()
    os.kill(os.getpid(), signal.SIGINT)
    print("still there", flush=True)
class Empty:
    sources = ()
answers._gathered = interrupted
answers.gather(Empty())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGINT, "")
