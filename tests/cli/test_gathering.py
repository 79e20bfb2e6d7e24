from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from triage_tui.cli.answers import NoSourceAnswered, findings_of, gather
from triage_tui.investigation.case import Case
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import Source, SourceUnavailable, UnreadableInput
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow

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
