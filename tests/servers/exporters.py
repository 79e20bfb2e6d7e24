"""Debian's node exporter, and Prometheus scraping it and itself each second."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.metrics import scraping_victoria_metrics, serving
from tests.servers.ports import free_port
from tests.servers.processes import require_program, running


@contextmanager
def node_exporter(folder: Path) -> Iterator[str]:
    """Run it; yields its address as host and port."""
    port = free_port()
    command = [require_program("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{port}"]
    with running(command, f"http://127.0.0.1:{port}/", folder / "node.log"):
        yield f"127.0.0.1:{port}"


@contextmanager
def scraped_host(folder: Path, kind: str) -> Iterator[str]:
    """Run a metrics server of a kind that scrapes a node exporter; yields its address."""
    with node_exporter(folder) as exporter:
        targets = {"targets": [exporter]}
        jobs = [{"job_name": "node", "scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [targets]}]
        configuration = f"scrape_configs: {json.dumps(jobs)}\n"
        served = (
            serving(folder, free_port(), configuration)
            if kind == "prometheus"
            else scraping_victoria_metrics(folder, configuration)
        )
        with served as address:
            yield address
