"""TOML that holds only texts, true and false, read without the parser of all TOML: to load that takes 2 ms."""

from __future__ import annotations

from typing import Any


def plain_table(text: str) -> dict[str, Any] | None:
    """Return what ``tomllib.loads`` would, None where a line is more than a comment, ``[name]`` or ``key = "text"``."""
    table: dict[str, Any] = {}
    section = table
    for line in text.split("\n"):
        if not line or (line.startswith("#") and line.isprintable()):
            continue
        key, _, value = line.partition(" = ")
        if line.startswith("[") and _is_name(line[1:-1]) and line.endswith("]") and line[1:-1] not in table:
            section = table[line[1:-1]] = {}
        elif _is_name(key) and key not in section and _is_plain(value):
            section[key] = value[1:-1] if value.startswith('"') else value == "true"
        else:
            return None
    return table


def _is_name(text: str) -> bool:
    return text.isascii() and text.replace("-", "").isalnum()


def _is_plain(value: str) -> bool:
    is_text = len(value) > 1 and value.startswith('"') and value.endswith('"') and value.count('"') == 2  # noqa: PLR2004 - its quotes
    return value in {"true", "false"} or (is_text and value.isprintable() and "\\" not in value)
