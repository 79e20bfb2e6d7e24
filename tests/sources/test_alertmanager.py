from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.server import answering, faulty_server
from tests.servers.alertmanager import alertmanager, fire, silence
from triage_tui.investigation.source import SourceRejected, SourceUnavailable
from triage_tui.sources.alertmanager import AlertmanagerAlerts
from triage_tui.sources.common.http import Endpoint

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
        with pytest.raises(SourceRejected, match="list of alerts"):
            await alerts_at(server.url).listed()
