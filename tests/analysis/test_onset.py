from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from tests.analysis.series_generator import START, frame, moment, noise, shaped
from triage_tui.analysis.onset import combine_onsets, metric_onset
from triage_tui.investigation.findings import Alert, Onset, OnsetEstimate
from triage_tui.investigation.time_window import TimeWindow

SERVICES = [f"svc-{number:02}" for number in range(12)]


def incident(at: int = 100) -> dict[tuple[str, str], np.ndarray]:
    """Twelve quiet services; trouble spreads over four of them from row ``at``, one scrape each."""
    series = {(service, "p99_ms"): 100 + noise(180, index, 3.0) for index, service in enumerate(SERVICES)}
    for lag, service in enumerate(SERVICES[:4]):
        series[service, "error_ratio"] = 0.01 + 0.3 * (np.arange(180) >= at + lag) + noise(180, 50 + lag, 0.003)
    return series


def estimate(by: str, earliest: float, latest: float) -> OnsetEstimate:
    return OnsetEstimate(by=by, earliest=moment(earliest), latest=moment(latest))


def test_the_first_of_a_spreading_trouble_is_the_onset_within_one_scrape() -> None:
    found = metric_onset(frame(incident()), alert=Alert(fired_at=moment(110)), window=None, baseline=None)
    assert found == estimate("metrics", 99, 100)


def test_a_lone_early_drift_does_not_move_the_onset() -> None:
    series = incident() | {("batch", "memory_mb"): shaped("step", at=30)}
    found = metric_onset(frame(series), alert=Alert(fired_at=moment(110)), window=None, baseline=None)
    assert found == estimate("metrics", 99, 100)


def test_a_resource_that_climbs_shortly_before_is_the_forerunner() -> None:
    climbing = 10 + 5 * np.clip(np.arange(180) - 92, 0, 12) + noise(180, 7, 0.2)
    series = incident() | {("svc-00", "db_pool_in_use"): climbing}
    found = metric_onset(frame(series), alert=Alert(fired_at=moment(110)), window=None, baseline=None)
    assert found is not None
    assert abs((found.latest - moment(92)).total_seconds()) <= 120


def test_what_moves_long_after_the_alert_has_no_vote() -> None:
    series = incident() | {(service, "cpu_util"): shaped("step", at=160) for service in SERVICES}
    found = metric_onset(frame(series), alert=Alert(fired_at=moment(105)), window=None, baseline=None)
    assert found == estimate("metrics", 99, 100)


def test_without_an_alert_the_metrics_still_vote() -> None:
    assert metric_onset(frame(incident()), alert=Alert(), window=None, baseline=None) == estimate("metrics", 99, 100)


def test_calm_metrics_have_no_onset() -> None:
    calm = {(service, "p99_ms"): 100 + noise(180, index, 3.0) for index, service in enumerate(SERVICES)}
    assert metric_onset(frame(calm), alert=Alert(fired_at=moment(110)), window=None, baseline=None) is None


def test_the_order_of_rows_changes_nothing() -> None:
    metrics = frame(incident())
    alert = Alert(fired_at=moment(110))
    shuffled = metrics.sample(fraction=1.0, shuffle=True, seed=3)
    assert metric_onset(metrics, alert=alert, window=None, baseline=None) == metric_onset(
        shuffled, alert=alert, window=None, baseline=None
    )


def test_the_window_of_the_alert_hides_what_came_before_it() -> None:
    series = incident() | {("svc-00", "cpu_util"): shaped("step", at=20), ("svc-01", "cpu_util"): shaped("step", at=20)}
    window = TimeWindow(moment(60), moment(180))
    found = metric_onset(frame(series), alert=Alert(fired_at=moment(110)), window=window, baseline=None)
    assert found == estimate("metrics", 99, 100)


def test_estimates_that_overlap_are_narrowed_to_what_they_share() -> None:
    combined = combine_onsets([estimate("logs", 98, 102), estimate("metrics", 99, 100)])
    assert (combined.earliest, combined.latest, combined.agree) == (moment(99), moment(100), True)
    assert [one.by for one in combined.estimates] == ["logs", "metrics"]


def test_estimates_a_minute_apart_agree_without_overlap() -> None:
    combined = combine_onsets([estimate("logs", 101, 101), estimate("metrics", 99, 100)])
    assert combined.agree
    assert (combined.earliest, combined.latest) == (moment(99), moment(100))


def test_estimates_an_hour_apart_disagree_and_the_pair_that_agrees_counts() -> None:
    combined = combine_onsets([estimate("metrics", 99, 100), estimate("logs", 101, 101), estimate("sentry", 20, 20)])
    assert not combined.agree
    assert combined.earliest == moment(99)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_the_order_of_the_estimates_changes_nothing(order: list[int]) -> None:
    estimates = [estimate("metrics", 99, 100), estimate("logs", 60, 61), estimate("sentry", 20, 20)]
    assert combine_onsets([estimates[index] for index in order]) == combine_onsets(estimates)


def test_no_estimate_is_no_onset() -> None:
    assert combine_onsets([]) == Onset()


def test_one_estimate_is_the_onset() -> None:
    combined = combine_onsets([estimate("metrics", 99, 100)])
    assert (combined.earliest, combined.latest, combined.agree) == (moment(99), moment(100), True)
    assert combined.earliest == START + timedelta(minutes=99)
