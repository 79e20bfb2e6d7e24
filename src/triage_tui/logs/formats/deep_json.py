"""The top level of a JSON object that is nested too deep for a decoder, which goes down by recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

# A line is read so far; what is behind has no fields.
_MOST_CHARACTERS = 256 << 10
_MOST_OF_VALUE = 4096
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def top_level(line: str) -> dict[str, object] | None:
    """The fields of an object, a nested one as the beginning of its text; None where the line is no object.

    It is not told whether what is nested is whole, or well-formed.
    """
    text = line.lstrip()
    if not text.startswith("{"):
        return None
    fields: dict[str, object] = {}
    key: str | None = None
    for value in _values(text[:_MOST_CHARACTERS]):
        if key is not None:
            fields[key], key = _decoded(value), None
        elif not value.startswith('"'):
            break
        else:
            key = str(_decoded(value))
    return fields or None


def _values(text: str) -> Iterator[str]:
    """The keys and values at the top level, in turn, each as its text."""
    depth, begin = 0, 0
    for token in _TOKEN.finditer(text, 1):
        mark = token[0]
        if mark in "{[":
            begin = token.start() if depth == 0 else begin
            depth += 1
        elif mark in "}]":
            depth -= 1
            if depth < 0:
                return
            if depth == 0:
                yield text[begin : token.end()]
        elif depth == 0 and mark not in ",:":
            yield mark


def _decoded(value: str) -> object:
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value if len(value) <= _MOST_OF_VALUE else f"{value[:_MOST_OF_VALUE]}…"
