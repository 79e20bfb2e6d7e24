"""The program on running servers, in a real terminal: servers end and come back, hang, and answer again."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pexpect
import pytest

from tests.servers.alertmanager import alertmanager, fire
from tests.servers.metrics import HISTORY, POOL_CAP, backfill, serving
from tests.servers.ports import free_port
from tests.terminal.session import KEYS_OF_PROMPT, triage

TITLE = "connection pool exhausted"
LOG_LINE = '{{"time": "{at}", "level": "error", "message": "{message}", "request_id": "r1", "status": 500}}\n'


@pytest.fixture(scope="module")
def alerts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with alertmanager(tmp_path_factory.mktemp("alertmanager")) as address:
        pool = {"alertname": "PoolExhausted", "service": "orders", "severity": "critical"}
        fire(address, pool, {"summary": TITLE}, HISTORY.start + timedelta(minutes=80))
        yield address


@contextmanager
def silent_server() -> Iterator[str]:
    """Take connections and requests, and never answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def settings(folder: Path, metrics: str, alerts: str | None = None, health: str | None = None) -> Mapping[str, str]:
    """Write settings and a log; returns the environment of the program."""
    at = HISTORY.end - timedelta(minutes=30)
    (folder / "app.jsonl").write_text(LOG_LINE.format(at=at.isoformat(), message="first failure"))
    alertmanager_table = f'[alertmanager]\nurl = "{alerts}"\n' if alerts else ""
    probes = f'health = ["{health}"]\n' if health else ""
    (folder / "triage.toml").write_text(f"""
refresh_s = 0.5
[prometheus]
url = "{metrics}"
{alertmanager_table}
[services.orders]
logs = ["{folder}/app.jsonl"]
{probes}
[[services.orders.signals]]
metric = "pool"
promql = "db_pool_in_use"
role = "saturation"
cap = {POOL_CAP}
""")
    return {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def without(words: str) -> Callable[[str], bool]:
    return lambda text: words not in text


@pytest.mark.services
def test_a_metrics_server_may_end_and_come_back_while_the_screen_stays(here: Path, alerts: str) -> None:
    backfill(here)
    port = free_port()
    environment = settings(here, f"http://127.0.0.1:{port}", alerts)
    with triage("open", "PoolExhausted", columns=150, environment=environment) as session:
        session.wait_for("prometheus failed", "cannot connect", "first failure")
        with serving(here, port):
            session.wait_for("● LIVE", "at cap since")
            session.wait_until(without("failed,"), "the metrics to arrive")
        session.wait_for("prometheus stale since", "retry", "at cap since", "first failure")
        session.press("?")
        session.wait_for("The one clock")
        session.press("q")
        session.wait_for("prometheus stale since", "at cap since")
        with serving(here, port):
            session.wait_until(without("stale since"), "fresh metrics")
            session.wait_for("at cap since", "● LIVE")


@pytest.mark.services
def test_new_log_lines_come_and_looking_back_pauses_the_window(here: Path, alerts: str) -> None:
    backfill(here)
    with serving(here, free_port()) as metrics:
        environment = settings(here, metrics, alerts)
        with triage("open", "PoolExhausted", columns=200, environment=environment) as session:
            session.wait_for("● LIVE", "first failure")
            with (here / "app.jsonl").open("a") as log:
                log.write(LOG_LINE.format(at=HISTORY.end.isoformat(), message="second failure"))
            # A line is shown as it is written, and is evidence with the next answer of its source.
            session.wait_for("second failure", "2 records")
            session.press("X")
            session.wait_for("Write the bundle to")
            session.write_over(here / "captured.zip")
            session.wait_until(lambda _: (here / "captured.zip").exists(), "the bundle")
            session.press("+", ",")
            session.wait_for("◆ PAUSED")
            session.press("f")
            session.wait_for("● LIVE")
    with triage("replay", "captured.zip", columns=150, environment=environment) as session:
        session.wait_for("◆ REPLAY", "second failure", "at cap since")


@pytest.mark.services
def test_keys_are_answered_while_every_server_hangs_and_the_program_ends_when_asked_to(here: Path) -> None:
    with silent_server() as silent:
        environment = settings(here, silent, health=silent)
        (here / "app.jsonl").unlink()
        text = (here / "triage.toml").read_text().replace(f'logs = ["{here}/app.jsonl"]\n', "")
        (here / "triage.toml").write_text(
            text.replace(f'url = "{silent}"\n', f'url = "{silent}"\ndeadline_s = 120.0\n')
        )
        with triage("open", "checkout is slow", environment=environment) as session:
            session.wait_for("checkout is slow", "prometheus · loading…")
            session.press("?")
            session.wait_for("The one clock")
            session.press("q")
            session.wait_until(without("The one clock"), "the help to close")
            session.press("i")
            session.wait_for("What fired?", KEYS_OF_PROMPT)
            session.press("a customer called", "enter")
            session.wait_for("1 Alert ●1/3")
            session.press("q")
            session.child.expect(pexpect.EOF)


@pytest.mark.services
def test_a_question_in_promql_is_answered_kept_and_refused_in_the_words_of_the_server(here: Path, alerts: str) -> None:
    backfill(here)
    with serving(here, free_port()) as metrics:
        environment = settings(here, metrics, alerts)
        with triage("open", "PoolExhausted", columns=150, environment=environment) as session:
            session.wait_for("● LIVE", "at cap since")
            session.press("M")
            session.wait_for("PromQL")
            session.press("sum(http_requests_total", "enter")
            session.wait_for("unclosed left parenthesis")
            session.press("M")
            session.wait_for("PromQL")
            session.press("up")
            session.wait_until(lambda _: session.prompted == "sum(http_requests_total", "the last question")
            session.press(")", "enter")
            session.wait_for("▸sum(http_requests_total)")
            session.press("M")
            session.wait_for("PromQL")
            session.press("http_req")
            session.wait_until(lambda _: session.prompted == "http_requests_total", "what it may be")
            session.press("right", "enter")
            session.wait_for("▸http_requests_total")


@pytest.mark.services
def test_an_alert_is_investigated_in_its_own_words_while_alertmanager_hangs(here: Path) -> None:
    backfill(here)
    with serving(here, free_port()) as metrics, silent_server() as silent:
        environment = settings(here, metrics, alerts=silent)
        text = (here / "triage.toml").read_text().replace("[alertmanager]", "[alertmanager]\ndeadline_s = 1.0")
        (here / "triage.toml").write_text(text)
        with triage("open", "PoolExhausted", columns=150, environment=environment) as session:
            session.wait_for("looking for PoolExhausted at Alertmanager…")
            session.wait_for("● LIVE", "no whole answer", "'PoolExhausted' is taken as your own words")
            session.wait_for("at cap since", "first failure")


@pytest.mark.services
def test_an_alert_is_picked_on_the_start_screen(here: Path, alerts: str) -> None:
    backfill(here)
    with serving(here, free_port()) as metrics:
        environment = settings(here, metrics, alerts)
        with triage("open", environment=environment) as session:
            session.wait_for("Open an alert", TITLE, "critical · orders")
            session.press("enter")
            session.wait_for("● LIVE", "at cap since")


@pytest.mark.services
def test_the_start_screen_stays_usable_while_the_list_of_alerts_hangs(here: Path) -> None:
    with silent_server() as silent:
        environment = settings(here, silent, alerts=silent)
        with triage("open", environment=environment) as session:
            session.wait_for("Open an alert", "asking…", "connection pool exhausted")
            session.press("G", "k", "enter")
            session.wait_for("◆ REPLAY", "DEGRADED")
