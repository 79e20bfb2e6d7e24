"""Doctor tells the truth about servers that answer, refuse, hang and are gone."""

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import msgspec
import pytest

from tests.faults.server import answering, faulty_server, hanging
from tests.servers.metrics import prometheus
from tests.servers.processes import free_port
from triage_tui.cli import main
from triage_tui.cli.doctor_checks import Check, examined
from triage_tui.cli.terminal_features import terminal_features
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


async def test_a_clock_that_is_wrong_is_a_warning() -> None:
    wrong = format_datetime(datetime.now(UTC) - timedelta(minutes=2), usegmt=True)
    async with faulty_server(answering("200 OK", b"{}", f"Date: {wrong}")) as server:
        found = (await checks(alertmanager={"url": server.url}))["alertmanager"]
    assert found.state == "warning"
    assert "behind" in found.said


@pytest.mark.parametrize(
    ("status", "said"), [("401 Unauthorized", "check its token"), ("503 Service Unavailable", "answered 503")]
)
async def test_a_server_that_refuses_is_told_in_words(status: str, said: str) -> None:
    async with faulty_server(answering(status, b"<html>")) as server:
        found = (await checks(prometheus={"url": server.url}))["prometheus"]
    assert found.state == "failed"
    assert said in found.said


async def test_servers_that_hang_and_are_gone_are_told_apart() -> None:
    async with faulty_server(hanging) as server:
        found = await checks(
            prometheus={"url": server.url, "deadline_s": 0.2}, alertmanager={"url": f"http://127.0.0.1:{free_port()}"}
        )
    assert "no whole answer" in found["prometheus"].said
    assert "cannot connect" in found["alertmanager"].said


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


@pytest.mark.services
def test_a_first_settings_file_is_written_from_what_the_server_knows_and_never_over_another(
    here: Path, metrics: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROMETHEUS_URL", metrics)
    monkeypatch.setenv("PROMETHEUS_TOKEN", "s3cret-value")
    assert main(["doctor", "--write-config"]) == 0
    text = (here / "triage.toml").read_text()
    settings = msgspec.convert(tomllib.loads(text), Settings)
    assert settings.services["orders"].metrics == ("fastapi",)
    assert settings.services["orders"].selector == 'service="orders"'
    assert "s3cret" not in text
    assert main(["doctor", "--write-config"]) == 2
    assert (here / "triage.toml").read_text() == text
    capfd.readouterr()
    assert main(["doctor", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["settings"] == [str(here / "triage.toml")]


def test_a_source_that_does_not_do_gives_exit_code_3(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "triage.toml").write_text(f'[alertmanager]\nurl = "http://127.0.0.1:{free_port()}"\n')
    assert main(["doctor"]) == 3
    assert "cannot connect" in capfd.readouterr().out


def test_the_terminal_is_told_from_the_environment() -> None:
    plain = terminal_features({"TERM": "xterm-256color", "LANG": "C", "NO_COLOR": "1"})
    assert (plain.unicode, plain.colours) == (False, "no colours (NO_COLOR)")
    rich = terminal_features({"TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor"})
    assert (rich.unicode, rich.colours) == (True, "true colour")
