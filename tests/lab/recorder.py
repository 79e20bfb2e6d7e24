"""Play a story and write down everything that an engineer would have had of it, as one bundle."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from tests.lab.alert import Event, alert_of, events_of
from tests.lab.changes import SERVICE, change_rows, deploy_records
from tests.lab.queries import QUERIES, Query
from tests.lab.stage import Stage, as_json_lines, stage, watched_under_load
from tests.lab.stories import STORIES, Clock, Story, warm_up
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.bundle import NewMember, write_bundle
from triage_tui.sources.common.manifest import BundleHead


@dataclass(frozen=True)
class Taken:
    """A story that was played: its span, and what the error tracker and Prometheus said when somebody looked."""

    window: TimeWindow
    events: list[Event]
    firing: bytes
    looked_at: datetime


def record(story_name: str, output: Path) -> None:
    """Play a story, about fourteen minutes, and write its bundle."""
    story = STORIES[story_name]
    with tempfile.TemporaryDirectory(prefix="orders-lab-") as name, stage(Path(name), story_name) as lab:
        taken = asyncio.run(_play(lab, story))
        members = [*_metrics(lab, taken.window), *_records(lab, story, taken)]
    head = _head(story, taken)
    write_bundle(output, head, members)


async def _play(lab: Stage, story: Story) -> Taken:
    await lab.roll_out(story.set_up[0])
    async with watched_under_load(lab):
        await warm_up(lab, story)
        clock = Clock()
        played = asyncio.ensure_future(story.play(lab, clock))
        await clock.until(story.looked_at)
        looked_at = datetime.now(UTC)
        events = events_of(list(lab.error_events.values()), story.error)
        async with httpx.AsyncClient() as client:
            firing = (await client.get(f"{lab.prometheus}/api/v1/alerts")).content
        await played
        await clock.until(story.seconds)
    window = TimeWindow(clock.zero, clock.zero + timedelta(seconds=story.seconds))
    return Taken(window, events, firing, looked_at)


def _head(story: Story, taken: Taken) -> BundleHead:
    start = taken.window.start
    return BundleHead(
        title=story.title,
        service=SERVICE,
        created_at=datetime.now(UTC),
        window=taken.window,
        baseline=TimeWindow(start, start + timedelta(seconds=story.calm_until)),
        note=story.note,
        signals=tuple(query.hint for query in QUERIES if query.hint),
    )


def _metrics(lab: Stage, window: TimeWindow) -> list[NewMember]:
    with httpx.Client(base_url=lab.prometheus, timeout=30.0) as client:
        return [_range_query(client, query, window) for query in QUERIES]


def _range_query(client: httpx.Client, query: Query, window: TimeWindow) -> NewMember:
    span = {"start": f"{window.start.timestamp():.0f}", "end": f"{window.end.timestamp():.0f}", "step": "1"}
    answer = client.post("/api/v1/query_range", data={"query": query.promql, **span}).raise_for_status()
    return NewMember(
        name=f"metrics-{query.metric}.json",
        kind="metrics",
        content=answer.content,
        source="prometheus",
        query=query.promql,
        metric=query.metric,
        window=window,
        fetched_at=datetime.now(UTC),
    )


def _records(lab: Stage, story: Story, taken: Taken) -> list[NewMember]:
    window, now = taken.window, datetime.now(UTC)
    health = [row for row in lab.health if window.contains(datetime.fromisoformat(row["time"]))]
    topology = {"edges": [[SERVICE, "payment-provider"], [SERVICE, "orders-db"]]}
    git_bundle = lab.repository.bundle(lab.folder / "orders-api.bundle")
    alert, event = msgspec.json.encode(alert_of(taken.events)), json.dumps(taken.events[-1], indent=1).encode()
    looked_at = taken.looked_at
    changes, deploys = as_json_lines(change_rows(lab, story.name)), as_json_lines(deploy_records(lab, story.name))
    return [
        NewMember(
            "logs.jsonl", "logs", content=_logs_in(lab.service.log_file, window), source="app.jsonl", fetched_at=now
        ),
        NewMember("changes.jsonl", "changes", content=changes, source="git", fetched_at=now),
        NewMember(
            "health.jsonl", "health", content=as_json_lines(health), source="health", window=window, fetched_at=now
        ),
        NewMember("alert.json", "alert", content=alert, source="sentry", fetched_at=looked_at),
        NewMember("sentry-event.json", "attachment", content=event, source="sentry", fetched_at=looked_at),
        NewMember(
            "topology.json", "topology", content=json.dumps(topology).encode(), source="service map", fetched_at=now
        ),
        NewMember("orders-api.gitbundle", "attachment", content=git_bundle, source="git", fetched_at=now),
        NewMember("deploys.jsonl", "attachment", content=deploys, source="deploy log", fetched_at=now),
        NewMember(
            "prometheus-alerts.json", "attachment", content=taken.firing, source="prometheus", fetched_at=looked_at
        ),
    ]


def _logs_in(path: Path, window: TimeWindow) -> bytes:
    lines = path.read_bytes().splitlines(keepends=True)
    return b"".join(line for line in lines if window.contains(datetime.fromisoformat(json.loads(line)["time"])))
