"""A fixed set of seeded cases with the least that each part of the analysis must get right."""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest

from tests.analysis import log_generator as log
from tests.analysis.series_generator import FloatArray, frame, moment, noise, shaped
from triage_tui.analysis.change_scene import scene_of
from triage_tui.analysis.changes import judge
from triage_tui.analysis.lead import find_lead
from triage_tui.analysis.log_patterns import log_patterns
from triage_tui.analysis.metric_shapes import describe_signals
from triage_tui.analysis.onset import metric_onset
from triage_tui.analysis.request_outcomes import outcomes
from triage_tui.analysis.suspects import rank_suspects
from triage_tui.investigation.findings import Alert, Onset

SEEDS = range(100, 112)
ROWS = np.arange(180)
Series = dict[tuple[str, str], FloatArray]


def share(right: Iterable[bool]) -> float:
    """How many of the cases are right."""
    cases = list(right)
    return sum(cases) / len(cases)


def fleet(seed: int) -> Series:
    """Twelve quiet services with three series each."""
    names = [
        (f"svc-{number:02}", metric) for number in range(12) for metric in ("p99_ms", "cpu_util", "requests_per_s")
    ]
    return {name: 100 + noise(180, 1_000 * seed + number, 3.0) for number, name in enumerate(names)}


def beginning(seed: int) -> int:
    return random.Random(seed).randint(70, 130)


def spreading(seed: int) -> Series:
    """Errors that begin at one service and reach two others, a scrape later each."""
    at = beginning(seed)
    errors: Series = {
        (f"svc-{lag:02}", "error_ratio"): 0.01 + 0.3 * (at + lag <= ROWS) + noise(180, seed + lag, 0.003)
        for lag in range(3)
    }
    return fleet(seed) | errors


@pytest.mark.parametrize("shape", ["step", "spike", "creep", "sawtooth", "saturated", "periodic", "none"])
def test_shapes_are_named(shape: str) -> None:
    found = [
        describe_signals(
            frame({("api", "pool_in_use"): shaped(shape, at=beginning(seed), seed=seed)}), onset=None, window=None,
            baseline=None,
        )[0].shape
        for seed in SEEDS
    ]  # fmt: skip
    assert share(one == shape for one in found) >= (1.0 if shape == "none" else 0.9)


def test_the_onset_is_found_within_a_scrape() -> None:
    def off(seed: int) -> float:
        at = beginning(seed)
        alert = Alert(fired_at=moment(at + 8))
        found = metric_onset(frame(spreading(seed)), alert=alert, window=None, baseline=None)
        return float("inf") if found is None else abs((found.latest - moment(at)).total_seconds())

    assert share(off(seed) <= 60 for seed in SEEDS) >= 0.9


def test_calm_metrics_have_no_onset() -> None:
    alert = Alert(fired_at=moment(110))
    found = [metric_onset(frame(fleet(seed)), alert=alert, window=None, baseline=None) for seed in SEEDS]
    assert share(one is None for one in found) >= 0.9


@pytest.mark.parametrize(("ahead", "first"), [(30, "p99_ms"), (0, None), (-15, None)])
def test_what_moved_before_the_errors_leads_and_what_moved_with_or_after_them_does_not(
    ahead: int, first: str | None
) -> None:
    def leads(seed: int) -> str | None:
        at = beginning(seed)
        series = {
            ("api", "error_ratio"): 0.01 + 0.3 * (at <= ROWS) + noise(180, seed, 0.003),
            ("api", "p99_ms"): 100 + 80.0 * (at - ahead <= ROWS) + noise(180, seed + 500, 2.0),
        }
        alert = Alert(service="api", metric="error_ratio", fired_at=moment(at + 5))
        found = find_lead(frame(series), alert=alert, window=None, baseline=None)
        return found.first[1] if found else None

    assert share(leads(seed) == first for seed in SEEDS) >= 0.9


def test_the_series_that_moved_most_and_first_is_the_first_suspect() -> None:
    def is_first(seed: int) -> bool:
        at, guilty = beginning(seed), f"svc-{seed % 12:02}"
        series = fleet(seed) | {(guilty, "cpu_util"): shaped("step", at=at, seed=seed)}
        series |= {("svc-03", "p99_ms"): 100 + 15.0 * (at + 6 <= ROWS) + noise(180, seed, 3.0)}
        found = rank_suspects(frame(series), onset=moment(at), window=None, baseline=None)
        return bool(found) and (found[0].service, found[0].metric) == (guilty, "cpu_util")

    assert share(is_first(seed) for seed in SEEDS) >= 0.9


@pytest.mark.parametrize("guilty", [True, False])
def test_the_change_of_the_failing_endpoint_is_prime_and_a_last_change_alone_is_not(guilty: bool) -> None:
    def primes(seed: int) -> list[str]:
        chance, route = random.Random(seed), log.ROUTES[seed % len(log.ROUTES)]
        records = log.requests(seed, noise=0.0)
        log.fail_some(
            records, "KeyError: rate", 0.6, seed, lambda one: one["route"] == route and one["time"] >= log.minute(40)
        )
        rows = [
            {"id": f"c{number}", "at": log.minute(chance.uniform(1, 39.5)), "routes": ["GET /help"]}
            for number in range(4)
        ]
        rows += [{"id": "guilty", "at": log.minute(chance.uniform(36, 39.5)), "routes": [route]}] if guilty else []
        chance.shuffle(rows)
        onset = Onset(earliest=log.minute(40), latest=log.minute(40.5))
        scene = scene_of(outcomes(log.frame(records)), onset=onset, alert=Alert(service="shop"))
        found = judge(log.changes(*rows), scene)
        return [change.id for change in found if change.verdict == "prime"]

    assert share(primes(seed) == (["guilty"] if guilty else []) for seed in SEEDS) >= 0.9


def hanging(seed: int) -> list[log.Record]:
    traces = log.steps(seed)
    log.delay(traces[77], 3, 4.0)
    return [record for trace in traces for record in trace]


def unreleased(seed: int) -> list[log.Record]:
    traces = log.steps(seed)
    for trace in traces[90:100]:
        log.fail(trace[2], "ValueError: no such row")
        del trace[3:]
    return [record for trace in traces for record in trace]


def outage(seed: int) -> list[log.Record]:
    records = log.requests(seed, noise=0.01)
    log.fail_some(records, "upstream timed out", 0.7, seed, lambda one: one["time"] >= log.minute(45))
    return records


@pytest.mark.parametrize(
    ("kind", "tell"), [("gap", hanging), ("missing_line", unreleased), ("everyone", outage)],
    ids=["gap", "missing_line", "everyone"],
)  # fmt: skip
def test_the_pattern_of_a_story_is_found(kind: str, tell: object) -> None:
    assert callable(tell)
    found = [{one.kind for one in log_patterns(log.frame(tell(seed)), changes=log.changes())} for seed in SEEDS]
    assert share(kind in kinds for kinds in found) >= 0.9
