"""logfmt: ``key=value key="two words" flag``."""

from __future__ import annotations

import re

_START = re.compile(r'[A-Za-z_@][\w.@/-]*=(?:"|[^\s="]*(?:\s|$))')
_PAIR = re.compile(r'([A-Za-z_@][\w.@/-]*)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]\S*|)))?(?:\s+|$)')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_FEWEST_PAIRS = 2


def parse_logfmt(line: str) -> dict[str, object] | None:
    """Read a line of pairs; None where it does not begin with one, holds fewer than two, or ends in something else."""
    if _START.match(line) is None:
        return None
    fields: dict[str, object] = {}
    end = 0
    for match in _PAIR.finditer(line):
        if match.start() != end:
            return None
        end = match.end()
        key, quoted, bare = match.groups()
        fields[key] = _unescaped(quoted) if quoted is not None else bare if bare is not None else True
    return fields if end == len(line) and len(fields) >= _FEWEST_PAIRS else None


def pair_spans(line: str) -> list[tuple[str, int, int]]:
    """Of a line that can be read, each key with where its value begins and ends, without quotes."""
    pairs = ((match, 2 if match[2] is not None else 3) for match in _PAIR.finditer(line))
    return [(match[1], *match.span(value)) for match, value in pairs if match[value] is not None]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text) if "\\" in text else text
