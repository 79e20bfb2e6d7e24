"""One row of the screen, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rich.cells import cell_len, split_graphemes
from rich.color import ColorSystem
from textual.strip import Strip

from triage_tui.ui.terminal.ink import PLAIN, Ink, blank_of, ink_of


class CellRow:
    """What each cell of a row holds, and how it is drawn.

    The second cell of a wide character holds "", and a combining mark stands with its base. Blanks that look the same
    have the same ink, whatever foreground they were given.
    """

    __slots__ = ("_first_odd", "inks", "texts")

    def __init__(self, texts: list[str], inks: list[Ink]) -> None:
        self.texts, self.inks = texts, inks
        self._first_odd: int | None = -1  # before it was looked for

    @classmethod
    def blank(cls, width: int, ink: Ink = PLAIN) -> CellRow:
        """Return a row as the terminal leaves it when it is cleared with this ink."""
        return cls([" "] * width, [ink] * width)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CellRow) and self.texts == other.texts and self.inks == other.inks

    __hash__ = None  # type: ignore[assignment]  # no row is looked up

    @property
    def text(self) -> str:
        """The row as it reads."""
        return "".join(self.texts)

    def is_odd(self, x: int) -> bool:
        """Tell whether the width of a cell's text is a matter on which terminals may differ."""
        return _is_odd(self.texts[x])

    def first_odd(self) -> int | None:
        """Return the first cell of which terminals may think differently; None where there is none."""
        if self._first_odd == -1:
            odd = {text for text in set(self.texts) if _is_odd(text)}
            self._first_odd = next(x for x, text in enumerate(self.texts) if text in odd) if odd else None
        return self._first_odd

    def with_strips(self, x: int, strips: Iterable[Strip], system: ColorSystem) -> CellRow:
        """Return the row with strips laid over it from a cell on; what goes over the edge is cut."""
        texts, inks = _cells_of(strips, system)
        width, end = len(self.texts), min(len(self.texts), x + len(texts))
        new_texts = [*self.texts[:x], *texts, *self.texts[end:]]
        new_inks = [*self.inks[:x], *inks, *self.inks[end:]]
        return CellRow(new_texts[:width], new_inks[:width])


@lru_cache(4096)
def _is_odd(text: str) -> bool:
    return len(text) != 1 or (text > "\x7f" and cell_len(text) != 1)


def _cells_of(strips: Iterable[Strip], system: ColorSystem) -> tuple[list[str], list[Ink]]:
    texts: list[str] = []
    inks: list[Ink] = []
    for strip in strips:
        # Textual hands the same strip over again as long as a line stays as it is.
        kept = _kept.get(id(strip))
        if kept is None or kept[0] is not strip or kept[1] is not system:
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            kept = _kept[id(strip)] = (strip, system, *_cells_of_strip(strip, system))
        texts += kept[2]
        inks += kept[3]
    return texts, inks


_FIRST_MARK, _FIRST_SIGN, _END_OF_SIGNS = "\u0300", "\u2010", "\u2c00"
_MOST_KEPT = 512
_kept: dict[int, tuple[Strip, ColorSystem, list[str], list[Ink]]] = {}


def _cells_of_strip(strip: Strip, system: ColorSystem) -> tuple[list[str], list[Ink]]:
    texts: list[str] = []
    inks: list[Ink] = []
    for text, style, control in strip:
        if control:
            continue
        ink = ink_of(style, system)
        blank = blank_of(ink)
        start = len(texts)
        texts.extend(text if text.isascii() or all(map(_stands_alone, set(text))) else _clusters(text, texts))
        inks.extend([blank if one == " " else ink for one in texts[start:]])
    return texts, inks


@lru_cache(4096)
def _stands_alone(character: str) -> bool:
    """Tell whether a character fills one cell and joins no other, as those do that borders and bars are drawn with."""
    return (character < _FIRST_MARK or _FIRST_SIGN <= character < _END_OF_SIGNS) and not _is_odd(character)


def _clusters(text: str, before: list[str]) -> list[str]:
    """Cut a text into cells as the layout counted them; a mark without a width joins the character before it."""
    cells: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        if width:
            cells += [text[start:end], *[""] * (width - 1)]
            continue
        joined = cells or before
        base = next((x for x in range(len(joined) - 1, -1, -1) if joined[x]), None)
        if base is not None:
            joined[base] += text[start:end]
    return cells
