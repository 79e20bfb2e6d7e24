"""Rows that the terminal can move instead of being sent them again (DECSTBM, VT100; ECMA-48)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from triage_tui.ui.terminal.cell_row import CellRow

_FEWEST_MOVED = 4
_BYTES_A_ROW, _BYTES_TO_SAVE = 8, 40


class Shift(NamedTuple):
    """Rows ``first`` to ``last`` move up by ``rows``, down where that is negative; the rows that come in are blank."""

    first: int
    last: int
    rows: int

    @property
    def sequence(self) -> str:
        """What makes a terminal do it; colours must be off, and the cursor is anywhere afterwards."""
        step = f"\x1b[{self.last + 1}H" + "\n" * self.rows if self.rows > 0 else f"\x1b[{self.first + 1}H"
        return f"\x1b[{self.first + 1};{self.last + 1}r{step}" + "\x1bM" * -self.rows + "\x1b[r"

    def applied(self, shown: Sequence[CellRow]) -> list[CellRow]:
        """Return the rows of the screen as they stand afterwards."""
        blank = [CellRow.blank(len(shown[0].texts)) for _ in range(abs(self.rows))]
        band = list(shown[self.first : self.last + 1])
        moved = [*band[self.rows :], *blank] if self.rows > 0 else [*blank, *band[: self.rows]]
        return [*shown[: self.first], *moved, *shown[self.last + 1 :]]


def shift_for(shown: Sequence[CellRow], wanted: Mapping[int, CellRow]) -> Shift | None:
    """Return the shift that leaves the least to write, None where none saves anything.

    ``wanted`` are the rows that may differ from what is shown, by their number.
    """
    if len(wanted) < _FEWEST_MOVED:
        return None
    places: dict[str, list[int]] = {}
    for y, row in enumerate(shown):
        places.setdefault(row.text, []).append(y)
    # A row that stands there more than once tells nothing about where it came from.
    came_from = {y: at[0] for y, row in wanted.items() if len(at := places.get(row.text, [])) == 1}
    moves = Counter(old - y for y, old in came_from.items())
    rows = max(moves, key=moves.__getitem__, default=0)
    if not rows or moves[rows] < _FEWEST_MOVED:
        return None
    ends = [end for y, old in came_from.items() if old - y == rows for end in (y, old)]
    shift = Shift(min(ends), max(ends), rows)
    return shift if _saved(shift, shown, wanted) > _BYTES_TO_SAVE else None


def _saved(shift: Shift, shown: Sequence[CellRow], wanted: Mapping[int, CellRow]) -> int:
    """Return about how many bytes a shift saves: the rows that are right by it, less those that it spoils."""
    after = shift.applied(shown)
    band = {y: wanted.get(y, shown[y]) for y in range(shift.first, shift.last + 1)}
    gained = sum(after[y] == row != shown[y] for y, row in band.items())
    spoilt = sum(shown[y] == row != after[y] for y, row in band.items())
    return gained * _BYTES_A_ROW - spoilt * len(shown[0].texts)
