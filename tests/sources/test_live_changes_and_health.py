import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.server import Respond, answering, faulty_server, hanging
from triage_tui.investigation.evidence import EvidenceKind, frame_schema
from triage_tui.investigation.source import SourceError, SourceRejected
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.common.http import Endpoint
from triage_tui.sources.deploy_feed import DeployLogUrl, GrafanaAnnotations
from triage_tui.sources.health import HealthSource
from triage_tui.sources.kubernetes import KubernetesRollouts
from triage_tui.sources.status_page import StatusPage

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WINDOW = TimeWindow(NOON - timedelta(hours=2), NOON)


def endpoint(url: str, deadline_s: float = 5.0) -> Endpoint:
    return Endpoint("deploys", url, deadline_s=deadline_s)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


async def test_a_deploy_log_behind_a_url_is_cut_to_the_window_and_the_day_before() -> None:
    rows = [
        {"time": "2026-11-24T11:30:00Z", "service": "orders", "id": "v3"},
        {"time": "2026-11-23T18:00:00Z", "service": "orders", "id": "v2"},
        {"time": "2026-11-20T00:00:00Z", "id": "v1"},
    ]
    async with faulty_server(answering("200 OK", json.dumps(rows).encode())) as server:
        evidence = await DeployLogUrl(endpoint(server.url)).fetch(WINDOW)
    assert evidence.frame.schema == frame_schema(EvidenceKind.CHANGES)
    assert evidence.frame["id"].to_list() == ["v2", "v3"]
    assert evidence.completeness.note == "2 of 3"


async def test_annotations_become_deploys_with_the_service_of_their_tags() -> None:
    deploy = {"id": 7, "time": ms(NOON - timedelta(minutes=30)), "tags": ["deploy", "service:orders", "version:1.4.2"]}
    flag = {"id": 8, "time": ms(NOON - timedelta(minutes=20)), "tags": ["flag"], "text": "async on\nmore"}
    async with faulty_server(answering("200 OK", json.dumps([deploy, flag]).encode())) as server:
        evidence = await GrafanaAnnotations(endpoint(server.url), service="api").fetch(WINDOW)
    assert evidence.frame.select("id", "kind", "service", "title").rows() == [
        ("1.4.2", "deploy", "orders", "annotation"),
        ("annotation-8", "flag", "api", "async on"),
    ]
    assert b"tags=deploy" in server.requests[0]
    assert f"from={ms(WINDOW.start - timedelta(hours=24))}".encode() in server.requests[0]


STATUSPAGE = {
    "page": {"name": "Payments"},
    "incidents": [
        {
            "id": "abc",
            "name": "Slow API",
            "started_at": "2026-11-24T11:00:00Z",
            "impact": "major",
            "status": "monitoring",
        }
    ],
}
RSS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><rss version="2.0"><channel><title>Status</title>
<item><title><![CDATA[Slow &a; API]]></title><guid>i-1</guid><pubDate>Tue, 24 Nov 2026 11:00:00 +0000</pubDate></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>i-2</id><title>Slow API</title>
<published>2026-11-24T12:30:00+01:30</published></entry></feed>"""


@pytest.mark.parametrize("body", [json.dumps(STATUSPAGE).encode(), RSS, ATOM], ids=["json", "rss", "atom"])
async def test_incidents_of_a_status_page_become_infrastructure_changes(body: bytes) -> None:
    async with faulty_server(answering("200 OK", body)) as server:
        evidence = await StatusPage(endpoint(server.url)).fetch(WINDOW)
    (row,) = evidence.frame.rows(named=True)
    assert (row["kind"], row["at"]) == ("infrastructure", NOON - timedelta(hours=1))
    assert "Slow" in row["title"]


def incident(name: str, started_at: str, **more: str) -> dict[str, str]:
    return {"id": name, "name": name, "started_at": started_at, **more}


async def test_incidents_that_last_into_the_window_are_there_whenever_they_began() -> None:
    days_ago = "2026-11-20T03:00:00Z"
    page = {
        "incidents": [
            incident("open", days_ago, status="monitoring"),
            incident("ended in it", days_ago, status="resolved", resolved_at="2026-11-24T11:00:00Z"),
            incident("ended before it", days_ago, status="resolved", resolved_at="2026-11-23T09:00:00Z"),
            incident("over, nobody says when", days_ago, status="postmortem"),
            incident("later", "2026-11-24T12:30:00Z", status="investigating"),
            incident("today", "2026-11-24T11:00:00Z", status="investigating"),
        ],
        "scheduled_maintenances": [
            incident("planned", days_ago, status="scheduled", scheduled_for="2026-11-30T00:00:00Z"),
            incident("under way", days_ago, status="in_progress", scheduled_for="2026-11-24T11:30:00Z"),
        ],
    }
    async with faulty_server(answering("200 OK", json.dumps(page).encode())) as server:
        evidence = await StatusPage(endpoint(server.url)).fetch(WINDOW)
    assert evidence.frame["id"].to_list() == ["ended in it", "open", "today", "under way"]
    assert evidence.frame["details"].to_list()[0] == ["status resolved", "ended at 2026-11-24 11:00:00Z"]
    assert evidence.frame.schema == frame_schema(EvidenceKind.CHANGES)
    assert evidence.completeness.note == "4 of 8 incidents"


async def test_an_old_entry_of_a_feed_is_there_while_its_updates_do_not_say_that_it_is_over() -> None:
    entry = "<item><title>{0}</title><guid>{0}</guid><pubDate>Fri, 20 Nov 2026 11:00:00 +0000</pubDate>{1}</item>"
    going_on = entry.format("open", "<description>&lt;strong&gt;Identified&lt;/strong&gt; - a cable</description>")
    over = entry.format("over", "<description>Resolved - a cable. Identified - a cable</description>")
    feed = f'<rss version="2.0"><channel>{going_on}{over}{entry.format("untold", "")}</channel></rss>'
    async with faulty_server(answering("200 OK", feed.encode())) as server:
        evidence = await StatusPage(endpoint(server.url)).fetch(WINDOW)
    assert evidence.frame["id"].to_list() == ["open"]


async def test_a_time_of_a_feed_that_names_no_zone_is_utc_wherever_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        async with faulty_server(answering("200 OK", RSS.replace(b"+0000", b"-0000"))) as server:
            evidence = await StatusPage(endpoint(server.url)).fetch(WINDOW)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert evidence.frame["at"].to_list() == [NOON - timedelta(hours=1)]


@pytest.mark.parametrize(
    "body",
    [
        b"<rss>" + b"<item>" * 200_000,
        b"<rss>" + b"<item " * 200_000,
        b"<rss>" + b"<item>x</item>" * 100_000,
        b"<rss><item><pubDate>" + b" " * 1_000_000 + b"</item></rss>",
        b"<rss><item>" + b"<pubDate>" * 100_000 + b"</item></rss>",
    ],
)
async def test_a_feed_that_is_made_to_be_slow_takes_no_longer_than_others_of_its_size(body: bytes) -> None:
    async with faulty_server(answering("200 OK", body)) as server:
        began = time.process_time()
        evidence = await StatusPage(endpoint(server.url)).fetch(WINDOW)
    assert evidence.frame.is_empty()
    assert time.process_time() - began < 2.0


async def test_a_page_that_is_no_status_page_is_refused() -> None:
    async with faulty_server(answering("200 OK", b"<html>hello</html>")) as server:
        with pytest.raises(SourceRejected, match="neither a Statuspage summary"):
            await StatusPage(endpoint(server.url)).fetch(WINDOW)


@pytest.mark.parametrize(
    ("respond", "ok", "status", "note"),
    [
        (answering("200 OK", b"ok"), True, 200, ""),
        (answering("503 Service Unavailable"), False, 503, ""),
        (hanging, False, None, "no whole answer"),
    ],
)
async def test_a_health_probe_says_what_it_saw(respond: Respond, *, ok: bool, status: int | None, note: str) -> None:
    async with faulty_server(respond) as server:
        source = HealthSource("health", [endpoint(server.url, deadline_s=0.3 if respond is hanging else 60)])
        evidence = await source.fetch(None)
    (row,) = evidence.frame.rows(named=True)
    assert (row["ok"], row["status"]) == (ok, status)
    assert note in row["note"]
    assert evidence.completeness.complete


async def test_a_window_that_ends_now_holds_the_probe_made_for_it_and_an_earlier_one_does_not() -> None:
    now = datetime.now(UTC)
    until_now, before = TimeWindow(now - timedelta(hours=1), now), TimeWindow(NOON - timedelta(hours=2), NOON)
    async with faulty_server(answering("200 OK")) as server:
        evidence = await HealthSource("health", [endpoint(server.url)]).fetch(until_now)
        earlier = await HealthSource("health", [endpoint(server.url)]).fetch(before)
    assert [until_now.contains(at) for at in evidence.frame["time"]] == [True]
    assert earlier.frame.is_empty()


async def test_earlier_probes_are_kept() -> None:
    async with faulty_server(answering("200 OK")) as server:
        source = HealthSource("health", [endpoint(server.url)])
        await source.fetch(None)
        evidence = await source.fetch(None)
    assert evidence.frame.schema == frame_schema(EvidenceKind.HEALTH)
    assert evidence.frame["latency_ms"].is_not_null().sum() == 2


def fake_kubectl(tmp_path: Path, answer: str, exit_code: int = 0) -> tuple[str, ...]:
    script = tmp_path / "kubectl.py"
    stream = "stdout" if exit_code == 0 else "stderr"
    script.write_text(f"import sys; sys.{stream}.write({answer!r}); sys.exit({exit_code})")
    return (sys.executable, str(script))


async def test_replica_sets_become_rollouts(tmp_path: Path) -> None:
    owner = {"kind": "Deployment", "name": "orders"}
    metadata = {
        "creationTimestamp": "2026-11-24T11:30:00Z",
        "annotations": {"deployment.kubernetes.io/revision": "7"},
        "ownerReferences": [owner],
    }
    spec = {"template": {"spec": {"containers": [{"image": "orders:1.4.2"}]}}}
    answer = json.dumps({"items": [{"metadata": metadata, "spec": spec}]})
    source = KubernetesRollouts("kubernetes", "prod", kubectl=fake_kubectl(tmp_path, answer))
    evidence = await source.fetch(WINDOW)
    row = evidence.frame.row(0, named=True)
    assert (row["id"], row["service"], row["title"]) == ("orders-r7", "orders", "revision 7: orders:1.4.2")


@pytest.mark.parametrize(
    ("answer", "exit_code", "words"), [("Forbidden: no", 1, "Forbidden"), ("<html>", 0, "something else than JSON")]
)
async def test_a_refusal_of_kubectl_is_passed_on(tmp_path: Path, answer: str, exit_code: int, words: str) -> None:
    source = KubernetesRollouts("kubernetes", "prod", kubectl=fake_kubectl(tmp_path, answer, exit_code))
    with pytest.raises(SourceError, match=words):
        await source.fetch(WINDOW)


async def test_a_machine_without_kubectl_says_so() -> None:
    with pytest.raises(SourceRejected, match="is not installed"):
        await KubernetesRollouts("kubernetes", "prod", kubectl=("no-such-kubectl",)).fetch(WINDOW)
