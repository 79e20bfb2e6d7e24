"""Debian's prometheus-alertmanager with alerts of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.servers.processes import free_port, require_program, running

CONFIG = "route: {receiver: none, group_wait: 1s}\nreceivers: [{name: none}]\n"


@contextmanager
def alertmanager(folder: Path) -> Iterator[str]:
    """Run it without a cluster; yields its address."""
    config, port = folder / "alertmanager.yml", free_port()
    config.write_text(CONFIG)
    command = [require_program("prometheus-alertmanager"), f"--config.file={config}"]
    command += [f"--storage.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
    command += ["--cluster.listen-address="]
    with running(command, f"http://127.0.0.1:{port}/-/ready", folder / "alertmanager.log"):
        yield f"http://127.0.0.1:{port}"


def fire(address: str, labels: Mapping[str, str], annotations: Mapping[str, str], since: datetime) -> None:
    """Send an alert that fires for the next hour."""
    ends = datetime.now(UTC) + timedelta(hours=1)
    alert = {"labels": labels, "annotations": annotations, "startsAt": since.isoformat(), "endsAt": ends.isoformat()}
    alert["generatorURL"] = "http://prometheus.example/graph?g0.expr=db_pool_in_use+%3E+16"
    _post(address, "/api/v2/alerts", [alert])


def silence(address: str, alertname: str) -> None:
    """Silence an alert by its name for an hour."""
    now = datetime.now(UTC)
    matcher = {"name": "alertname", "value": alertname, "isRegex": False, "isEqual": True}
    span = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat()}
    _post(address, "/api/v2/silences", {"matchers": [matcher], "createdBy": "test", "comment": "known", **span})


def _post(address: str, path: str, body: Mapping[str, Any] | Sequence[Any]) -> None:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(address + path, json.dumps(body).encode(), headers), timeout=10) as response:  # noqa: S310 - loopback
        response.read()
