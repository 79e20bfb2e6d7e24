"""The lab's processes: each on a free port, every one gone when the lab ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

READY_S = 60.0
STOP_S = 8.0
HOST = "orders-5d8f-1"


@contextlib.contextmanager
def running(command: list[str], log: Path, environment: dict[str, str] | None = None) -> Iterator[None]:
    """Run a process for the length of a ``with``; its output goes to a file."""
    process = start(command, log, environment)
    try:
        yield
    finally:
        stop(process)


def start(
    command: list[str],
    log: Path,
    environment: dict[str, str] | None = None,
    *,
    cwd: Path | None = None,
    keep: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches the lab alone and the lab ends the rest."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd=cwd,
            pass_fds=keep,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, then end it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class ServerProcess:
    """A server on a port of its own that can be ended and come back; its process ID stands in a file beside its log."""

    def __init__(self, name: str, command: list[str], port: int, folder: Path, ready: str = "/") -> None:
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self._command, self._folder, self._ready = command, folder, ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ended(self) -> bool:
        """Tell whether it was started and is gone."""
        return self._process is not None and self._process.poll() is not None

    def begin(self) -> None:
        """Start it without waiting for it."""
        self._process = start(self._command, self._folder / f"{self.name}.out")
        (self._folder / f"{self.name}.pid").write_text(f"{self._process.pid}\n", encoding="utf-8")

    def wait_until_ready(self) -> None:
        """Return when it answers; raises ``TimeoutError``."""
        wait_until_answers(self.url + self._ready)

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            stop(self._process)


def wait_until_answers(url: str) -> None:
    """Return when the address answers; raises ``TimeoutError`` after a minute."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, timeout=1.0)
            return
        time.sleep(0.05)
    raise TimeoutError(f"{url} does not answer")


class ServiceProcess:
    """orders-api behind a listening socket that outlives every release, so that a rollout refuses nobody."""

    def __init__(self, folder: Path, payments_url: str, sentry_dsn: str | None) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._socket.set_inheritable(True)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._release: Path | None = None
        self.log_file = folder / "app.jsonl"
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._environment = {
            "PATH": os.environ["PATH"],
            "APP_HOST": HOST,
            "APP_DATABASE": str(folder / "orders.db"),
            "APP_LOG_FILE": str(self.log_file),
            "PAYMENTS_URL": payments_url,
            "LISTEN_FD": str(self._socket.fileno()),
            **({"SENTRY_DSN": sentry_dsn} if sentry_dsn else {}),
        }

    def roll_out(self, release: Path) -> None:
        """Start a release, and when it says that it started, end the one before."""
        before, starts = self._process, self._starts()
        environment = {**self._environment, "APP_VERSION": release.name.removeprefix("v")}
        command = [sys.executable, "-m", "orders_api"]
        output = self._folder / "service.out"
        self._process = start(command, output, environment, cwd=release, keep=(self._socket.fileno(),))
        self._release = release
        (self._folder / "service.pid").write_text(f"{self._process.pid}\n", encoding="utf-8")
        deadline = time.monotonic() + READY_S
        while self._starts() == starts:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise TimeoutError(f"{release.name} did not start: {output.read_text()[-2000:]}")
            time.sleep(0.05)
        if before is not None:
            stop(before)

    @property
    def ended(self) -> bool:
        """Tell whether a release was started and is gone."""
        return self._process is not None and self._process.poll() is not None

    def begin(self) -> None:
        """Start the release that ran last once more."""
        if self._release is not None:
            self.roll_out(self._release)

    def _starts(self) -> int:
        return self.log_file.read_bytes().count(b'"service started"') if self.log_file.exists() else 0

    def close(self) -> None:
        """End the service and give up its port."""
        if self._process is not None:
            stop(self._process)
        self._socket.close()


def announcements_command(folder: Path, port: int) -> list[str]:
    """Return the command line of the server of the deploy log and the provider's status page, plain files."""
    folder.mkdir()
    return [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]


def prometheus_command(folder: Path, port: int, service_url: str, alertmanager_url: str) -> list[str]:
    """Write Prometheus' configuration (1 s scrape, two alert rules) and return its command line."""
    folder.mkdir()
    (folder / "rules.yml").write_text(_RULES, encoding="utf-8")
    target, alertmanager = service_url.removeprefix("http://"), alertmanager_url.removeprefix("http://")
    configuration = _CONFIGURATION.replace("TARGET", target).replace("ALERTMANAGER", alertmanager)
    (folder / "prometheus.yml").write_text(configuration, encoding="utf-8")
    return [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]


def alertmanager_command(folder: Path, port: int) -> list[str]:
    """Write a configuration of Alertmanager that notifies nobody and return its command line."""
    folder.mkdir()
    (folder / "alertmanager.yml").write_text(
        "{route: {receiver: nobody}, receivers: [{name: nobody}]}\n", encoding="utf-8"
    )
    return [
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]


_CONFIGURATION = """\
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs:
        - targets: [ALERTMANAGER]
scrape_configs:
  - job_name: orders-api
    static_configs:
      - targets: [TARGET]
        labels: {service: orders-api}
"""

_RULES = """\
groups:
  - name: orders-api
    rules:
      - alert: HighErrorRate
        expr: sum by (service) (rate(http_requests_total{status=~"5.."}[30s]))
              / sum by (service) (rate(http_requests_total[30s])) > 0.05
        for: 20s
        labels: {severity: page}
        annotations: {summary: More than 5 % of requests fail}
      - alert: PoolNearlyFull
        expr: pool_checked_out / pool_cap > 0.8
        for: 10s
        labels: {severity: warning}
        annotations: {summary: Connection pool nearly full}
"""
