import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.servers.exporters import scraped_host
from tests.servers.metrics import HISTORY, prometheus
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.http import Endpoint
from triage_tui.sources.common.metrics_server import MetricsServer
from triage_tui.sources.common.signal_queries import metric_sets, ready_made
from triage_tui.sources.prometheus import PrometheusSource


@pytest.mark.parametrize("name", sorted(metric_sets()))
@pytest.mark.parametrize("selector", ["", 'job="orders"'])
def test_every_ready_made_query_is_filled_in(name: str, selector: str) -> None:
    queries = ready_made(name, service="orders", selector=selector, rate_window_s=60)
    assert {one.role for one in queries} & {"errors", "saturation"}
    for query in queries:
        assert "<" not in query.promql
        assert query.promql.count("{") == query.promql.count("}")
        assert selector in query.promql
        assert "{," not in query.promql


def test_an_unknown_set_is_an_error() -> None:
    with pytest.raises(KeyError):
        ready_made("spring", service="orders", selector="", rate_window_s=60)


@pytest.fixture(scope="module", params=["prometheus", "victoria-metrics"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MetricsServer]:
    with scraped_host(tmp_path_factory.mktemp("host"), request.param) as address:
        yield MetricsServer(Endpoint("prometheus", address), scrape_interval_s=1)


def now() -> TimeWindow:
    moment = datetime.now(UTC)
    return TimeWindow(moment - timedelta(minutes=1), moment)


@pytest.mark.services
@pytest.mark.parametrize("name", sorted(metric_sets()))
async def test_every_ready_made_query_is_accepted_by_real_servers(server: MetricsServer, name: str) -> None:
    queries = ready_made(name, service="orders", selector='job="nobody"', rate_window_s=5)
    assert not [one for one in queries if (await PrometheusSource(server, [one]).fetch(now())).frame.height]


@pytest.mark.services
async def test_a_real_host_and_a_real_process_are_told_by_their_sets(server: MetricsServer) -> None:
    asked = [
        *ready_made("host", service="orders", selector='job="x"', rate_window_s=5, host_selector='job="node"'),
        *ready_made("use", service="orders", selector='job="node"', rate_window_s=5),
    ]
    async with asyncio.timeout(60):
        while True:
            frame = (await PrometheusSource(server, asked).fetch(now())).frame
            if set(frame["metric"]) >= {one.metric for one in asked} - {"host_disk", "host_disk_busy"}:
                break
            await asyncio.sleep(0.3)
    shares = frame.filter(pl.col("metric").is_in(["host_cpu", "host_memory", "open_files_share"]))["value"]
    assert shares.is_between(0, 1).all()


@pytest.mark.services
async def test_requests_without_a_failed_one_have_no_errors_and_no_requests_have_none_that_is_known(
    tmp_path: Path,
) -> None:
    with prometheus(tmp_path) as address:
        server = MetricsServer(Endpoint("prometheus", address))
        red = {one.metric: one for one in ready_made("red", service="orders", selector="", rate_window_s=60)}
        frame = (await PrometheusSource(server, [red["error_rate"]]).fetch(HISTORY)).frame
        assert set(frame["value"]) == {0.0}
        nobody = {one.metric: one for one in ready_made("red", service="x", selector='job="x"', rate_window_s=60)}
        assert not (await PrometheusSource(server, [nobody["error_rate"]]).fetch(HISTORY)).frame.height
