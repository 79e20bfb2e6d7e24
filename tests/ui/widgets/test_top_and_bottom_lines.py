from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.ui.widgets.shown_app import ShownApp
from triage_tui.ui.panes.answer_line import AnswerLine
from triage_tui.ui.safe_text import SafeText
from triage_tui.ui.widgets.key_footer import KeyFooter, KeyHint, keys_content
from triage_tui.ui.widgets.question_line import QuestionFacts, question_content
from triage_tui.ui.widgets.status_line import ClockFacts, StatusFacts, StatusLine, status_content
from triage_tui.ui.widgets.steps_line import StepFacts, StepsFacts, steps_content

CLOCK = ClockFacts(live=True, time=SafeText("15:32:10Z"))
STATUS = StatusFacts(
    service=SafeText("orders-api"), title=SafeText("DatabaseError: connection pool exhausted"), state="degraded",
    trend="worsening", events=47, users=23, since=SafeText("14:00:03Z ±4s (1h32m)"), since_short=SafeText("14:00Z"),
    clock=CLOCK,
)  # fmt: skip
TITLES = ("Alert", "Impact", "Changes", "Logs", "Metrics", "Hypothesis", "Reproduce", "Fix", "Post-mortem")
STEPS = StepsFacts(
    tuple(
        StepFacts(n, title, state="done" if n < 3 else "open", answered=2, questions=5, current=n == 3)
        for n, title in enumerate(TITLES, 1)
    ),
    CLOCK,
)
HINTS = tuple(
    KeyHint(key, label)
    for key, label in (("]", "next"), ("[", "back"), ("Tab", "pane"), ("p", "pin"), ("z", "zoom"), ("?", "help"))
)


def test_sources_that_fail_are_counted_before_the_clock_on_whichever_line_it_is() -> None:
    failing = replace(CLOCK, failing=2)
    assert status_content(replace(STATUS, clock=failing), 160).plain.rstrip().endswith("2 FAILING  ● LIVE 15:32:10Z")
    assert steps_content(replace(STEPS, clock=failing), 80).plain.rstrip().endswith("2 FAILING  ● LIVE 15:32:10Z")
    assert "FAILING" not in status_content(STATUS, 160).plain


def test_a_wide_status_line_says_all() -> None:
    line = status_content(STATUS, 160).plain
    assert line.startswith(" orders-api ▸ DatabaseError: connection pool exhausted ")
    assert line.rstrip().endswith(
        "DEGRADED ▲worsening   47 events 23 users   since 14:00:03Z ±4s (1h32m)   ● LIVE 15:32:10Z"
    )


def test_at_80_cells_the_status_line_keeps_state_users_and_since() -> None:
    line = status_content(STATUS, 80).plain
    assert line.rstrip().endswith("DEGRADED ▲  23 users  since 14:00Z")
    assert line.startswith(" orders-api ▸ DatabaseError: connecti")
    assert "LIVE" not in line


def test_what_is_over_is_told_as_what_was() -> None:
    over = replace(STATUS, until=SafeText("15:12:00Z"), trend="improving")
    assert "WAS DEGRADED until 15:12:00Z   47 events" in status_content(over, 160).plain
    assert status_content(over, 80).plain.rstrip().endswith("WAS DEGRADED  23 users  since 14:00Z")


@pytest.mark.parametrize("width", range(20, 200))
def test_no_line_exceeds_the_width(width: int) -> None:
    facts = QuestionFacts(SafeText("Changes"), SafeText("Was a dependency updated? " + "Or two? " * 10))
    for content in (
        status_content(STATUS, width), steps_content(STEPS, width), keys_content(HINTS, width),
        question_content(replace(facts, right=SafeText("6 pins")), width),
    ):  # fmt: skip
        assert content.cell_length <= max(width, 32)


def test_a_warning_is_never_dropped() -> None:
    for width in (60, 80, 120, 200):
        assert "NOT SAVED" in status_content(replace(STATUS, warning=SafeText("NOT SAVED")), width).plain


def test_what_is_not_known_is_left_out_and_never_zero() -> None:
    line = status_content(StatusFacts(service=SafeText("orders-api")), 100).plain
    assert "0" not in line
    assert "STATE UNKNOWN" in line


def test_steps_show_names_where_they_fit_and_numbers_with_the_current_name_and_the_clock_elsewhere() -> None:
    wide = steps_content(STEPS, 150).plain
    assert wide.startswith(" 1 Alert ✓   2 Impact ✓   3 Changes ●2/5   4 Logs")
    assert "LIVE" not in wide
    narrow = steps_content(STEPS, 80).plain
    assert narrow.startswith(" 1✓ 2✓ 3●Changes 4 5 6 7 8 9  ")
    assert narrow.rstrip().endswith("● LIVE 15:32:10Z")


def test_a_skipped_step_is_marked() -> None:
    steps = StepsFacts((StepFacts(1, "Alert", state="skipped"),))
    assert "1 Alert –" in steps_content(steps, 120).plain


def test_the_footer_drops_the_least_useful_keys_and_keeps_help() -> None:
    assert keys_content(HINTS, 100).plain == " ] next  [ back  Tab pane  p pin  z zoom  ? help"
    assert keys_content(HINTS, 26).plain == " ] next  [ back  ? help"


def test_the_question_comes_with_its_step_where_that_fits_and_with_what_was_found() -> None:
    facts = QuestionFacts(SafeText("Changes"), SafeText("Was a dependency updated?"), SafeText("4 patterns · 6 pins"))
    line = question_content(facts, 110).plain
    assert line.startswith(" Changes: Was a dependency updated? ")
    assert line.rstrip().endswith("4 patterns · 6 pins")
    assert question_content(facts, 50).plain.startswith(" Was a dependency updated?")
    assert "every question" in question_content(QuestionFacts(SafeText("Alert")), 80).plain


async def test_the_same_facts_again_draw_nothing() -> None:
    line = StatusLine(STATUS)
    app = ShownApp(line)
    async with app.run_test(size=(130, 3)) as pilot:
        assert "orders-api" in app.drawn()[0]
        drawn: list[int] = []
        draw = line.draw
        line.draw = lambda facts, width: (drawn.append(width), draw(facts, width))[1]  # type: ignore[method-assign, func-returns-value]  # counts
        line.show(replace(STATUS))
        await pilot.pause()
        assert drawn == []
        line.show(replace(STATUS, users=24))
        await pilot.pause()
        assert "24 users" in app.drawn()[0]


async def test_a_resized_footer_fits_again() -> None:
    footer = KeyFooter(HINTS)
    app = ShownApp(footer)
    async with app.run_test(size=(80, 3)) as pilot:
        assert "z zoom" in app.drawn()[0]
        await pilot.resize_terminal(26, 3)
        await pilot.pause()
        assert app.drawn()[0] == " ] next  [ back  ? help"


async def test_an_answer_of_more_than_two_lines_is_seen_to_be_cut() -> None:
    line = AnswerLine(id="answer")
    app = ShownApp(line)
    async with app.run_test(size=(40, 10)) as pilot:
        line.show(SafeText("seven words of an answer " * 5), suggested=True)
        await pilot.pause()
        assert str(line.content).endswith("…")
        await pilot.resize_terminal(100, 10)
        await pilot.pause()
        assert "…" not in str(line.content)
