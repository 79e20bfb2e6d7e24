"""Words for JSON that has another shape than is needed."""

from __future__ import annotations

import re

# Compiled when they are needed: this module is loaded before the first frame.
_OTHER = r"Expected `([^`]+)`, got `([^`]+)`(?: - at `([^`]+)`)?"
_LACKING = r"Object missing required field `([^`]+)`(?: - at `([^`]+)`)?"
_KINDS = {
    "array": "a list", "object": "an object", "str": "text", "int": "a number", "float": "a number",
    "bool": "true or false", "null": "null",
}  # fmt: skip


def odd_words(error: Exception) -> str:
    """Say what msgspec found and expected, and where: "a list where an object is needed, at incidents[0]"."""
    other, lacking = re.match(_OTHER, str(error)), re.match(_LACKING, str(error))
    if lacking is not None:
        return f"an object without {lacking[1]!r}{_place(lacking[2])}"
    if other is None:
        return str(error)
    wanted = [_KINDS.get(one, one) for one in other[1].split(" | ") if one != "null"]
    return f"{_KINDS.get(other[2], other[2])} where {' or '.join(dict.fromkeys(wanted))} is needed{_place(other[3])}"


def _place(path: str | None) -> str:
    inside = (path or "").removeprefix("$").removeprefix(".").replace("[...]", "")
    return f", at {inside}" if inside else ""
