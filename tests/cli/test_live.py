"""A live case on real servers, and the bundle that is captured from it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from tests.servers.alertmanager import alertmanager, fire
from tests.servers.metrics import HISTORY, POOL_CAP, prometheus
from tests.sources.repositories import NOON, Repository
from triage_tui.cli import main
from triage_tui.cli.answers import Gathered, findings_of, gather
from triage_tui.cli.capture import freeze, known_secrets
from triage_tui.cli.composing import compose, with_window
from triage_tui.cli.live import compose_live, shown_address
from triage_tui.cli.opening import opened_case, resumed_live, waiting_alerts
from triage_tui.cli.windows import UsageError
from triage_tui.config.reading import read_settings
from triage_tui.config.settings import Service, Settings
from triage_tui.investigation.case import Case
from triage_tui.investigation.events import InvestigationOpened
from triage_tui.investigation.findings import Alert, Findings
from triage_tui.investigation.state import CaseInputs
from triage_tui.sources.bundle import open_bundle

TOKEN = "tok-4711-very-secret"
ONSET = HISTORY.start + timedelta(hours=1)


def write_log(path: Path) -> None:
    """A request a second for two minutes, every fourth one failing, with the token in one of the lines."""
    with path.open("w") as log:
        for number in range(120):
            at = ONSET + timedelta(seconds=number)
            record = {"time": at.isoformat(), "level": "info", "request_id": f"r{number}", "path": "/api/orders",
                      "method": "POST", "status": 200, "message": "request finished"}  # fmt: skip
            if number % 4 == 0:
                record |= {"status": 500, "level": "error", "message": "QueuePool limit reached"}
            if number == 60:
                record["message"] = f"calling with {TOKEN}"
            log.write(json.dumps(record) + "\n")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with (
        prometheus(tmp_path_factory.mktemp("prometheus")) as metrics,
        alertmanager(tmp_path_factory.mktemp("alertmanager")) as alerts,
    ):
        pool = {"alertname": "PoolExhausted", "service": "orders", "severity": "critical"}
        fire(alerts, pool, {"summary": "connection pool exhausted"}, ONSET + timedelta(minutes=20))
        yield metrics, alerts


@pytest.fixture
def project(servers: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, a log and a repository, made the working folder."""
    repository = Repository(tmp_path / "repo")
    hours = (NOON - ONSET + timedelta(minutes=5)).total_seconds() / 3600
    repository.commit("Keep sessions open", {"db.py": "session = open()\n"}, hours_before_noon=hours)
    write_log(tmp_path / "app.jsonl")
    (tmp_path / "triage.toml").write_text(f"""
[prometheus]
url = "{servers[0]}"
token = {{ env = "TRIAGE_TEST_TOKEN" }}
[alertmanager]
url = "{servers[1]}"
[services.orders]
logs = ["{tmp_path}/app*.jsonl"]
repo = "{repository.path}"
selector = 'service="orders"'
[[services.orders.signals]]
metric = "pool"
promql = "db_pool_in_use"
role = "saturation"
cap = {POOL_CAP}
""")
    monkeypatch.setenv("TRIAGE_TEST_TOKEN", TOKEN)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings_of(project: Path) -> Settings:
    return read_settings(project, {})


def live_case(project: Path) -> Case:
    return with_window(opened_case("poolexhausted", settings_of(project)), HISTORY)


def comparable(findings: Findings) -> object:
    """All that was found, without what says where it was read: names of sources and lines of files."""
    return _without_places(msgspec.to_builtins(findings))


def _without_places(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_places(one) for key, one in value.items() if key not in {"sources", "line"}}
    return [_without_places(one) for one in value] if isinstance(value, list | tuple) else value


@pytest.mark.services
def test_alerts_are_listed_and_one_is_opened_by_its_words(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (listed,) = waiting_alerts(settings_of(project))
    assert (listed.service, listed.severity) == ("orders", "critical")
    assert main(["open", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["alerts"][0]["id"] == listed.id
    assert main(["open", "connection pool", "--format", "json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["alert"]["service"] == "orders"
    assert [signal["cap"] for signal in found["signals"] if signal["metric"] == "pool"] == [POOL_CAP]


@pytest.mark.services
def test_a_live_investigation_and_its_bundle_give_the_same_answer(project: Path) -> None:
    case = live_case(project)
    gathered = gather(case)
    assert {one.kind for one in gathered.evidence} == {"logs", "metrics", "series", "changes", "alerts"}
    live = findings_of(case, gathered)
    assert live.onset.earliest is not None
    assert live.changes
    assert live.patterns
    freeze(project / "captured.zip", case, gathered.evidence, (), ())
    replayed = compose(CaseInputs(paths=(str(project / "captured.zip"),)))
    assert comparable(findings_of(replayed, gather(replayed))) == comparable(live)


@pytest.mark.services
def test_a_bundle_keeps_query_window_and_time_and_no_secret(project: Path) -> None:
    case, settings = live_case(project), settings_of(project)
    gathered: Gathered = gather(case)
    path = project / "captured.zip"
    freeze(path, case, gathered.evidence, (), known_secrets(settings))
    bundle = open_bundle(path)
    metrics = next(entry for entry, _ in bundle.members("metrics"))
    assert (metrics.query, metrics.window) == ("db_pool_in_use", HISTORY)
    assert metrics.fetched_at is not None
    contents = [content for kind in ("logs", "metrics", "changes", "alert") for _, content in bundle.members(kind)]
    assert TOKEN.encode() not in b"".join(contents)
    assert b"calling with [redacted]" in b"".join(contents)
    with pytest.raises(UsageError, match="there already"):
        freeze(path, case, gathered.evidence, (), ())


@pytest.mark.services
def test_a_live_investigation_is_resumed_on_the_running_systems(project: Path) -> None:
    case = live_case(project)
    opening = InvestigationOpened(
        at=HISTORY.end, investigation_id="x", title=case.title, inputs=case.inputs, alert=case.alert, window=HISTORY
    )
    later = HISTORY.end + timedelta(minutes=3)
    resumed = resumed_live(opening, settings_of(project), now=later)
    assert resumed.live
    assert resumed.window == replace(case, window=type(HISTORY)(HISTORY.start, later)).window
    assert [source.name for source in resumed.sources] == [source.name for source in case.sources]


def test_settings_that_cannot_be_used_end_the_program_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "triage.toml").write_text("[promtheus]\nurl = 'http://x'\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["open", "something"]) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "did you mean 'prometheus'?" in said


def test_an_address_is_named_without_what_may_be_secret() -> None:
    assert shown_address("https://ana:s3cret@orders.example:8443/healthz?key=s3cret") == "orders.example:8443/healthz"
    settings = Settings(services={"orders": Service(health=("http://ana:s3cret@127.0.0.1:1/x?key=s3cret",))})
    case = compose_live(settings, Alert(title="x", service="orders"))
    (row,) = gather(case).evidence[0].frame.rows(named=True)
    assert "s3cret" not in str(row)
    assert row["target"] == "127.0.0.1:1/x"
