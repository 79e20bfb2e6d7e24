from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.lab.conftest import Run

BACKWARDS = {"start": "2026-11-20", "end": "2026-11-01"}
FORWARDS = {"start": "2026-11-01", "end": "2026-11-20"}


def logged(path: Path, request_id: str) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [record for record in records if record.get("request_id") == request_id]


async def test_an_order_is_charged_stored_and_read_again(run_release: Run) -> None:
    async with run_release("v1.4.1") as service:
        placed = await service.client.post("/api/orders", json={"sku": "sku-003", "quantity": 2})
        read = await service.client.get(f"/api/orders/{placed.json()['id']}")
        assert placed.status_code == 201
        assert read.json() == placed.json()
        assert read.json()["quantity"] == 2
        assert service.checked_out == 0


async def test_every_endpoint_answers_and_refuses_as_it_should(run_release: Run) -> None:
    async with run_release("v1.4.2") as service:
        expected = {
            "/api/orders": 200,
            "/api/orders/1": 200,
            "/api/orders/900001": 404,
            "/api/users/me": 200,
            "/api/products": 200,
            "/healthz": 200,
        }
        answers = {path: (await service.client.get(path)).status_code for path in expected}
        report = await service.client.get("/api/reports/generate", params=FORWARDS)
        stranger = await service.client.get("/api/users/me", headers={"authorization": ""})
        assert answers == expected
        assert (report.status_code, stranger.status_code) == (200, 401)
        assert sum(report.json().values()) > 0


async def test_a_slow_provider_is_named_in_the_line_after_the_gap(run_release: Run) -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("timed out", request=request)

    async with run_release("v1.4.1", charge=never) as service:
        body, headers = {"sku": "sku-003", "quantity": 1}, {"x-request-id": "r1"}
        answer = await service.client.post("/api/orders", json=body, headers=headers)
        records = logged(service.log_file, "r1")
        assert answer.status_code == 504
        assert [record["event"] for record in records] == [
            "request received",
            "Authorising payment",
            "PaymentTimeout: payment provider timed out after 3.0 s",
            "request completed",
        ]


async def test_a_log_line_says_who_asked_what_of_which_release(run_release: Run) -> None:
    async with run_release("v1.4.1") as service:
        await service.client.get("/api/orders/7", headers={"x-request-id": "r2"})
        *_, last = logged(service.log_file, "r2")
        assert last["route"] == "GET /api/orders/{order_id}"
        assert (last["user"], last["client_ip"], last["status"]) == ("u-1001", "10.20.0.9", 200)
        assert last["duration_ms"] > 0
        assert {"time", "level", "event", "service", "host", "version"} <= last.keys()


async def test_metrics_count_by_route_template_and_show_the_pool_and_its_cap(run_release: Run) -> None:
    async with run_release("v1.4.1") as service:
        await service.client.get("/api/orders/7")
        await service.client.get("/not/there")
        lines = (await service.client.get("/metrics")).text.splitlines()
        assert 'http_requests_total{method="GET",route="/api/orders/{order_id}",status="200"} 1.0' in lines
        assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in lines
        assert {"pool_checked_out 0.0", "pool_size 5.0", "pool_cap 20.0"} <= set(lines)


async def test_a_failed_report_leaves_no_released_line_and_a_traceback_of_the_services_own_frames(
    run_release: Run,
) -> None:
    async with run_release("v1.4.2") as service:
        failed = await service.client.get("/api/reports/generate", params=BACKWARDS, headers={"x-request-id": "bad"})
        await service.client.get("/api/reports/generate", params=FORWARDS, headers={"x-request-id": "good"})
        bad, good = logged(service.log_file, "bad"), logged(service.log_file, "good")
        error = next(record for record in bad if record["level"] == "error")
        assert failed.status_code == 500
        assert "Database session released" in [record["event"] for record in good]
        assert "Database session released" not in [record["event"] for record in bad]
        assert error["event"] == "ValueError: invalid date range"
        assert 'File "orders_api/api.py"' in error["exception"]
        assert str(service.log_file.parent) not in error["exception"]


async def test_failed_reports_fill_the_pool_and_then_hurt_other_endpoints(run_release: Run) -> None:
    async with run_release("v1.4.2") as service:
        for number in range(1, 21):
            await service.client.get("/api/reports/generate", params=BACKWARDS)
            assert service.checked_out == number
        hurt = await service.client.get("/api/orders", headers={"x-request-id": "hurt"})
        spared = await service.client.get("/api/products")
        error = next(record for record in logged(service.log_file, "hurt") if record["level"] == "error")
        assert (hurt.status_code, spared.status_code) == (503, 200)
        assert error["event"] == "DatabaseError: connection pool exhausted"
        assert "QueuePool limit of size 5 overflow 15 reached" in error["exception"]


async def test_with_the_proper_fix_failed_reports_keep_no_connection(run_release: Run) -> None:
    async with run_release("v1.4.3") as service:
        for _ in range(25):
            failed = await service.client.get("/api/reports/generate", params=BACKWARDS)
            assert failed.status_code == 500
        assert service.checked_out == 0
        assert (await service.client.get("/api/orders")).status_code == 200
