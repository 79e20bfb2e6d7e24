"""Debian's prometheus-blackbox-exporter looking at a site of our own from two places, scraped each second."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.servers.ports import free_port
from tests.servers.processes import require_program, running

PLACES = ("berlin", "lisbon")
CERTIFICATE_DAYS = 9


@dataclass
class Site:
    """A site over TLS; it answers 503 to the places in ``failing_from``."""

    url: str = ""
    failing_from: set[str] = field(default_factory=set)


@contextmanager
def tls_site(folder: Path) -> Iterator[Site]:
    """Serve a site with a certificate that holds for ``CERTIFICATE_DAYS``."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if self.headers.get("X-From") in site.failing_from else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = _tls(folder).wrap_socket(server.socket, server_side=True)
        site.url = f"https://127.0.0.1:{server.server_address[1]}/healthz"
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def _tls(folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = [require_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    command += ["-days", str(CERTIFICATE_DAYS), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@contextmanager
def blackbox_exporter(folder: Path) -> Iterator[str]:
    """Run it with a module a place; yields its address as host and port."""
    modules = {
        place: {"prober": "http", "http": {"headers": {"X-From": place}, "tls_config": {"insecure_skip_verify": True}}}
        for place in PLACES
    }
    config, port = folder / "blackbox.yml", free_port()
    config.write_text(json.dumps({"modules": modules}))
    command = [require_program("prometheus-blackbox-exporter"), f"--config.file={config}"]
    command += [f"--web.listen-address=127.0.0.1:{port}"]
    with running(command, f"http://127.0.0.1:{port}/-/healthy", folder / "blackbox.log"):
        yield f"127.0.0.1:{port}"


def scrape_jobs(exporter: str, target: str) -> str:
    """Return the ``scrape_configs`` that probe a target each second from every place, as the exporter documents it."""
    jobs = [
        {
            "job_name": f"blackbox-{place}",
            "scrape_interval": "1s",
            "scrape_timeout": "1s",
            "metrics_path": "/probe",
            "params": {"module": [place]},
            "static_configs": [{"targets": [target], "labels": {"region": place}}],
            "relabel_configs": [
                {"source_labels": ["__address__"], "target_label": "__param_target"},
                {"source_labels": ["__param_target"], "target_label": "instance"},
                {"target_label": "__address__", "replacement": exporter},
            ],
        }
        for place in PLACES
    ]
    return f"scrape_configs: {json.dumps(jobs)}\n"
