"""Prometheus and VictoriaMetrics with two hours of the same history."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

from tests.servers.ports import free_port
from tests.servers.processes import require_program, running
from triage_tui.investigation.time_window import TimeWindow

STEP_S = 15
HISTORY_END = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
HISTORY = TimeWindow(HISTORY_END - timedelta(hours=2), HISTORY_END)
POOL_CAP = 20


def history_as_openmetrics(window: TimeWindow) -> str:
    """A pool gauge that climbs to its cap in the second hour, a counter that is scraped throughout but for a hole."""
    moments = [window.start + timedelta(seconds=at) for at in range(0, int(window.length.total_seconds()), STEP_S)]
    pool = ["# TYPE db_pool_in_use gauge"]
    requests = ["# TYPE http_requests counter"]
    for number, moment in enumerate(moments):
        climbing = max(0, number - len(moments) // 2)
        at = int(moment.timestamp())
        pool.append(f'db_pool_in_use{{service="orders"}} {min(POOL_CAP, 5 + climbing // 8)} {at}')
        if not 100 <= number < 140:
            requests.append(f'http_requests_total{{service="orders",code="200"}} {number * 60} {at}')
    return "\n".join([*pool, *requests, "# EOF", ""])


@contextmanager
def prometheus(folder: Path, history: str | None = None) -> Iterator[str]:
    """Run Debian's prometheus on backfilled history, in OpenMetrics text; yields its address."""
    backfill(folder, history)
    with serving(folder, free_port()) as address:
        yield address


def backfill(folder: Path, history: str | None = None) -> None:
    """Write the history into the data folder that ``serving`` reads."""
    file = folder / "history.om"
    file.write_text(history or history_as_openmetrics(HISTORY))
    command = [require_program("promtool"), "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run([*command, str(file), str(folder / "data")], check=True, capture_output=True)


@contextmanager
def serving(folder: Path, port: int, scrape_configs: str = "") -> Iterator[str]:
    """Run Debian's prometheus on a folder and port, so that it can be ended and come back; yields its address."""
    config = folder / "prometheus.yml"
    config.write_text(f"global: {{scrape_interval: 15s}}\n{scrape_configs}")
    command = [require_program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=30d"]
    command += ["--storage.tsdb.allow-overlapping-blocks"]
    with running(command, f"http://127.0.0.1:{port}/-/ready", folder / "prometheus.log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def victoria_metrics(folder: Path, history: str | None = None, port: int | None = None) -> Iterator[str]:
    """Run Debian's victoria-metrics with the same history imported, as it loses it when killed; yields its address."""
    port = port or free_port()
    command = [require_program("victoria-metrics"), f"-storageDataPath={folder / 'vm'}", "-retentionPeriod=12"]
    command += [f"-httpListenAddr=127.0.0.1:{port}", "-search.latencyOffset=0s"]
    with running(command, f"http://127.0.0.1:{port}/health", folder / "vm.log"):
        address = f"http://127.0.0.1:{port}"
        _import(address, history or history_as_openmetrics(HISTORY))
        yield address


@contextmanager
def scraping_victoria_metrics(folder: Path, scrape_configs: str) -> Iterator[str]:
    """Run Debian's victoria-metrics without a history on what it scrapes itself; yields its address."""
    config, port = folder / "scrape.yml", free_port()
    config.write_text(scrape_configs)
    command = [require_program("victoria-metrics"), f"-storageDataPath={folder / 'vm'}", "-search.latencyOffset=0s"]
    command += [f"-httpListenAddr=127.0.0.1:{port}", f"-promscrape.config={config}"]
    with running(command, f"http://127.0.0.1:{port}/health", folder / "vm.log"):
        yield f"http://127.0.0.1:{port}"


def _import(address: str, history: str) -> None:
    samples = [line for line in history.splitlines() if not line.startswith("#")]
    body = "\n".join(f"{line}000" for line in samples) + "\n"
    for path, content in (("/api/v1/import/prometheus", body.encode()), ("/internal/force_flush", b"")):
        with urlopen(Request(address + path, data=content or None), timeout=10) as response:  # noqa: S310 - loopback
            response.read()
