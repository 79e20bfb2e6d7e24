from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.color import Color
from textual.filter import LineFilter
from textual.widgets import Static

from triage_tui.investigation.visible_text import forbidden_or_tab, is_plain
from triage_tui.ui.safe_text import MAX_CELLS, SafeLineFilter, SafeText, clean_line, wants_ascii

FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufdd0-\ufdef\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e01ef]"
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain ascii", "plain ascii"),
        ("GET /städte 200 ✓", "GET /städte 200 ✓"),
        ("\x1b[31mred\x1b]52;c;aGk=\x07", "␛[31mred␛]52;c;aGk=␇"),
        ("a\x00b\x7f", "a␀b␡"),
        ("\x9b31m", "‹U+009B›31m"),
        ("user\u202egnp.exe", "user‹U+202E›gnp.exe"),
        ("zero\u200bwidth\ufeff", "zero‹U+200B›width‹U+FEFF›"),
        ("\U000e0041tag", "‹U+E0041›tag"),
        ("half \ud83d", "half ‹U+D83D›"),
        ("one\u2028two\nthree", "one‹U+2028›two␊three"),
        ("a\tb", "a   b"),
        ("warning ⚠\ufe0f heart ❤\ufe0f", "warning ⚠ heart ❤"),
        ("hidden\ufe01\ufe02", "hidden‹U+FE01›‹U+FE02›"),
        ("\U0001fffe", "‹U+1FFFE›"),
    ],
)
def test_what_acts_on_a_terminal_becomes_visible(raw: str, shown: str) -> None:
    assert SafeText(raw).plain == shown


@pytest.mark.parametrize(
    ("raw", "shown"), [("\x1b[0m", "^[[0m"), ("\x00", "^@"), ("\x7f", "^?"), ("\x9b", "<9B>"), ("\u202e", "<U+202E>")]
)
def test_ascii_symbols_for_terminals_without_unicode(raw: str, shown: str) -> None:
    assert SafeText(raw, ascii_only=True).plain == shown


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(1, 80))
def test_no_text_gets_a_forbidden_character_through_or_exceeds_its_cells(raw: str, cells: int) -> None:
    shown = clean_line(raw, cells=cells)
    assert not FORBIDDEN.search(shown)
    assert cell_len(shown) <= cells


def test_no_format_or_control_character_of_unicode_gets_through() -> None:
    acting = [
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ]
    visible_formats = {code for code in acting if 0x600 <= ord(code) <= 0x8FF or ord(code) in {0x110BD, 0x110CD}}
    hieroglyph_joiners = {chr(code) for code in range(0x13430, 0x13440)}
    through = {code for code in acting if code in clean_line(code)} - visible_formats - hieroglyph_joiners
    assert through == set()


def test_a_huge_line_is_cut_without_being_read() -> None:
    shown = SafeText("x" * 50_000_000 + "\x1b")
    assert shown.cell_length == MAX_CELLS
    assert shown.plain.endswith("x…")


def test_wide_characters_are_cut_by_cells() -> None:
    assert SafeText("日本語ログ").cut(5).plain == "日本…"
    assert SafeText("日本語").fitted(8) == "日本語  "


def test_lines_are_split_counted_and_capped() -> None:
    assert [line.plain for line in SafeText.lines("a\r\nb\nc")] == ["a", "b", "c"]
    assert [line.plain for line in SafeText.lines("a\nb\nc\nd", most=2)] == ["a", "3 more lines"]


def test_a_safe_text_cannot_be_changed_and_is_equal_by_what_it_shows() -> None:
    text = SafeText("a")
    with pytest.raises(AttributeError):
        text.plain = "\x1b"
    assert text == SafeText("a")
    assert len({text, SafeText("a")}) == 1
    assert not SafeText("")


async def test_markup_in_a_safe_text_is_shown_as_it_is() -> None:
    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield Static(SafeText("[@click=app.quit]x[/] [/nonsense]"))

    app = Shown()
    async with app.run_test(size=(60, 4)):
        assert "[@click=app.quit]x[/] [/nonsense]" in app.query_one(Static).render_line(0).text


def _filtered(text: str, *, ascii_only: bool = False) -> str:
    segments = SafeLineFilter(ascii_only=ascii_only).apply([Segment(text)], Color(0, 0, 0))
    return "".join(segment.text for segment in segments)


@pytest.mark.parametrize("raw", ["a\x1b[2Jb", "a\tb", "\u202eabc", "tag\U000e0041", "half\ud83d", "日\x9b本"])
def test_the_line_filter_stops_what_a_widget_let_through_and_keeps_the_width(raw: str) -> None:
    out = _filtered(raw)
    assert not FORBIDDEN.search(out)
    assert cell_len(out) == cell_len(raw)


def test_the_line_filter_leaves_clean_segments_alone() -> None:
    segments = [Segment("╭─ pane ─╮"), Segment("⣀⡠ ● ok")]
    assert SafeLineFilter().apply(segments, Color(0, 0, 0)) is segments


def test_the_ascii_filter_draws_borders_and_text_in_ascii_of_the_same_width() -> None:
    drawn = "╭─ Städte 日本 ▸ ● ≤ ─╮"
    out = _filtered(drawn, ascii_only=True)
    assert out.isascii()
    assert out.startswith("+- St?dte ???? > * < -+")


async def test_the_line_filter_guards_an_app_whose_widget_draws_raw_text() -> None:
    class Guarded(App[None]):
        def get_line_filters(self) -> list[LineFilter]:
            return [*super().get_line_filters(), SafeLineFilter()]

        def compose(self) -> ComposeResult:
            yield Static("raw \x1b]0;owned\u202e text", markup=False)

    app = Guarded()
    async with app.run_test(size=(40, 3)):
        drawn = "".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "raw ]0;owned text" in drawn
        assert not FORBIDDEN.search(drawn)


@pytest.mark.parametrize(
    ("environ", "ascii_only"),
    [
        ({"LANG": "C"}, True),
        ({}, True),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "POSIX"}, True),
    ],
)
def test_the_locale_tells_whether_to_draw_in_ascii(environ: dict[str, str], ascii_only: bool) -> None:
    assert wants_ascii(environ) is ascii_only


def test_no_character_that_needs_no_closer_look_is_forbidden() -> None:
    plain = [character for character in map(chr, range(sys.maxunicode + 1)) if is_plain(character)]
    assert "│" in plain
    assert forbidden_or_tab().search("".join(plain)) is None
