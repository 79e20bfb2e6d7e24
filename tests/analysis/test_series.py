from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.analysis.series_generator import START, frame, moment
from triage_tui.analysis.series import aligned, infer_role, rises_mean_trouble, series_of
from triage_tui.investigation.evidence import EvidenceKind, SignalHint, frame_schema
from triage_tui.investigation.time_window import TimeWindow


def test_missing_scrapes_are_gaps_in_a_regular_grid() -> None:
    metrics = frame({("api", "p99_ms"): np.arange(10.0)}).filter(~pl.col("value").is_in([3.0, 4.0]))
    (series,) = series_of(metrics)
    assert series.step == 60
    assert len(series.values) == 10
    assert np.isnan(series.values[[3, 4]]).all()
    assert series.values[5] == 5.0


def test_jitter_of_the_scrapes_does_not_shift_the_rows() -> None:
    metrics = frame({("api", "p99_ms"): np.arange(10.0)}).with_columns(
        pl.col("time") + pl.Series([timedelta(seconds=second) for second in [0, 3, -4, 2, 1, -2, 5, 0, -3, 4]])
    )
    (series,) = series_of(metrics)
    assert series.values.tolist() == list(range(10))


def test_a_counter_becomes_a_rate_and_its_reset_is_missing() -> None:
    counter = np.array([0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 660, 720, 780, 0, 60, 120, 180, 240, 300.0])
    (series,) = series_of(frame({("api", "http_requests_total"): counter}))
    assert series.raised
    assert np.isnan(series.values[[0, 14]]).all()
    assert np.nanmax(series.values) == np.nanmin(series.values) == 1.0


def test_a_gauge_with_a_counters_name_stays_a_gauge() -> None:
    (series,) = series_of(frame({("api", "connections_total"): np.array([5.0, 4, 6, 3, 7, 2] * 5)}))
    assert not series.raised


def test_series_are_kept_apart_by_their_labels() -> None:
    one = frame({("api", "p99_ms"): np.ones(5)}, labels='{"route":"/a"}')
    other = frame({("api", "p99_ms"): np.zeros(5)}, labels='{"route":"/b"}')
    series = series_of(pl.concat([other, one]))
    assert [part.label_map for part in series] == [{"route": "/a"}, {"route": "/b"}]


def test_a_series_without_a_finite_value_is_left_out() -> None:
    assert series_of(frame({("api", "p99_ms"): np.array([np.nan, np.inf])})) == ()
    assert series_of(frame({("api", "p99_ms"): np.array([1e300, -1e200])})) == ()
    assert series_of(frame_schema(EvidenceKind.METRICS).to_frame()) == ()


def test_a_hint_for_the_service_beats_one_for_all() -> None:
    hints = (SignalHint("busy", cap=9.0), SignalHint("busy", service="api", role="saturation", cap=20.0))
    (series,) = series_of(frame({("api", "busy"): np.ones(5)}), hints)
    assert (series.role, series.cap) == ("saturation", 20.0)


@pytest.mark.parametrize(
    ("metric", "role"),
    [
        ("http_5xx_ratio", "errors"),
        ("availability_Average", "errors"),
        ("http_server_duration_p99_ms", "latency"),
        ("PodServerLatencyP95(s)", "latency"),
        ("db_pool_in_use", "saturation"),
        ("container_memory_working_set_bytes", "saturation"),
        ("requests_per_s", "traffic"),
        ("temperature", "other"),
    ],
)
def test_the_role_is_read_from_the_name(metric: str, role: str) -> None:
    assert infer_role(metric) == role


def test_a_fall_is_the_bad_direction_of_what_should_be_high() -> None:
    assert not rises_mean_trouble("PodSuccessRate(%)")
    assert not rises_mean_trouble("cache_hit_ratio")
    assert rises_mean_trouble("error_ratio")


def test_rows_and_times_convert_into_each_other() -> None:
    (series,) = series_of(frame({("api", "m"): np.ones(20)}))
    assert series.at(7) == moment(7)
    assert series.row(moment(7)) == 7
    assert series.rows(TimeWindow(moment(5), moment(9))) == slice(5, 9)
    assert series.rows(TimeWindow(START - timedelta(hours=1), START + timedelta(hours=9))) == slice(0, 20)


def test_grids_of_different_starts_are_laid_side_by_side() -> None:
    early = frame({("a", "m"): np.arange(10.0)})
    late = frame({("b", "m"): np.arange(5.0)}, start=moment(5))
    grid = aligned(series_of(pl.concat([late, early])))
    assert grid.values.shape == (2, 10)
    assert grid.values[1, 5:].tolist() == [0, 1, 2, 3, 4]
    assert np.isnan(grid.values[1, :5]).all()
    assert grid.at(5) == moment(5)
