"""All nine steps by keys alone, and what each decision leaves behind."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from textual.widgets import Input

from tests.ui.driving import LARGE, NARROW, USUAL, keys, program, running, screen_text, settled, shows, state, write
from tests.ui.story import DEPLOY_ID, FAILING, ONSET, findings, story
from triage_tui.investigation.journal import read_journal
from triage_tui.investigation.steps import QUESTION_BY_ID, Step
from triage_tui.ui.screens.trace import TracePane, TraceScreen

FOCUS_OF_STEP = {
    1: "impact", 2: "impact", 3: "changes", 4: "logs", 5: "metrics", 6: "notebook", 7: "reproduce", 8: "fix",
    9: "postmortem",
}  # fmt: skip


@pytest.mark.parametrize("size", [NARROW, USUAL])
async def test_all_nine_steps_can_be_walked_by_keys_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(program(tmp_path / "journals", story()), size) as pilot:
        await keys(pilot, "A", "right_square_bracket")
        assert state(pilot).step is Step.IMPACT
        await keys(pilot, "A", "right_square_bracket", "p", "A", "right_square_bracket")
        await write(pilot, "nobody recorded it")
        assert state(pilot).step is Step.LOGS
        await keys(pilot, "e", "p", "A", "right_square_bracket", "p", "A", "right_square_bracket")
        assert state(pilot).step is Step.HYPOTHESIS
        await keys(pilot, "a")
        await write(pilot, "the pool runs dry because sessions are not given back")
        await keys(pilot, "g", "enter", "j", "l", "a", "a")
        await write(pilot, "nothing")
        await keys(pilot, "a")
        await write(pilot, "the pool stays full without the report")
        await keys(pilot, "right_square_bracket", "a")
        await write(pilot, "yes, with the report alone")
        await keys(pilot, "right_square_bracket", "enter")
        await write(pilot, "no errors within five minutes")
        await write(pilot, "")
        await keys(pilot, "a", "a")
        await write(pilot, "yield with finally")
        await keys(pilot, "a", "right_square_bracket", "enter")
        await pilot.press(*"sold out")
        await keys(pilot, "ctrl+s", "x", "enter")
        assert state(pilot).step is Step.POSTMORTEM
        assert set(QUESTION_BY_ID) - set(state(pilot).answers) <= {
            "changes.config", "changes.dependency", "changes.infrastructure", "postmortem.what",
            "postmortem.impact", "postmortem.cause", "postmortem.resolved", "postmortem.prevent",
        }  # fmt: skip
    told = {"Add the report of sales", "pool", "Database session released", "sold out", "23 users"}
    assert {one for one in told if one not in written_document(tmp_path)} == set()


def written_document(folder: Path) -> str:
    return next(folder.glob("postmortem-*.md")).read_text()


async def test_a_name_that_begins_as_a_home_folder_does_is_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(program(tmp_path / "journals", story())) as pilot:
        await keys(pilot, "x")
        pilot.app.screen.query_one(Input).value = "~no-such-user.md"
        await keys(pilot, "enter")
        await shows(pilot, "the post-mortem is in")
    assert (tmp_path / "~no-such-user.md").read_text().startswith("# Post-mortem")


async def test_each_step_brings_its_pane_to_the_front_with_the_focus(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), NARROW) as pilot:
        for number, pane in FOCUS_OF_STEP.items():
            if number > 1:
                await keys(pilot, str(number))
                if state(pilot).step.value != number:
                    await write(pilot, "looked elsewhere")
            assert pilot.app.focused is not None
            assert pilot.app.focused.id == pane


async def test_leaving_a_step_with_open_questions_asks_for_a_reason_and_keeps_it(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "right_square_bracket")
        assert state(pilot).step is Step.ALERT
        await keys(pilot, "escape")
        assert state(pilot).step is Step.ALERT
        await keys(pilot, "right_square_bracket")
        await write(pilot, "the page says it all")
        assert state(pilot).step is Step.IMPACT
        assert state(pilot).skipped[0].reason == "the page says it all"
        await shows(pilot, "1 Alert –")


async def test_undo_takes_the_last_decision_back_and_says_which(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "p")
        assert len(state(pilot).pins) == 1
        await keys(pilot, "U")
        assert not state(pilot).pins
        await shows(pilot, "undone: the pin")
        await keys(pilot, "U")
        await shows(pilot, "nothing to undo")


async def test_what_was_decided_is_in_the_journal_before_the_program_ends(tmp_path: Path) -> None:
    case = story()
    async with running(program(tmp_path, case)) as pilot:
        await keys(pilot, "a", "p")
    decisions = read_journal(tmp_path / case.investigation_id).decisions
    assert [type(one).__name__ for one in decisions] == ["InvestigationOpened", "QuestionAnswered", "EvidencePinned"]


async def test_a_resumed_case_goes_on_where_it_stopped(tmp_path: Path) -> None:
    case = story()
    async with running(program(tmp_path, case)) as pilot:
        await keys(pilot, "A", "right_square_bracket", "p")
        await keys(pilot, "q")
    decisions = read_journal(tmp_path / case.investigation_id).decisions
    async with running(program(tmp_path, replace(case, decisions=decisions))) as pilot:
        assert state(pilot).step is Step.IMPACT
        assert len(state(pilot).pins) == 1


async def test_one_clock_moves_in_all_panes(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        assert state(pilot).cursor == ONSET + timedelta(seconds=8)
        await keys(pilot, "4")
        await write(pilot, "later")
        await keys(pilot, "g")
        first = state(pilot).cursor
        assert first is not None
        assert first < ONSET
        await shows(pilot, "REPLAY 13:00:00Z")
        await keys(pilot, "shift+tab", "shift+tab", "g")
        assert state(pilot).cursor != first
        await shows(pilot, "last change before the time cursor")


async def test_window_keys_act_on_all_panes_and_stop_at_what_was_fetched(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        whole = state(pilot).window
        await keys(pilot, "plus")
        narrow = state(pilot).window
        assert whole is not None
        assert narrow is not None
        assert narrow.length == whole.length / 2
        await keys(pilot, "comma", "comma", "comma", "comma", "comma")
        moved = state(pilot).window
        assert moved is not None
        assert moved.start == whole.start
        await keys(pilot, "minus", "minus")
        assert state(pilot).window == whole
        await shows(pilot, "all that was fetched")


async def test_one_key_shows_one_request_and_the_same_key_all_lines_again(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), NARROW) as pilot:
        await keys(pilot, "e", "I")
        assert state(pilot).correlation_id is not None
        await shows(pilot, "3 of 216 lines")
        await keys(pilot, "I")
        assert state(pilot).correlation_id is None
        await keys(pilot, "I", "escape")
        assert state(pilot).correlation_id is None


async def test_search_goes_to_matches_in_both_directions(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), NARROW) as pilot:
        await keys(pilot, "slash")
        await write(pilot, "invalid date")
        first = state(pilot).cursor
        await keys(pilot, "n")
        second = state(pilot).cursor
        assert first is not None
        assert second is not None
        assert second > first
        await keys(pilot, "N")
        assert state(pilot).cursor == first


async def test_the_trace_of_a_line_opens_and_pins_what_is_missing(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "e", "t")
        await shows(pilot, "ValueError: invalid date range")
        shown = screen_text(pilot)
        assert "ValueError: invalid date range" in shown
        assert 'missing: "Database session released"' in shown
        copied = pilot.app.screen.query_one(TracePane).selected_text().split("\n")
        assert copied[0].startswith("request req-failing-")
        assert any(re.match(r"2026-\d\d-\d\dT[\d:.]+Z +\+\d+\.\d{3} ERROR ValueError", line) for line in copied)
        assert any(line.strip() == 'missing: "Database session released"' for line in copied)
        await keys(pilot, "p", "q")
        assert state(pilot).pins[0].source.startswith("trace req-failing-")


async def test_a_healthy_request_that_is_asked_for_at_once_comes_with_the_trace(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), LARGE) as pilot:
        trace = TraceScreen(FAILING, state(pilot))
        await pilot.app.push_screen(trace)
        trace.action_compare()
        await settled(pilot)
        assert "no healthy request" not in screen_text(pilot)
        first = next(line for line in screen_text(pilot).split("\n") if "+0.000" in line)
        assert first.count("+0.000") == 2


async def test_a_diff_shows_signs_beside_colours_and_its_lines_can_be_pinned(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "d")
        shown = screen_text(pilot)
        assert "-    yield session" in shown
        assert "+    return Session()" in shown
        assert "db.py: get_db no longer yields" in shown
        await keys(pilot, "j", "j", "j", "p", "q")
        assert state(pilot).pins[0].text == "Add the report of sales: · db.py: get_db no longer yields"
        await shows(pilot, DEPLOY_ID[:7])


async def test_a_change_that_two_sources_record_names_both_with_their_times(tmp_path: Path) -> None:
    found = findings()
    deploy = found.changes[0]
    log = msgspec.structs.replace(deploy.records[0], source="deploys", id="v2", at=deploy.at + timedelta(minutes=2))
    both = msgspec.structs.replace(deploy, at=log.at, records=(*deploy.records, log))
    again = msgspec.structs.replace(both, at=log.at + timedelta(hours=1), records=())
    listed = msgspec.structs.replace(found, changes=(both, again))
    async with running(program(tmp_path, story(), compute=lambda *_: listed), NARROW) as pilot:
        await keys(pilot, "tab")
        recorded = f"recorded by git at {deploy.at:%H:%M:%SZ}, deploys as v2"
        assert recorded in " ".join(screen_text(pilot).replace("│", " ").split())
        await keys(pilot, "d")
        shown = " ".join(screen_text(pilot).replace("│", " ").split())
        assert recorded in shown
        assert f"deploy at {log.at:%Y-%m-%d %H:%M:%SZ} by Ada" in shown
        await keys(pilot, "q", "j", "d")  # the second of that name, which is on nobody's record
        assert "came without its content" in screen_text(pilot)


async def test_a_hotfix_opens_its_proper_fix_and_that_can_be_written(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "8")
        await write(pilot, "bleeding")
        await keys(pilot, "enter")
        await write(pilot, "no errors within five minutes")
        await write(pilot, "")
        assert state(pilot).hotfixes[0].description.startswith("Roll back a1b2c3d")
        await shows(pilot, "predicted: no errors within five minutes")
        await shows(pilot, "did it work? RECOVERED")
        await shows(pilot, "before: 47 errors in 409 requests")
        await keys(pilot, "G", "k", "enter")
        await write(pilot, " and alert at 80 %")
        await write(pilot, "ada")
        await write(pilot, "2026-12-01")
        item = state(pilot).actions[0]
        assert (item.owner, item.due) == ("ada", "2026-12-01")
        assert item.mechanism.endswith("and alert at 80 %")


async def test_a_time_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    async with running(program(tmp_path, story())) as pilot:
        await keys(pilot, "8")
        await write(pilot, "bleeding")
        await keys(pilot, "enter")
        await write(pilot, "")
        await write(pilot, "oops")
        assert not state(pilot).hotfixes
        await shows(pilot, "is no time")


async def test_the_failing_request_is_at_hand_when_it_is_to_be_reproduced(tmp_path: Path) -> None:
    async with running(program(tmp_path, story()), NARROW) as pilot:
        await keys(pilot, "7")
        await write(pilot, "later")
        await shows(pilot, FAILING)
        await keys(pilot, "enter")
        await shows(pilot, "Trace")
