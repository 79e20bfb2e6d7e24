"""A bundle that was captured is read to the same evidence, findings and decisions."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from triage_tui.cli.answers import findings_of, gather
from triage_tui.cli.capture import freeze, known_secrets, without
from triage_tui.cli.composing import compose, with_window
from triage_tui.cli.windows import UsageError
from triage_tui.config.settings import Prometheus, Service, Settings
from triage_tui.investigation.case import Case
from triage_tui.investigation.decision import Decision
from triage_tui.investigation.events import InvestigationOpened, StepEntered, fold
from triage_tui.investigation.evidence import EvidenceKind
from triage_tui.investigation.findings import Findings
from triage_tui.investigation.state import CaseInputs
from triage_tui.investigation.steps import Step
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.sources.bundle import open_bundle

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def demo() -> Case:
    return compose(CaseInputs(paths=("demo:connection-pool",)))


def decisions_on(case: Case) -> tuple[Decision, ...]:
    opening = InvestigationOpened(
        at=NOW, investigation_id="theirs", title=case.title, inputs=CaseInputs(live="orders"), alert=case.alert,
        window=case.window,
    )  # fmt: skip
    return (opening, StepEntered(at=NOW, step=Step.LOGS, reason="looked already"))


def captured(case: Case, path: Path) -> Case:
    freeze(path, case, gather(case).evidence, decisions_on(case), ())
    return compose(CaseInputs(paths=(str(path),)))


def without_sources(findings: Findings) -> tuple[object, ...]:
    return (
        findings.window, findings.onset.earliest, findings.onset.latest, findings.impact.state, findings.impact.errors,
        [(one.id, one.verdict) for one in findings.changes],
        [one.statement for one in findings.patterns],
        [(one.service, one.metric, one.labels, one.shape, one.cap, one.score) for one in findings.signals],
        [(one.name, one.score) for one in findings.suspects],
    )  # fmt: skip


def test_a_captured_story_gives_the_same_findings(tmp_path: Path) -> None:
    case = demo()
    again = captured(case, tmp_path / "captured.zip")
    assert without_sources(findings_of(again, gather(again))) == without_sources(findings_of(case, gather(case)))


def test_a_window_that_has_grown_since_it_was_chosen_is_captured_as_it_is(tmp_path: Path) -> None:
    case = demo()
    assert case.window is not None
    middle = case.window.start + case.window.length / 2
    chosen = with_window(case, TimeWindow(case.window.start, middle))
    again = captured(replace(chosen, window=case.window), tmp_path / "captured.zip")
    assert (again.window, again.alert.window) == (case.window, case.window)


def test_a_colleague_begins_where_the_first_one_stopped(tmp_path: Path) -> None:
    path = tmp_path / "captured.zip"
    again = captured(demo(), path)
    investigation = fold(again.inherited)
    assert investigation.step is Step.LOGS
    assert investigation.skipped[0].reason == "looked already"
    assert (investigation.id, investigation.inputs) == (again.investigation_id, CaseInputs(paths=(str(path),)))
    assert not investigation.following


def test_a_source_that_had_nothing_is_noted_and_the_bundle_stays_readable(tmp_path: Path) -> None:
    case, path = demo(), tmp_path / "captured.zip"
    evidence = list(gather(case).evidence)
    silent = [replace(one, held=one.frame.clear()) if one.kind is EvidenceKind.HEALTH else one for one in evidence]
    freeze(path, case, silent, (), ())
    assert "had no health in this window" in open_bundle(path).manifest.note
    again = compose(CaseInputs(paths=(str(path),)))
    assert len(gather(again).evidence) == len(evidence) - 1


def test_a_bundle_is_never_written_over_and_never_half(tmp_path: Path) -> None:
    case = demo()
    for path in (tmp_path / "gone" / "captured.zip", tmp_path / ("long" * 100)):
        with pytest.raises(UsageError, match="cannot be written"):
            freeze(path, case, gather(case).evidence, (), ())
    (tmp_path / "there.zip").write_bytes(b"mine")
    with pytest.raises(UsageError, match="there already"):
        freeze(tmp_path / "there.zip", case, gather(case).evidence, (), ())
    assert (tmp_path / "there.zip").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["there.zip"]


def test_a_secret_is_hidden_as_it_stands_and_as_json_writes_it() -> None:
    assert without(b'{"a": "p\\"ss"} p"ss', (b'p"ss', b'p\\"ss')) == b'{"a": "[redacted]"} [redacted]'


def test_what_addresses_keep_secret_is_known_and_never_enters_a_bundle(tmp_path: Path) -> None:
    settings = Settings(
        prometheus=Prometheus(url="https://ana:p%40ssword@metrics.example"),
        services={"orders": Service(deploys="https://ci.example/deploys?key=0123456789abcdef&page=2")},
    )
    secrets = known_secrets(settings)
    assert set(secrets) == {"p%40ssword", "p@ssword", "0123456789abcdef"}
    case = replace(demo(), title="it fails with p@ssword")
    path = tmp_path / "captured.zip"
    freeze(path, case, gather(case).evidence, (), secrets)
    assert open_bundle(path).manifest.title == "it fails with [redacted]"
