"""Which settings changed between two revisions of a configuration file, with secrets masked.

Pure functions on bytes. YAML is read line by line by indentation, which templates such as Helm's survive; anchors,
flow collections and block text count as one value each. The keys of a Kubernetes manifest begin with its kind and
name, since one file may hold several.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from triage_tui.config.toml_text import parsed_toml
from triage_tui.sources.common.masking import masked_value

Settings = dict[str, str]

_VALUE_CAP = 80
_ENV_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:](.*)$")
_YAML_LINE = re.compile(r"^(\s*)((?:- +)*)(?:([\w./$-]+|\"[^\"]*\"|'[^']*')\s*:(?:\s+|$))?(.*)$")
_YAML_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)")
_ITEM, _ITEM_END = re.compile(r"\[\d+\]"), re.compile(r"\[\d+\]$")
_DOCUMENT_END = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_NOT_SETTINGS = frozenset({"package.json", "package-lock.json", "tsconfig.json", "pnpm-lock.yaml", "pyproject.toml"})


class SettingChange(msgspec.Struct, frozen=True):
    """One key whose value differs, secrets masked; None where the key is not there."""

    key: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        """Say it as the change list shows it: "pool.size: 20 → 5"."""
        if self.old is None:
            return f"{self.key}: {self.new} added"
        return f"{self.key}: {self.old} removed" if self.new is None else f"{self.key}: {self.old} → {self.new}"


def is_config_file(path: str) -> bool:
    """Tell whether a file's name is one of a configuration that is read here."""
    return _reader(path) is not None


def setting_changes(path: str, old: bytes | None, new: bytes | None) -> list[SettingChange]:
    """Compare two revisions of a configuration file, sorted by key; None stands for a file that is not there.

    A secret whose value changed is listed with both values masked. Empty where a revision cannot be read.
    """
    read = _reader(path)
    if read is None:
        return []
    try:
        before, after = _settings(read, old), _settings(read, new)
    except (ValueError, RecursionError, configparser.Error, msgspec.MsgspecError):
        return []
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return [SettingChange(key, _shown(key, before.get(key)), _shown(key, after.get(key))) for key in keys]


def _settings(read: Callable[[str], Settings], content: bytes | None) -> Settings:
    return read(content.decode("utf-8", errors="replace")) if content else {}


def _shown(key: str, value: str | None) -> str | None:
    return None if value is None else masked_value(key, value)[:_VALUE_CAP]


def _reader(path: str) -> Callable[[str], Settings] | None:
    name = PurePosixPath(path).name.lower()
    if name in _NOT_SETTINGS:
        return None
    if name.startswith(".env") or name.endswith((".env", ".properties")):
        return _env
    return _READERS.get(PurePosixPath(name).suffix)


def _env(text: str) -> Settings:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith(("#", "!", ";")))
    return {match[1]: _env_value(match[2].strip()) for match in map(_ENV_LINE.match, lines) if match}


def _env_value(text: str) -> str:
    """Take a value without its quotes or, where it has none, without the comment behind it."""
    return text.strip("\"'") if text[:1] in {"'", '"'} else re.split(r"\s#", text, maxsplit=1)[0].rstrip()


def _ini(text: str) -> Settings:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section="")
    parser.read_string(text)
    return {f"{part}.{key}": value or "" for part in parser.sections() for key, value in parser.items(part)}


def _toml(text: str) -> Settings:
    return dict(_flattened("", parsed_toml(text)))


def _json(text: str) -> Settings:
    return dict(_flattened("", msgspec.json.decode(text)))


def _flattened(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """Give every leaf under its dotted path; items of a list are numbered from 0."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flattened(f"{prefix}.{key}" if prefix else str(key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flattened(f"{prefix}[{number}]", inner)
    else:
        yield prefix, "null" if value is None else str(value)


def _yaml(text: str) -> Settings:
    """Give every scalar under the path that its indentation says; a manifest's begin with its kind and name."""
    settings: Settings = {}
    documents = [one for one in map(_yaml_document, _DOCUMENT_END.split(text)) if one]
    for number, document in enumerate(documents):
        kind, name = document.get("kind"), document.get("metadata.name")
        prefix = f"{kind}/{name} " if kind and name else f"[{number}] " if number else ""
        settings |= {f"{prefix}{key}": value for key, value in document.items()}
    return settings


def _yaml_document(text: str) -> Settings:
    """Read one document; ``name``/``value`` pairs and ``NAME=value`` items go by their name."""
    settings: Settings = {}
    place = _YamlPlace()
    for line in text.splitlines():
        match = _YAML_LINE.match(line)
        if match is None or not line.strip() or line.lstrip().startswith(("#", "---", "{{", "%")):
            continue
        value = re.sub(r"(?:^|\s)#.*$", "", match[4]).strip().strip("\"'")
        key = place.moved(len(match[1]), match[2], match[3])
        if match[2] and match[3] is None and (assigned := _YAML_ASSIGNMENT.fullmatch(value)):
            key, value = f"{_ITEM_END.sub('', key)}.{assigned[1]}", assigned[2]
        if value or match[3] is None:
            settings[key] = f"{settings[key]} {value}" if key in settings and not match[2] else value
    return _pairs_by_name(settings)


class _YamlPlace:
    """Where in the document a line stands: (indentation, key) from the outermost in."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []
        self._items: dict[str, int] = {}

    def moved(self, indent: int, dashes: str, key: str | None) -> str:
        """Go to the next line; returns its dotted path."""
        ends_at = indent + 1 if dashes else indent
        while self._path and self._path[-1][0] >= ends_at and (key is not None or dashes):
            self._path.pop()
        if dashes:
            self._next_item(indent)
        if key is not None:
            self._path.append((indent + len(dashes), key.strip("\"'")))
        return self._joined()

    def _next_item(self, indent: int) -> None:
        self._path = [entry for entry in self._path if entry[0] < indent or not entry[1].startswith("[")]
        parent = self._joined()
        number = self._items.get(parent, 0)
        self._items[parent] = number + 1
        self._path.append((indent, f"[{number}]"))

    def _joined(self) -> str:
        return ".".join(part for _, part in self._path).replace(".[", "[")


def _pairs_by_name(settings: Settings) -> Settings:
    """Turn ``env[3].name: A``, ``env[3].value: 1`` into ``env.A: 1``, so that an item before it moves nothing."""
    named = {key[: -len(".name")]: value for key, value in settings.items() if key.endswith("].name")}
    return {_by_name(key, named): value for key, value in settings.items() if key.removesuffix(".name") not in named}


def _by_name(key: str, named: Settings) -> str:
    """Put the name of an item in the place of its number, at every level."""
    plain = key.removesuffix(".value") if key.removesuffix(".value") in named else key
    return _ITEM.sub(lambda item: f".{named[prefix]}" if (prefix := plain[: item.end()]) in named else item[0], plain)


_READERS: dict[str, Callable[[str], Settings]] = {
    ".env": _env, ".ini": _ini, ".cfg": _ini, ".conf": _env, ".toml": _toml, ".json": _json,
    ".yaml": _yaml, ".yml": _yaml,
}  # fmt: skip
