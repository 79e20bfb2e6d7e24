"""Colour themes as data: one TOML file each, those that ship with the program and the user's own.

A file has ``name``, ``dark``, ``ansi`` (the terminal's own 16 colours), ``[colors]`` (Textual's colour system) and
``[variables]`` (ours). A file that is wrong costs that theme only, and a notice says why.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from textual.color import Color, ColorParseError
from textual.theme import Theme

from triage_tui.config import config_folder
from triage_tui.config.toml_text import parsed_toml

DEFAULT_THEME = "triage-dark"
_PREFIX = "triage-"
MAX_THEME_BYTES = 64 * 1024

_COLORS = frozenset(
    {"primary", "secondary", "accent", "warning", "error", "success"}
    | {"foreground", "background", "surface", "panel", "boost"}
)
_TEXTUAL_VARIABLES = frozenset(
    {
        "ansi-background", "ansi-foreground", "border", "border-blurred",
        "block-cursor-foreground", "block-cursor-background", "block-cursor-text-style",
        "input-cursor-foreground", "input-cursor-background", "input-selection-foreground",
        "input-selection-background",
        "footer-background", "footer-foreground", "footer-key-foreground", "footer-description-foreground",
    }
)  # fmt: skip

# What a theme that lacks one of our variables gets; each is a colour of the theme itself, so it always fits.
_VARIABLE_DEFAULTS: dict[str, str] = {
    "muted": "foreground", "normal": "foreground", "axis": "foreground", "key": "accent", "pin": "secondary",
    "level-error": "error", "level-warning": "warning", "level-info": "success", "level-debug": "foreground",
    "mark-deploy": "primary", "mark-onset": "warning", "mark-cursor": "secondary",
    "verdict-prime": "error", "verdict-possible": "warning", "verdict-excluded": "foreground",
    "state-up": "success", "state-degraded": "warning", "state-down": "error",
    "pane-border": "foreground", "pane-border-focused": "primary", "pane-title": "foreground",
    "gap": "warning", "missing": "error", "cap-line": "warning",
    "search-match-background": "warning", "search-match-foreground": "background",
    "cursor-row-background": "foreground", "cursor-row-foreground": "background",
    "series-errors": "error", "series-latency": "warning", "series-saturation": "primary",
    "series-traffic": "secondary", "series-other": "success",
    "step-done": "success", "step-current": "primary", "step-open": "foreground",
}  # fmt: skip
VARIABLE_NAMES = frozenset(_VARIABLE_DEFAULTS)


class ThemeLoad(msgspec.Struct, frozen=True):
    """The themes that could be read, by name in order, and one line for each file that could not."""

    themes: tuple[Theme, ...]
    notices: tuple[str, ...]

    def named(self, name: str) -> Theme:
        """Return the theme of that name, of ours also without its first word, else the default."""
        found = {theme.name: theme for theme in self.themes}
        return found.get(name) or found.get(_PREFIX + name) or found.get(DEFAULT_THEME) or _FALLBACK

    def lack_of(self, name: str) -> tuple[str, ...]:
        """Say that there is no theme of that name, and which there are; nothing where there is one."""
        names = [theme.name.removeprefix(_PREFIX) for theme in self.themes]
        is_known = name.removeprefix(_PREFIX) in names
        return () if is_known else (f"there is no theme {name}; there are {', '.join(names)}",)


class _BadTheme(ValueError):
    """A theme file that says something it must not; the message names what."""


def theme_variable_defaults(theme: Theme | None = None) -> dict[str, str]:
    """Return a value for each of our CSS variables, for ``App.get_theme_variable_defaults``.

    Without it a theme that lacks a variable, such as one of Textual's own, would break the stylesheet.
    """
    colors = theme or _FALLBACK
    ours = {
        name: str(getattr(colors, color) or getattr(_FALLBACK, color)) for name, color in _VARIABLE_DEFAULTS.items()
    }
    # Textual's own stylesheets ask for these two where a theme is ansi, and its colour system does not make them.
    return {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white", **ours}


def shipped_folder() -> Path:
    """Return the folder of the shipped themes: inside the package of a wheel, at the root of a source checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent.parent / "themes"


def load_themes(shipped: Path | None = None, user: Path | None = None) -> ThemeLoad:
    """Read the shipped themes, then the user's (``config_folder()/themes``), which win where names are the same."""
    themes: dict[str, Theme] = {DEFAULT_THEME: _FALLBACK}
    notices: list[str] = []
    for folder in (shipped or shipped_folder(), user or config_folder() / "themes"):
        for path in sorted(folder.glob("*.toml")):
            try:
                theme = _read_theme(path)
            except (_BadTheme, OSError, UnicodeDecodeError) as problem:
                notices.append(f"theme {path.name} was not loaded: {_reason(problem)}")
            else:
                themes[theme.name] = theme
    return ThemeLoad(tuple(themes[name] for name in sorted(themes)), tuple(notices))


def themes_at_start(name: str) -> ThemeLoad:
    """Return what a start with this theme needs: a shipped one alone, all where the user's own may be meant."""
    path = shipped_folder() / f"{name.removeprefix(_PREFIX)}.toml"
    if (config_folder() / "themes").is_dir() or not path.is_file():
        return load_themes()
    try:
        theme = _read_theme(path)
    except (_BadTheme, OSError, UnicodeDecodeError):
        return load_themes()
    return ThemeLoad((theme,), ()) if theme.name in {name, _PREFIX + name} else load_themes()


def _reason(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return problem.strerror or type(problem).__name__
    return str(problem)


def _read_theme(path: Path) -> Theme:
    with path.open("rb") as file:
        text = file.read(MAX_THEME_BYTES + 1)
    if len(text) > MAX_THEME_BYTES:
        raise _BadTheme(f"larger than {MAX_THEME_BYTES // 1024} kB")
    try:
        return _theme(parsed_toml(text.decode()))
    except tomllib.TOMLDecodeError as error:
        raise _BadTheme(str(error)) from error


def _theme(table: dict[str, Any]) -> Theme:
    _known(table, frozenset({"name", "dark", "ansi", "colors", "variables"}), "key")
    name = table.get("name")
    if not isinstance(name, str) or re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", name) is None:
        raise _BadTheme("name must be lower-case letters, digits and dashes")
    colors = _values(table, "colors", _COLORS)
    variables = _values(table, "variables", VARIABLE_NAMES | _TEXTUAL_VARIABLES)
    if "primary" not in colors:
        raise _BadTheme("colors.primary is missing")
    dark, ansi = table.get("dark", True), table.get("ansi", False)
    if not isinstance(dark, bool) or not isinstance(ansi, bool):
        raise _BadTheme("dark and ansi must be true or false")
    fields: dict[str, Any] = {**colors, "dark": dark, "ansi": ansi, "variables": variables}
    return Theme(name=name, **fields)


def _values(table: dict[str, Any], section: str, known: frozenset[str]) -> dict[str, str]:
    """Check that a section holds known names and colours only."""
    values = table.get(section, {})
    if not isinstance(values, dict):
        raise _BadTheme(f"{section} must be a table")
    _known(values, known, f"{section} entry")
    for name, value in values.items():
        if not (isinstance(value, str) and (name.endswith("text-style") or _is_color(value))):
            raise _BadTheme(f"{section}.{name} is no colour: {value!r}")
    return values


def _known(table: dict[str, Any], known: frozenset[str], what: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise _BadTheme(f"unknown {what} {unknown[0]!r}")


def _is_color(value: str) -> bool:
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True


_FALLBACK = Theme(
    name=DEFAULT_THEME,
    primary="#7aa2f7",
    secondary="#7dcfff",
    accent="#e0af68",
    warning="#e0af68",
    error="#ff7a85",
    success="#9ece6a",
    foreground="#d5d9e8",
    background="#16181f",
    surface="#1d2029",
    panel="#262a36",
)
