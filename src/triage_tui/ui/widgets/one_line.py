"""A widget of one line, drawn from plain facts for the width that there is."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, TypeVar

from textual.content import Content
from textual.widget import Widget

Facts = TypeVar("Facts")


class OneLine(Widget, Generic[Facts]):
    """Draws its facts in one line; the same facts again cost nothing."""

    DEFAULT_CSS = """
    OneLine { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: clip; }
    """
    ALLOW_SELECT = False

    def __init__(self, facts: Facts, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._facts = facts

    # Widgets have a metaclass of their own: that a method is abstract is checked by mypy alone, here as elsewhere.
    @abstractmethod
    def draw(self, facts: Facts, width: int) -> Content:
        """Return the line for so many cells."""

    def show(self, facts: Facts) -> None:
        """Draw other facts."""
        if facts != self._facts:
            self._facts = facts
            self.refresh()

    def render(self) -> Content:
        """Draw for the width at hand."""
        return self.draw(self._facts, self.size.width)


def spread(left: Content, right: Content, width: int) -> Content:
    """Put one part at the left edge and one at the right; the left is cut where both do not fit."""
    room = width - right.cell_length
    if left.cell_length >= room:
        left = left.truncate(max(room - 1, 0), ellipsis=True)
    return left + Content(" " * max(0, room - left.cell_length)) + right
