"""The model of the terminal's screen: few bytes, and the same cells as if all were drawn."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence

import pyte
import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.terminal.session import ErasedScreen
from triage_tui.ui.terminal.ink import PLAIN, Ink, change, ink_of
from triage_tui.ui.terminal.pieces import Erasing
from triage_tui.ui.terminal.shown_screen import ShownScreen

WIDTH, HEIGHT = 60, 12
STYLES = [
    Style.parse(one)
    for one in ("#98a0b8 on #16181f", "bold #ff7a85 on #16181f", "#d5d9e8 on #16181f", "reverse #d5d9e8 on #16181f",
                "underline #d5d9e8 on #33406a", "none", "dim red", "bold dim green on blue")
]  # fmt: skip
WORDS = (
    "ERROR",
    "pool",
    "exhausted",
    "     ",
    " ",
    "              ",
    "12:00:01",
    "a",
    "│",
    "─",
    "事件",
    "é",
    "🔥",
    "e\u0301",
)
PLAIN_WORDS = tuple(word for word in WORDS if word.isascii() or word in "│─é")
TRUE = ColorSystem.TRUECOLOR
ALL, NOTHING = Erasing(keeps_background=True, some_cells=True), Erasing()


def row_of(dice: random.Random, words: Sequence[str]) -> Strip:
    segments = [Segment(dice.choice(words), dice.choice(STYLES)) for _ in range(dice.randrange(1, 14))]
    return Strip(segments).adjust_cell_length(WIDTH, STYLES[0])


def screens(seed: int, words: Sequence[str]) -> list[list[Strip]]:
    """Return screens of which each is the one before: moved, changed in some rows, or another one."""
    dice = random.Random(seed)
    shown = [row_of(dice, words) for _ in range(HEIGHT)]
    every = [shown]
    for _ in range(30):
        moved = dice.randrange(-4, 5)
        rows = [shown[y + moved] if 1 <= y + moved < HEIGHT - 1 else row_of(dice, words) for y in range(HEIGHT)]
        for _ in range(dice.randrange(3)):
            rows[dice.randrange(HEIGHT)] = row_of(dice, words)
        shown = [every[-1][0], *rows[1:-1], every[-1][-1]]
        every.append(shown)
    return every


def cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """Return what each cell shows; on a blank, colour and weight of the text cannot be seen."""
    rows = [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]
    quiet = [[one.data == " " and not (one.reverse or one.underscore) for one in row] for row in rows]
    return [
        [(one.data, one.bg) if is_quiet else tuple(one) for one, is_quiet in zip(row, seen, strict=True)]
        for row, seen in zip(rows, quiet, strict=True)
    ]


@pytest.mark.parametrize("erasing", [ALL, NOTHING])
@pytest.mark.parametrize("seed", range(8))
def test_a_step_shows_what_drawing_all_anew_shows(seed: int, erasing: Erasing) -> None:
    stepwise, anew = ErasedScreen(WIDTH, HEIGHT), ErasedScreen(WIDTH, HEIGHT)
    model = ShownScreen(erasing)
    for rows in screens(seed, WORDS if seed % 2 else PLAIN_WORDS):
        strips = [(y, 0, [row]) for y, row in enumerate(rows)]
        pyte.Stream(stepwise).feed(model.drawn(strips, WIDTH, HEIGHT, TRUE))
        pyte.Stream(anew).feed(ShownScreen(NOTHING).drawn(strips, WIDTH, HEIGHT, TRUE))
        assert cells(stepwise) == cells(anew)


def told(model: ShownScreen, *rows: str, style: Style = STYLES[2]) -> str:
    strips = [(y, 0, [Strip([Segment(text.ljust(WIDTH), style)])]) for y, text in enumerate(rows)]
    return model.drawn(strips, WIDTH, HEIGHT, TRUE)


def test_what_is_shown_already_costs_nothing() -> None:
    model = ShownScreen(ALL)
    assert told(model, "one", "two")
    assert told(model, "one", "two") == ""
    model.forget()
    assert "one" in told(model, "one", "two")


def test_blanks_in_the_colour_of_the_screen_are_cleared_and_not_written() -> None:
    sent = told(ShownScreen(ALL), "one", *[""] * (HEIGHT - 1))
    assert " " not in sent
    assert "\x1b[K" not in sent
    assert told(ShownScreen(NOTHING), "one", *[""] * (HEIGHT - 1)).count(" ") > WIDTH


def test_only_changed_cells_are_sent() -> None:
    model = ShownScreen(ALL)
    told(model, "12:00:01.000 INFO  request started")
    assert told(model, "12:00:01.007 INFO  request started") == "\x1b[1;12H\x1b[38;2;213;217;232;48;2;22;24;31m7\x1b[m"


def test_rows_that_moved_are_moved_by_the_terminal() -> None:
    model = ShownScreen(ALL)
    rows = [f"a line that says {number * 7919}" for number in range(40)]
    told(model, *rows[:HEIGHT])
    sent = told(model, *rows[1 : HEIGHT + 1])
    assert f"\x1b[1;{HEIGHT}r\x1b[{HEIGHT}H\n\x1b[r" in sent
    assert rows[HEIGHT] in sent
    assert rows[3] not in sent
    back = told(model, *rows[:HEIGHT])
    assert f"\x1b[1;{HEIGHT}r\x1b[1H\x1bM\x1b[r" in back
    assert rows[3] not in back


def test_text_whose_width_terminals_dispute_is_followed_by_an_exact_place() -> None:
    model = ShownScreen(ALL)
    told(model, "pool ok")
    assert "🔥\x1b[1;8Hburns" in told(model, "pool 🔥burns")


def test_a_row_with_disputed_text_is_never_left_half_old() -> None:
    model = ShownScreen(ALL)
    told(model, "事件 one two three")
    sent = told(model, "事件 one two there")
    assert sent.index("事") < sent.index("one two there")


def test_colours_are_changed_by_the_shortest_way() -> None:
    red, bold_red = Ink((), "31", "44"), Ink(("1",), "31", "44")
    assert change(red, red) == ""
    assert change(red, bold_red) == "\x1b[1m"
    assert change(bold_red, red) == "\x1b[22m"
    assert change(bold_red, PLAIN) == "\x1b[m"
    assert change(Ink(("1", "2"), "31", "44"), bold_red) == "\x1b[0;1;31;44m"
    assert ink_of(Style.parse("bold #ff0000 on #000080"), ColorSystem.STANDARD) == Ink(("1",), "31", "44")


def test_another_size_or_a_first_drawing_clears_the_screen() -> None:
    model = ShownScreen(ALL)
    assert "\x1b[2J" in told(model, "one")
    assert "\x1b[2J" not in told(model, "two")
    assert "\x1b[2J" in model.drawn([(0, 0, [Strip([Segment("two")])])], WIDTH + 1, HEIGHT, TRUE)


@pytest.mark.parametrize(
    ("terminal", "known"), [("xterm-256color", ALL), ("screen-256color", NOTHING), ("nobodys-terminal", NOTHING)]
)
def test_what_a_terminal_can_erase_is_read_from_terminfo(terminal: str, known: Erasing) -> None:
    # In a process of its own, since curses reads one description in its life.
    program = f"from triage_tui.ui.terminal.sparing_app import erasing_of; print(erasing_of({terminal!r}))"
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert told.stdout.strip() == str(known)
