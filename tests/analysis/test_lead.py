from __future__ import annotations

import numpy as np
import pytest

from tests.analysis.series_generator import frame, moment, noise, shaped
from triage_tui.analysis.lead import find_lead, traffic_driven
from triage_tui.investigation.findings import Alert, Lead, Traffic

ALERT = Alert(service="api", metric="error_ratio", fired_at=moment(125))
ROWS = np.arange(180)


def errors(at: int) -> np.ndarray:
    return 0.01 + 0.3 * (at <= ROWS) + noise(180, 9, 0.002)


def lead(series: dict[tuple[str, str], np.ndarray]) -> Lead | None:
    return find_lead(frame(series), alert=ALERT, window=None, baseline=None)


def traffic(series: dict[tuple[str, str], np.ndarray]) -> Traffic | None:
    return traffic_driven(frame(series), alert=ALERT, window=None, baseline=None)


def test_latency_that_degrades_before_errors_leads() -> None:
    creeping = 100 + 4 * np.clip(ROWS - 80, 0, None) + noise(180, 1, 2.0)
    found = lead({("api", "p99_ms"): creeping, ("api", "error_ratio"): errors(120)})
    assert found is not None
    assert (found.first, found.then) == (("api", "p99_ms"), ("api", "error_ratio"))
    assert found.seconds == pytest.approx(2_400, abs=300)
    assert found.uncertainty_s is not None
    assert 0 < found.uncertainty_s < found.seconds


def test_a_pool_that_fills_before_errors_leads() -> None:
    found = lead({("api", "pool_in_use"): shaped("saturated", at=80), ("api", "error_ratio"): errors(120)})
    assert found is not None
    assert found.first == ("api", "pool_in_use")


def test_latency_that_jumps_together_with_errors_does_not_lead() -> None:
    assert lead({("api", "p99_ms"): shaped("step", at=120), ("api", "error_ratio"): errors(120)}) is None


def test_latency_that_jumps_after_errors_does_not_lead() -> None:
    assert lead({("api", "p99_ms"): shaped("step", at=140), ("api", "error_ratio"): errors(120)}) is None


def test_latency_that_improves_before_errors_does_not_lead() -> None:
    assert lead({("api", "p99_ms"): 300 - shaped("step", at=80), ("api", "error_ratio"): errors(120)}) is None


def test_without_errors_nothing_leads() -> None:
    assert lead({("api", "p99_ms"): shaped("step", at=80)}) is None


def test_errors_in_proportion_to_requests_are_driven_by_traffic() -> None:
    requests = 400.0 + 800.0 * (ROWS >= 120) + noise(180, 2, 10.0)
    found = traffic(
        {("api", "requests_per_s"): requests, ("api", "errors_per_s"): 0.01 * requests + noise(180, 3, 0.2)}
    )
    assert found is not None
    assert found.driven
    assert found.ratio_before == pytest.approx(0.01, rel=0.1)
    assert found.ratio_after == pytest.approx(0.01, rel=0.1)


def test_more_errors_at_the_same_traffic_are_not_driven_by_it() -> None:
    requests = 400.0 + noise(180, 2, 10.0)
    found = traffic({("api", "requests_per_s"): requests, ("api", "error_ratio"): errors(120)})
    assert found is not None
    assert not found.driven


def test_a_surge_that_breaks_the_service_is_not_proportion() -> None:
    requests = 400.0 + 800.0 * (ROWS >= 120) + noise(180, 2, 10.0)
    found = traffic({("api", "requests_per_s"): requests, ("api", "error_ratio"): errors(120)})
    assert found is not None
    assert not found.driven


def test_without_request_counts_nothing_is_said_of_traffic() -> None:
    assert traffic({("api", "error_ratio"): errors(120)}) is None
