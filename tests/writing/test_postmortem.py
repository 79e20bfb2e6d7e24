import msgspec
import polars as pl
from msgspec.structs import replace

from tests.investigation.decisions import NOON, minutes, opened, pin
from tests.investigation.test_suggestions import FINDINGS
from triage_tui.investigation import events, hypothesis_events
from triage_tui.investigation.events import apply
from triage_tui.investigation.evidence import Completeness, Evidence, EvidenceKind, frame_schema
from triage_tui.investigation.findings import Recovery, Trend
from triage_tui.investigation.state import ActionItem, Hotfix, Investigation, Pin
from triage_tui.investigation.steps import QUESTIONS, Step
from triage_tui.writing.postmortem import AUTHOR_SECTIONS, lint, markdown
from triage_tui.writing.timeline import timeline


def investigated() -> Investigation:
    state = opened().with_findings(FINDINGS)
    state = apply(state, hypothesis_events.EvidencePinned(at=NOON, pin=pin("p1", "pool at 20 of 20")))
    state = apply(
        state, hypothesis_events.HypothesisWritten(at=minutes(5), hypothesis_id="h1", statement="get_db leaks")
    )
    state = apply(state, hypothesis_events.PinLinked(at=minutes(6), hypothesis_id="h1", pin_id="p1", side="for"))
    hotfix = Hotfix(
        kind="rollback", description="roll back a1b2c3d", taken_at=minutes(10), prediction="no errors by 12:15"
    )
    return apply(state, events.HotfixTaken(at=minutes(11), hotfix=hotfix))


def finished() -> Investigation:
    state = apply(
        investigated(), hypothesis_events.HypothesisJudged(at=minutes(12), hypothesis_id="h1", state="supported")
    )
    state = apply(
        state, hypothesis_events.RefutationNamed(at=minutes(12), hypothesis_id="h1", test="pool flat without reports")
    )
    for question in QUESTIONS:
        state = apply(state, events.QuestionAnswered(at=minutes(13), question=question.id, text="yes"))
    for section in AUTHOR_SECTIONS:
        state = apply(state, events.NoteWritten(at=minutes(14), section=section.id, text=f"the {section.id}"))
    item = ActionItem(id="proper-fix-1", mechanism="yield with finally", owner="ana", due="2026-12-01")
    return apply(state, events.ActionItemWritten(at=minutes(15), item=item))


def test_the_document_names_the_deploy_the_gauge_the_missing_line_and_the_figures() -> None:
    document = markdown(investigated())
    for words in (
        "a1b2c3d",
        "PRIME SUSPECT",
        "pool\\_checked\\_out",
        "cap 20",
        "'released' is missing",
        "47 errors",
        "23 users",
    ):
        assert words in document


def test_what_the_author_wrote_is_whole_and_a_key_of_many_lines_is_not_in_it() -> None:
    paragraph = "The pool filled up because sessions were never given back. " * 40
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----"
    note = events.NoteWritten(at=NOON, section="summary", text=f"{paragraph}\n{key}\nThe end.")
    document = markdown(apply(opened(), note))
    assert paragraph.strip() in document
    assert "The end." in document
    assert "MIIE" not in document
    assert "BKcw" not in document


def test_what_is_cut_in_the_document_says_so() -> None:
    document = markdown(apply(opened(), hypothesis_events.EvidencePinned(at=NOON, pin=pin("p1", "word " * 200))))
    assert any(row.endswith("…") for row in document.splitlines())


def test_without_a_prime_suspect_the_document_says_that_there_is_no_change_to_blame() -> None:
    state = investigated()
    assert state.findings is not None
    assert "no change to blame" in markdown(replace(state, findings=FINDINGS_WITHOUT_CHANGES))


FINDINGS_WITHOUT_CHANGES = type(FINDINGS)(onset=FINDINGS.onset, impact=FINDINGS.impact)


def test_the_timeline_merges_evidence_and_decisions_in_order() -> None:
    entries = timeline(investigated())
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    texts = [entry.text for entry in entries]
    assert texts.index("deploy a1b2c3d: Add reports (prime)") < texts.index("pool_checked_out at its cap of 20")
    assert texts.index("hypothesis: get_db leaks") < texts.index("hotfix: roll back a1b2c3d")


def test_of_errors_that_stopped_the_document_says_when_and_after_how_long() -> None:
    trend = Trend(verdict="improving", per_10_min=-1.0, n=47, last_error_at=minutes(32))
    impact = replace(FINDINGS.impact, trend=trend)
    state = replace(investigated(), findings=replace(FINDINGS, impact=impact))
    document = markdown(state)
    assert ", 32 min later" in document
    assert f"improving: no error since {minutes(32):%H:%M:%SZ}" in document
    assert ("last error", "analysis") in [(entry.text, entry.source) for entry in timeline(state)]


def test_what_speaks_for_a_change_is_listed_beneath_it() -> None:
    assert ": PRIME SUSPECT\n  - for: adds GET /api/reports/generate\n" in markdown(investigated())


def test_what_the_author_writes_stands_in_the_document_and_never_as_markup() -> None:
    state = apply(investigated(), events.NoteWritten(at=NOON, section="root_cause", text="<b>a</b> | # b\nline two"))
    document = markdown(state)
    assert "\\<b\\>a\\</b\\> \\| \\# b" in document
    assert "line two" in document


def test_secrets_and_control_characters_stay_out_of_the_document() -> None:
    leaked = Pin(
        id="p9", pane="logs", text="password=hunter2 \x1b[31m", source="app.jsonl", pinned_at=NOON, moment=NOON
    )
    document = markdown(apply(investigated(), hypothesis_events.EvidencePinned(at=NOON, pin=leaked)))
    assert "hunter2" not in document
    assert "\x1b" not in document


def test_an_unfinished_document_is_told_what_it_lacks_and_why() -> None:
    notes = lint(investigated())
    problems = [f"{note.section}: {note.problem}" for note in notes]
    assert "Root cause: not written" in problems
    assert "Hypotheses: none is supported" in problems
    assert "Action items: the proper fix for 'roll back a1b2c3d' has no mechanism and no owner and no date" in problems
    assert all(note.why for note in notes)


def test_a_finished_document_is_clean() -> None:
    assert lint(finished()) == ()


def test_what_was_predicted_of_a_hotfix_stands_beside_what_was_measured() -> None:
    because = ("before: 40 errors in 400 requests", "after: 1 error in 20 requests")
    early = Recovery(verdict="too_early", minutes_more=11.2, because=because)
    state = investigated()
    assert state.findings is not None
    document = markdown(state.with_findings(msgspec.structs.replace(state.findings, recovery=early)))
    assert "predicted before: no errors by 12:15" in document
    assert "measured: too early: about 12 more minutes at this traffic" in document
    assert "after: 1 error in 20 requests" in document


def test_a_hotfix_that_was_taken_without_a_prediction_is_noted() -> None:
    taken = Hotfix(kind="limit", description="pool 20 to 40", taken_at=minutes(16))
    (note, *_) = lint(apply(finished(), events.HotfixTaken(at=minutes(16), hotfix=taken)))
    assert (note.section, note.problem) == ("Resolution", "nothing was predicted of: pool 20 to 40")


def test_a_step_left_open_stands_with_its_reason() -> None:
    state = apply(investigated(), events.StepEntered(at=NOON, step=Step.FIX, reason="customers first"))
    assert "left with open questions: customers first" in markdown(state)


def test_the_timeline_says_what_became_of_the_alert() -> None:
    rows = [
        ("firing", minutes(1), ""),
        ("silenced", minutes(2), "until 17:00:00Z by ana"),
        ("silenced", minutes(2), "until 17:00:00Z by ana; summary: a → b"),
        ("unknown", None, ""),
        ("resolved", minutes(9), ""),
    ]
    frame = pl.DataFrame(
        [{"at": minutes(20), "state": one, "earliest": at, "latest": at, "note": note} for one, at, note in rows],
        schema=frame_schema(EvidenceKind.ALERTS),
    )
    states = Evidence(EvidenceKind.ALERTS, "alertmanager", None, "", minutes(20), Completeness(complete=True), frame)
    entries = [entry for entry in timeline(investigated().with_evidence(states)) if entry.source == "alertmanager"]
    assert [(entry.at, entry.text) for entry in entries] == [
        (minutes(2), "alert silenced (until 17:00:00Z by ana)"),
        (minutes(9), "alert resolved"),
    ]
