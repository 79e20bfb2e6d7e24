from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.analysis import log_generator as log
from triage_tui.analysis.diagnosis import diagnose
from triage_tui.investigation.block import SourceNote
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.findings import Alert, Findings

ALERT = Alert(title="KeyError: rate", service="shop", source="tracker", fired_at=log.minute(45))


def evidence(kind: EvidenceKind, frame: pl.DataFrame, source: str, complete: bool = True) -> Evidence:
    completeness = Completeness(complete, "" if complete else "limit hit")
    return Evidence(kind, source, None, "", log.minute(61), completeness, frame)


def metrics(broken_at: float | None, service: str = "shop") -> pl.DataFrame:
    """Errors and latency a minute every 20 seconds; from one minute on, ten times as much."""
    rows = []
    for number in range(180):
        at = log.START + timedelta(seconds=20 * number)
        factor = 10.0 if broken_at is not None and at >= log.minute(broken_at) else 1.0
        for metric, level in (("errors_per_second", 0.2), ("latency_p95_seconds", 0.1), ("requests_per_second", 8.0)):
            wave = 1 + 0.04 * ((number * 7919 + len(metric) * 104_729) % 13 - 6) / 6
            value = level * wave * (1.0 if metric.startswith("requests") else factor)
            rows.append((at, metric, service, "", value))
    return pl.DataFrame(rows, schema=frame_schema(EvidenceKind.METRICS), orient="row")


def incident() -> list[Evidence]:
    records = log.requests(1, noise=0.02)
    log.fail_some(records, "KeyError: rate", 0.4, 1, lambda one: one["time"] >= log.minute(40))
    deploys = log.changes(
        {"id": "guilty", "at": log.minute(39), "routes": list(log.ROUTES)}, {"id": "late", "at": log.minute(50)}
    )
    health = [{"time": log.minute(number), "target": "/healthz", "ok": True} for number in range(60)]
    return [
        evidence(EvidenceKind.LOGS, log.frame(records), "shop.log", complete=False),
        evidence(EvidenceKind.METRICS, metrics(40), "prometheus"),
        evidence(EvidenceKind.CHANGES, deploys, "git"),
        evidence(EvidenceKind.HEALTH, pl.DataFrame(health, schema=frame_schema(EvidenceKind.HEALTH)), "probe"),
    ]


@pytest.fixture(scope="module")
def found() -> Findings:
    return diagnose(incident(), ALERT, window=log.WINDOW)


def test_each_change_names_the_source_that_brought_it() -> None:
    page = log.changes({"id": "outage", "at": log.minute(38), "kind": "infrastructure"})
    found = diagnose([*incident(), evidence(EvidenceKind.CHANGES, page, "a status page")], ALERT, window=log.WINDOW)
    brought = {change.id: [note.name for note in change.sources] for change in found.changes}
    assert brought == {"guilty": ["git"], "late": ["git"], "outage": ["a status page"]}


def test_the_onset_is_the_one_on_which_logs_and_metrics_agree(found: Findings) -> None:
    assert found.onset.earliest is not None
    assert log.minute(39) <= found.onset.earliest <= log.minute(41)
    assert {estimate.by for estimate in found.onset.estimates} == {"log errors", "metrics"}
    assert found.onset.agree


def test_the_change_to_blame_is_prime_and_the_later_one_excluded(found: Findings) -> None:
    assert {change.id: change.verdict for change in found.changes} == {"guilty": "prime", "late": "excluded"}


def test_the_best_pattern_is_the_surge_after_the_deploy(found: Findings) -> None:
    assert (found.patterns[0].kind, found.patterns[0].numbers["after_deploy"]) == ("error_surge", "guilty")


def test_the_service_is_degraded_and_users_are_counted(found: Findings) -> None:
    assert found.impact.state == "degraded"
    assert found.impact.users is not None
    assert found.impact.users > 20


def test_every_block_names_its_sources_and_their_completeness(found: Findings) -> None:
    logs, prometheus = SourceNote("shop.log", complete=False, note="limit hit"), SourceNote("prometheus", complete=True)
    assert found.onset.sources == (logs, prometheus)
    assert found.impact.sources == (logs, SourceNote("probe", complete=True))
    assert all(change.sources == (SourceNote("git", complete=True),) for change in found.changes)
    assert all(pattern.sources == (logs,) for pattern in found.patterns)
    assert all(signal.sources == (prometheus,) for signal in found.signals)
    assert {note.name for note in found.sources} == {"shop.log", "prometheus", "git", "probe"}


def test_the_order_of_the_evidence_and_of_its_rows_changes_nothing(found: Findings) -> None:
    mixed = [
        evidence(one.kind, one.frame.sample(fraction=1.0, shuffle=True, seed=2), one.source, one.completeness.complete)
        for one in reversed(incident())
    ]
    assert diagnose(mixed, ALERT, window=log.WINDOW) == found


def test_a_calm_stretch_raises_nothing() -> None:
    deploys = log.changes({"id": "d", "at": log.minute(30), "routes": list(log.ROUTES)})
    calm = [
        evidence(EvidenceKind.LOGS, log.frame(log.requests(2, noise=0.02)), "shop.log"),
        evidence(EvidenceKind.METRICS, metrics(None), "prometheus"),
        evidence(EvidenceKind.CHANGES, deploys, "git"),
    ]
    found = diagnose(calm, Alert(service="shop"), window=log.WINDOW)
    assert found.onset.earliest is None
    assert found.patterns == ()
    assert [change.verdict for change in found.changes] == ["possible"]
    assert found.lead is None


def test_logs_of_several_files_are_one_log() -> None:
    logs = incident()[0].frame
    halves = [
        evidence(
            EvidenceKind.LOGS, logs.gather_every(2, number).with_columns(file=pl.lit(f"{number}.log")), f"{number}.log"
        )
        for number in range(2)
    ]
    found = diagnose(halves, ALERT, window=log.WINDOW)
    assert found.patterns[0].kind == "everyone"
    assert len(found.patterns[0].sources) == 2


def test_without_evidence_nothing_is_known() -> None:
    found = diagnose([], Alert())
    assert (found.onset.earliest, found.impact.state, found.patterns, found.changes) == (None, "unknown", (), ())


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_empty_evidence_of_any_kind_is_survived(kind: EvidenceKind) -> None:
    found = diagnose([evidence(kind, pl.DataFrame(schema=frame_schema(kind)), "empty")], ALERT, window=log.WINDOW)
    assert found.patterns == ()
    assert found.onset.earliest is None
