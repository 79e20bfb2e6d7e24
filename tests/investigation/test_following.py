"""The window of a live investigation: it follows now, stands still while someone looks back, and follows again."""

from datetime import UTC, datetime, timedelta

from triage_tui.investigation.events import InvestigationOpened, LastUndone, LogFiltersSet, WindowChosen, apply
from triage_tui.investigation.findings import Alert
from triage_tui.investigation.source import LogLines
from triage_tui.investigation.state import CaseInputs, Investigation
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.records.head_lines import HeadLines

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WHOLE = TimeWindow(START, START + timedelta(minutes=90))


def minutes(start: float, end: float) -> TimeWindow:
    return TimeWindow(START + timedelta(minutes=start), START + timedelta(minutes=end))


def opened(live: str | None = "orders") -> Investigation:
    opening = InvestigationOpened(
        at=START, investigation_id="x", title="x", inputs=CaseInputs(live=live), alert=Alert(), window=WHOLE
    )
    return apply(opening.begin(), WindowChosen(at=START, window=WHOLE))


def looking_at(window: TimeWindow) -> Investigation:
    return apply(opened(), WindowChosen(at=START, window=window))


def test_the_whole_window_grows_with_now() -> None:
    later = opened().until(START + timedelta(minutes=100))
    assert later.following
    assert later.window == later.full_window == minutes(0, 100)


def test_a_narrowed_window_at_now_keeps_its_length_and_follows() -> None:
    later = looking_at(minutes(60, 90)).until(START + timedelta(minutes=100))
    assert later.window == minutes(70, 100)
    assert later.full_window == minutes(0, 100)


def test_looking_back_pauses_the_window_while_the_evidence_goes_on() -> None:
    later = looking_at(minutes(20, 40)).until(START + timedelta(minutes=100))
    assert not later.following
    assert later.window == minutes(20, 40)
    assert later.full_window == minutes(0, 100)


def test_following_again_goes_to_now_with_the_same_length() -> None:
    again = looking_at(minutes(20, 40)).followed(START + timedelta(minutes=100))
    assert again.following
    assert again.window == minutes(80, 100)


def test_following_what_is_followed_keeps_the_whole_window_whole() -> None:
    now = opened().until(START + timedelta(minutes=100)).followed(START + timedelta(minutes=110))
    assert now.following
    assert now.window == now.full_window == minutes(0, 110)


def test_an_answer_that_is_older_than_what_is_known_moves_nothing() -> None:
    now = opened()
    assert now.until(START + timedelta(minutes=80)) is now


def test_a_replay_follows_nothing() -> None:
    assert not opened(live=None).following


NOW = START + timedelta(minutes=100)


def test_undoing_another_decision_leaves_the_window_that_has_moved_on() -> None:
    later = apply(looking_at(minutes(60, 90)), LogFiltersSet(at=START, filters=("error",))).until(NOW)
    undone = apply(later, LastUndone(at=NOW))
    assert undone.log_filters == ()
    assert (undone.window, undone.following) == (minutes(70, 100), True)


def test_undoing_a_look_back_follows_now_again() -> None:
    opening = apply(opened(), LastUndone(at=START)).until(NOW)
    looked_back = apply(opening, WindowChosen(at=NOW, window=minutes(20, 40)))
    assert not looked_back.following
    undone = apply(looked_back.until(NOW + timedelta(minutes=1)), LastUndone(at=NOW))
    assert (undone.window, undone.following) == (minutes(0, 101), True)


def test_undoing_a_second_look_back_shows_the_first_and_still_follows_nothing() -> None:
    first = apply(opened().until(NOW), WindowChosen(at=NOW, window=minutes(91, 95)))
    second = apply(first, WindowChosen(at=NOW, window=minutes(20, 40)))
    undone = apply(second, LastUndone(at=NOW)).until(NOW + timedelta(minutes=1))
    assert (undone.window, undone.following) == (minutes(91, 95), False)


def test_undoing_keeps_what_is_followed() -> None:
    grown: LogLines = HeadLines((), ())
    later = opened().until(START + timedelta(minutes=100)).with_grown_lines("app.log", grown)
    undone = apply(later, LastUndone(at=START))
    assert undone.following
    assert undone.grown_lines["app.log"] is grown
