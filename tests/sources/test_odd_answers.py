"""Servers that answer JSON of another shape than their API has: an error that names the source and what is odd."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.server import answering, faulty_server
from triage_tui.cli.doctor_servers import server_check
from triage_tui.config.settings import Server
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import Source, SourceError
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.alertmanager import AlertWatch
from triage_tui.sources.blackbox import BlackboxProbes
from triage_tui.sources.common.http import Endpoint
from triage_tui.sources.common.metrics_server import MetricsServer
from triage_tui.sources.common.signal_queries import SignalQuery
from triage_tui.sources.deploy_feed import DeployLogUrl, GrafanaAnnotations
from triage_tui.sources.kubernetes import KubernetesRollouts
from triage_tui.sources.prometheus import PrometheusSource
from triage_tui.sources.service_series import ServiceSeries
from triage_tui.sources.status_page import StatusPage

END = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
WINDOW = TimeWindow(END - timedelta(hours=1), END)
ALERT = Alert(title="PoolExhausted", name="PoolExhausted", fingerprint="a1")


def of_metrics(endpoint: Endpoint) -> MetricsServer:
    return MetricsServer(endpoint)


SOURCES: dict[str, Callable[[Endpoint], Source]] = {
    "prometheus": lambda one: PrometheusSource(of_metrics(one), [SignalQuery("up", "up", "other")]),
    "all series": lambda one: ServiceSeries(of_metrics(one), 'job="a"', most_series=9, rate_window_s=60.0),
    "blackbox": lambda one: BlackboxProbes(of_metrics(one), 'job="a"'),
    "alertmanager": lambda one: AlertWatch(one, ALERT),
    "grafana": GrafanaAnnotations,
    "deploys": DeployLogUrl,
    "status page": StatusPage,
}
ODD: tuple[object, ...] = (None, [], {}, "text", 3, 1e300, True, [None], ["a"], [3], [[]], {"a": None}, {"": {}})
SHAPES: tuple[Callable[[object], object], ...] = (
    lambda odd: odd,
    lambda odd: [odd],
    lambda odd: {"status": "success", "data": odd},
    lambda odd: {"status": odd, "data": {"resultType": "matrix", "result": []}},
    lambda odd: {"status": "success", "data": {"resultType": "vector", "result": odd}},
    lambda odd: {"status": "success", "data": {"resultType": odd, "result": [{"metric": {}, "value": [1, "2"]}]}},
    lambda odd: {"status": "success", "data": {"resultType": "vector", "result": [{"metric": odd, "value": odd}]}},
    lambda odd: {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [odd]}]}},
    lambda odd: {"status": "success", "data": {"result": [{"values": [[odd, "1"]], "value": [1, odd]}]}},
    lambda odd: {"incidents": odd, "scheduled_maintenances": odd},
    lambda odd: {"incidents": [{"id": odd, "name": odd, "started_at": END.isoformat(), "status": odd}]},
    lambda odd: [{"labels": odd, "annotations": odd, "status": odd, "fingerprint": "a1", "startsAt": odd}],
    lambda odd: [{"labels": {"alertname": odd}, "status": {"silencedBy": odd}, "fingerprint": "a1"}],
    lambda odd: [{"time": 1795485601123, "tags": odd, "text": odd, "id": odd, "login": odd}],
    lambda odd: [{"version": odd, "at": END.isoformat(), "paths": odd, "service": odd, "lastDeploy": odd}],
    lambda odd: {"items": odd},
    lambda odd: {"items": [{"metadata": odd, "spec": odd}]},
    lambda odd: {"items": [{"metadata": {"creationTimestamp": END.isoformat(), "annotations": odd}, "spec": odd}]},
)  # fmt: skip
ANSWERS = [json.dumps(shape(odd)) for shape, odd in itertools.product(SHAPES, ODD)]


async def problem_of(source: Source) -> str:
    """What a source says went wrong, its name where nothing did."""
    try:
        await source.fetch(WINDOW)
    except SourceError as error:
        return str(error)
    return source.name


@pytest.mark.parametrize("name", SOURCES)
async def test_no_odd_answer_breaks_a_source(name: str) -> None:
    for answer in dict.fromkeys(ANSWERS):
        async with faulty_server(answering("200 OK", answer.encode(), "Content-Type: application/json")) as server:
            problem = await problem_of(SOURCES[name](Endpoint(name, server.url)))
        assert name in problem, answer
        assert "Error" not in problem, answer


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("alertmanager", '{"data": []}', "answered with an object where a list is needed"),
        ("alertmanager", '[{"labels": {"alertname": 3}}]', "a number where text is needed, at [0].labels"),
        ("status page", '{"incidents": "none"}', "answered with text where a list is needed, at incidents"),
        ("grafana", '[{"time": 3, "tags": "deploy"}]', "text where a list is needed, at [0].tags"),
        ("all series", '{"status":"success","data":"x"}', "answered 200 with something else than series"),
        ("prometheus", "[1]", "answered 200 with something else than series"),
    ],
)  # fmt: skip
async def test_an_odd_answer_is_told_in_words_with_its_place(name: str, answer: str, told: str) -> None:
    async with faulty_server(answering("200 OK", answer.encode(), "Content-Type: application/json")) as server:
        with pytest.raises(SourceError) as raised:
            await SOURCES[name](Endpoint(name, server.url)).fetch(WINDOW)
    assert told in str(raised.value)
    assert f"{name} at http://127.0.0.1" in str(raised.value)


async def test_kubectl_that_answers_oddly_is_told_in_words(tmp_path: Path) -> None:
    for answer in ("[]", "null", *(one for one in ANSWERS if "items" in one)):
        (tmp_path / "answer").write_text(answer)
        (tmp_path / "kubectl").write_text(f"#!/bin/sh\ncat '{tmp_path / 'answer'}'\n")
        (tmp_path / "kubectl").chmod(0o700)
        problem = await problem_of(KubernetesRollouts("kubernetes", "shop", kubectl=[str(tmp_path / "kubectl")]))
        assert problem == "kubernetes" or problem.startswith("kubernetes: kubectl answered with "), answer


@pytest.mark.parametrize("name", ["prometheus", "alertmanager", "grafana"])
async def test_no_odd_answer_breaks_the_doctor(name: str) -> None:
    for answer in dict.fromkeys(ANSWERS):
        async with faulty_server(answering("200 OK", answer.encode(), "Content-Type: application/json")) as server:
            check = await server_check(name, Server(url=server.url))
        assert check.reachable, answer
