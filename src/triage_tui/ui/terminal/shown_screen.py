"""What the terminal shows now, and the shortest sequence that makes it show something else.

Textual draws every cell of a widget that changed, each run of text with its colours and a reset: 3 kB for a page of a
log at 80x24. Over a slow SSH link most of that says what the terminal shows already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rich.color import ColorSystem
from textual.strip import Strip

from triage_tui.ui.terminal.cell_row import CellRow
from triage_tui.ui.terminal.ink import PLAIN, Ink, change
from triage_tui.ui.terminal.pieces import Erasing, Piece, pieces_of

Strips = Iterable[tuple[int, int, Iterable[Strip]]]
"""Row, cell and the strips that are drawn from there on."""


_SAMPLED = 7  # every so manieth cell tells which colour most of them have


class _Placed(NamedTuple):
    y: int
    piece: Piece


class ShownScreen:
    """A model of the terminal's screen: what changes it comes from here, or ``forget`` follows."""

    def __init__(self, erasing: Erasing) -> None:
        self._erasing = erasing
        self._rows: list[CellRow] = []
        self._known = False

    def forget(self) -> None:
        """Take nothing for granted: the next drawing writes every cell."""
        self._known = False

    def drawn(self, strips: Strips, width: int, height: int, system: ColorSystem) -> str:
        """Return what brings strips onto a screen of a size; the pen is plain afterwards, the cursor anywhere."""
        start = "" if self._is_of(width, height) else self._cleared(width, height)
        wanted: dict[int, CellRow] = {}
        for y, x, row in strips:
            if y < height:
                wanted[y] = wanted.get(y, self._rows[y]).with_strips(x, row, system)
        if not start:
            wanted, start = self._shifted(wanted)
        elif len(wanted) == height:
            start += self._coloured(wanted.values(), width)
        return start + self._written(wanted)

    def _shifted(self, wanted: dict[int, CellRow]) -> tuple[dict[int, CellRow], str]:
        """Have the terminal move rows where that saves bytes; returns what is still to be written, and the sequence."""
        from triage_tui.ui.terminal.scrolling import shift_for  # not for the first frame

        shift = shift_for(self._rows, wanted)
        if shift is None:
            return wanted, ""
        band = range(shift.first, shift.last + 1)
        wanted = {**{y: self._rows[y] for y in band}, **wanted}
        self._rows = shift.applied(self._rows)
        return wanted, shift.sequence

    def _is_of(self, width: int, height: int) -> bool:
        return self._known and len(self._rows) == height and len(self._rows[0].texts) == width

    def _cleared(self, width: int, height: int) -> str:
        self._rows = [CellRow.blank(width)] * height
        self._known = True
        return "\x1b[m\x1b[r\x1b[H\x1b[2J"

    def _coloured(self, wanted: Iterable[CellRow], width: int) -> str:
        """Clear the screen in the colour of most of its blanks, which then need not be written."""
        some = Counter((row.texts[x], row.inks[x]) for row in wanted for x in range(0, width, _SAMPLED))
        blanks = {ink: times for (text, ink), times in some.items() if is_erasable(text, ink)}
        ground = max(blanks, key=blanks.__getitem__, default=PLAIN)
        if ground == PLAIN or not self._erasing.keeps_background:
            return ""
        self._rows = [CellRow.blank(width, ground)] * len(self._rows)
        return f"{change(PLAIN, ground)}\x1b[2J\x1b[m"

    def _written(self, wanted: Mapping[int, CellRow]) -> str:
        changed = [y for y in sorted(wanted) if wanted[y] != self._rows[y]]
        odd: list[_Placed] = []
        even: list[_Placed] = []
        for y in changed:
            pieces = [_Placed(y, piece) for piece in pieces_of(self._rows[y], wanted[y], self._erasing)]
            # Text that terminals may place differently is written in its order, so that what follows covers it.
            (even if wanted[y].first_odd() is None else odd).extend(pieces)
            self._rows[y] = wanted[y]
        return min((_sequence([*odd, *one]) for one in (even, _by_ink(even))), key=len)


def is_erasable(text: str, ink: Ink) -> bool:
    """Tell whether a cell is a blank that a terminal can make by clearing: a background and nothing else."""
    return text == " " and ink == PLAIN._replace(background=ink.background)


def _by_ink(placed: list[_Placed]) -> list[_Placed]:
    """Sort so that each ink is taken up once; to go to a cell costs less than to change colours."""
    order = {ink: number for number, ink in enumerate(dict.fromkeys(one.piece.ink for one in placed))}
    return sorted(placed, key=lambda one: (order[one.piece.ink], one.y, one.piece.x))


def _sequence(placed: list[_Placed]) -> str:
    """Write pieces in their order, going from one to the next."""
    parts: list[str] = []
    ink, at = PLAIN, (-1, -1)
    for y, piece in placed:
        parts += [_move(at, (y, piece.x)), change(ink, piece.ink), piece.text]
        ink, at = piece.ink, (y, piece.x + piece.cells) if piece.certain else (-1, -1)
    return "".join([*parts, change(ink, PLAIN)])


def _move(before: tuple[int, int], after: tuple[int, int]) -> str:
    (y_before, x_before), (y, x) = before, after
    if before == after:
        return ""
    if y == y_before and x > x_before:
        return f"\x1b[{x - x_before}C" if x - x_before > 1 else "\x1b[C"
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
