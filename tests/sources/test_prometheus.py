from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.faults.server import Respond, answering, dripping, faulty_server, hanging
from tests.servers.metrics import HISTORY, POOL_CAP, prometheus, victoria_metrics
from triage_tui.investigation.evidence import Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.source import SourceError, SourceRejected, SourceUnavailable
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.http import Endpoint
from triage_tui.sources.common.metrics_server import MAX_POINTS, MetricsServer, aligned, choose_step
from triage_tui.sources.common.signal_queries import SignalQuery
from triage_tui.sources.prometheus import PrometheusSource

POOL = SignalQuery("db_pool_in_use", "db_pool_in_use", role="saturation", cap=POOL_CAP)
RATE = SignalQuery("request_rate", "sum by (service) (rate(http_requests_total[1m]))", role="traffic")


@pytest.fixture(scope="module", params=[prometheus, victoria_metrics], ids=["prometheus", "victoria-metrics"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("metrics")
    with request.param(folder) as address:
        yield address


def source(url: str, *queries: SignalQuery, deadline_s: float = 10.0) -> PrometheusSource:
    return PrometheusSource(MetricsServer(Endpoint("prometheus", url, deadline_s=deadline_s)), queries)


def series(evidence: Evidence, metric: str) -> pl.DataFrame:
    return evidence.frame.filter(pl.col("metric") == metric)


@pytest.mark.services
async def test_two_hours_come_back_on_one_grid(server: str) -> None:
    evidence = await source(server, POOL, RATE).fetch(HISTORY)
    assert evidence.frame.schema == frame_schema(EvidenceKind.METRICS)
    assert evidence.completeness.complete
    pool = series(evidence, "db_pool_in_use")
    assert pool["service"].unique().to_list() == ["orders"]
    assert pool["value"].max() == POOL_CAP
    assert pool["time"].diff().drop_nulls().unique().to_list() == [timedelta(seconds=15)]
    assert series(evidence, "request_rate")["value"].median() == pytest.approx(4.0, rel=0.05)


async def test_a_server_that_hangs_is_given_up_without_asking_every_query() -> None:
    queries = [SignalQuery(f"m{number}", f"m{number}") for number in range(40)]
    async with faulty_server(hanging) as server:
        with pytest.raises(SourceUnavailable, match="no whole answer within"):
            await source(server.url, *queries, deadline_s=0.3).fetch(HISTORY)
        assert len(server.requests) < len(queries)


@pytest.mark.services
async def test_a_hole_in_the_scrapes_stays_a_hole(server: str) -> None:
    evidence = await source(server, RATE).fetch(HISTORY)
    longest = series(evidence, "request_rate")["time"].diff().drop_nulls().max()
    assert isinstance(longest, timedelta)
    assert longest > timedelta(minutes=5)


@pytest.mark.services
async def test_a_query_that_the_server_does_not_accept_is_told_in_its_words(server: str) -> None:
    with pytest.raises(SourceRejected, match=r"unclosed left parenthesis|unexpected token"):
        await source(server, SignalQuery("broken", "sum((")).fetch(HISTORY)


@pytest.mark.services
async def test_one_broken_query_does_not_cost_the_others(server: str) -> None:
    evidence = await source(server, SignalQuery("broken", "sum(("), POOL).fetch(HISTORY)
    assert not evidence.completeness.complete
    assert "sum((" in evidence.completeness.note
    assert len(series(evidence, "db_pool_in_use"))


@pytest.mark.services
async def test_a_very_long_query_goes_through(server: str) -> None:
    alternatives = "|".join(f"service-{number:04}" for number in range(900))
    query = SignalQuery("pool", f'db_pool_in_use{{service=~"orders|{alternatives}"}}')
    assert len((await source(server, query).fetch(HISTORY)).frame)


@pytest.mark.services
async def test_names_and_values_can_be_listed(server: str) -> None:
    assert "db_pool_in_use" in await source(server).server.metric_names()
    assert await source(server).server.label_values("service") == ("orders",)


@pytest.mark.services
async def test_more_samples_than_the_budget_are_not_asked_for(server: str) -> None:
    frugal = PrometheusSource(MetricsServer(Endpoint("prometheus", server), max_samples=100), [POOL])
    with pytest.raises(SourceRejected, match="more than 100 samples"):
        await frugal.fetch(HISTORY)


@pytest.mark.parametrize(
    ("respond", "error", "words"),
    [
        (answering("502 Bad Gateway", b"<html>"), SourceUnavailable, "answered 502"),
        (answering("429 Too Many Requests", b"", "Retry-After: 3"), SourceUnavailable, "answered 429"),
        (answering("200 OK", b"<html>log in</html>"), SourceRejected, "something else than series"),
        (answering("200 OK", b'{"status":"error","error":"out of memory"}'), SourceRejected, "out of memory"),
        (answering("302 Found", b"", "Location: http://sso.example/"), SourceRejected, "not followed"),
        (dripping, SourceUnavailable, "no whole answer"),
    ],
)
async def test_faults_are_told_in_words(respond: Respond, error: type[SourceError], words: str) -> None:
    async with faulty_server(respond) as server:
        with pytest.raises(error, match=words):
            await source(server.url, POOL, deadline_s=0.3 if respond is dripping else 60).fetch(HISTORY)


async def test_warnings_of_the_server_make_the_answer_incomplete() -> None:
    body = b'{"status":"success","warnings":["store down"],"data":{"resultType":"matrix","result":[]}}'
    async with faulty_server(answering("200 OK", body)) as server:
        evidence = await source(server.url, POOL).fetch(HISTORY)
    assert not evidence.completeness.complete
    assert "store down" in evidence.completeness.note


def test_the_step_keeps_to_the_scrape_interval_and_the_points_to_their_limit() -> None:
    minutes_30 = TimeWindow(HISTORY.end - timedelta(minutes=30), HISTORY.end)
    month = TimeWindow(HISTORY.end - timedelta(days=30), HISTORY.end)
    assert choose_step(minutes_30, 15) == 15
    assert choose_step(month, 15) % 15 == 0
    assert month.length.total_seconds() / choose_step(month, 15) <= MAX_POINTS


def test_a_refreshed_window_samples_at_the_same_moments() -> None:
    later = TimeWindow(HISTORY.start + timedelta(seconds=7), HISTORY.end + timedelta(seconds=7))
    grids = [aligned(one, 15) for one in (HISTORY, later)]
    assert {grid.start.timestamp() % 15 for grid in grids} == {0}
