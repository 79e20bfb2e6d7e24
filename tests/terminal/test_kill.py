"""Every server of an investigation is killed and comes back, alone and together with the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.servers.alertmanager import alertmanager, fire
from tests.servers.files import served_files
from tests.servers.metrics import HISTORY, POOL_CAP, victoria_metrics
from tests.servers.ports import free_port
from tests.terminal.session import TerminalSession, triage

TITLE = "connection pool exhausted"
FEWEST_ROWS = 30


class Server:
    """A server that can be killed and brought back on its port."""

    def __init__(self, run: Callable[[], AbstractContextManager[object]]) -> None:
        self._run = run
        self._running = ExitStack()

    def begin(self) -> None:
        self._running.enter_context(self._run())

    def kill(self) -> None:
        self._running.close()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@contextmanager
def firing(folder: Path, port: int) -> Iterator[None]:
    """Alertmanager with the alert, which Prometheus sends again when it comes back."""
    with alertmanager(folder, port) as address:
        labels = {"alertname": "PoolExhausted", "service": "orders", "severity": "critical"}
        fire(address, labels, {"summary": TITLE}, HISTORY.start + timedelta(minutes=80))
        yield


def pages(folder: Path) -> None:
    """Write what the web servers serve: deploys, a status page and a health answer, each in a folder of its own."""
    at = (HISTORY.end - timedelta(minutes=40)).isoformat()
    incidents = [{"id": "i1", "name": "Card payments are slow", "impact": "major", "started_at": at}]
    contents = {
        "deploys": [{"time": at, "id": "v1.4.2", "service": "orders", "title": "Add the sales report"}],
        "status": {"page": {"name": "provider"}, "incidents": incidents},
        "health": {"status": "ok"},
    }
    for name, content in contents.items():
        (folder / name).mkdir()
        (folder / name / "page.json").write_text(json.dumps(content))


def servers(folder: Path) -> dict[str, Server]:
    """Write pages and settings, and return the servers, none of them running."""
    pages(folder)
    ports = {name: free_port() for name in ("metrics", "alerts", "deploys", "status", "health")}
    url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    (folder / "triage.toml").write_text(f"""
refresh_s = 0.5
[prometheus]
url = "{url["metrics"]}"
[alertmanager]
url = "{url["alerts"]}"
[services.orders]
health = ["{url["health"]}/page.json"]
deploys = "{url["deploys"]}/page.json"
status_pages = ["{url["status"]}/page.json"]
[[services.orders.signals]]
metric = "pool"
promql = "db_pool_in_use"
role = "saturation"
cap = {POOL_CAP}
""")
    served = {
        name: Server(lambda name=name: served_files(folder / name, ports[name]))  # type: ignore[misc]
        for name in ("deploys", "status", "health")
    }
    metrics = Server(lambda: victoria_metrics(folder, port=ports["metrics"]))
    return {"metrics": metrics, "alerts": Server(lambda: firing(folder, ports["alerts"])), **served}


def shows(session: TerminalSession, *words: str, without: Sequence[str] = ()) -> None:
    """Wait until the screen shows words and lacks others; at no moment may it be blank."""

    def holds(text: str) -> bool:
        assert sum(bool(row.strip()) for row in text.splitlines()) > FEWEST_ROWS, text
        return all(word in text for word in words) and not any(word in text for word in without)

    session.wait_until(holds, f"{words}, without {without!r}")


def answers_keys(session: TerminalSession) -> None:
    session.press("?")
    shows(session, "The one clock")
    session.press("q")
    shows(session, "● LIVE", TITLE, without=["The one clock"])


KEPT = ("at cap since", "Add the sales report", "Card payments are slow")
SAID = {
    "metrics": ("1 FAILING", "prometheus stale since", "cannot connect"),
    # The words before may stand in the line above.
    "alerts": ("1 FAILING", "ALERT STALE", "connect (refused"),
    "deploys": ("deploys stale since", "cannot connect"),
    "status": ("127.0.0.1", "stale since", "cannot connect"),
    "health": ("probes failed", "cannot connect"),
}
# A notice stays for some seconds; what is wrong now is said in the panes and on top.
TROUBLE = ("FAILING", "STALE", "stale since")
WELL = (*KEPT, "firing since", "health     200 in")


@pytest.mark.services
def test_each_server_is_killed_and_comes_back_and_then_all_of_them(here: Path) -> None:
    known = servers(here)
    with ExitStack() as ending:
        for server in known.values():
            ending.callback(server.kill)
            server.begin()
        session = ending.enter_context(triage("open", "PoolExhausted", columns=200, rows=50))
        session.wait_for("● LIVE", *KEPT)
        for name, said in SAID.items():
            known[name].kill()
            session.press("f")  # some are asked seldom
            shows(session, *said, *KEPT)
            answers_keys(session)
            known[name].begin()
            shows(session, *WELL, without=TROUBLE)
        for server in known.values():
            server.kill()
        session.press("f")
        shows(session, *KEPT, "4 FAILING", "ALERT STALE", "prometheus stale since", "deploys stale since")
        answers_keys(session)
        for server in known.values():
            server.begin()
        shows(session, *WELL, without=TROUBLE)
