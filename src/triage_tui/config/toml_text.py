"""TOML from files that anybody may have written: Python's parser takes minutes, or all memory, for some small ones."""

from __future__ import annotations

import re
import tomllib
from typing import Any

MOST_PARTS = 64
"""Of a dotted key: the parser's time and memory grow with the square of its parts."""
# Compiled when it is needed: this module is loaded before the first frame.
_PARTS = (
    r"""(?<![\w"'-])(?>(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){%d}""" % MOST_PARTS  # noqa: UP031 - braces
)


def parsed_toml(text: str) -> dict[str, Any]:
    """Parse a document; raises ``tomllib.TOMLDecodeError``, also for keys and values that are nested too deep."""
    if text.count(".") >= MOST_PARTS and (found := re.search(_PARTS, text)):
        line = text.count("\n", 0, found.start()) + 1
        raise tomllib.TOMLDecodeError(f"A name of more than {MOST_PARTS} parts (at line {line})")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise tomllib.TOMLDecodeError("Nested too deep") from error
