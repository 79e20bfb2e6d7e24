"""Settings from files and the environment: flags over environment over project over person over defaults."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from triage_tui.config import config_folder
from triage_tui.config.settings import Grafana, Kubernetes, Prometheus, Server, Service, Settings, SignalSetting

PROJECT_FILE = "triage.toml"
_UNKNOWN = re.compile(r"unknown field `([^`]+)`(?: - at `\$\.?([^`]*)`)?")
_PATH = re.compile(r" - at `\$\.?([^`]*)`")
_ENVIRONMENT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("PROMETHEUS_URL", ("prometheus", "url")),
    ("ALERTMANAGER_URL", ("alertmanager", "url")),
    ("GRAFANA_URL", ("grafana", "url")),
    ("TRIAGE_THEME", ("theme",)),
)
_ENVIRONMENT_SECRETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("PROMETHEUS_TOKEN", ("prometheus", "token")),
    ("GRAFANA_TOKEN", ("grafana", "token")),
)


class SettingsError(Exception):
    """A settings file cannot be used; the message names file, line and the nearest known key."""


def read_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the person's file, the project's in ``folder`` or the nearest parent, and the environment.

    Raises ``SettingsError``.
    """
    merged: dict[str, Any] = {}
    for path in settings_files(folder):
        merged = _merged(merged, _table_of(path))
    merged = _merged(merged, from_environment(environment))
    return msgspec.convert(merged, Settings)


def settings_files(folder: Path) -> tuple[Path, ...]:
    """Return the files that exist, the weakest first: the person's, then the project's."""
    project = next((one / PROJECT_FILE for one in (folder, *folder.parents) if (one / PROJECT_FILE).is_file()), None)
    person = config_folder() / "config.toml"
    return tuple(path for path in (person, project) if path is not None and path.is_file())


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that variables hold; secrets by the variable's name, not its value."""
    table: dict[str, Any] = {}
    for variable, path in _ENVIRONMENT:
        if environment.get(variable):
            table = _merged(table, _nested(path, environment[variable]))
    for variable, path in _ENVIRONMENT_SECRETS:
        if environment.get(variable):
            table = _merged(table, _nested(path, {"env": variable}))
    return table


def _nested(path: tuple[str, ...], value: object) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value if isinstance(value, dict) else {}


def _merged(weaker: dict[str, Any], stronger: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one table over another; a secret and a list are replaced as a whole."""
    result = dict(weaker)
    for key, value in stronger.items():
        below = result.get(key)
        both_tables = isinstance(below, dict) and isinstance(value, Mapping) and key not in {"token", "password"}
        result[key] = _merged(below, value) if both_tables and isinstance(below, dict) else value
    return result


def _table_of(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
        msgspec.convert(table, Settings)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingsError(explained(path, text, str(error))) from error
    return table


def explained(path: Path, text: str, problem: str) -> str:
    """Turn a validation error into file, line, key and the nearest known key."""
    unknown = _UNKNOWN.search(problem)
    if unknown is None:
        place = _PATH.search(problem)
        keys = _keys(place[1]) if place else []
        reason = problem.partition(" - at ")[0]
        return f"{path}:{_line_of(text, keys)}: {'.'.join(keys)}: {reason}"
    keys = _keys(unknown[2] or "")
    near = difflib.get_close_matches(unknown[1], _known_keys(keys), n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_known_keys(keys))}"
    return f"{path}:{_line_of(text, [*keys, unknown[1]])}: unknown key {unknown[1]!r}; {advice}"


def _keys(place: str) -> list[str]:
    return [key for key in re.split(r"[.\[\]]+", place.replace("[...]", ".*")) if key]


def _known_keys(keys: list[str]) -> list[str]:
    tables: dict[str, type[msgspec.Struct]] = {
        "prometheus": Prometheus,
        "alertmanager": Server,
        "grafana": Grafana,
        "kubernetes": Kubernetes,
        "services": Service,
    }
    struct = SignalSetting if "signals" in keys else tables.get(keys[0], Settings) if keys else Settings
    return [field.name for field in msgspec.structs.fields(struct)]


def _line_of(text: str, keys: list[str]) -> int:
    """Find the line that sets the last key, or else opens its table; TOML keeps no positions."""
    named = [key for key in keys if key != "*" and not key.isdigit()]
    lines = text.splitlines()
    for wanted in reversed(named):
        pattern = re.compile(rf"""^\s*(?:\[+.*)?["']?{re.escape(wanted)}["']?\s*(?:=|\]|\.)""")
        for number, line in enumerate(lines, start=1):
            if pattern.search(line):
                return number
    return 1
