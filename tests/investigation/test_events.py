from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.investigation.decisions import NOON, WINDOW, minutes, opened, opening, pin
from triage_tui.investigation import events, hypothesis_events
from triage_tui.investigation.decision import Decision
from triage_tui.investigation.events import apply, fold
from triage_tui.investigation.findings import Findings, Impact
from triage_tui.investigation.state import ActionItem, Hotfix
from triage_tui.investigation.steps import QUESTIONS, Step, may_stop_the_bleeding, open_questions, questions_of
from triage_tui.investigation.time_window import TimeWindow


def test_a_decision_leaves_the_old_snapshot_as_it_was() -> None:
    before = opened()
    after = apply(before, events.QuestionAnswered(at=NOON, question="alert.what", text="pool exhausted"))
    assert "alert.what" not in before.answers
    assert after.answers["alert.what"].text == "pool exhausted"
    assert after.pins is before.pins


def test_an_empty_answer_opens_the_question_again() -> None:
    answered = apply(opened(), events.QuestionAnswered(at=NOON, question="alert.what", text="pool"))
    assert len(open_questions(answered, Step.ALERT)) == 2
    withdrawn = apply(answered, events.QuestionAnswered(at=NOON, question="alert.what", text=""))
    assert len(open_questions(withdrawn, Step.ALERT)) == 3


def test_leaving_a_step_with_a_reason_keeps_the_reason() -> None:
    moved = apply(opened(), events.StepEntered(at=NOON, step=Step.IMPACT, reason="customer on the phone"))
    assert moved.step is Step.IMPACT
    assert [(one.step, one.reason) for one in moved.skipped] == [(Step.ALERT, "customer on the phone")]


def test_a_pin_speaks_on_one_side_only() -> None:
    state = apply(opened(), hypothesis_events.EvidencePinned(at=NOON, pin=pin("p1")))
    state = apply(state, hypothesis_events.HypothesisWritten(at=NOON, hypothesis_id="h1", statement="sessions leak"))
    state = apply(state, hypothesis_events.PinLinked(at=NOON, hypothesis_id="h1", pin_id="p1", side="for"))
    state = apply(state, hypothesis_events.PinLinked(at=NOON, hypothesis_id="h1", pin_id="p1", side="against"))
    assert state.hypotheses[0].pins_for == ()
    assert state.hypotheses[0].pins_against == ("p1",)


def test_removing_a_pin_removes_its_links() -> None:
    state = apply(opened(), hypothesis_events.EvidencePinned(at=NOON, pin=pin("p1")))
    state = apply(state, hypothesis_events.HypothesisWritten(at=NOON, hypothesis_id="h1", statement="sessions leak"))
    state = apply(state, hypothesis_events.PinLinked(at=NOON, hypothesis_id="h1", pin_id="p1", side="for"))
    state = apply(state, hypothesis_events.PinRemoved(at=NOON, pin_id="p1"))
    assert state.pins == ()
    assert state.hypotheses[0].pins_for == ()


def test_a_hypothesis_keeps_its_state_when_its_words_change() -> None:
    state = apply(opened(), hypothesis_events.HypothesisWritten(at=NOON, hypothesis_id="h1", statement="sessions leak"))
    state = apply(state, hypothesis_events.HypothesisJudged(at=NOON, hypothesis_id="h1", state="supported"))
    state = apply(
        state, hypothesis_events.RefutationNamed(at=NOON, hypothesis_id="h1", test="pool stays flat without reports")
    )
    state = apply(state, hypothesis_events.HypothesisWritten(at=NOON, hypothesis_id="h1", statement="get_db leaks"))
    (hypothesis,) = state.hypotheses
    assert (hypothesis.statement, hypothesis.state) == ("get_db leaks", "supported")
    assert hypothesis.refuted_by == "pool stays flat without reports"


def test_a_hotfix_opens_its_proper_fix_without_an_owner() -> None:
    hotfix = Hotfix(kind="raise_limit", description="pool 20 to 40, restart", taken_at=NOON)
    state = apply(opened(), events.HotfixTaken(at=NOON, hotfix=hotfix))
    (item,) = state.actions
    assert (item.proper_fix_for, item.owner) == ("pool 20 to 40, restart", "")
    named = ActionItem(id=item.id, mechanism="yield with finally", owner="ana", proper_fix_for=item.proper_fix_for)
    state = apply(state, events.ActionItemWritten(at=NOON, item=named))
    assert state.actions == (named,)


def test_undo_takes_back_the_last_decision_and_keeps_the_evidence() -> None:
    findings = Findings(window=WINDOW)
    state = opened().with_findings(findings).with_cursor(minutes(-5))
    state = apply(state, events.StepEntered(at=NOON, step=Step.IMPACT))
    state = apply(state, events.LastUndone(at=NOON))
    assert state.step is Step.ALERT
    assert state.findings is findings
    assert state.cursor == minutes(-5)


def test_undo_never_takes_back_the_opening() -> None:
    state = opened()
    assert apply(state, events.LastUndone(at=NOON)) is state


def test_a_journal_that_does_not_begin_with_an_opening_is_refused() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        fold([events.StepEntered(at=NOON, step=Step.FIX)])


DECISIONS = st.lists(
    st.one_of(
        st.sampled_from(list(Step)).map(lambda step: events.StepEntered(at=NOON, step=step, reason="r")),
        st.sampled_from(QUESTIONS).map(lambda one: events.QuestionAnswered(at=NOON, question=one.id, text="yes")),
        st.sampled_from(["p1", "p2"]).map(lambda name: hypothesis_events.EvidencePinned(at=NOON, pin=pin(name))),
        st.sampled_from(["p1", "p2"]).map(lambda name: hypothesis_events.PinRemoved(at=NOON, pin_id=name)),
        st.just(events.LastUndone(at=NOON)),
    ),
    max_size=20,
)


@given(DECISIONS)
def test_replaying_what_is_in_force_gives_the_same_state(decisions: list[Decision]) -> None:
    state = fold([opening(), *decisions])
    again = fold(state.decisions)
    assert (again.step, again.answers, again.pins, again.skipped) == (
        state.step,
        state.answers,
        state.pins,
        state.skipped,
    )


def test_the_shortcut_to_the_fix_is_offered_only_while_the_service_is_down() -> None:
    down = opened().with_findings(Findings(impact=Impact(state="down")))
    assert may_stop_the_bleeding(down)
    assert not may_stop_the_bleeding(opened().with_findings(Findings(impact=Impact(state="degraded"))))
    assert not may_stop_the_bleeding(replace(down, step=Step.FIX))
    said_up = apply(down, events.QuestionAnswered(at=NOON, question="impact.state", text="degraded, not down"))
    assert not may_stop_the_bleeding(said_up)


def test_every_step_asks_something_and_every_question_has_its_own_id() -> None:
    assert all(questions_of(step) for step in Step)
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)


def test_a_window_must_end_after_it_starts_and_carry_a_zone() -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        TimeWindow(NOON, NOON)
    with pytest.raises(ValueError, match="time zone"):
        TimeWindow(NOON.replace(tzinfo=None), NOON)


@given(st.floats(0.01, 100), st.integers(-30, 90))
def test_a_scaled_window_keeps_the_moment_it_is_scaled_around(factor: float, offset: int) -> None:
    around = NOON - timedelta(minutes=offset)
    scaled = WINDOW.scaled(factor, around)
    assert scaled.contains(around) or not WINDOW.contains(around)
    assert scaled.length >= timedelta(milliseconds=999)


def test_the_filters_of_the_logs_are_a_decision_that_can_be_taken_back() -> None:
    filtered = apply(opened(), events.LogFiltersSet(at=NOON, filters=("level>=warn", "!health")))
    assert filtered.log_filters == ("level>=warn", "!health")
    assert apply(filtered, events.LastUndone(at=NOON)).log_filters == ()


def test_a_hotfix_of_an_older_journal_has_no_prediction() -> None:
    at = '"2026-11-24T12:00:00Z"'
    record = f'{{"type":"hotfix","at":{at},"hotfix":{{"kind":"flag","description":"off","taken_at":{at}}}}}'
    decision = msgspec.json.decode(record, type=events.HotfixTaken)
    assert decision.hotfix.prediction == ""


def test_a_capture_is_remembered_and_undoing_passes_over_it() -> None:
    filtered = apply(opened(), events.LogFiltersSet(at=NOON, filters=("pool",)))
    captured = apply(filtered, events.CaptureWritten(at=NOON, path="/kept/pool.zip"))
    undone = apply(captured, events.LastUndone(at=NOON))
    assert (undone.log_filters, events.captures_of(undone.decisions)) == ((), ("/kept/pool.zip",))
    assert apply(undone, events.LastUndone(at=NOON)) is undone
