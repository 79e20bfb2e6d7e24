"""What must be written to make one row of the screen into another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress, pairwise
from operator import ne, or_
from typing import NamedTuple

import msgspec

from triage_tui.ui.terminal.cell_row import CellRow
from triage_tui.ui.terminal.ink import DEFAULT_BACKGROUND, PLAIN, Ink, blank_of

# To write so many cells again costs no more than to go over them.
_NARROW_GAP = 5
_LEAST_ERASED = 8


class Piece(NamedTuple):
    """Text in one ink, or blanks that are erased rather than written, from a cell on.

    Attributes:
        cells: how many cells the cursor goes on, 0 for blanks that are erased.
        certain: whether every terminal has its cursor there afterwards.
    """

    x: int
    text: str
    ink: Ink
    cells: int
    certain: bool = True


class Erasing(msgspec.Struct, frozen=True):
    """What a terminal can do beside clearing the rest of a row in its own background (terminfo: bce, ech)."""

    keeps_background: bool = False
    some_cells: bool = False


def pieces_of(before: CellRow, after: CellRow, erasing: Erasing) -> list[Piece]:
    """Return the pieces from left to right; cells that terminals may place differently are all written again."""
    changed = _changed_cells(before, after)
    width, has_odd = len(after.texts), after.first_odd() is not None
    return [
        piece
        for start, end in _runs(changed, after)
        for part in _of_one_ink(after, start, end, has_odd=has_odd)
        for piece in _erasing_blanks(part, width, erasing)
    ]


def _changed_cells(before: CellRow, after: CellRow) -> list[int]:
    differs = map(or_, map(ne, before.texts, after.texts), map(ne, before.inks, after.inks))
    changed = list(compress(range(len(after.texts)), differs))
    odd = [x for x in (before.first_odd(), after.first_odd()) if x is not None]
    return list(range(min(*odd, changed[0]), len(after.texts))) if odd and changed else changed


def _runs(changed: list[int], after: CellRow) -> Iterator[tuple[int, int]]:
    """Join changed cells that lie near each other, where those between have the ink of both."""
    gaps = [(x, next_x) for x, next_x in pairwise(changed) if next_x - x > 1 and not _can_join(after, x, next_x)]
    starts = [*changed[:1], *(next_x for _, next_x in gaps)]
    ends = [*(x + 1 for x, _ in gaps), *(x + 1 for x in changed[-1:])]
    return zip(starts, ends, strict=True)


def _can_join(row: CellRow, first: int, last: int) -> bool:
    return last - first <= _NARROW_GAP and _is_one(_shared_inks(row, first, last + 1))


def _is_one(inks: list[Ink]) -> bool:
    return inks.count(inks[0]) == len(inks)


def _shared_inks(row: CellRow, start: int, end: int) -> list[Ink]:
    """Return the ink of each cell; a blank takes that of its neighbour where it looks the same in it."""
    inks, texts = row.inks[start:end], row.texts[start:end]
    blanks = [x for x, text in enumerate(texts) if text == " "]
    for x in blanks:
        if x and inks[x] is not inks[x - 1] and blank_of(inks[x - 1]) == inks[x]:
            inks[x] = inks[x - 1]
    for x in reversed(blanks):
        if x + 1 < len(inks) and inks[x] is not inks[x + 1] and blank_of(inks[x + 1]) == inks[x]:
            inks[x] = inks[x + 1]
    return inks


def _of_one_ink(row: CellRow, start: int, end: int, *, has_odd: bool) -> Iterator[Piece]:
    inks = _shared_inks(row, start, end)
    if not has_odd and _is_one(inks):  # as most are
        yield Piece(start, "".join(row.texts[start:end]), inks[0], end - start, end < len(row.texts))
        return
    first = start
    for x in range(start, end):
        is_last = x == end - 1
        odd = has_odd and row.is_odd(x)
        if is_last or inks[x + 1 - start] != inks[x - start] or (odd and row.texts[x + 1]):
            # Behind the last cell of a row, terminals wait to wrap.
            certain = not odd and x + 1 < len(row.texts)
            yield Piece(first, "".join(row.texts[first : x + 1]), inks[x - start], x + 1 - first, certain)
            first = x + 1


def _erasing_blanks(piece: Piece, width: int, erasing: Erasing) -> Iterator[Piece]:
    """Cut the blanks off the end of a piece where the terminal can make them."""
    text = piece.text.rstrip(" ")
    blanks = len(piece.text) - len(text)
    sequence = _erase(blanks, piece, width, erasing)
    if not sequence:
        yield piece
        return
    if text:
        yield piece._replace(text=text, cells=piece.cells - blanks, certain=piece.certain or text.isascii())
    yield Piece(piece.x + piece.cells - blanks, sequence, piece.ink if text else blank_of(piece.ink), 0)


def _erase(blanks: int, piece: Piece, width: int, erasing: Erasing) -> str:
    blank = blank_of(piece.ink)
    is_plain = blank == PLAIN._replace(background=blank.background)
    if blanks < _LEAST_ERASED or not is_plain:
        return ""
    if blank.background != DEFAULT_BACKGROUND and not erasing.keeps_background:
        return ""
    if piece.x + piece.cells == width:
        return "\x1b[K"
    return f"\x1b[{blanks}X" if erasing.some_cells else ""
