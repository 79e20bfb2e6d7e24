"""The onset while evidence grows: it stays, or what it was stands beside it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import polars as pl
import pytest
from msgspec.structs import replace

from triage_tui.analysis.diagnosis import diagnose
from triage_tui.analysis.settling import settled
from triage_tui.cli.answers import gather
from triage_tui.cli.composing import compose
from triage_tui.investigation.evidence import Evidence, EvidenceKind
from triage_tui.investigation.findings import Onset, OnsetEstimate
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TIMES = {
    EvidenceKind.LOGS: "time",
    EvidenceKind.METRICS: "time",
    EvidenceKind.HEALTH: "time",
    EvidenceKind.CHANGES: "at",
}


def at(minutes: float, *by: str, width_s: float = 1) -> Onset:
    start = NOON + timedelta(minutes=minutes)
    end = start + timedelta(seconds=width_s)
    named = by or ("metrics",)
    return Onset(
        earliest=start, latest=end, estimates=tuple(OnsetEstimate(by=one, earliest=start, latest=end) for one in named)
    )


def moments(onset: Onset) -> tuple[datetime | None, datetime | None]:
    return onset.earliest, onset.latest


def test_a_move_of_some_seconds_is_none_and_a_lone_large_one_is_only_doubted() -> None:
    first = at(10)
    moved = settled(first, at(10.1), NOON)
    assert (moments(moved), moved.doubt) == (moments(first), None)
    doubted = settled(moved, at(2), NOON)
    assert moments(doubted) == moments(first)
    assert doubted.doubt is not None
    assert doubted.doubt.earliest == at(2).earliest
    assert settled(doubted, at(10), NOON).doubt is None


def test_what_is_found_twice_or_by_a_new_source_revises_the_onset_and_says_what_it_was() -> None:
    first = at(10)
    twice = settled(settled(first, at(2), NOON), at(2.1), NOON + timedelta(minutes=20))
    assert moments(twice) == moments(at(2.1))
    (revision,) = twice.revisions
    assert (revision.earliest, revision.at) == (first.earliest, NOON + timedelta(minutes=20))
    assert settled(twice, at(2), NOON).revisions == twice.revisions
    by_logs = settled(first, at(2, "metrics", "log errors"), NOON)
    assert moments(by_logs) == moments(at(2))
    assert len(by_logs.revisions) == 1


def test_an_onset_that_is_no_longer_found_is_kept_until_that_is_certain() -> None:
    first = at(10)
    gone = settled(first, Onset(), NOON)
    assert moments(gone) == moments(first)
    assert settled(gone, Onset(), NOON).earliest is None


def cut(evidence: Evidence, until: datetime) -> Evidence:
    column = TIMES.get(evidence.kind)
    if column is None:
        return evidence
    return replace(evidence, held=evidence.frame.filter(pl.col(column) < until))


def growing(demo: str, step_s: int) -> Iterator[Onset]:
    """Diagnose a recorded incident again and again, from a minute after its alert on, each time with more evidence."""
    case = compose(CaseInputs(paths=(f"demo:{demo}",)))
    evidence = gather(case).evidence
    assert case.window is not None
    assert case.alert.fired_at is not None
    alert = msgspec.structs.replace(case.alert, window=None, baseline=None)
    before: Onset | None = None
    until = case.alert.fired_at + timedelta(minutes=1)
    while until <= case.window.end:
        window = TimeWindow(case.window.start, until)
        found = diagnose([cut(one, until) for one in evidence], alert, window=window, hints=case.hints, before=before)
        before = found.onset
        yield found.onset
        until += timedelta(seconds=step_s)


@pytest.mark.parametrize("demo", ["connection-pool", "slow-dependency"])
def test_a_recorded_incident_that_is_watched_as_it_grows_never_moves_its_onset_unsaid(demo: str) -> None:
    onsets = list(growing(demo, 45))
    assert len(onsets) > 4
    for before, now in pairwise(onsets):
        said = now.revisions and now.revisions[-1].earliest == before.earliest
        assert moments(now) == moments(before) or said
    assert len(onsets[-1].revisions) <= 1
