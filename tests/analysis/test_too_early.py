"""Naming a suspect needs an onset that stands on enough samples, whatever moves while a service warms up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import pytest

from tests.analysis.series_generator import frame, moment, noise
from tests.analysis.test_settling import NOON, at, cut
from triage_tui.analysis.diagnosis import diagnose
from triage_tui.analysis.findings_text import moment as moment_of
from triage_tui.analysis.onset import combine_onsets, metric_onset
from triage_tui.analysis.settling import settled
from triage_tui.cli.answers import gather
from triage_tui.cli.composing import compose
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Alert, Findings, Onset, OnsetEstimate
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.time_window import TimeWindow


def watched_from_the_start(demo: str, kinds: Sequence[EvidenceKind], step_s: float) -> Iterator[Findings]:
    """Diagnose a recorded story again and again from its first samples on, as somebody sees it who expects nothing."""
    case = compose(CaseInputs(paths=(f"demo:{demo}",)))
    evidence = [one for one in gather(case).evidence if one.kind in kinds]
    times = next(one.frame["time"] for one in evidence if one.kind is EvidenceKind.METRICS)
    start, end = moment_of(times.min()), moment_of(times.max())
    before: Onset | None = None
    closely = [start + timedelta(seconds=12 + step_s * number) for number in range(15)]
    sparsely = [closely[-1] + timedelta(seconds=45 * number) for number in range(1, 13)]
    for until in (one for one in (*closely, *sparsely) if one < end):
        window = TimeWindow(start - timedelta(minutes=1), until)
        seen = [cut(one, until) for one in evidence]
        found = diagnose(seen, Alert(service="orders-api"), window=window, hints=case.hints, before=before)
        before = found.onset
        yield found


@pytest.mark.parametrize(("demo", "guilty"), [("connection-pool", {"73017cfec0"}), ("slow-dependency", set())])
def test_a_story_that_is_watched_from_its_calm_start_never_names_another_change(demo: str, guilty: set[str]) -> None:
    kinds = (EvidenceKind.METRICS, EvidenceKind.CHANGES, EvidenceKind.LOGS)
    watched = list(watched_from_the_start(demo, kinds, 8))
    named = [{one.id for one in found.changes if one.verdict == "prime"} for found in watched]
    assert set().union(*named) == guilty
    assert watched[0].onset.too_early.startswith("too early to say: ")
    assert named[-1] == guilty
    assert len(watched[-1].onset.revisions) <= 3


def test_metrics_alone_name_no_other_change() -> None:
    watched = watched_from_the_start("connection-pool", (EvidenceKind.METRICS, EvidenceKind.CHANGES), 15)
    named = [{one.id for one in found.changes if one.verdict == "prime"} for found in watched]
    assert set().union(*named) <= {"73017cfec0"}


def stepped(before: int, since: int, jump: float = 30.0) -> dict[tuple[str, str], np.ndarray]:
    values = 100 + noise(before + since, 3, 2.0) + jump * (np.arange(before + since) >= before)
    return {("shop", "p99_ms"): values}


@pytest.mark.parametrize(("before", "since", "early"), [(6, 40, True), (40, 4, True), (40, 8, False), (25, 25, False)])
def test_an_onset_needs_samples_before_and_since(before: int, since: int, early: bool) -> None:
    found = metric_onset(frame(stepped(before, since)), alert=Alert(), window=None, baseline=None)
    assert found is not None
    assert (found.too_early != "") is early
    assert not early or f"{before} samples of p99_ms before it, {since} since" in found.too_early


def test_samples_that_look_back_over_the_same_scrapes_count_as_few() -> None:
    chance = np.random.default_rng(5)
    walk = np.convolve(chance.normal(0, 10, 70), np.ones(12) / 12, mode="valid")
    values = {("shop", "rate"): 100 + walk[:50] + 8.0 * (np.arange(50) >= 30)}
    found = metric_onset(frame(values), alert=Alert(), window=None, baseline=None)
    assert found is None or found.too_early


def test_what_comes_too_early_counts_where_another_source_bears_it_out() -> None:
    thin = OnsetEstimate(by="metrics", earliest=moment(99), latest=moment(100), too_early="too early to say: …")
    logs = OnsetEstimate(by="log errors", earliest=moment(100.5), latest=moment(100.5))
    assert combine_onsets([thin]).too_early == thin.too_early
    both = combine_onsets([thin, logs])
    assert (len(both.estimates), both.too_early) == (2, "")
    apart = combine_onsets([thin, replace_times(logs, 103)])
    assert [one.by for one in apart.estimates] == ["log errors"]


def replace_times(estimate: OnsetEstimate, minute: float) -> OnsetEstimate:
    return OnsetEstimate(by=estimate.by, earliest=moment(minute), latest=moment(minute))


def test_what_was_too_early_to_say_is_no_word_to_go_back_on() -> None:
    early = combine_onsets([replace_early(at(10).estimates[0])])
    moved = settled(early, at(20), NOON)
    assert (moved.earliest, moved.revisions, moved.too_early) == (at(20).earliest, (), "")
    kept = settled(at(20), early, NOON)
    assert (kept.earliest, kept.too_early, kept.doubt) == (at(20).earliest, "", None)


def replace_early(estimate: OnsetEstimate) -> OnsetEstimate:
    return OnsetEstimate(by=estimate.by, earliest=estimate.earliest, latest=estimate.latest, too_early="too early")
