import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import UnreadableInput
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.alert_files import load_alert
from triage_tui.sources.common.alert_decoding import alert_from_text, decode_alert
from triage_tui.sources.common.alert_shapes import metric_of_expression

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def read(value: Any) -> Alert:
    return decode_alert(json.dumps(value).encode(), "alert.json")


def frame(filename: str, in_app: bool) -> dict[str, Any]:
    return {"filename": filename, "abs_path": f"/srv/{filename}", "lineno": 3, "in_app": in_app}


def exception(kind: str, value: str, *frames: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "value": value, "stacktrace": {"frames": list(frames)}}


CHAIN = [
    exception("ValueError", "invalid date range", frame("app/api.py", True), frame("app/reports.py", True)),
    exception(
        "TimeoutError", "QueuePool limit reached", frame("app/api.py", True), frame("app/db.py", True),
        frame("sqlalchemy/pool/base.py", False), frame("sqlalchemy/pool/impl.py", False),
    ),
]  # fmt: skip
SDK_EVENT = {
    "event_id": "ce03", "timestamp": "2026-03-02T12:00:00.500000Z", "release": "shop@1.4.2", "environment": "prod",
    "level": "error", "transaction": "/api/reports/generate", "request": {"method": "POST"},
    "exception": {"values": CHAIN}, "tags": {"request_id": "966ab06c"}, "contexts": {"trace": {"trace_id": "9643"}},
}  # fmt: skip
API_EVENT = {
    "eventID": "ce03", "dateCreated": "2026-03-02T12:00:00.500000Z", "title": "TimeoutError: QueuePool limit reached",
    "release": {"version": "shop@1.4.2"}, "contexts": {"trace": {"trace_id": "9643"}},
    "tags": [{"key": "request_id", "value": "966ab06c"}, {"key": "transaction", "value": "POST /api/reports/generate"}],
    "entries": [
        {"type": "breadcrumbs", "data": {"values": []}},
        {"type": "exception", "data": {"values": json.loads(json.dumps(CHAIN).replace("in_app", "inApp"))}},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [SDK_EVENT, API_EVENT, {"action": "triggered", "data": {"event": API_EVENT}}, {"payload": {"body": SDK_EVENT}}],
    ids=["sdk", "api", "webhook", "receiver"],
)
def test_an_event_of_sentry_names_exception_release_request_and_the_stack_newest_first(event: dict[str, Any]) -> None:
    alert = read(event)
    assert alert.title == alert.exception == "TimeoutError: QueuePool limit reached"
    assert (alert.service, alert.release) == ("shop", "shop@1.4.2")
    assert alert.request_id == "966ab06c"
    assert alert.route == "POST /api/reports/generate"
    assert alert.fired_at == alert.last_seen == NOON + timedelta(seconds=0.5)
    assert alert.stack_paths == (
        "app/db.py", "app/api.py", "app/reports.py", "sqlalchemy/pool/impl.py", "sqlalchemy/pool/base.py",
    )  # fmt: skip
    assert (alert.count, alert.users) == (None, None)


def test_an_issue_of_sentry_counts_events_and_users() -> None:
    alert = read(
        {
            "id": "1", "shortId": "SHOP-1A", "title": "TimeoutError: pool", "culprit": "/api/reports/generate",
            "count": "47", "userCount": 23, "firstSeen": "2026-03-02T10:30:00Z", "lastSeen": "2026-03-02T12:00:00Z",
            "project": {"slug": "shop"}, "metadata": {"type": "TimeoutError", "value": "pool", "filename": "app/db.py"},
        }
    )  # fmt: skip
    assert (alert.count, alert.users, alert.service, alert.source) == (47, 23, "shop", "sentry")
    assert (alert.first_seen, alert.last_seen) == (NOON - timedelta(minutes=90), NOON)
    assert (alert.exception, alert.stack_paths) == ("TimeoutError: pool", ("app/db.py",))


def prometheus_alert(name: str, severity: str, starts: str, state: Any = "firing") -> dict[str, Any]:
    return {
        "status": state, "labels": {"alertname": name, "job": "shop", "severity": severity}, "startsAt": starts,
        "annotations": {"summary": "pool 100% used"}, "fingerprint": name,
        "generatorURL": "http://metrics.example/graph?g0.expr=db_pool_checked_out+%2F+db_pool_size+%3E+0.8&g0.tab=1",
    }  # fmt: skip


WEBHOOK = [
    prometheus_alert("Gone", "page", "2026-03-02T11:00:00Z", "resolved"),
    prometheus_alert("Slow", "warning", "2026-03-02T11:10:00Z"),
    prometheus_alert("PoolFull", "critical", "2026-03-02T12:00:00Z"),
    prometheus_alert("PoolNearlyFull", "critical", "2026-03-02T12:05:00Z"),
]


def suppressed(alert: dict[str, Any]) -> dict[str, Any]:
    return {**alert, "status": {"state": "active" if alert["status"] == "firing" else "suppressed"}}


@pytest.mark.parametrize(
    "document",
    [
        {"version": "4", "status": "firing", "alerts": WEBHOOK, "commonLabels": {"env": "prod"}},
        [suppressed(alert) for alert in WEBHOOK],
        [
            {"labels": {}, "alerts": [suppressed(WEBHOOK[0])]},
            {"labels": {}, "alerts": list(map(suppressed, WEBHOOK[1:]))},
        ],
    ],
    ids=["webhook", "list", "groups"],
)
def test_of_alertmanagers_alerts_the_most_urgent_that_fires_is_taken(document: Any) -> None:
    alert = read(document)
    assert alert.title == "PoolFull: pool 100% used"
    assert (alert.service, alert.metric, alert.fired_at) == ("shop", "db_pool_checked_out", NOON)
    assert alert.source == "alertmanager"


@pytest.mark.parametrize(
    ("expression", "metric"),
    [
        ('sum by (job) (rate(http_requests_total{code=~"5.."}[1m])) / sum(rate(x[1m])) > 0.05', "http_requests_total"),
        ("100 * (1 - avg by(instance)(irate(node_cpu_seconds_total[5m]))) > bool 90", "node_cpu_seconds_total"),
        ("job:errors:rate5m > 1e3", "job:errors:rate5m"),
        ("vector(1)", None),
        ("", None),
    ],
)
def test_the_metric_is_the_first_that_the_expression_names(expression: str, metric: str | None) -> None:
    assert metric_of_expression(expression) == metric


def test_grafana_and_pagerduty_are_read() -> None:
    grafana = read({"orgId": 1, "title": "[FIRING:1]", "alerts": [{**WEBHOOK[2], "startsAt": "0001-01-01T00:00:00Z"}]})
    assert (grafana.source, grafana.fired_at) == ("grafana", None)
    old = read({"ruleName": "Errors", "title": "[Alerting] Errors", "evalMatches": [{"metric": "errors", "value": 3}]})
    assert (old.title, old.metric, old.source) == ("[Alerting] Errors", "errors", "grafana")
    incident = {
        "type": "incident",
        "title": "Pool full",
        "created_at": "2026-03-02T12:00:00Z",
        "service": {"summary": "shop"},
    }
    for document in ({"event": {"event_type": "incident.triggered", "data": incident}}, {"incident": incident}):
        alert = read(document)
        assert (alert.title, alert.service, alert.fired_at, alert.source) == ("Pool full", "shop", NOON, "pagerduty")


def test_our_own_alert_takes_times_in_seconds_or_rfc_3339_and_everything_is_optional() -> None:
    alert = read({"service": "shop", "metric": "p99", "fired_at": NOON.timestamp(), "baseline": {"from": 0, "to": 60}})
    assert (alert.service, alert.metric, alert.fired_at, alert.title) == ("shop", "p99", NOON, None)
    assert alert.baseline == TimeWindow(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("ends", "minutes"),
    [(("12:00:00", "12:00:00"), 1), (("12:00:00", "12:30:00"), 30), (("12:00:00", "11:00:00"), None)],
)
def test_a_window_of_one_moment_lasts_a_minute_and_a_reversed_one_is_none(
    ends: tuple[str, str], minutes: int | None
) -> None:
    window = read({"title": "x", "window": {"from": f"2026-03-02T{ends[0]}Z", "to": f"2026-03-02T{ends[1]}Z"}}).window
    assert window == (TimeWindow(NOON, NOON + timedelta(minutes=minutes)) if minutes else None)


def test_an_alert_that_was_written_is_read_back() -> None:
    alert = msgspec.structs.replace(
        read(SDK_EVENT), window=TimeWindow(NOON, NOON + timedelta(hours=1)), count=47, users=23, first_seen=NOON
    )
    assert decode_alert(msgspec.json.encode(alert), "alert.json") == alert


def test_a_sentence_becomes_the_title() -> None:
    assert alert_from_text("\n  Customers cannot pay \nsince noon").title == "Customers cannot pay"
    assert decode_alert(b"Customers cannot pay\n", "x").source == "text"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\x00\x01binary", "is binary"),
        (b'{"title":', "not the JSON"),
        (b'{"some": "thing"}', "is JSON and no alert that is known"),
        (b"[]", "is JSON and no alert that is known"),
        (b"[1, 2]", "is JSON and no alert that is known"),
        pytest.param(b'{"data":' * 50_000, "nested too deeply", id="nested"),
    ],
)
def test_a_file_that_is_no_alert_is_refused_by_name(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "alert.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableInput, match=problem) as refused:
        load_alert(path)
    assert str(refused.value).startswith(str(path))


@pytest.mark.parametrize(
    "key", ["alerts", "event", "exception", "entries", "tags", "startsAt", "shortId", "evalMatches", "window"]
)
@pytest.mark.parametrize("value", [None, 3, "x", [], [None], [[]], {}, {"values": 3}, {"values": [None]}])
def test_fields_of_a_wrong_type_give_an_alert_or_a_refusal(key: str, value: Any) -> None:
    try:
        alert = read({"title": "x", key: value})
    except UnreadableInput:
        return
    assert isinstance(alert, Alert)
