"""Debian's prometheus-alertmanager with alerts of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.servers.ports import free_port
from tests.servers.processes import require_program, running

CONFIG = """\
route: {receiver: none, group_wait: 1s}
receivers: [{name: none}]
inhibit_rules: [{source_matchers: ['alertname="ClusterDown"'], target_matchers: ['severity="critical"']}]
"""


@contextmanager
def alertmanager(folder: Path, port: int | None = None) -> Iterator[str]:
    """Run it without a cluster, on a port that it had before where it is to come back; yields its address."""
    config, port = folder / "alertmanager.yml", port or free_port()
    config.write_text(CONFIG)
    command = [require_program("prometheus-alertmanager"), f"--config.file={config}"]
    command += [f"--storage.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
    command += ["--cluster.listen-address="]
    with running(command, f"http://127.0.0.1:{port}/-/ready", folder / "alertmanager.log"):
        yield f"http://127.0.0.1:{port}"


def fire(address: str, labels: Mapping[str, str], annotations: Mapping[str, str], since: datetime) -> None:
    """Send an alert that fires for the next hour."""
    _send(address, labels, annotations, since, datetime.now(UTC) + timedelta(hours=1))


def resolve(address: str, labels: Mapping[str, str], since: datetime) -> None:
    """Send that an alert has ended."""
    _send(address, labels, {}, since, datetime.now(UTC))


def _send(
    address: str, labels: Mapping[str, str], annotations: Mapping[str, str], since: datetime, ends: datetime
) -> None:
    alert = {"labels": labels, "annotations": annotations, "startsAt": since.isoformat(), "endsAt": ends.isoformat()}
    alert["generatorURL"] = "http://prometheus.example/graph?g0.expr=db_pool_in_use+%3E+16"
    _post(address, "/api/v2/alerts", [alert])


def silence(address: str, alertname: str) -> str:
    """Silence an alert by its name for an hour; returns the silence's id."""
    now = datetime.now(UTC)
    matcher = {"name": "alertname", "value": alertname, "isRegex": False, "isEqual": True}
    span = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat()}
    body = {"matchers": [matcher], "createdBy": "test", "comment": "known", **span}
    return str(json.loads(_post(address, "/api/v2/silences", body))["silenceID"])


def end_silence(address: str, silence_id: str) -> None:
    """End a silence."""
    request = Request(f"{address}/api/v2/silence/{silence_id}", method="DELETE")  # noqa: S310 - loopback
    with urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
        response.read()


def _post(address: str, path: str, body: Mapping[str, Any] | Sequence[Any]) -> bytes:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(address + path, json.dumps(body).encode(), headers), timeout=10) as response:  # noqa: S310 - loopback
        return bytes(response.read())
