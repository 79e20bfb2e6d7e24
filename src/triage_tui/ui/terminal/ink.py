"""How a cell is drawn, and the shortest way from one look to the next (SGR, ECMA-48 8.3.117)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

DEFAULT_FOREGROUND, DEFAULT_BACKGROUND = "39", "49"
_COLOR_CODES = {"2": 5, "5": 3}
_OFF = {
    "1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29", "21": "24",
    "51": "54", "52": "54", "53": "55",
}  # fmt: skip
# What can be seen on a blank: lines through, below and above it, and the foreground where both are swapped.
_SEEN_ON_BLANKS = frozenset({"4", "5", "6", "7", "9", "21", "51", "52", "53"})


class Ink(NamedTuple):
    """The SGR codes of a look: of each attribute, of the foreground and of the background."""

    attributes: tuple[str, ...] = ()
    foreground: str = DEFAULT_FOREGROUND
    background: str = DEFAULT_BACKGROUND


PLAIN = Ink()


@lru_cache(maxsize=4096)
def ink_of(style: Style | None, system: ColorSystem) -> Ink:
    """Return the look of a style in as many colours as the terminal has; links are not sent."""
    if style is None:
        return PLAIN
    codes = Strip.render_ansi(style, system).split(";")
    attributes: list[str] = []
    foreground, background = DEFAULT_FOREGROUND, DEFAULT_BACKGROUND
    while codes and codes != [""]:
        taken = _COLOR_CODES.get(codes[1], 1) if codes[0] in {"38", "48"} else 1
        code, codes = ";".join(codes[:taken]), codes[taken:]
        kind = code.split(";")[0]
        if kind in _OFF:
            attributes.append(code)
        elif kind == "48" or kind.startswith(("4", "10")):
            background = code
        else:
            foreground = code
    return Ink(tuple(attributes), foreground, background)


@lru_cache(maxsize=4096)
def blank_of(ink: Ink) -> Ink:
    """Return the look that all blanks share which look the same as one in this ink."""
    return ink if _SEEN_ON_BLANKS.intersection(ink.attributes) else Ink(background=ink.background)


@lru_cache(maxsize=4096)
def change(before: Ink, after: Ink) -> str:
    """Return the sequence that brings the terminal from one look to another; "" for the same."""
    if before == after:
        return ""
    anew = _codes_from_nothing(after)
    step = _codes_of_step(before, after)
    codes = ";".join(anew if step is None or len(";".join(anew)) < len(";".join(step)) else step)
    return "\x1b[m" if codes == "0" else f"\x1b[{codes}m"


def _codes_from_nothing(ink: Ink) -> list[str]:
    foreground = [ink.foreground] if ink.foreground != DEFAULT_FOREGROUND else []
    background = [ink.background] if ink.background != DEFAULT_BACKGROUND else []
    return ["0", *ink.attributes, *foreground, *background]


def _codes_of_step(before: Ink, after: Ink) -> list[str] | None:
    """Return what differs; None where an attribute goes whose end would end another one too."""
    gone = [code for code in before.attributes if code not in after.attributes]
    ended = {_OFF[code] for code in gone}
    if any(_OFF[code] in ended for code in after.attributes):
        return None
    added = [code for code in after.attributes if code not in before.attributes]
    colours = [new for old, new in zip(before[1:], after[1:], strict=True) if old != new]
    return [*sorted(ended), *added, *colours]
