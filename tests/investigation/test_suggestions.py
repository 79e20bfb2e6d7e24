import msgspec
import pytest
from msgspec.structs import replace

from tests.investigation.decisions import NOON, minutes, opened, pin
from triage_tui.investigation import hypothesis_events
from triage_tui.investigation.block import SourceNote
from triage_tui.investigation.change import Change, short_change_id
from triage_tui.investigation.events import apply
from triage_tui.investigation.findings import (
    Alert,
    EndpointImpact,
    Findings,
    Impact,
    Lead,
    Onset,
    OnsetEstimate,
    Pattern,
    Signal,
    Traffic,
    Trend,
)
from triage_tui.investigation.suggestions import is_for_evidence, suggest

GIT = (SourceNote("git", complete=True),)
PROMETHEUS = (SourceNote("prometheus", complete=True),)
LOGS = (SourceNote("app.jsonl", complete=True),)

FINDINGS = Findings(
    onset=Onset(
        earliest=minutes(0),
        latest=minutes(1),
        estimates=(OnsetEstimate(by="logs", earliest=minutes(0), latest=minutes(1)),),
        agree=False,
        sources=LOGS,
    ),
    impact=Impact(
        errors=47,
        users=23,
        endpoints=(EndpointImpact(endpoint="POST /api/orders", errors=38),),
        trend=Trend(verdict="worsening", per_10_min=0.11, n=47),
        state="degraded",
        because=("health answers 200",),
        sources=LOGS,
    ),
    changes=(
        Change(
            id="a1b2c3d",
            kind="deploy",
            at=minutes(-30),
            title="Add reports",
            verdict="prime",
            speaks_for=("adds GET /api/reports/generate",),
            sources=GIT,
        ),
    ),
    patterns=(Pattern(kind="missing_line", statement="'released' is missing (1204 of 1204)", sources=LOGS),),
    signals=(
        Signal(
            metric="pool_checked_out",
            role="saturation",
            shape="saturated",
            score=9,
            before=5,
            after=20,
            cap=20,
            at_cap_since=minutes(0),
            sources=PROMETHEUS,
        ),
        Signal(metric="requests_total", role="traffic", shape="none", sources=PROMETHEUS),
    ),
    lead=Lead(first=("orders-api", "p95"), then=("orders-api", "errors"), seconds=360, sources=PROMETHEUS),
    traffic=Traffic(driven=False, sources=PROMETHEUS),
)


@pytest.mark.parametrize(
    ("question", "text", "source"),
    [
        ("alert.what", "connection pool exhausted, 47 times", "sentry"),
        ("alert.service", "orders-api", "sentry"),
        ("impact.users", "23 users, 47 errors", "app.jsonl"),
        ("impact.onset", "12:00:00Z to 12:01:00Z (by logs; the estimates disagree)", "app.jsonl"),
        ("impact.endpoints", "POST /api/orders (38 errors)", "app.jsonl"),
        ("impact.trend", "worsening, +11% in 10 min (n=47)", "app.jsonl"),
        ("impact.state", "degraded: health answers 200", "app.jsonl"),
        (
            "changes.deploy",
            "11:30:00Z a1b2c3d Add reports: prime suspect (adds GET /api/reports/generate)",
            "git",
        ),
        ("changes.traffic", "no change in request rate", "prometheus"),
        ("logs.trace", "'released' is missing (1204 of 1204)", "app.jsonl"),
        (
            "metrics.saturation",
            "pool_checked_out: saturated, 5 to 20, at its cap of 20 since 12:00:00Z",
            "prometheus",
        ),
        ("metrics.latency", "p95 moved 360 s before errors", "prometheus"),
        ("fix.hotfix", "roll back a1b2c3d (Add reports)", "git"),
    ],
)
def test_the_evidence_answers_a_question_with_its_source(question: str, text: str, source: str) -> None:
    suggestion = suggest(question, opened().with_findings(FINDINGS))
    assert suggestion is not None
    assert (suggestion.text, suggestion.source) == (text, source)


def test_a_change_of_the_day_before_is_written_with_its_date() -> None:
    early = replace(FINDINGS.changes[0], at=minutes(-13 * 60), lag_s=13 * 3600.0)
    suggestion = suggest("changes.deploy", opened().with_findings(replace(FINDINGS, changes=(early,))))
    assert suggestion is not None
    assert suggestion.text.startswith(f"{early.at:%m-%d} 23:00:00Z a1b2c3d Add reports")


def test_one_is_written_as_one_and_a_shape_of_none_as_no_change() -> None:
    once = replace(FINDINGS.impact, users=1, errors=1)
    calm = Signal(metric="errors_total", role="errors", shape="none", before=0, after=0, sources=PROMETHEUS)
    shown = opened().with_findings(replace(FINDINGS, impact=once, signals=(calm,)))
    answers = [suggest(question, shown) for question in ("impact.users", "metrics.errors")]
    assert [one.text for one in answers if one] == ["1 user, 1 error", "errors_total: no change"]


@pytest.mark.parametrize("question", ["impact.users", "changes.deploy", "metrics.errors", "postmortem.cause"])
def test_nothing_is_suggested_without_evidence(question: str) -> None:
    assert suggest(question, opened()) is None


def test_an_unknown_number_of_users_is_not_zero() -> None:
    findings = msgspec.structs.replace(FINDINGS, impact=Impact(errors=3))
    assert suggest("impact.users", opened().with_findings(findings)) is None


def test_the_notebook_answers_the_questions_on_the_hypothesis() -> None:
    state = apply(opened(), hypothesis_events.EvidencePinned(at=NOON, pin=pin("p1", "pool at its cap")))
    state = apply(state, hypothesis_events.HypothesisWritten(at=NOON, hypothesis_id="h1", statement="sessions leak"))
    state = apply(state, hypothesis_events.PinLinked(at=NOON, hypothesis_id="h1", pin_id="p1", side="for"))
    stated, supported = suggest("hypothesis.statement", state), suggest("hypothesis.for", state)
    assert stated is not None
    assert supported is not None
    assert (stated.text, supported.text) == ("sessions leak", "pool at its cap")
    assert suggest("hypothesis.against", state) is None


def test_infrastructure_is_not_declared_unchanged_by_a_code_history() -> None:
    state = replace(opened(), findings=FINDINGS)
    assert suggest("changes.infrastructure", state) is None


def test_a_change_of_long_ago_is_not_offered_as_recent() -> None:
    change = Change(
        id="old", kind="deploy", at=minutes(-3000), title="Old", verdict="possible", lag_s=180_000, sources=GIT
    )
    findings = msgspec.structs.replace(FINDINGS, changes=(change,))
    suggestion = suggest("changes.deploy", opened().with_findings(findings))
    assert suggestion is not None
    assert suggestion.text == "no deploy in the 24 h before the onset"


def test_a_signal_of_another_service_is_named_with_it() -> None:
    signal = Signal(service="cart", metric="errors", labels={"route": "/pay"}, role="errors", shape="step", unit="/s",
                    before=0.0, after=3.071)  # fmt: skip
    findings = Findings(alert=Alert(service="shop"), signals=(signal,))
    suggestion = suggest("metrics.errors", opened().with_findings(findings))
    assert suggestion is not None
    assert suggestion.text == "cart errors /pay: step, 0 to 3.07 /s"


def test_a_title_that_only_repeats_the_id_is_not_said_twice() -> None:
    tagged = Change(id="deploy-v1.4.2", kind="deploy", at=NOON, title="deploy-v1.4.2", verdict="prime")
    assert (tagged.name, tagged.summary, tagged.headline) == ("deploy-v1.4.2",) * 3
    revision = Change(id="c7d2e9a3f1b0", kind="deploy", at=NOON, title="deploy c7d2e9a3f1b0", verdict="prime")
    assert (revision.summary, revision.headline) == ("deploy c7d2e9a", "c7d2e9a")
    told = Change(id="a1b2c3d4", kind="deploy", at=NOON, title="Add reports", verdict="prime")
    assert (told.summary, told.headline) == ("deploy a1b2c3d: Add reports", "a1b2c3d Add reports")


def test_a_long_name_ends_in_an_ellipsis() -> None:
    assert short_change_id("inventory_read_replica_routing") == "inventory_read_replica_rout…"


def test_only_what_no_evidence_can_tell_is_left_to_a_person_alone() -> None:
    assert is_for_evidence("changes.deploy")
    assert is_for_evidence("metrics.errors")
    assert not is_for_evidence("hypothesis.statement")
