"""A text that whatever matches a regular expression holds, so that a search for it finds the records worth reading.

Only what is plain is read: where an expression says anything that is not known here, no text is needed.
"""

from __future__ import annotations

import re

SHORTEST = 3
_FLAGS = re.compile(r"\(\?[imsU]+\)")
# A search ignores the case of ASCII letters alone; of these, other letters are a case too (Unicode, CaseFolding.txt).
_FOLDED_FROM_AFAR = frozenset("kKsS")
_TOKEN = re.compile(
    r"""(?P<escaped>\\[^\w\s<>])"""
    r"""|(?P<kind>\\(?:[dDwWsSbBAz]))"""
    r"""|(?P<set>\[\^?\]?(?:[^\[\]\\]|\\.)*\])"""
    r"""|(?P<any>[.^$])"""
    r"""|(?P<plain>[^\\\[\](){}|*+?.^$])""",
    re.DOTALL,
)
_COUNT = re.compile(r"(?P<optional>[*?]|\{0*(?:,\d*)?\})\??|(?P<repeated>\+|\{\d+(?:,\d*)?\})\??")


def needed_text(pattern: str) -> str:
    """The longest text that every match holds, but for the case of ASCII letters; "" where none is known.

    ``pattern`` is of Rust's syntax (docs.rs/regex, "Syntax").
    """
    begin, ignores_case = 0, False
    while flags := _FLAGS.match(pattern, begin):
        begin, ignores_case = flags.end(), ignores_case or "i" in flags[0]
    runs = _runs(pattern, begin, ignores_case=ignores_case)
    longest = max(runs or (), key=len, default="")
    return longest if len(longest) >= SHORTEST else ""


def _runs(pattern: str, begin: int, *, ignores_case: bool) -> list[str] | None:
    """The texts that follow each other in every match; None where the pattern is not understood."""
    runs, at = [""], begin
    while at < len(pattern):
        end = _group_end(pattern, at) if pattern[at] == "(" else None
        token = _TOKEN.match(pattern, at) if end is None else None
        if end is None and token is None:
            return None
        at = token.end() if token is not None else end or at
        written = _written(token, ignores_case=ignores_case) if token is not None else ""
        count = _COUNT.match(pattern, at)
        at = count.end() if count is not None else at
        if count is not None and _COUNT.match(pattern, at):
            return None
        if written and not (count and count["optional"]):
            runs[-1] += written
        if not written or count:
            runs.append("")
    return runs


def _written(token: re.Match[str], *, ignores_case: bool) -> str:
    """The character that a part of a pattern stands for; "" where it may be several."""
    one = token["plain"] or (token["escaped"] or "")[1:]
    is_odd = ignores_case and (one in _FOLDED_FROM_AFAR or not one.isascii())
    return "" if is_odd or one in "\r\n\ufffd" else one


def _group_end(pattern: str, begin: int) -> int | None:
    """Where a group ends that has no flags or names in it; None for any other."""
    depth, at = 0, begin
    while at < len(pattern):
        one = pattern[at]
        token = _TOKEN.match(pattern, at) if one in "[\\" else None
        if (one in "[\\" and token is None) or (pattern.startswith("(?", at) and not pattern.startswith("(?:", at)):
            return None
        depth += (one == "(") - (one == ")")
        at = token.end() if token is not None else at + 1
        if not depth:
            return at
    return None
