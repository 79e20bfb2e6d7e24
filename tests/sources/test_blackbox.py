"""Probes from outside: a real blackbox exporter, scraped by real metrics servers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.faults.server import FaultyServer, answering, faulty_server
from tests.servers.blackbox import CERTIFICATE_DAYS, PLACES, Site, blackbox_exporter, scrape_jobs, tls_site
from tests.servers.metrics import scraping_victoria_metrics, serving
from tests.servers.ports import free_port
from triage_tui.analysis.impact import impact_of
from triage_tui.cli.doctor_checks import examined
from triage_tui.config.settings import Settings
from triage_tui.investigation.evidence import Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert, Impact, Onset
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.blackbox import BlackboxProbes
from triage_tui.sources.common.http import Endpoint
from triage_tui.sources.common.metrics_server import MetricsServer

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = TimeWindow(NOON - timedelta(hours=1), NOON)
Running = tuple[str, Site]


@pytest.fixture(scope="module", params=["prometheus", "victoria-metrics"])
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("blackbox")
    with tls_site(folder) as site, blackbox_exporter(folder) as exporter:
        jobs = scrape_jobs(exporter, site.url)
        served = (
            serving(folder, free_port(), jobs)
            if request.param == "prometheus"
            else scraping_victoria_metrics(folder, jobs)
        )
        with served as address:
            yield address, site


async def seen(watched: Running, wanted: Callable[[Impact], bool]) -> tuple[Evidence, Impact]:
    """Ask again and again until both places are heard of and what they say is what is wanted."""
    address, site = watched
    server = MetricsServer(Endpoint("prometheus", address), scrape_interval_s=1)
    source = BlackboxProbes(server, f'instance="{site.url}"')
    async with asyncio.timeout(60):
        while True:
            now = datetime.now(UTC)
            window = TimeWindow(now - timedelta(minutes=10), now + timedelta(seconds=1))
            evidence = await source.fetch(window)
            impact = impact_of(None, evidence.frame, Alert(), onset=Onset(), window=window, metered=None)
            if set(evidence.frame["vantage"]) == set(PLACES) and wanted(impact):
                return evidence, impact
            await asyncio.sleep(0.3)


def says(impact: Impact, place: str, words: str) -> bool:
    return any(f"from {place}: " in line and words in line for line in impact.because)


@pytest.mark.services
async def test_each_place_is_told_apart_and_the_state_follows_what_they_say(watched: Running) -> None:
    site = watched[1]
    evidence, impact = await seen(watched, lambda impact: impact.state == "up")
    assert evidence.frame.schema == frame_schema(EvidenceKind.HEALTH)
    assert set(evidence.frame["target"]) == {site.url.removeprefix("https://")}
    assert set(evidence.frame["status"]) == {200}
    assert evidence.frame["latency_ms"].min() is not None
    assert set(evidence.frame["note"]) == {f"TLS certificate expires in {CERTIFICATE_DAYS - 1} days"}
    assert evidence.completeness.complete
    site.failing_from = {"lisbon"}
    _, impact = await seen(watched, lambda impact: says(impact, "lisbon", "(503)"))
    assert impact.state == "degraded"
    assert says(impact, "lisbon", "failing since")
    assert not says(impact, "berlin", "failing")
    site.failing_from = set(PLACES)
    await seen(watched, lambda impact: impact.state == "down" and says(impact, "berlin", "failing since"))
    site.failing_from = set()
    _, impact = await seen(watched, lambda impact: all(says(impact, place, "well again since") for place in PLACES))
    assert impact.state == "degraded"


@pytest.mark.services
async def test_doctor_says_from_where_a_target_does_not_answer(watched: Running) -> None:
    address, site = watched
    site.failing_from = {"lisbon"}
    services = {"orders": {"probes": f'instance="{site.url}"'}}
    settings = {"prometheus": {"url": address, "scrape_interval_s": 1}, "services": services}
    async with asyncio.timeout(60):
        said = ""
        while said != f"{site.url.removeprefix('https://')} from lisbon: answered 503":
            checks = {check.name: check for check in await examined(msgspec.convert(settings, Settings))}
            said = checks["blackbox"].said
            await asyncio.sleep(0.3)
    assert checks["blackbox"].state == "warning"
    site.failing_from = set()


def series(name: str, values: Sequence[tuple[float, str]], **labels: str) -> dict[str, object]:
    return {"metric": {"__name__": name, **labels}, "values": [list(pair) for pair in values]}


@asynccontextmanager
async def saying(*result: dict[str, object]) -> AsyncIterator[FaultyServer]:
    body = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    async with faulty_server(answering("200 OK", msgspec.json.encode(body))) as server:
        yield server


def minutes_ago(minutes: float) -> float:
    return NOON.timestamp() - minutes * 60


async def test_a_place_that_is_no_longer_heard_of_is_said_and_not_counted_as_well() -> None:
    times = [minutes_ago(minute) for minute in (30, 29, 28)]
    up = series("probe_success", [(at, "1") for at in times], instance="x", job="eu")
    async with saying(up) as server:
        evidence = await BlackboxProbes(MetricsServer(Endpoint("prometheus", server.url)), "").fetch(HOUR)
    assert not evidence.completeness.complete
    assert "no probe of x from eu since 11:32:00Z" in evidence.completeness.note


async def test_no_answer_has_no_status_and_an_expired_certificate_is_said() -> None:
    at = minutes_ago(0.5)
    labels = {"instance": "x", "job": "eu"}
    failed = series("probe_success", [(at, "0")], **labels)
    unanswered = series("probe_http_status_code", [(at, "0")], **labels)
    expired = series("probe_ssl_earliest_cert_expiry", [(at, str(at - 3 * 86_400))], **labels)
    async with saying(failed, unanswered, expired) as server:
        evidence = await BlackboxProbes(MetricsServer(Endpoint("prometheus", server.url)), "").fetch(HOUR)
    (row,) = evidence.frame.rows(named=True)
    assert (row["ok"], row["status"], row["note"]) == (False, None, "TLS certificate EXPIRED 3 days ago")


async def test_two_probes_of_one_name_are_told_apart_by_their_jobs() -> None:
    at = minutes_ago(0.5)
    both = [series("probe_success", [(at, "1")], instance="x", region="eu", job=job) for job in ("http", "icmp")]
    async with saying(*both) as server:
        evidence = await BlackboxProbes(MetricsServer(Endpoint("prometheus", server.url)), "").fetch(HOUR)
    assert sorted(evidence.frame["vantage"]) == ["eu, http", "eu, icmp"]
