"""Which rows of a long list are in sight, and which one the cursor is on; nothing here draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from textual.content import Content


class ListRows(Protocol):
    """The rows of a list; positions count from 0."""

    @property
    def empty(self) -> str:
        """Why there is no row."""

    def __len__(self) -> int:
        """How many rows there are by now."""

    def is_selectable(self, position: int) -> bool:
        """Tell whether the cursor may stand on a row."""

    def content(self, position: int, width: int) -> Content:
        """Draw one row without the cursor, for a list of so many cells; what is wider is cropped."""


class Sight:
    """Cursor and top row of a list; the cursor is always in sight.

    ``height`` tells how many rows there is room for; ``moved`` is told after each move which row the cursor was on and
    which one was the top one before.
    """

    def __init__(self, rows: ListRows, height: Callable[[], int], moved: Callable[[int, int], None]) -> None:
        self._rows, self._height, self._moved = rows, height, moved
        self.cursor = self.top = 0
        self._stands = False

    def fit(self) -> None:
        """Bring the cursor back among the rows that there are, and into sight; tells nobody."""
        if len(self._rows):
            self.cursor = self._nearest_selectable(self.cursor, 1)
        self._follow_cursor()

    def resize(self) -> None:
        """Keep the cursor in sight after the height changed."""
        with self._telling():
            if self._stands:
                self._stand()
            else:
                self._follow_cursor()

    def go_to(self, position: int) -> None:
        """Put the cursor on a position, or on the nearest there is."""
        with self._telling():
            self._put_cursor(position)

    def move(self, rows: int) -> None:
        """Move the cursor by rows, over those that cannot be chosen."""
        self.go_to(self.cursor + rows)

    def go_bottom(self) -> None:
        """Go to the last row."""
        self.go_to(len(self._rows) - 1)

    def jump_to(self, position: int, *, stands: bool = False) -> None:
        """Put the cursor on a position; one out of sight comes into the middle, with what is around it.

        Where it ``stands``, it stays there when sizes change.
        """
        if stands and self._stands and position == self.cursor:
            return
        with self._telling():
            in_sight = self.top <= position < self.top + self._height()
            self._put_cursor(position)
            if not in_sight:
                self._stands = stands
                self._stand()

    def page(self, pages: float) -> None:
        """Move cursor and view by pages, one line staying in sight; 0.5 is half a page, negative goes up."""
        rows = max(1, round(abs(pages) * max(self._height() - 1, 1)))
        step = rows if pages > 0 else -rows
        with self._telling():
            self._put_top(self.top + step)
            self._put_cursor(self.cursor + step)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        cursor, top = self.cursor, self.top
        yield
        self._moved(cursor, top)

    def _put_cursor(self, position: int) -> None:
        self._stands = False
        if len(self._rows):
            self.cursor = self._nearest_selectable(position, 1 if position >= self.cursor else -1)
            self._follow_cursor()

    def _nearest_selectable(self, position: int, step: int) -> int:
        """The nearest row that can be chosen; that in direction ``step`` (1 or -1) where there is one."""
        count = len(self._rows)
        inside = max(0, min(position, count - 1))
        after, before = range(inside, count), range(inside, -1, -1)
        ways = (after, before) if step > 0 else (before, after)
        return next((here for way in ways for here in way if self._rows.is_selectable(here)), inside)

    def _stand(self) -> None:
        self._put_top(self.cursor - self._height() // 2)

    def _follow_cursor(self) -> None:
        self._put_top(max(min(self.top, self.cursor), self.cursor - max(self._height(), 1) + 1))

    def _put_top(self, top: int) -> None:
        self.top = max(0, min(top, len(self._rows) - self._height()))
