"""The last line of the screen: the keys that help most just now, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len
from textual.content import Content

from triage_tui.ui.widgets.one_line import OneLine


class KeyHint(msgspec.Struct, frozen=True):
    """A key as people write it, and what it does."""

    key: str
    label: str


class KeyFooter(OneLine[tuple[KeyHint, ...]]):
    """Key hints, the most useful first; help stays when others are dropped."""

    def draw(self, facts: tuple[KeyHint, ...], width: int) -> Content:
        """Return the line for so many cells."""
        return keys_content(facts, width)


def keys_content(hints: Sequence[KeyHint], width: int, *, always: str = "?") -> Content:
    """Draw hints from the first on while they fit; the one with the key ``always`` is kept whatever is dropped."""
    kept = [hint for hint in hints if hint.key == always][:1]
    for hint in (hint for hint in hints if hint.key != always):
        if _cells([*kept, hint]) > width:
            break
        kept.append(hint)
    return _hints(sorted(kept, key=hints.index)).truncate(max(width, 0))


def _cells(hints: Sequence[KeyHint]) -> int:
    """Return how wide hints are: a cell before the first, two between."""
    return sum(cell_len(f"{hint.key} {hint.label}") + 2 for hint in hints) - 1


def _hints(hints: Sequence[KeyHint]) -> Content:
    words = [Content.assemble((hint.key, "bold $key"), (f" {hint.label}", "$muted")) for hint in hints]
    return Content(" ") + Content("  ").join(words)
