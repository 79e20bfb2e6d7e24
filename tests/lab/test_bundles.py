"""What the built-in incidents must show, whatever their times and figures are."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from triage_tui.investigation.findings import Alert
from triage_tui.sources.bundle import Bundle, open_bundle
from triage_tui.sources.common.alert_decoding import decode_alert
from triage_tui.sources.common.manifest import MemberKind

DEMO = Path(__file__).parents[2] / "src" / "triage_tui" / "demo"
LEAK, SLOW = "connection-pool", "slow-dependency"
BOTH = pytest.mark.parametrize("name", [LEAK, SLOW])


@cache
def bundle(name: str) -> Bundle:
    return open_bundle(DEMO / f"{name}.zip")


@cache
def rows(name: str, kind: MemberKind) -> list[dict[str, Any]]:
    ((_, content),) = bundle(name).members(kind)
    return [json.loads(line) for line in content.splitlines()]


def series(name: str, metric: str) -> list[dict[str, Any]]:
    found = next(content for entry, content in bundle(name).members("metrics") if entry.metric == metric)
    result: list[dict[str, Any]] = json.loads(found)["data"]["result"]
    return result


def samples(one: dict[str, Any]) -> list[tuple[float, float]]:
    return [(float(at), float(value)) for at, value in one["values"]]


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def errors(name: str, starts: str) -> list[dict[str, Any]]:
    return [row for row in rows(name, "logs") if row["level"] == "error" and row["event"].startswith(starts)]


def trace(name: str, request_id: str) -> list[dict[str, Any]]:
    return [row for row in rows(name, "logs") if row.get("request_id") == request_id]


def change(name: str, title: str) -> dict[str, Any]:
    return next(row for row in rows(name, "changes") if row["title"].startswith(title))


def alert(name: str) -> Alert:
    ((entry, content),) = bundle(name).members("alert")
    return decode_alert(content, entry.name)


def test_both_together_stay_under_three_megabytes() -> None:
    assert sum((DEMO / f"{name}.zip").stat().st_size for name in (LEAK, SLOW)) < 3_000_000


@BOTH
def test_a_bundle_holds_every_kind_of_evidence(name: str) -> None:
    kinds = {entry.kind for entry in bundle(name).manifest.members}
    assert {"alert", "logs", "metrics", "changes", "health", "topology", "attachment"} <= kinds
    assert len(rows(name, "logs")) > 20_000


@BOTH
def test_logs_and_probes_lie_in_the_window(name: str) -> None:
    window = bundle(name).manifest.window
    times = [datetime.fromisoformat(row["time"]) for kind in ("logs", "health") for row in rows(name, kind)]
    assert all(window.contains(time) for time in times)


@BOTH
def test_the_calm_stretch_has_no_error_and_some_noise(name: str) -> None:
    baseline = bundle(name).manifest.baseline
    assert baseline is not None
    calm = [row for row in rows(name, "logs") if baseline.contains(datetime.fromisoformat(row["time"]))]
    statuses = [row["status"] for row in calm if "status" in row]
    assert baseline.length.total_seconds() >= 180
    assert not [row for row in calm if row["level"] == "error"]
    assert max(statuses) < 500
    assert 0 < sum(status >= 400 for status in statuses) < 0.05 * len(statuses)
    assert [row for row in calm if row["level"] == "warning"]


@BOTH
def test_the_service_answers_again_at_the_end(name: str) -> None:
    last_error = seconds(errors(name, "")[-1]["time"])
    assert bundle(name).manifest.window.end.timestamp() - last_error > 100
    assert rows(name, "health")[-1]["ok"]


@BOTH
def test_the_alert_was_counted_from_events_that_the_log_shows_too(name: str) -> None:
    paged = alert(name)
    assert paged.title is not None
    assert paged.count is not None
    assert paged.users is not None
    logged = errors(name, paged.title)
    assert paged.service == "orders-api"
    assert 40 <= paged.count <= len(logged)
    assert paged.users <= paged.count
    assert {row["request_id"] for row in logged} >= {paged.request_id}
    assert paged.stack_paths[0].startswith("orders_api/")


@BOTH
def test_no_path_of_the_recording_machine_is_left(name: str) -> None:
    texts = [
        content for kind in ("alert", "logs", "changes", "attachment") for _, content in bundle(name).members(kind)
    ]
    assert not [text[:80] for text in texts if b"site-packages" in text or b"/tmp/" in text or b"/.venv/" in text]


def test_the_pool_reaches_its_cap_after_the_deploy_and_errors_elsewhere_follow() -> None:
    (gauge,) = series(LEAK, "pool_checked_out")
    deployed = seconds(change(LEAK, "Add the sales report")["at"])
    first_elsewhere = seconds(errors(LEAK, "DatabaseError")[0]["time"])
    full_at = max(at for at, value in samples(gauge) if at < first_elsewhere and value < 20)
    assert max(value for at, value in samples(gauge) if at < deployed) < 10
    assert deployed + 60 < full_at
    assert abs(first_elsewhere - full_at) < 10
    assert samples(gauge)[-1][1] < 5


def test_a_failed_report_lacks_the_released_line_that_healthy_requests_have() -> None:
    healthy = [row for row in rows(LEAK, "logs") if row["event"] == "Database session released"]
    failed = errors(LEAK, "ValueError: invalid date range")
    assert len(failed) == 20
    for error in failed:
        events = [row["event"] for row in trace(LEAK, error["request_id"])]
        assert events[:3] == ["request received", "Database session acquired", "Querying report data"]
        assert "Database session released" not in events
        assert "\n" in error["exception"]
    assert len(healthy) > 1000


def test_the_change_log_names_the_route_and_what_happened_to_the_session() -> None:
    deploy = change(LEAK, "Add the sales report")
    assert "GET /api/reports/generate" in deploy["routes"]
    assert any("get_db no longer yields" in detail for detail in deploy["details"])
    config = change(LEAK, "Keep connections for ten minutes")
    assert (config["kind"], config["at"] < deploy["at"]) == ("config", True)
    assert change(LEAK, "Update fastapi")["kind"] == "dependency"
    assert change(LEAK, "Roll back")["at"] > errors(LEAK, "DatabaseError")[0]["time"]


def test_the_provider_is_slow_before_anything_fails_and_the_deploy_comes_later() -> None:
    (p95,) = series(SLOW, "payment_p95_seconds")
    slow_at = next(at for at, value in samples(p95) if value > 1.0)
    first_error = seconds(errors(SLOW, "PaymentTimeout")[0]["time"])
    assert slow_at + 20 < first_error
    assert seconds(change(SLOW, "List products by price")["at"]) > first_error
    assert seconds(change(SLOW, "Keep the catalogue")["at"]) < bundle(SLOW).manifest.window.start.timestamp()


def test_each_timed_out_charge_shows_the_gap_and_names_it_in_the_next_line() -> None:
    for error in errors(SLOW, "PaymentTimeout")[:50]:
        steps = trace(SLOW, error["request_id"])
        before = steps[[step["event"] for step in steps].index("Authorising payment")]
        assert error["event"].endswith("payment provider timed out after 3.0 s")
        assert seconds(error["time"]) - seconds(before["time"]) > 2.9


def test_the_slow_provider_never_fills_the_pool() -> None:
    (gauge,) = series(SLOW, "pool_checked_out")
    assert max(value for _, value in samples(gauge)) < 15
