"""Settings from files and the environment: flags over environment over project over person over defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from triage_tui.config import config_folder
from triage_tui.config.secret import SecretReference
from triage_tui.config.settings import (
    Grafana,
    Kubernetes,
    Prometheus,
    Server,
    Service,
    Settings,
    SignalRole,
    SignalSetting,
)
from triage_tui.config.zones import parse_zone

PROJECT_FILE = "triage.toml"
MOST_BYTES = 256 * 1024
# Compiled where something is wrong.
_UNKNOWN = r"unknown field `([^`]+)`(?: - at `\$\.?([^`]*)`)?"
_PATH = r" - at `\$\.?([^`]*)`"
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
    # To learn what all settings may be takes a millisecond.
    return msgspec.convert(merged, Settings) if merged else Settings()


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

    from triage_tui.config.toml_text import parsed_toml

    try:
        text = _text_of(path)
        table = parsed_toml(text)
        msgspec.convert(table, Settings)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingsError(explained(path, text, str(error), table)) from error
    try:
        parse_zone(table.get("timezone", "UTC"))
    except ValueError as error:
        raise SettingsError(f"{path}:{_line_of(text, ['timezone'])}: timezone: {error}") from error
    return table


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise SettingsError(f"{path}: larger than {MOST_BYTES // 1024} kB; is it a settings file?")
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def explained(path: Path, text: str, problem: str, table: Mapping[str, Any] | None = None) -> str:
    """Turn a validation error into file, line, key and the nearest known key; ``table`` tells which service it is."""
    unknown = re.search(_UNKNOWN, problem)
    if unknown is None:
        place = re.search(_PATH, problem)
        keys = _named_service(_keys(place[1]), table) if place else []
        reason = problem.partition(" - at ")[0]
        return f"{path}:{_line_of(text, keys)}: {'.'.join(keys)}: {reason}{_advice_on_value(reason, keys)}"
    keys = _named_service(_keys(unknown[2] or ""), table)
    known = _known_keys(keys)
    return f"{path}:{_line_of(text, [*keys, unknown[1]])}: unknown key {unknown[1]!r}; {_advice(unknown[1], known)}"


def _keys(place: str) -> list[str]:
    return [key for key in re.split(r"[.\[\]]+", place.replace("[...]", ".*")) if key]


def _named_service(keys: list[str], table: Mapping[str, Any] | None) -> list[str]:
    """Put the name of the service that is wrong where the validation says only that one is."""
    services = (table or {}).get("services")
    if keys[:2] != ["services", "*"] or not isinstance(services, Mapping):
        return keys
    return ["services", next((name for name, one in services.items() if _is_wrong(one)), "*"), *keys[2:]]


def _is_wrong(service: object) -> bool:
    try:
        msgspec.convert(service, Service)
    except msgspec.ValidationError:
        return True
    return False


def _advice(wrong: str, known: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(wrong, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _advice_on_value(reason: str, keys: list[str]) -> str:
    if keys[-1:] in (["token"], ["password"]) and "got `str`" in reason:
        return '; name where it is: { env = "NAME" }, { file = "/path" } or { command = ["pass", "show", "x"] }'
    wrong = re.search(r"Invalid enum value '([^']*)'", reason)
    return f"; {_advice(wrong[1], get_args(SignalRole))}" if wrong and keys[-1:] == ["role"] else ""


def _known_keys(keys: list[str]) -> list[str]:
    tables: dict[str, type[msgspec.Struct]] = {
        "prometheus": Prometheus,
        "alertmanager": Server,
        "grafana": Grafana,
        "kubernetes": Kubernetes,
        "services": Service,
    }
    struct = SignalSetting if "signals" in keys else tables.get(keys[0], Settings) if keys else Settings
    if keys[-1:] in (["token"], ["password"]):
        struct = SecretReference
    return [field.name for field in msgspec.structs.fields(struct)]


def _line_of(text: str, keys: list[str]) -> int:
    """Find the line that sets the last key, or else opens its table; TOML keeps no positions."""
    named = [key for key in keys if key != "*" and not key.isdigit()]
    number = next((int(key) for key in reversed(keys) if key.isdigit()), 0)
    lines = text.splitlines()
    for depth in range(len(named), -1, -1):
        opened = _tables(lines, named[:depth])
        if opened or not depth:
            begin = opened[min(number, len(opened) - 1)] if opened else 0
            return _line_in_table(lines, begin, named[depth:])
    return 1


def _tables(lines: Sequence[str], names: list[str]) -> list[int]:
    """Return the numbers, from 1, of the lines that open a table."""
    path = r"\s*\.\s*".join(rf"""["']?{re.escape(name)}["']?""" for name in names)
    header = re.compile(rf"^\s*\[+\s*{path}\s*\]")
    return [number for number, line in enumerate(lines, start=1) if names and header.search(line)]


def _line_in_table(lines: Sequence[str], begin: int, names: list[str]) -> int:
    """Find the line that sets the last of these keys within a table, also in one on a single line."""
    end = next((at for at in range(begin, len(lines)) if re.match(r"\s*\[", lines[at])), len(lines))
    for name in reversed(names):
        setting = re.compile(rf"""(^|[\s{{,.])["']?{re.escape(name)}["']?\s*[=.]""")
        found = next((at for at in range(begin, end) if setting.search(lines[at])), None)
        if found is not None:
            return found + 1
    return max(begin, 1)
