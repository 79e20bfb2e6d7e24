"""All series of a service, from real servers: counted, chosen within a budget, and ranked."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.servers.metrics import HISTORY, prometheus, victoria_metrics
from triage_tui.analysis.diagnosis import diagnose
from triage_tui.investigation.evidence import Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import SourceRejected
from triage_tui.sources.common.evidence_encoding import encode_evidence
from triage_tui.sources.common.http import Endpoint
from triage_tui.sources.common.metric_decoding import decode_metrics
from triage_tui.sources.common.metrics_server import MetricsServer
from triage_tui.sources.common.series_naming import SeriesNaming
from triage_tui.sources.common.series_plan import SeriesType, groups_of, plan
from triage_tui.sources.service_series import ServiceSeries

STEP_S = 15
ROUTES = 30
ONSET = HISTORY.start + timedelta(minutes=80)
BOUNDS = ("0.1", "1", "+Inf")


def everything_of_a_service() -> str:
    """Thirty routes' counters, a histogram, a summary and gauges; the backlog jumps and calls get slow at the onset."""
    steps = range(int(HISTORY.length.total_seconds()) // STEP_S)
    broken = int((ONSET - HISTORY.start).total_seconds()) // STEP_S

    def samples(name: str, labels: str, value: list[float]) -> list[str]:
        at = int(HISTORY.start.timestamp())
        named = f'{name}{{job="orders"{labels}}}'
        return [f"{named} {one:g} {at + step * STEP_S}" for step, one in enumerate(value)]

    lines = [
        "# TYPE backlog gauge",
        *samples("backlog", "", [4.0 + step % 3 + (step >= broken) * 60 for step in steps]),
    ]
    lines += ["# TYPE workers gauge", *samples("workers", "", [8.0 + step % 2 for step in steps])]
    lines += ["# TYPE served counter"]
    for route in range(ROUTES):
        lines += samples("served_total", f',route="/r{route}"', [step * (10.0 + route) + step % 2 for step in steps])
    lines += ["# TYPE call_seconds histogram"]
    slow = [max(0, step - broken) * 30.0 for step in steps]
    fast = [step * 30.0 - late for step, late in zip(steps, slow, strict=True)]
    counts = (fast, [step * 30.0 for step in steps], [step * 30.0 for step in steps])
    for bound, count in zip(BOUNDS, counts, strict=True):
        lines += samples("call_seconds_bucket", f',le="{bound}"', count)
    lines += samples("call_seconds_count", "", [step * 30.0 for step in steps])
    lines += samples("call_seconds_sum", "", [step * 3.0 for step in steps])
    lines += ["# TYPE batch_seconds summary"]
    lines += samples("batch_seconds_count", "", [step * 2.0 for step in steps])
    lines += samples("batch_seconds_sum", "", [step * 1.0 for step in steps])
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module", params=[prometheus, victoria_metrics], ids=["prometheus", "victoria-metrics"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("series")
    with request.param(folder, everything_of_a_service()) as address:
        yield address


def source(address: str, most: int = 300, *, asked: tuple[str, ...] = (), samples: int = 400_000) -> ServiceSeries:
    server = MetricsServer(Endpoint("prometheus", address), max_samples=samples)
    return ServiceSeries(server, 'job="orders"', most_series=most, rate_window_s=60, asked_already=asked)


def middle(evidence: Evidence, metric: str) -> float:
    median = evidence.frame.filter(pl.col("metric") == metric)["value"].median()
    assert isinstance(median, float)
    return median


@pytest.mark.services
async def test_counters_become_rates_histograms_quantiles_and_gauges_stay(server: str) -> None:
    evidence = await source(server).fetch(HISTORY)
    assert evidence.frame.schema == frame_schema(EvidenceKind.SERIES)
    assert evidence.completeness.complete
    assert evidence.completeness.note == f"{ROUTES + 6} of {ROUTES + 6} series"
    routes = evidence.frame.filter(pl.col("metric") == "served_per_second")
    assert set(routes["labels"]) == {f'{{"route":"/r{route}"}}' for route in range(ROUTES)}
    assert set(evidence.frame["service"]) == {"orders"}
    assert middle(evidence, "call_seconds_count_per_second") == pytest.approx(2.0)
    assert middle(evidence, "batch_seconds_mean") == pytest.approx(0.5)
    assert middle(evidence, "workers") == pytest.approx(8.5, abs=0.5)
    quantiles = evidence.frame.filter((pl.col("metric") == "call_seconds_p95") & pl.col("value").is_finite())["value"]
    assert quantiles.min() == pytest.approx(0.095)
    assert quantiles.max() == pytest.approx(0.955)


@pytest.mark.services
async def test_beyond_the_budget_counters_are_added_up_and_what_is_left_out_is_said(server: str) -> None:
    evidence = await source(server, 6).fetch(HISTORY)
    assert not evidence.completeness.complete
    asked, left_out = f"6 of {ROUTES + 6} series; added up: served_total ({ROUTES})", "left out beyond 6: workers (1)"
    assert evidence.completeness.note == f"{asked}; {left_out}"
    evidence = await source(server, 7).fetch(HISTORY)
    assert evidence.completeness.note == f"7 of {ROUTES + 6} series; added up: served_total ({ROUTES})"
    assert evidence.frame["metric"].n_unique() == 7
    points = MetricsServer(Endpoint("prometheus", server)).points_in(HISTORY)
    evidence = await source(server, samples=6 * points).fetch(HISTORY)
    assert "left out beyond 6" in evidence.completeness.note


@pytest.mark.services
async def test_what_moved_is_the_first_suspect_and_can_be_charted(server: str) -> None:
    evidence = await source(server).fetch(HISTORY)
    alert = Alert(title="slow", service="orders", fired_at=ONSET + timedelta(minutes=2))
    signals = evidence.frame.filter(pl.col("metric") == "workers")
    metrics = Evidence(
        EvidenceKind.METRICS, "prometheus", HISTORY, "workers", evidence.fetched_at, evidence.completeness, signals
    )
    found = diagnose([metrics, evidence], alert, window=HISTORY)
    assert {one.metric for one in found.suspects[:2]} == {"backlog", "call_seconds_p95"}
    assert {"backlog", "call_seconds_p95", "workers"} <= {one.metric for one in found.signals}
    assert any(note.name == "all series" for note in found.suspects[0].sources)


@pytest.mark.services
async def test_a_signal_that_is_asked_for_by_its_name_is_not_asked_for_twice(server: str) -> None:
    evidence = await source(server, asked=('backlog{job="orders"}', "sum(workers)")).fetch(HISTORY)
    assert {"workers"} == {"workers", "backlog"} & set(evidence.frame["metric"])


@pytest.mark.services
async def test_a_capture_brings_the_series_back_as_they_were(server: str) -> None:
    evidence = await source(server).fetch(HISTORY)
    (content,) = encode_evidence(evidence).values()
    again = decode_metrics(content, "captured", SeriesNaming("series")).frame
    keys = ["service", "metric", "labels", "time"]
    assert again.sort(keys).equals(evidence.frame.sort(keys))


async def test_too_many_series_to_list_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    async def a_million(*_: object) -> int:
        return 1_000_000

    monkeypatch.setattr(MetricsServer, "number", a_million)
    with pytest.raises(SourceRejected, match=r"1,000,000 series match.*narrow the selector"):
        await source("http://127.0.0.1:1").fetch(HISTORY)


def test_a_plan_prefers_many_metrics_to_many_labels_of_one() -> None:
    many = [{"__name__": "queue_length", "queue": str(number)} for number in range(50)]
    few = [{"__name__": name} for name in ("memory_bytes", "calls_total", "build_info", "job_created", "not a name")]
    chosen = plan(groups_of([*many, *few]), 10)
    assert [(one.name, one.type) for one in chosen.asked] == [
        ("calls_total", SeriesType.COUNTER),
        ("memory_bytes", SeriesType.GAUGE),
    ]
    assert [one.name for one in chosen.left_out] == ["queue_length"]
