"""Doctor tells the truth about servers that answer, refuse, hang and are gone."""

import asyncio
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from time import time
from typing import Any

import msgspec
import pytest

from tests.faults.certificates import served_with
from tests.faults.proxy import Fault, dripped, fault_proxy, instead, silent_after_head
from tests.faults.server import answering, faulty_server, hanging
from tests.servers.alertmanager import alertmanager, fire
from tests.servers.metrics import HISTORY, prometheus, serving
from tests.servers.ports import free_port
from triage_tui.cli import main
from triage_tui.cli.doctor_checks import examined
from triage_tui.cli.doctor_servers import Check
from triage_tui.cli.terminal_features import terminal_features
from triage_tui.config.reading import read_settings
from triage_tui.config.settings import Settings


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("prometheus")) as address:
        yield address


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PROMETHEUS_URL", "ALERTMANAGER_URL", "GRAFANA_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def checks(**tables: object) -> dict[str, Check]:
    settings = msgspec.convert(tables, Settings)
    return {check.name: check for check in await examined(settings)}


async def test_what_is_not_configured_is_said_with_how_to_configure_it() -> None:
    found = await checks()
    assert {check.state for check in found.values()} == {"not configured"}
    assert "PROMETHEUS_URL" in found["prometheus"].said


@pytest.mark.services
async def test_a_server_that_answers_is_shown_with_latency_clock_and_way(metrics: str) -> None:
    found = (await checks(prometheus={"url": metrics}))["prometheus"]
    assert (found.state, found.way) == ("ok", "direct")
    assert found.latency_ms is not None
    assert found.clock_offset_s is not None
    assert abs(found.clock_offset_s) < 2


def dated(offset: timedelta) -> str:
    return f"Date: {format_datetime(datetime.now(UTC) + offset, usegmt=True)}"


@pytest.mark.parametrize(("offset", "said"), [(timedelta(minutes=-2), "s behind"), (timedelta(minutes=7), "s ahead")])
async def test_a_clock_that_is_wrong_is_a_warning(offset: timedelta, said: str) -> None:
    async with faulty_server(answering("200 OK", b"[]", dated(offset))) as server:
        found = (await checks(alertmanager={"url": server.url}))["alertmanager"]
    assert (found.state, found.reachable, found.authorised) == ("warning", True, True)
    assert found.clock_offset_s == pytest.approx(offset.total_seconds(), abs=2)
    assert said in found.said


async def test_the_time_that_a_metrics_server_computes_goes_before_its_date_header() -> None:
    late = time() - 240
    body = json.dumps({"status": "success", "data": {"resultType": "scalar", "result": [late, str(late)]}})
    async with faulty_server(answering("200 OK", body.encode(), dated(timedelta()))) as server:
        found = (await checks(prometheus={"url": server.url}))["prometheus"]
    assert "its clock is 240" in found.said


ANSWERS = {
    "unauthorised": ("401 Unauthorized", b"<html>", "check its token", True, False),
    "forbidden": ("403 Forbidden", b"no", "check its token", True, False),
    "not found": ("404 Not Found", b"404", "answered 404 Not Found; is this the right address?", True, None),
    "login page": ("200 OK", b"<html>log in", "not JSON; is this the right address?", True, None),
    "other json": ("200 OK", b'{"name": "registry"}', "is this the right address?", True, None),
    "unavailable": ("503 Service Unavailable", b"<html>", "answered 503", True, None),
    "redirect": ("302 Found", b"", "redirects to", True, None),
}


@pytest.mark.parametrize("name", ["prometheus", "alertmanager", "grafana"])
@pytest.mark.parametrize(("status", "body", "said", "reachable", "authorised"), ANSWERS.values(), ids=ANSWERS)
async def test_a_server_that_answers_wrongly_is_told_in_words(
    name: str, status: str, body: bytes, said: str, *, reachable: bool, authorised: bool | None
) -> None:
    async with faulty_server(answering(status, body, "Location: http://elsewhere.example/")) as server:
        found = (await checks(**{name: {"url": server.url, "token": {"command": ["echo", "s3cret"]}}}))[name]
    assert (found.state, found.reachable, found.authorised) == ("failed", reachable, authorised)
    assert said in found.said
    assert "s3cret" not in found.said


@pytest.mark.parametrize("fault", [instead(hanging), dripped, silent_after_head], ids=["hang", "drip", "half-open"])
def test_a_server_that_hangs_is_not_reachable_after_one_deadline_and_its_queries_are_not_asked(
    fault: Fault, metrics: str
) -> None:
    signals = [{"metric": f"m{number}", "promql": f"m{number}"} for number in range(12)]
    with fault_proxy(metrics, fault) as proxy:
        prometheus_table = {"url": proxy.url, "deadline_s": 1.0}
        services = {"orders": {"signals": signals, "selector": 'service="orders"'}}
        found = asyncio.run(checks(prometheus=prometheus_table, services=services))
        assert len(proxy.requests) == 1
    assert (found["prometheus"].state, found["prometheus"].reachable) == ("failed", False)
    assert "no whole answer within 1 s" in found["prometheus"].said
    assert (found["metrics"].state, found["metrics"].said) == ("failed", "not asked, since prometheus failed")


async def test_a_server_that_is_gone_is_not_reachable() -> None:
    found = (await checks(alertmanager={"url": f"http://127.0.0.1:{free_port()}"}))["alertmanager"]
    assert (found.state, found.reachable) == ("failed", False)
    assert "cannot connect" in found.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({}, "self-signed"), ({"days": -1}, "expired"), ({"address": "10.0.0.1"}, "not valid for")],
    ids=["unknown authority", "expired", "other address"],
)
def test_a_certificate_that_does_not_hold_is_told_why(
    tmp_path: Path, metrics: str, arguments: dict[str, Any], said: str
) -> None:
    with fault_proxy(metrics, tls=served_with(tmp_path, "server", **arguments)) as proxy:
        table = {"url": proxy.url, **({"ca_file": str(tmp_path / "server.crt")} if arguments else {})}
        found = asyncio.run(checks(prometheus=table))["prometheus"]
        assert not proxy.requests
    assert (found.state, found.reachable) == ("failed", False)
    assert said in found.said


@pytest.mark.services
def test_a_certificate_that_the_settings_trust_is_named_with_the_way(tmp_path: Path, metrics: str) -> None:
    with fault_proxy(metrics, tls=served_with(tmp_path, "server")) as proxy:
        table = {"url": proxy.url, "ca_file": str(tmp_path / "server.crt")}
        found = asyncio.run(checks(prometheus=table))["prometheus"]
    assert (found.state, found.way) == ("ok", f"direct, authorities of {tmp_path / 'server.crt'}")


@pytest.mark.services
async def test_servers_without_anything_in_them_are_told_so(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    with serving(tmp_path / "metrics", free_port()) as metrics, alertmanager(tmp_path) as alerts:
        signals = [{"metric": "pool", "promql": "db_pool_in_use"}]
        found = await checks(
            prometheus={"url": metrics}, alertmanager={"url": alerts}, services={"orders": {"signals": signals}}
        )
        fire(alerts, {"alertname": "PoolExhausted"}, {}, HISTORY.end)
        firing = (await checks(alertmanager={"url": alerts}))["alertmanager"]
    assert found["prometheus"].state == "warning"
    assert found["prometheus"].lacks == ("any series: does it scrape anything?",)
    assert found["metrics"].lacks[0] == "any series of orders in this time"
    assert (found["alertmanager"].state, firing.state) == ("ok", "ok")
    assert "no alert fires" in found["alertmanager"].said
    assert "1 alert" in firing.said


@pytest.mark.services
async def test_a_service_that_the_metrics_server_does_not_know_is_told_with_those_that_it_knows(metrics: str) -> None:
    signals = [{"metric": "pool", "promql": 'db_pool_in_use{service="payments"}'}]
    found = (await checks(prometheus={"url": metrics}, services={"payments": {"signals": signals}}))["metrics"]
    assert found.state == "warning"
    assert found.lacks[0] == "any series of payments in this time; the values of service are orders"


async def test_a_secret_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret-value")
    token.chmod(0o644)
    found = (await checks(prometheus={"url": "http://127.0.0.1:1", "token": {"file": str(token)}}))["prometheus"]
    assert found.state == "failed"
    assert "chmod 600" in found.said
    assert "s3cret" not in found.said


async def test_logs_that_no_file_matches_and_a_folder_without_a_repository_are_named(tmp_path: Path) -> None:
    described = {"logs": [f"{tmp_path}/*.log"], "repo": str(tmp_path), "deploys": str(tmp_path / "gone.json")}
    found = await checks(services={"orders": described})
    assert found["logs"].state == "failed"
    assert found["logs"].lacks == (f"no file matches {tmp_path}/*.log",)
    assert found[f"git:{tmp_path.name}"].state == "failed"
    assert found["gone.json"].state == "failed"


@pytest.mark.services
async def test_what_the_metrics_server_lacks_is_named(metrics: str) -> None:
    signals = [{"metric": "pool", "promql": "db_pool_in_use"}, {"metric": "none", "promql": "no_such_metric"}]
    described = {"metrics": ["django"], "selector": 'service="orders"', "signals": signals}
    found = (await checks(prometheus={"url": metrics}, services={"orders": described}))["metrics"]
    assert found.state == "warning"
    assert any("django_http_responses_total_by_status_total" in one for one in found.lacks)
    assert any("no_such_metric" in one for one in found.lacks)
    assert not any("db_pool_in_use" in one for one in found.lacks)
    assert found.said.startswith("1 of ")


@pytest.mark.services
def test_a_first_settings_file_is_written_from_what_the_server_knows_and_never_over_another(
    here: Path, metrics: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROMETHEUS_URL", metrics)
    monkeypatch.setenv("PROMETHEUS_TOKEN", "s3cret-value")
    assert main(["doctor", "--write-config"]) == 0
    text = (here / "triage.toml").read_text()
    settings = msgspec.convert(tomllib.loads(text), Settings)
    assert settings.services["orders"].metrics == ("red",)
    assert settings.services["orders"].selector == 'service="orders"'
    assert "s3cret" not in text
    assert main(["doctor", "--write-config"]) == 2
    assert (here / "triage.toml").read_text() == text
    assert read_settings(here, {}).services["orders"].selector == 'service="orders"'
    assert "# its metrics: db_pool_in_use, http_requests_total" in text
    assert '# promql = "db_pool_in_use{service=\\"orders\\"}"' in text
    capfd.readouterr()
    assert main(["doctor", "--format", "json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["settings"] == [str(here / "triage.toml")]
    known = {check["name"]: (check["configured"], check["reachable"], check["authorised"]) for check in told["checks"]}
    assert (known["prometheus"], known["grafana"]) == ((True, True, True), (False, None, None))
    uncommented = "\n".join(line.removeprefix("# ") for line in text.splitlines() if not line.startswith("#   "))
    assert "[[services.orders.signals]]" in uncommented


def test_a_source_that_does_not_do_gives_exit_code_3(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "triage.toml").write_text(f'[alertmanager]\nurl = "http://127.0.0.1:{free_port()}"\n')
    assert main(["doctor"]) == 3
    assert re.search(r"alertmanager +failed .*cannot connect .* · not reachable · direct", capfd.readouterr().out)


def test_the_terminal_is_told_from_the_environment() -> None:
    plain = terminal_features({"TERM": "xterm-256color", "LANG": "C", "NO_COLOR": "1"})
    assert (plain.unicode, plain.colours) == (False, "no colours (NO_COLOR)")
    rich = terminal_features({"TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor"})
    assert (rich.unicode, rich.colours) == (True, "true colour")
