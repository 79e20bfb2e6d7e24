"""The entries of a list, and which of them is selected; nothing here draws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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

    Where it ``stays_first``, the first row is selected, whichever it is by now, until someone selects another.
    """

    def __init__(self, *, stays_first: bool = False) -> None:
        self.rows: Sequence[Row] = ()
        self.index = self.top = 0
        self.height = 1
        self._stays_first = stays_first

    @property
    def selected(self) -> Row | None:
        """The selected row, None where none can be selected."""
        row = self.rows[self.index] if self.index < len(self.rows) else None
        return row if row is not None and row.key else None

    def replace(self, rows: Sequence[Row]) -> None:
        """Take other rows; the selection stays on the entry that it was on."""
        kept = None if self._stays_first else self.selected
        self.rows = rows
        keys, selectable = [row.key for row in rows], self._selectable()
        if kept is not None and kept.key in keys:
            self.index = keys.index(kept.key)
        elif self._stays_first or self.index not in selectable:
            self.index = selectable[0] if selectable else 0
        self._scroll_into_sight()

    def select(self, index: int) -> Row:
        """Select a row for someone, and bring it into sight."""
        self.index, self._stays_first = index, False
        self._scroll_into_sight()
        return self.rows[index]

    def index_of(self, key: str) -> int | None:
        """Where the row with a key is."""
        return next((number for number, row in enumerate(self.rows) if row.key == key), None)

    def index_at(self, y: int) -> int | None:
        """Which row stands at a line of the view; None where it cannot be selected."""
        owners = [index for index, row in enumerate(self.rows) for _ in row.lines]
        line = self.top + y
        return owners[line] if 0 <= line < len(owners) and self.rows[owners[line]].key else None

    def index_away(self, rows: int) -> int | None:
        """Which row is so many from the selected one, of those that can be selected; None without any."""
        selectable = self._selectable()
        if not selectable:
            return None
        here = selectable.index(self.index) if self.index in selectable else 0
        return selectable[min(max(here + rows, 0), len(selectable) - 1)]

    def scroll_by(self, lines: int) -> None:
        """Move the view, up to its ends."""
        total = sum(len(row.lines) for row in self.rows)
        self.top = min(max(self.top + lines, 0), max(0, total - self.height))

    def _selectable(self) -> list[int]:
        return [index for index, row in enumerate(self.rows) if row.key]

    def _scroll_into_sight(self) -> None:
        heights = [len(row.lines) for row in self.rows]
        first = 0 if self._selectable()[:1] == [self.index] else sum(heights[: self.index])
        last = sum(heights[: self.index + 1])
        if last > self.top + self.height:
            self.top = last - self.height
        self.top = min(self.top, first)
