from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.lab.stage import Stage, stage, watched_under_load
from tests.servers.processes import require_program

DEADLINE_S = 60.0


@pytest.mark.services
async def test_a_release_under_load_is_scraped_and_replaced_without_refusing_a_probe(tmp_path: Path) -> None:
    for program in ("prometheus", "prometheus-alertmanager", "git"):
        require_program(program)
    with stage(tmp_path, "leak") as lab:
        await lab.roll_out("v1.4.1")
        async with asyncio.timeout(DEADLINE_S), watched_under_load(lab):
            await lab.roll_out("v1.4.2")
            lab.traffic.reports = True
            await _until_logged(lab, "GET /api/reports/generate")
            cap = await _until_scraped(lab, "pool_cap")
    assert cap == "20"
    assert lab.health
    assert all(row["ok"] for row in lab.health)
    assert [rollout.release for rollout in lab.rollouts] == ["v1.4.1", "v1.4.2"]


async def _until_logged(lab: Stage, route: str) -> None:
    while True:
        if any(json.loads(line).get("route") == route for line in _lines(lab.service.log_file)):
            return
        await asyncio.sleep(0.1)


def _lines(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


async def _until_scraped(lab: Stage, query: str) -> Any:
    async with httpx.AsyncClient(base_url=lab.prometheus) as client:
        while True:
            found = (await client.get("/api/v1/query", params={"query": query})).json()["data"]["result"]
            if found:
                return found[0]["value"][1]
            await asyncio.sleep(0.1)
