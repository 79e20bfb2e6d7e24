"""The program on servers that misbehave in every way at once or in turn, in a real terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.certificates import served_with
from tests.faults.proxy import (
    Fault,
    FaultProxy,
    broken_off,
    delayed,
    dripped,
    fault_proxy,
    instead,
    passing,
    silent_after_head,
)
from tests.faults.server import answering, bomb, endless, hanging
from tests.servers.metrics import HISTORY, POOL_CAP, prometheus
from tests.terminal.session import TerminalSession, triage

DEADLINE_S = 1.0
LOGIN = answering("200 OK", b"<html>log in", "Content-Type: text/html")
HANGS: dict[str, Fault] = {
    "no answer": instead(hanging),
    "an answer long after the deadline": delayed(3600),
    "a byte at a time": dripped,
    "silence after the head": silent_after_head,
}
WRONG: dict[str, tuple[Fault, str]] = {
    "reset": (broken_off, "broke off or is damaged"),
    "bad gateway": (instead(answering("502 Bad Gateway", b"<html>oops")), "answered 502 Bad Gateway"),
    "login page": (instead(LOGIN), "something else than series"),
    "endless": (instead(endless), "larger than 64 MB"),
    "bomb": (instead(bomb(80)), "larger than 64 MB"),
    "forbidden": (instead(answering("403 Forbidden")), "check its token or password"),
}
IMPATIENT = ("86400", "\u00b2", "Fri, 31 Dec 9999 23:59:59 GMT")


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("prometheus")) as address:
        yield address


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ORDERS_TOKEN", "s3cret-token")
    return tmp_path


def write_settings(folder: Path, address: str, *lines: str, deadline_s: float = DEADLINE_S) -> None:
    """Prometheus at an address with a token, a log, and for the service what the lines say."""
    write_log(folder, 0)
    (folder / "triage.toml").write_text(
        "\n".join(
            [
                "refresh_s = 0.5",
                "[prometheus]",
                f"url = {json.dumps(address)}",
                'token = { env = "ORDERS_TOKEN" }',
                f"deadline_s = {deadline_s}",
                "[services.orders]",
                f"logs = [{json.dumps(str(folder / 'app.jsonl'))}]",
                *lines,
                "[[services.orders.signals]]",
                'metric = "pool"',
                'promql = "db_pool_in_use"',
                'role = "saturation"',
                f"cap = {POOL_CAP}",
                "",
            ]
        )
    )


def write_log(folder: Path, number: int) -> str:
    """Append a line to the log; returns what to look for on the screen."""
    message = f"line number {number}"
    at = HISTORY.end - timedelta(minutes=30) + timedelta(seconds=number)
    line = {"time": at.isoformat(), "level": "error", "message": message, "request_id": "r1", "status": 500}
    with (folder / "app.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
    return message


def without(words: str) -> Callable[[str], bool]:
    return lambda text: words not in text


def goes_on_meanwhile(session: TerminalSession, folder: Path, number: int) -> None:
    """The last good series are still shown, and another pane shows a line written just now."""
    line = write_log(folder, number)
    session.wait_for("prometheus stale since", line, "at cap since")


def recovers(session: TerminalSession, proxy: FaultProxy) -> None:
    proxy.fault = passing
    session.wait_until(without("stale since"), "fresh metrics")


@pytest.mark.services
def test_a_server_that_hangs_in_any_way_goes_stale_at_its_deadline_and_recovers(here: Path, metrics: str) -> None:
    with fault_proxy(metrics) as proxy:
        write_settings(here, proxy.url)
        with triage("open", "checkout is slow", columns=180) as session:
            session.wait_for("at cap since", "● LIVE")
            for number, (name, fault) in enumerate(HANGS.items(), start=1):
                given_up, proxy.fault = proxy.given_up, fault
                session.wait_for("prometheus stale since", "no whole answer within 1 s, retry")
                session.wait_until(lambda _: proxy.given_up > given_up, f"to hang up on {name}")  # noqa: B023 - at once
                goes_on_meanwhile(session, here, number)
                recovers(session, proxy)


@pytest.mark.services
def test_a_server_that_answers_wrongly_is_stale_with_the_cause_in_words_and_recovers(here: Path, metrics: str) -> None:
    with fault_proxy(metrics) as proxy:
        write_settings(here, proxy.url, deadline_s=10.0)
        with triage("open", "checkout is slow", columns=180) as session:
            session.wait_for("at cap since", "● LIVE")
            for number, (fault, said) in enumerate(WRONG.values(), start=1):
                proxy.fault = fault
                session.wait_for("prometheus stale since", "retry", said)
                goes_on_meanwhile(session, here, number)
                recovers(session, proxy)


@pytest.mark.services
@pytest.mark.parametrize("asked", IMPATIENT)
def test_a_server_that_asks_to_wait_is_waited_for_at_most_five_minutes(here: Path, metrics: str, asked: str) -> None:
    with fault_proxy(metrics) as proxy:
        write_settings(here, proxy.url)
        with triage("open", "checkout is slow", columns=180) as session:
            session.wait_for("at cap since", "● LIVE")
            proxy.fault = instead(answering("429 Too Many Requests", b"", f"Retry-After: {asked}"))
            session.wait_for("prometheus stale since", "retry", "answered 429 Too Many Requests")
            goes_on_meanwhile(session, here, 1)


@pytest.mark.services
def test_a_redirect_is_named_not_followed_and_gets_no_credentials(here: Path, metrics: str) -> None:
    with fault_proxy(metrics) as elsewhere, fault_proxy(metrics) as proxy:
        proxy.fault = instead(answering("302 Found", b"", f"Location: {elsewhere.url}/login?next=1"))
        write_settings(here, proxy.url)
        with triage("open", "checkout is slow", columns=180) as session:
            session.wait_for("prometheus failed", f"redirects to {elsewhere.url}, which is not followed")
            session.wait_for("line number 0")
            recovers(session, proxy)
            session.wait_for("at cap since")
        assert all(b"Bearer s3cret-token" in request for request in proxy.requests)
        assert not elsewhere.requests


@pytest.mark.services
def test_certificates_that_do_not_hold_are_each_told_why_while_the_other_panes_are_filled(
    here: Path, metrics: str
) -> None:
    page = instead(answering("200 OK", b"[]", "Content-Type: application/json"))
    with ExitStack() as running:
        unknown = running.enter_context(fault_proxy(metrics, tls=served_with(here, "unknown")))
        expired = running.enter_context(fault_proxy(metrics, page, served_with(here, "expired", days=-1)))
        other = running.enter_context(fault_proxy(metrics, page, served_with(here, "other", address="10.0.0.1")))
        write_settings(here, unknown.url, f'deploys = "{expired.url}"', f'health = ["{other.url}"]')
        with triage("open", "checkout is slow", columns=200, rows=50) as session:
            session.wait_for("prometheus failed", "the TLS certificate does not hold", "line number 0")
            session.wait_for("deploys failed")
        assert not [*unknown.requests, *expired.requests, *other.requests]


@pytest.mark.services
def test_with_the_usual_deadline_a_silent_server_has_failed_after_ten_seconds(here: Path, metrics: str) -> None:
    with fault_proxy(metrics, instead(hanging)) as proxy:
        write_settings(here, proxy.url, f'health = ["{proxy.url}"]', f'deploys = "{proxy.url}"', deadline_s=10.0)
        with triage("open", "checkout is slow", columns=180) as session:
            session.wait_for("prometheus · loading…", "deploys · loading…", "line number 0")
            session.wait_for("prometheus failed", "deploys failed", "no whole answer within 10 s")
            assert proxy.given_up >= 3
