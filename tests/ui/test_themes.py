from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Static

from triage_tui.ui import themes
from triage_tui.ui.themes import (
    DEFAULT_THEME,
    VARIABLE_NAMES,
    load_themes,
    shipped_folder,
    theme_variable_defaults,
    themes_at_start,
)

SHIPPED = {"triage-dark", "triage-light", "triage-high-contrast", "triage-ansi"}
BACKGROUNDS = {"search-match-background", "cursor-row-background"}
BORDERS = {"pane-border"}


def _shipped() -> dict[str, Theme]:
    return {theme.name: theme for theme in load_themes(user=Path("/nonexistent")).themes}


def _luminance(color: Color) -> float:
    """Return the relative luminance of WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(text: str, background: str) -> float:
    """Return the contrast ratio of WCAG 2.1."""
    low, high = sorted((_luminance(Color.parse(text)), _luminance(Color.parse(background))))
    return (high + 0.05) / (low + 0.05)


def test_the_shipped_themes_are_all_read_without_a_notice() -> None:
    loaded = load_themes(user=Path("/nonexistent"))
    assert {theme.name for theme in loaded.themes} == SHIPPED
    assert loaded.notices == ()


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_theme_sets_every_variable_of_ours(name: str) -> None:
    assert set(_shipped()[name].variables) >= VARIABLE_NAMES


@pytest.mark.parametrize(
    ("name", "least"), [("triage-dark", 4.5), ("triage-light", 4.5), ("triage-high-contrast", 7.0)]
)
def test_every_text_colour_has_enough_contrast(name: str, least: float) -> None:
    theme = _shipped()[name]
    texts = {key: value for key, value in theme.variables.items() if key not in BACKGROUNDS | BORDERS}
    texts = {key: value for key, value in texts.items() if not key.endswith("-foreground")}
    for key in ("foreground", "primary", "secondary", "accent", "warning", "error", "success"):
        texts[key] = getattr(theme, key)
    weak = {key: _contrast(value, str(theme.background)) for key, value in texts.items()}
    assert {key: ratio for key, ratio in weak.items() if ratio < least} == {}


@pytest.mark.parametrize(
    ("name", "least"), [("triage-dark", 4.5), ("triage-light", 4.5), ("triage-high-contrast", 7.0)]
)
def test_marked_text_has_enough_contrast_on_its_own_background(name: str, least: float) -> None:
    variables = _shipped()[name].variables
    for pair in ("search-match", "cursor-row"):
        assert _contrast(variables[f"{pair}-foreground"], variables[f"{pair}-background"]) >= least
    assert _contrast(variables["pane-border"], str(_shipped()[name].background)) >= 3


def test_the_ansi_theme_uses_the_terminals_own_colours_and_background() -> None:
    theme = _shipped()["triage-ansi"]
    assert theme.ansi
    assert theme.background == "ansi_default"
    assert all(value.startswith("ansi_") for value in theme.variables.values())


def test_themes_are_found_inside_the_package_first_and_at_the_checkouts_root_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "src" / "triage_tui" / "ui" / "themes.py"
    module.parent.mkdir(parents=True)
    module.touch()
    monkeypatch.setattr(themes, "__file__", str(module))
    assert shipped_folder() == tmp_path / "themes"
    (module.parent.parent / "themes").mkdir()
    assert shipped_folder() == tmp_path / "src" / "triage_tui" / "themes"


def test_the_wheel_carries_the_themes_into_the_package() -> None:
    project = tomllib.loads((shipped_folder().parent / "pyproject.toml").read_text())
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == {"themes": "triage_tui/themes"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "Invalid value"),
        ('name = "Bad Name"\n[colors]\nprimary="#fff"', "name must be"),
        ('name = "mine"', "colors.primary is missing"),
        ('name = "mine"\n[colors]\nprimary="nocolour"', "colors.primary is no colour: 'nocolour'"),
        ('name = "mine"\n[colors]\nprimary="red"\n[variables]\nlevel-errr="red"', "unknown variables entry"),
        ('name = "mine"\ndark="yes"\n[colors]\nprimary="red"', "dark and ansi"),
        ('name = "mine"\ncolors = 3', "colors must be a table"),
        ("x = 1\n" * 20_000, "larger than 64 kB"),
    ],
)
def test_a_broken_theme_gives_a_notice_and_the_default(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    loaded = load_themes(user=tmp_path)
    assert len(loaded.notices) == 1
    assert "mine.toml" in loaded.notices[0]
    assert reason in loaded.notices[0]
    assert loaded.named("mine").name == DEFAULT_THEME


def test_a_theme_that_is_no_text_gives_a_notice(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    assert "binary.toml" in load_themes(user=tmp_path).notices[0]


def test_without_any_theme_file_the_default_is_still_there(tmp_path: Path) -> None:
    assert load_themes(tmp_path, tmp_path).named("whatever").name == DEFAULT_THEME


@pytest.mark.parametrize("name", ["light", "triage-light"])
def test_a_shipped_theme_is_found_by_the_name_that_the_help_gives_it(name: str) -> None:
    for load in (load_themes(), themes_at_start(name)):
        assert load.named(name).name == "triage-light"
        assert load.lack_of(name) == ()


def test_a_theme_that_there_is_not_is_named_with_those_that_there_are() -> None:
    assert load_themes().lack_of("nope") == ("there is no theme nope; there are ansi, dark, high-contrast, light",)


def test_the_users_theme_wins_over_a_shipped_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('name = "triage-dark"\n[colors]\nprimary = "#123456"\n')
    assert load_themes(user=tmp_path).named("triage-dark").primary == "#123456"


class _Themed(App[None]):
    CSS = "\n".join(f".{name} {{ color: ${name}; }}" for name in sorted(VARIABLE_NAMES))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variable_defaults()

    def on_mount(self) -> None:
        for theme in load_themes(user=Path("/nonexistent")).themes:
            self.register_theme(theme)

    def compose(self) -> ComposeResult:
        yield Static("shown", classes="level-error")


async def test_a_stylesheet_with_our_variables_lives_under_every_theme_also_textuals_own() -> None:
    app = _Themed()
    async with app.run_test(size=(30, 4)) as pilot:
        for name in sorted(app.available_themes):
            app.theme = name
            await pilot.pause()
            assert app.query_one(Static).styles.color is not None


async def test_no_colour_reaches_the_terminal_under_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = _Themed()
    async with app.run_test(size=(30, 4)) as pilot:
        app.theme = "triage-ansi"
        await pilot.pause()
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                color = segment.style.color if segment.style else None
                assert color is None or color.is_default or _is_grey(color.get_truecolor())


def _is_grey(color: tuple[int, int, int]) -> bool:
    return len(set(color)) == 1
