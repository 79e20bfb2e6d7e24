"""The entries of a list, and which of them is selected; nothing here draws."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

import msgspec
from textual.content import Content


class PinDraft(msgspec.Struct, frozen=True):
    """What pinning the selected row would keep."""

    text: str
    source: str
    moment: datetime | None = None
    place: str = ""


class Row(msgspec.Struct, frozen=True, eq=False):
    """One entry of a list: its lines, and what can be done with it.

    ``key`` finds the entry again when the list is built anew; "" for what cannot be selected, such as a heading.
    """

    lines: tuple[Content, ...]
    key: str = ""
    moment: datetime | None = None
    pin: PinDraft | None = None
    text: str = ""


class Entries:
    """Rows, one of them selected, in a view that is ``height`` lines high and begins with line ``top``.

    Where it ``stays_first``, the first row is selected, whichever it is by now, until someone selects another. What a
    key costs does not depend on how many rows there are.
    """

    def __init__(self, *, stays_first: bool = False) -> None:
        self.rows: Sequence[Row] = ()
        self.index = self.top = 0
        self.height = 1
        self._stays_first = stays_first
        self._starts, self._selectable = [0], list[int]()

    @property
    def selected(self) -> Row | None:
        """The selected row, None where none can be selected."""
        row = self.rows[self.index] if self.index < len(self.rows) else None
        return row if row is not None and row.key else None

    def replace(self, rows: Sequence[Row]) -> None:
        """Take other rows; the selection stays on the entry that it was on."""
        kept = None if self._stays_first else self.selected
        self.rows = rows
        self._starts = [0, *accumulate(len(row.lines) for row in rows)]
        self._selectable = [index for index, row in enumerate(rows) if row.key]
        same = self.index_of(kept.key) if kept is not None else None
        if same is not None:
            self.index = same
        elif self._stays_first or not self._can_select(self.index):
            self.index = self._selectable[0] if self._selectable else 0
        self._scroll_into_sight()

    def select(self, index: int) -> Row:
        """Select a row for someone, and bring it into sight."""
        self.index, self._stays_first = index, False
        self._scroll_into_sight()
        return self.rows[index]

    def in_sight(self) -> tuple[range, int]:
        """Which rows have lines in the view, and how many lines of the first of them are above it."""
        first, end = self._row_at(self.top), self._row_at(self.top + self.height - 1) + 1
        return range(first, min(end, len(self.rows))), self.top - self._starts[first]

    def index_of(self, key: str) -> int | None:
        """Where the row with a key is."""
        return next((number for number, row in enumerate(self.rows) if row.key == key), None)

    def index_at(self, y: int) -> int | None:
        """Which row stands at a line of the view; None where it cannot be selected."""
        index = self._row_at(self.top + y)
        return index if self._can_select(index) else None

    def index_away(self, rows: int) -> int | None:
        """Which row is so many from the selected one, of those that can be selected; None without any."""
        if not self._selectable:
            return None
        here = bisect_left(self._selectable, self.index) if self._can_select(self.index) else 0
        return self._selectable[min(max(here + rows, 0), len(self._selectable) - 1)]

    def scroll_by(self, lines: int) -> None:
        """Move the view, up to its ends."""
        self.top = min(max(self.top + lines, 0), max(0, self._starts[-1] - self.height))

    def _can_select(self, index: int) -> bool:
        return 0 <= index < len(self.rows) and bool(self.rows[index].key)

    def _row_at(self, line: int) -> int:
        """The row that a line belongs to; beyond the last line, the one that there is not."""
        return bisect_right(self._starts, line) - 1

    def _scroll_into_sight(self) -> None:
        is_first = self._selectable[:1] == [self.index]
        first = 0 if is_first else self._starts[self.index]
        last = self._starts[min(self.index + 1, len(self.rows))]
        if last > self.top + self.height:
            self.top = last - self.height
        self.top = min(self.top, first)
