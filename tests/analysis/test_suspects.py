from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from tests.analysis.series_generator import FloatArray, frame, moment, noise, shaped
from triage_tui.analysis.suspects import rank_suspects
from triage_tui.analysis.suspects_graph import blame
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.findings import Suspect
from triage_tui.investigation.time_window import TimeWindow

METRICS = ("cpu_util", "p99_ms", "error_ratio", "memory_mb")
CHAIN = pl.DataFrame({"caller": ["web", "api"], "callee": ["api", "db"]})


def quiet(services: int = 30) -> dict[tuple[str, str], FloatArray]:
    return {
        (f"svc-{number:02}", metric): 100 + noise(120, 10 * number + index, 4.0)
        for number in range(services)
        for index, metric in enumerate(METRICS)
    }


def chain() -> dict[tuple[str, str], FloatArray]:
    """The database slows down at row 90; its callers feel it, more strongly, in the two scrapes after."""
    moved = {("db", "p99_ms"): (90, 120.0), ("api", "p99_ms"): (91, 300.0), ("web", "p99_ms"): (92, 500.0)}
    rows = np.arange(120)
    steps = {key: 100 + rise * (rows >= at) + noise(120, at, 4.0) for key, (at, rise) in moved.items()}
    return quiet() | steps


def rank(
    metrics: pl.DataFrame,
    *,
    onset: datetime | None = moment(90),  # noqa: B008 - an immutable time
    window: TimeWindow | None = None,
    baseline: TimeWindow | None = None,
    topology: pl.DataFrame | None = None,
    fired_at: datetime | None = None,
) -> tuple[Suspect, ...]:
    return rank_suspects(metrics, onset=onset, window=window, baseline=baseline, topology=topology, fired_at=fired_at)


def test_the_series_that_moved_is_first_and_says_why() -> None:
    first = rank(frame(quiet() | {("svc-07", "cpu_util"): shaped("step", size=120, at=90)}))[0]
    assert (first.rank, first.service, first.metric, first.direction) == (1, "svc-07", "cpu_util", "up")
    assert first.change_at == moment(90)
    assert len(first.because) == 2
    assert "median 100" in first.because[0]


def test_a_near_constant_series_does_not_win_by_division() -> None:
    rows = np.arange(120)
    series = quiet() | {
        ("svc-07", "cpu_util"): shaped("step", size=120, at=90),
        ("svc-03", "heap_mb"): 1000.0 + 0.001 * (rows >= 90),
    }
    ranked = rank(frame(series))
    assert ranked[0].service == "svc-07"
    assert "heap_mb" not in [suspect.metric for suspect in ranked[:20]]


def test_a_fall_of_availability_counts_as_much_as_a_rise_of_errors() -> None:
    rows = np.arange(120)
    falling = 100 - 60.0 * (rows >= 90) + noise(120, 5, 1.0)
    ranked = rank(frame(quiet() | {("svc-05", "availability"): falling}))
    assert (ranked[0].service, ranked[0].direction) == ("svc-05", "down")


def test_a_baseline_and_a_window_set_what_is_compared() -> None:
    series = quiet() | {
        ("svc-02", "cpu_util"): shaped("spike", size=120, at=40),
        ("svc-07", "cpu_util"): shaped("step", size=120),
    }
    baseline, window = TimeWindow(moment(0), moment(30)), TimeWindow(moment(40), moment(52))
    assert rank(frame(series), baseline=baseline, window=window)[0].service == "svc-02"


def test_windows_beside_the_data_find_nothing() -> None:
    before, after = TimeWindow(moment(-90), moment(-60)), TimeWindow(moment(300), moment(400))
    metrics = frame(quiet(2))
    assert rank(metrics, baseline=before, window=after) == ()
    assert len(rank(metrics, onset=moment(-100), fired_at=moment(900))) <= len(METRICS) * 2


def test_the_alert_alone_is_enough_to_find_the_start() -> None:
    series = quiet() | {("svc-07", "cpu_util"): shaped("step", size=120, at=90)}
    first = rank(frame(series), onset=None, fired_at=moment(91))[0]
    assert (first.service, first.change_at) == ("svc-07", moment(90))


def test_a_wrong_onset_long_before_loses_to_the_alert() -> None:
    series = quiet() | {("svc-07", "cpu_util"): shaped("step", size=120, at=100)}
    assert rank(frame(series), onset=moment(20), fired_at=moment(101))[0].change_at == moment(100)


def test_the_call_graph_points_at_the_callee_that_the_callers_wait_for() -> None:
    metrics = frame(chain())
    assert rank(metrics)[0].service == "web"
    first = rank(metrics, topology=CHAIN)[0]
    assert first.service == "db"
    assert "depends on it" in first.because[-1]


def test_a_sick_caller_names_the_callee_that_moved_too() -> None:
    callers = [suspect for suspect in rank(frame(chain()), topology=CHAIN) if suspect.service == "web"]
    assert callers[0].because[-1] == "it calls api, which moved too"


def test_a_cycle_in_the_call_graph_ends() -> None:
    ring = pl.DataFrame({"caller": ["a", "b", "c", "a"], "callee": ["b", "c", "a", "a"]})
    found = blame({"a": 5.0, "b": 6.0, "c": 7.0}, ring)
    assert set(found) == {"a", "b", "c"}
    assert all(one.score > 0 for one in found.values())


def test_the_order_of_rows_and_edges_changes_nothing() -> None:
    metrics = frame(chain())
    shuffled = metrics.sample(fraction=1.0, shuffle=True, seed=2)
    assert rank(metrics, topology=CHAIN) == rank(shuffled, topology=CHAIN.reverse())


def test_nothing_known_and_nothing_there_is_an_empty_list() -> None:
    assert rank(frame_schema(EvidenceKind.METRICS).to_frame()) == ()
    assert rank(frame({("a", "m"): np.full(50, 5.0)}), onset=None) == ()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_shortest_series_do_not_fail(size: int) -> None:
    assert len(rank(frame({("a", "m"): np.arange(size) + 1.0}), onset=None)) <= 1


def test_five_thousand_series_are_ranked_and_the_cause_is_first() -> None:
    random = np.random.default_rng(1)
    series = {(f"svc-{n // 10:03}", f"m{n % 10}"): random.normal(50.0, 2.0, 60) for n in range(5_000)}
    series["svc-321", "m3"][45:] += 30
    assert rank(frame(series), onset=moment(45))[0].service == "svc-321"
