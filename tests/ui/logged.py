"""The incident with a real log, for what the log pane does with records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from tests.ui.story import START, WINDOW, story
from triage_tui.investigation.case import Case
from triage_tui.logs.log_input import LogInput
from triage_tui.sources.log_files import LogFileSource

RECORDS = 300
TRACE = """Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/starlette/routing.py", line 7, in app
    await handle(request)
  File "/srv/orders/reports.py", line 41, in generate
    day = parse(text)
ValueError: no such day"""


def record(number: int) -> dict[str, Any]:
    """One record every 18 seconds: each tenth an error of one endpoint, each seventh a warning."""
    level = "error" if number % 10 == 9 else "warning" if number % 7 == 6 else "info"
    told = {
        "time": (START + timedelta(seconds=18 * number)).isoformat(), "level": level,
        "request_id": f"req-{number // 3:04}", "message": f"GET /api/orders/{number} took {number % 13} ms",
        "status": 500 if level == "error" else 200, "http": {"host": f"web-{number % 2}", "peer": {"zone": "eu"}},
    }  # fmt: skip
    return {**told, "exception": TRACE} if level == "error" else told


def logged(*, more: Sequence[dict[str, Any]] = (), records: int = RECORDS) -> Case:
    """The incident with a log of two files as its only source."""
    lines = [json.dumps(one) for one in (*map(record, range(records)), *more)]
    inputs = [
        LogInput("web-0.jsonl", data="\n".join(lines[0::2]).encode()),
        LogInput("web-1.jsonl", data="\n".join(lines[1::2]).encode()),
    ]
    return replace(story(), sources=(LogFileSource("app logs", inputs),), window=WINDOW)
