import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import answering, faulty_server
from tests.servers.alertmanager import alertmanager, end_silence, fire, resolve, silence
from tests.servers.metrics import HISTORY, prometheus
from tests.servers.ports import free_port
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import SourceRejected, SourceUnavailable
from triage_tui.sources.alertmanager import AlertWatch
from triage_tui.sources.common.alert_list import AlertmanagerAlerts
from triage_tui.sources.common.http import Endpoint
from triage_tui.sources.common.metrics_server import MetricsServer

STARTED = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=90)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with alertmanager(tmp_path_factory.mktemp("alertmanager")) as running_at:
        pool = {"alertname": "PoolExhausted", "service": "orders", "severity": "critical"}
        fire(running_at, pool, {"summary": "connection pool exhausted"}, STARTED)
        fire(running_at, {"alertname": "DiskFilling", "severity": "warning"}, {"summary": "x\x1b[31m"}, STARTED)
        fire(running_at, {"alertname": "KnownFlap", "severity": "page"}, {}, STARTED)
        silence(running_at, "KnownFlap")
        yield running_at


def alerts_at(url: str) -> AlertmanagerAlerts:
    return AlertmanagerAlerts(Endpoint("alertmanager", url, deadline_s=5))


@pytest.mark.services
async def test_alerts_are_listed_with_the_silenced_ones_last(address: str) -> None:
    listed = await alerts_at(address).listed()
    assert [one.name for one in listed] == ["PoolExhausted", "DiskFilling", "KnownFlap"]
    assert [one.muted_by for one in listed] == ["", "", "silenced (1)"]


@pytest.mark.services
async def test_labels_and_annotations_become_the_alert(address: str) -> None:
    listed = await alerts_at(address).listed()
    (chosen,) = [one for one in listed if one.matches("poolexhausted")]
    alert = chosen.alert
    assert alert.title == "PoolExhausted: connection pool exhausted"
    assert (alert.service, alert.metric, alert.source) == ("orders", "db_pool_in_use", "alertmanager")
    assert alert.first_seen == STARTED
    assert chosen.matches(chosen.fingerprint)


async def test_an_alertmanager_behind_a_broken_proxy_says_so() -> None:
    async with faulty_server(answering("502 Bad Gateway", b"<html>")) as server:
        with pytest.raises(SourceUnavailable, match=r"alertmanager at .* answered 502"):
            await alerts_at(server.url).listed()


async def test_something_else_than_a_list_is_refused() -> None:
    async with faulty_server(answering("200 OK", b'{"status":"ok"}')) as server:
        with pytest.raises(SourceRejected, match="an object where a list is needed"):
            await alerts_at(server.url).listed()


POOL = {"alertname": "PoolExhausted", "service": "orders", "severity": "critical"}


async def watch_of(url: str) -> AlertWatch:
    endpoint = Endpoint("alertmanager", url, deadline_s=5)
    (listed,) = [one for one in await alerts_at(url).listed() if one.name == "PoolExhausted"]
    return AlertWatch(endpoint, listed.alert)


async def present(watch: AlertWatch, state: str) -> dict[str, Any]:
    """Ask until the alert is found in a state."""
    async with asyncio.timeout(60):
        while True:
            row = (await watch.fetch(None)).frame.row(-1, named=True)
            if row["state"] == state:
                return row
            await asyncio.sleep(0.1)


@pytest.mark.services
async def test_an_alert_is_followed_through_everything_that_may_become_of_it(tmp_path: Path) -> None:
    with alertmanager(tmp_path) as url:
        fire(url, POOL, {"summary": "pool at 80 %"}, STARTED)
        watch = await watch_of(url)
        found = await present(watch, "firing")
        assert (found["earliest"], found["latest"], found["note"]) == (STARTED, STARTED, "")
        fire(url, POOL, {"summary": "pool at 95 %"}, STARTED)
        fire(url, {**POOL, "instance": "b"}, {}, STARTED)
        found = await present(watch, "firing")
        assert found["note"] == "summary: pool at 80 % → pool at 95 %; 1 other of this rule, 0 at first"
        assert found["latest"] == STARTED
        silenced = silence(url, "PoolExhausted")
        found = await present(watch, "silenced")
        assert "by test “known”" in found["note"]
        assert found["latest"] is not None
        end_silence(url, silenced)
        await present(watch, "firing")
        fire(url, {"alertname": "ClusterDown"}, {}, STARTED)
        found = await present(watch, "inhibited")
        assert found["earliest"] < found["latest"]
        before = datetime.now(UTC)
        resolve(url, POOL, STARTED)
        found = await present(watch, "resolved")
        assert before - timedelta(seconds=1) < found["earliest"] < found["latest"]
        again = await watch.fetch(None)
        assert again.frame.row(-1, named=True) == found
        assert again.frame["state"].to_list() == ["firing", "firing", "silenced", "firing", "inhibited", "resolved"]
        assert again.frame.schema == frame_schema(EvidenceKind.ALERTS)


@pytest.mark.services
async def test_a_restart_of_alertmanager_does_not_resolve_an_alert(tmp_path: Path) -> None:
    port = free_port()
    with alertmanager(tmp_path, port) as url:
        fire(url, POOL, {}, STARTED)
        watch = await watch_of(url)
        await watch.fetch(None)
    with pytest.raises(SourceUnavailable, match="cannot connect"):
        await watch.fetch(None)
    with alertmanager(tmp_path, port) as url:
        found = await present(watch, "unknown")
        assert "was restarted at" in found["note"]
        fire(url, POOL, {}, STARTED)
        await present(watch, "firing")


@pytest.mark.services
async def test_of_an_alert_that_was_gone_before_the_metrics_server_tells_until_when_it_fired(tmp_path: Path) -> None:
    ended = HISTORY.start + timedelta(minutes=50)
    labels = 'alertname="PoolExhausted",alertstate="firing",service='
    times = range(int(HISTORY.start.timestamp()), int(ended.timestamp()) + 1, 15)
    fired = [f'ALERTS{{{labels}"orders"}} 1 {at}' for at in times]
    others = [f'ALERTS{{{labels}"other"}} 1 {at}' for at in range(times[-1] + 15, times[-1] + 900, 15)]
    history = "\n".join(["# TYPE ALERTS gauge", *fired, *others, "# EOF", ""])
    (tmp_path / "alerts").mkdir()
    with alertmanager(tmp_path / "alerts") as url, prometheus(tmp_path, history) as metrics:
        alert = Alert(title="pool", service="orders", name="PoolExhausted", fingerprint="f00", fired_at=HISTORY.start)
        server = MetricsServer(Endpoint("prometheus", metrics))
        watch = AlertWatch(Endpoint("alertmanager", url), alert, server)
        found = (await watch.fetch(HISTORY)).frame.row(-1, named=True)
    last = HISTORY.start + timedelta(seconds=times[-1] - int(HISTORY.start.timestamp()))
    assert (found["state"], found["earliest"], found["latest"]) == ("resolved", last, last + timedelta(seconds=15))


@pytest.mark.services
async def test_an_alert_that_becomes_more_urgent_is_still_the_same_one(tmp_path: Path) -> None:
    with alertmanager(tmp_path) as url:
        fire(url, {**POOL, "severity": "warning"}, {}, STARTED)
        watch = await watch_of(url)
        await watch.fetch(None)
        resolve(url, {**POOL, "severity": "warning"}, STARTED)
        fire(url, POOL, {}, STARTED)
        async with asyncio.timeout(60):
            found = (await watch.fetch(None)).frame.row(-1, named=True)
            while found["note"] != "severity: warning → critical":
                await asyncio.sleep(0.1)
                found = (await watch.fetch(None)).frame.row(-1, named=True)
        assert found["state"] == "firing"


async def noted(watch: AlertWatch, note: str) -> dict[str, Any]:
    """Ask until the alert fires with a note."""
    async with asyncio.timeout(20):
        while True:
            row = (await watch.fetch(None)).frame.row(-1, named=True)
            if (row["state"], row["note"]) == ("firing", note):
                return row
            await asyncio.sleep(0.1)


@pytest.mark.services
async def test_an_alert_whose_urgency_goes_up_and_down_again_is_followed_all_the_way(tmp_path: Path) -> None:
    low, high = {**POOL, "severity": "warning"}, POOL
    with alertmanager(tmp_path) as url:
        fire(url, low, {}, STARTED)
        watch = await watch_of(url)
        await noted(watch, "")
        for _ in range(3):
            fire(url, high, {}, datetime.now(UTC))  # the old one is listed beside the new one until it ends
            await noted(watch, "severity: warning → critical")
            resolve(url, low, STARTED)
            await noted(watch, "severity: warning → critical")
            fire(url, low, {}, datetime.now(UTC))
            await noted(watch, "")
            resolve(url, high, STARTED)
            await noted(watch, "")
        assert set((await watch.fetch(None)).frame["state"]) == {"firing"}
        resolve(url, low, STARTED)
        await present(watch, "resolved")


@pytest.mark.services
async def test_an_alert_of_another_urgency_that_was_there_from_the_beginning_is_another_one(tmp_path: Path) -> None:
    low = {**POOL, "severity": "warning"}
    with alertmanager(tmp_path) as url:
        fire(url, POOL, {}, STARTED)
        fire(url, low, {}, STARTED)
        listed = await alerts_at(url).listed()
        (mine,) = [one for one in listed if one.severity == "critical"]
        watch = AlertWatch(Endpoint("alertmanager", url, deadline_s=5), mine.alert)
        await present(watch, "firing")
        resolve(url, POOL, STARTED)
        assert (await present(watch, "resolved"))["note"] == ""
