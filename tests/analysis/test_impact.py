from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.impact import impact_of, onset_of
from triage_tui.analysis.impact_metrics import metered_impact
from triage_tui.analysis.request_outcomes import outcomes
from triage_tui.analysis.spans import within
from triage_tui.analysis.surges import find_surges
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert, Impact, Onset, OnsetEstimate

BROKEN = "upstream is gone"
SINCE = Onset(earliest=log.minute(40), latest=log.minute(40))


def failing(share: float, start: float = 40, seed: int = 1) -> pl.DataFrame:
    records = log.requests(seed, noise=0.0)
    log.fail_some(records, BROKEN, share, seed, lambda one: one["time"] >= log.minute(start))
    return log.frame(records)


def health(*ok: bool | None) -> pl.DataFrame:
    rows = [{"time": log.minute(41 + number), "target": "/healthz", "ok": one} for number, one in enumerate(ok)]
    return pl.DataFrame(rows, schema=frame_schema(EvidenceKind.HEALTH))


def impact(logs: pl.DataFrame | None, probes: pl.DataFrame | None = None, alert: Alert | None = None) -> Impact:
    found = None if logs is None else outcomes(logs)
    return impact_of(found, probes, alert or Alert(), onset=SINCE, window=log.WINDOW, metered=None)


def onset_in(logs: pl.DataFrame) -> OnsetEstimate | None:
    found = outcomes(within(logs, log.WINDOW, None))
    return onset_of(found, find_surges(found))


def test_errors_users_and_endpoints_are_counted_since_the_onset() -> None:
    logs = failing(0.4)
    found = impact(logs)
    after = logs.filter(pl.col("time") >= log.minute(40))
    failed = after.filter(pl.col("level") == "ERROR")
    assert (found.errors, found.users) == (failed.height, failed["user"].n_unique())
    assert {one.endpoint for one in found.endpoints} == set(failed["route"])
    assert sum(one.requests or 0 for one in found.endpoints) == after.height
    assert found.endpoints[0].errors == max(one.errors for one in found.endpoints)


@pytest.mark.parametrize(
    ("share", "probes", "state"),
    [
        (0.0, health(True, True), "up"),
        (0.4, health(True, True), "degraded"),
        (0.4, health(False, False), "degraded"),
        (1.0, health(False, False), "down"),
        (1.0, None, "down"),
        (0.0, health(True, False, False), "degraded"),
    ],
)
def test_the_state_follows_from_probes_and_failing_requests_together(
    share: float, probes: pl.DataFrame | None, state: str
) -> None:
    found = impact(failing(share), probes)
    assert found.state == state
    assert len(found.because) == (1 if probes is None else 2)


def test_without_logs_and_probes_nothing_is_known() -> None:
    found = impact(None, None, Alert(count=47, users=23))
    assert (found.errors, found.users, found.state, found.because) == (47, 23, "unknown", ())


def test_without_logs_rates_in_the_metrics_are_counted() -> None:
    rows = [
        (log.minute(number / 2), metric, "shop", '{"method": "GET", "route": "/cart"}', value)
        for number in range(120)
        for metric, value in (("requests_per_second", 2.0), ("errors_per_second", 0.5 if number >= 80 else 0.0))
    ]
    metrics = pl.DataFrame(rows, schema=frame_schema(EvidenceKind.METRICS), orient="row")
    alert = Alert(service="shop", users=9)
    metered = metered_impact(metrics, alert, since=SINCE.earliest, window=log.WINDOW)
    found = impact_of(None, None, alert, onset=SINCE, window=log.WINDOW, metered=metered)
    assert (found.errors, found.users, found.state) == (600, 9, "degraded")
    endpoint = found.endpoints[0]
    assert (endpoint.endpoint, endpoint.errors, endpoint.requests) == ("GET /cart", 600, 2400)
    assert endpoint.error_ratio == 0.25


def test_probes_that_say_nothing_do_not_count() -> None:
    assert impact(None, health(None, None)).state == "unknown"


def test_rising_errors_are_worsening_and_falling_ones_improving() -> None:
    records = log.requests(2, per_minute=30, noise=0.0)
    for number, record in enumerate(records):
        minutes = (record["time"] - log.minute(40)).total_seconds() / 60
        if minutes >= 0 and number % 10 < minutes / 2:
            log.fail(record, BROKEN)
    rising = impact(log.frame(records)).trend
    assert rising.verdict == "worsening"
    assert rising.per_10_min is not None
    assert rising.per_10_min > 0.2
    mirrored = [record | {"time": log.minute(100) - (record["time"] - log.START)} for record in records]
    found = impact_of(outcomes(log.frame(mirrored)), None, Alert(), onset=SINCE, window=None, metered=None)
    assert found.trend.verdict == "improving"


def test_errors_that_rose_and_then_stopped_are_improving() -> None:
    def failing_until(last: float) -> Impact:
        records = log.requests(2, per_minute=30, noise=0.0)
        for number, record in enumerate(records):
            minutes = (record["time"] - log.minute(40)).total_seconds() / 60
            if 0 <= minutes < last and number % 10 < minutes:
                log.fail(record, BROKEN)
        return impact(log.frame(records))

    going_on = failing_until(20).trend
    assert (going_on.verdict, going_on.last_error_at) == ("worsening", None)
    stopped = failing_until(17).trend
    assert stopped.verdict == "improving"
    assert stopped.last_error_at is not None
    assert log.minute(56) < stopped.last_error_at < log.minute(57.1)


def test_it_is_over_when_errors_have_stopped_and_every_probe_is_well_again() -> None:
    records = log.requests(2, per_minute=30, noise=0.0)
    for record in records:
        if log.minute(40) <= record["time"] < log.minute(50):
            log.fail(record, BROKEN)

    def over_since(*probes: bool) -> datetime | None:
        health = pl.DataFrame(
            [
                {"time": log.minute(56 + n), "target": "a", "vantage": "here", "ok": ok, "latency_ms": 1.0,
                 "status": 200, "note": None}
                for n, ok in enumerate(probes)
            ],
            schema=frame_schema(EvidenceKind.HEALTH),
        )  # fmt: skip
        found = outcomes(log.frame(records))
        return impact_of(found, health, Alert(), onset=SINCE, window=None, metered=None).over_since

    stopped = impact(log.frame(records))
    assert stopped.state == "degraded"
    assert stopped.over_since is not None
    assert stopped.over_since == stopped.trend.last_error_at
    assert over_since(True, True) == stopped.over_since
    assert over_since(False, True) == log.minute(57)
    assert over_since(True, False) is None
    rare = log.requests(2, per_minute=30, noise=0.0)
    for record in [one for one in rare if log.minute(40) <= one["time"] < log.minute(50)][::60]:
        log.fail(record, BROKEN)
    assert impact(log.frame(rare)).state == "up"
    assert impact(log.frame(rare)).over_since is None
    still = impact(log.frame([record for record in records if record["time"] < log.minute(50)]))
    assert still.over_since is None


def test_errors_that_pile_up_within_seconds_are_worsening_by_no_made_up_figure() -> None:
    times = [log.minute(40 + (0.4 * number / 200) ** 0.5) for number in range(200)]
    rows = [{"time": at, "level": "ERROR", "event": BROKEN, "route": "GET /a", "request_id": f"r{number}"}
            for number, at in enumerate(times)]  # fmt: skip
    trend = impact(log.frame(rows)).trend
    assert (trend.verdict, trend.per_10_min) == ("worsening", None)


def test_few_errors_have_no_trend() -> None:
    trend = impact(failing(0.02)).trend
    assert (trend.verdict, trend.per_10_min) == ("unclear", None)
    assert trend.n < 12


@pytest.mark.parametrize("seed", range(4))
def test_the_onset_lies_between_the_last_good_request_and_the_first_failure(seed: int) -> None:
    logs = failing(0.5, start=35, seed=seed)
    found = onset_in(logs)
    assert found is not None
    assert log.minute(34) <= found.earliest <= found.latest <= log.minute(36.5)
    assert found.latest == logs.filter(pl.col("level") == "ERROR")["time"].min()


def test_a_calm_log_has_no_onset() -> None:
    assert onset_in(log.frame(log.requests(3, noise=0.03))) is None
