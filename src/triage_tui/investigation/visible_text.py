"""What text from outside may hold when a person sees it: every character visible, none that acts on a terminal."""

from __future__ import annotations

import re
import sys
from functools import lru_cache

# Code points that act on a terminal or that cannot be seen: controls, bidirectional marks, zero-width and filler
# characters, variation selectors, tags, line separators, surrogates and noncharacters (Unicode 15.1, chapter 23).
_FORBIDDEN_RANGES = (
    (0x00, 0x08), (0x0A, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xD800, 0xDFFF), (0xFDD0, 0xFDEF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, sys.maxunicode + 1, 0x10000)),
)  # fmt: skip
_FORBIDDEN = "".join(f"{chr(first)}-{chr(last)}" for first, last in _FORBIDDEN_RANGES)
# What the program itself draws and writes with, beside ASCII.
_DRAWN = frozenset("─│╭╮╰╯·…→▸●◆")

# A selector after one of these only asks for a coloured or plain glyph; a terminal's width for the pair is a guess.
_PRESENTED = "([#*0-9©®‼⁉™ℹ↔-↪⌚-⏺Ⓜ▪-◾☀-➿⤴⤵⬅-⭕〰〽㊗㊙\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
_SELECTORS = ("\ufe0e", "\ufe0f")
_DELETE = 0x7F
_C0_END = 0x20
_CONTROL_PICTURES = 0x2400
_LAST_C1 = 0x9F


@lru_cache(1)
def forbidden_or_tab() -> re.Pattern[str]:
    """Return the pattern of forbidden characters and of tabs; to compile it takes half a millisecond."""
    return re.compile(f"[\t{_FORBIDDEN}]")


def is_plain(text: str) -> bool:
    """Tell whether all of a text is printable ASCII or what the program draws with, and needs no closer look."""
    others = text if text.isascii() else "".join(set(text) - _DRAWN)
    return others.isascii() and others.isprintable()


@lru_cache(512)
def _symbol(character: str, ascii_only: bool) -> str:
    """Name a forbidden character with characters that can be seen; a tab stays."""
    if character == "\t":
        return character
    code = ord(character)
    if code <= _LAST_C1 and ascii_only:
        return f"^{chr(code ^ 0x40)}" if code <= _DELETE else f"<{code:02X}>"
    if code < _C0_END:
        return chr(_CONTROL_PICTURES + code)
    if code == _DELETE:
        return "␡"
    return f"<U+{code:04X}>" if ascii_only else f"‹U+{code:04X}›"


def visible(raw: str, *, ascii_only: bool = False) -> str:
    """Return the text with every character that acts or hides as a symbol; tabs stay, line breaks become symbols."""
    if is_plain(raw):
        return raw
    if any(selector in raw for selector in _SELECTORS):
        raw = re.sub(_PRESENTED, r"\1", raw)
    return forbidden_or_tab().sub(lambda found: _symbol(found[0], ascii_only), raw)


def visible_lines(raw: str) -> str:
    """Return a text of many lines, of which line breaks and tabs stay, and all else that acts or hides is a symbol."""
    return "\n".join(visible(line) for line in raw.replace("\r\n", "\n").split("\n"))
