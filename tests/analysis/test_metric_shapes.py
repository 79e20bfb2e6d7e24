from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.analysis.series_generator import START, frame, moment, noise, shaped
from triage_tui.analysis.metric_shapes import describe_signals
from triage_tui.investigation.evidence import EvidenceKind, SignalHint, frame_schema
from triage_tui.investigation.findings import Signal
from triage_tui.investigation.time_window import TimeWindow

SHAPES = ("step", "spike", "creep", "sawtooth", "saturated")


def describe(metrics: pl.DataFrame, hints: tuple[SignalHint, ...] = ()) -> tuple[Signal, ...]:
    return describe_signals(metrics, onset=None, window=None, baseline=None, hints=hints)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_named_and_its_start_is_found(shape: str) -> None:
    hits, close = 0, 0
    for seed in range(8):
        signal = describe(frame({("api", "pool_in_use"): shaped(shape, seed=seed)}))[0]
        hits += signal.shape == shape
        close += bool(signal.changes) and abs(signal.changes[0].row - 100) <= 5
    assert hits >= 7
    assert close >= 6


def test_a_step_in_a_long_series_is_found_to_the_row() -> None:
    rows = np.arange(3_000)
    values = 50 + 30.0 * (rows >= 1_717) + noise(3_000, 1, 2.0)
    signal = describe(frame({("api", "p99_ms"): values}, step_s=1))[0]
    assert signal.shape == "step"
    assert abs(signal.changes[0].row - 1_717) <= 1


def test_noise_of_any_memory_raises_nothing() -> None:
    series = {("api", f"m{seed}"): 50 + noise(180, seed, memory=seed % 8 / 10) for seed in range(80)}
    alarms = [signal for signal in describe(frame(series)) if signal.shape != "none"]
    assert len(alarms) <= 1


def test_a_daily_cycle_raises_nothing() -> None:
    rows = np.arange(3 * 288)
    daily = 100 + 60 * np.sin(2 * np.pi * rows / 288) + noise(len(rows), 3, 3.0)
    assert describe(frame({("api", "requests_per_s"): daily}, step_s=300))[0].shape == "none"


def test_a_fast_cycle_is_called_periodic_and_scores_nothing() -> None:
    signal = describe(frame({("api", "queue"): shaped("periodic")}))[0]
    assert (signal.shape, signal.score) == ("periodic", 0.0)


def test_restarts_of_a_counter_raise_nothing() -> None:
    steady = np.cumsum(1000 + noise(180, 1, 30.0))
    steady[120:] -= steady[119]
    assert describe(frame({("api", "http_requests_total"): steady}))[0].shape == "none"


def test_missing_scrapes_raise_nothing() -> None:
    values = 100 + noise(180, 5, 2.0)
    values[60:75] = np.nan
    assert describe(frame({("api", "p99_ms"): values}))[0].shape == "none"


def test_a_given_cap_names_the_moment_it_was_reached() -> None:
    values = shaped("saturated")
    signal = describe(frame({("api", "pool_in_use"): values}), (SignalHint("pool_in_use", cap=180.0),))[0]
    assert signal.shape == "saturated"
    assert signal.cap == 180.0
    assert signal.at_cap_since is not None
    assert moment(130) <= signal.at_cap_since <= moment(145)


def test_a_gauge_that_left_its_cap_again_names_the_moment_it_was_reached() -> None:
    values = np.concatenate([np.full(100, 2.0), np.linspace(2, 20, 10), np.full(40, 20.0), np.full(50, 2.0)])
    metrics = frame({("api", "pool_in_use"): values})
    capped = describe(metrics, (SignalHint("pool_in_use", cap=20.0),))[0]
    assert capped.shape == "saturated"
    assert capped.at_cap_since is not None
    assert moment(108) <= capped.at_cap_since <= moment(112)
    assert describe(metrics, (SignalHint("pool_in_use", cap=30.0),))[0].at_cap_since is None


def test_a_limit_beside_the_gauge_is_taken_for_its_cap() -> None:
    series = {("api", "pool_in_use"): shaped("saturated"), ("api", "pool_max"): np.full(180, 180.0)}
    signal = next(one for one in describe(frame(series)) if one.metric == "pool_in_use")
    assert (signal.shape, signal.cap) == ("saturated", 180.0)


def test_a_ramp_that_levels_off_in_noise_is_a_creep() -> None:
    rows = np.arange(180)
    values = 100 + 2 * np.clip(rows - 80, 0, 40) + noise(180, 2, 2.0)
    assert describe(frame({("api", "p99_ms"): values}))[0].shape == "creep"


def test_the_levels_before_and_after_are_medians_in_the_series_own_unit() -> None:
    signal = describe(frame({("api", "p99_ms"): shaped("step")}))[0]
    assert signal.before == pytest.approx(100, rel=0.02)
    assert signal.after == pytest.approx(150, rel=0.02)


def test_a_baseline_decides_whether_the_window_is_different() -> None:
    metrics = frame({("api", "p99_ms"): shaped("step", at=170), ("db", "p99_ms"): shaped("spike", at=40)})
    baseline, window = TimeWindow(moment(0), moment(160)), TimeWindow(moment(174), moment(180))
    found = describe_signals(metrics, onset=None, window=window, baseline=baseline)
    assert [(signal.service, signal.shape) for signal in found] == [("api", "step"), ("db", "none")]
    assert found[0].score > 2 * found[1].score


def test_the_same_hour_of_the_days_before_is_what_a_window_is_compared_with() -> None:
    rows = np.arange(4 * 288)
    daily = 100 + 60 * np.sin(2 * np.pi * rows / 288) + noise(len(rows), 3, 3.0)
    metrics = frame({("api", "requests_per_s"): daily}, step_s=300)
    baseline = TimeWindow(moment(0, 300), moment(3 * 288, 300))
    # the daily peak: far from the median of the baseline, but nothing new at this hour
    window = TimeWindow(moment(3 * 288 + 60, 300), moment(3 * 288 + 84, 300))
    assert describe_signals(metrics, onset=None, window=window, baseline=baseline)[0].shape == "none"


def test_the_order_of_rows_changes_nothing() -> None:
    metrics = frame({("api", "p99_ms"): shaped("step"), ("db", "cpu_util"): shaped("creep")})
    assert describe(metrics) == describe(metrics.sample(fraction=1.0, shuffle=True, seed=1))


@pytest.mark.parametrize(
    "values", [[], [1.0], [np.nan] * 40, [5.0] * 40, [0.0] * 40, [np.inf, 1.0] * 20, [1e12] * 39 + [1e12 + 1]]
)
def test_what_says_nothing_is_described_as_nothing(values: list[float]) -> None:
    for signal in describe(frame({("api", "m"): np.array(values)})):
        assert signal.shape == "none"
        assert signal.changes == ()


def test_an_empty_frame_has_no_signals() -> None:
    assert describe(frame_schema(EvidenceKind.METRICS).to_frame()) == ()


def test_series_of_unequal_grids_keep_their_own_clock() -> None:
    fine = frame({("api", "p99_ms"): shaped("step", size=360, at=200)}, step_s=15)
    coarse = frame({("db", "cpu_util"): shaped("step", size=90, at=40)}, step_s=60)
    by_metric = {signal.metric: signal for signal in describe(pl.concat([fine, coarse]))}
    assert by_metric["p99_ms"].changes[0].latest == moment(200, 15)
    assert by_metric["cpu_util"].changes[0].latest == moment(40)
    assert by_metric["cpu_util"].changes[0].earliest > START


def test_a_series_without_any_number_in_the_window_takes_no_cap_from_its_sibling() -> None:
    rows = [
        *((moment(number), "pool_in_use", "orders", "", 5.0 + number % 3) for number in range(30)),
        *((moment(number), "pool_size", "orders", "", 20.0) for number in range(60)),
    ]
    metrics = pl.DataFrame(rows, schema=frame_schema(EvidenceKind.METRICS), orient="row")
    found = describe_signals(metrics, onset=None, window=TimeWindow(moment(40), moment(60)), baseline=None)
    assert all(signal.cap is None for signal in found if signal.metric == "pool_in_use")


@pytest.mark.parametrize("metric", ["process_resident_memory_bytes", "process_open_fds", "heap_used", "cache_entries"])
def test_what_settles_anywhere_is_at_a_cap_only_where_one_is_known(metric: str) -> None:
    values = 80.0 + 0.5 * np.clip(np.arange(180) - 40, 0, 40)
    (free,) = describe(frame({("api", metric): values}))
    assert (free.shape, free.cap, free.at_cap_since) == ("creep", None, None)
    (capped,) = describe(frame({("api", metric): values}), (SignalHint(metric, cap=100.0),))
    assert (capped.shape, capped.cap) == ("saturated", 100.0)
    (flat,) = describe(frame({("api", metric): np.full(180, 100.0)}))
    assert (flat.shape, flat.at_cap_since) == ("none", None)


def test_slots_that_are_handed_out_name_their_cap_by_staying_there() -> None:
    values = 5.0 + 0.5 * np.clip(np.arange(180) - 40, 0, 30)
    (signal,) = describe(frame({("api", "db_conns_in_use"): values}))
    assert (signal.shape, signal.cap) == ("saturated", 20.0)
