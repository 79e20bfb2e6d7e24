from __future__ import annotations

import numpy as np
import pytest

from tests.analysis.series_generator import noise
from triage_tui.analysis.change_points import change_rows


@pytest.mark.parametrize("seed", range(5))
def test_each_of_two_level_shifts_is_found_within_a_few_rows(seed: int) -> None:
    rows = np.arange(300)
    values = 10.0 * (rows >= 90) - 25.0 * (rows >= 200) + noise(300, seed)
    found = change_rows(values)
    assert len(found) == 2
    assert abs(found[0] - 90) <= 3
    assert abs(found[1] - 200) <= 3


def test_a_slow_trend_is_one_segment() -> None:
    assert change_rows(0.5 * np.arange(300) + noise(300, 1)) == []


def test_the_bend_of_a_trend_is_a_change() -> None:
    (found,) = change_rows(np.clip(np.arange(300) - 150, 0, None) + noise(300, 2))
    assert abs(found - 150) <= 8


def test_noise_with_a_memory_is_rarely_cut() -> None:
    cut = [seed for seed in range(40) if change_rows(noise(240, seed, memory=0.5))]
    assert len(cut) <= 6


def test_rows_count_missing_scrapes() -> None:
    values = 10.0 * (np.arange(200) >= 120) + noise(200, 3)
    values[20:50] = np.nan
    (found,) = change_rows(values)
    assert abs(found - 120) <= 3


def test_lone_outliers_are_no_changes() -> None:
    values = noise(200, 4)
    values[[50, 120]] = 500.0
    assert change_rows(values) == []


@pytest.mark.parametrize("values", [[], [1.0], [np.nan] * 50, [3.0] * 50, [0.0] * 49 + [1e-12]])
def test_what_does_not_vary_has_no_changes(values: list[float]) -> None:
    assert change_rows(np.array(values)) == []


def test_long_series_are_cut_at_the_right_place() -> None:
    values = 8.0 * (np.arange(20_000) >= 12_000) + noise(20_000, 5)
    (found,) = change_rows(values)
    assert abs(found - 12_000) <= 50
