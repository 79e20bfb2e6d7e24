"""Lists of entries of several lines: what is in sight, and what a key costs."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size

from triage_tui.ui.browsing import EntryList
from triage_tui.ui.entries import Entries, Row


def rows(*heights: int) -> list[Row]:
    """Entries as high as these; every one but the first can be selected."""
    return [Row((Content(f"{n}"),) * height, key=f"row {n}" if n else "") for n, height in enumerate(heights)]


def shown(entries: Entries) -> str:
    """The number of the row of each line in the view."""
    in_sight, above = entries.in_sight()
    lines = "".join(line.plain for index in in_sight for line in entries.rows[index].lines)
    return lines[above : above + entries.height]


def test_the_view_moves_with_the_selection_over_rows_of_any_height() -> None:
    entries = Entries()
    entries.height = 3
    entries.replace(rows(1, 3, 0, 2, 1))
    seen = [shown(entries)]
    while (after := entries.index_away(1)) not in {entries.index, None}:
        assert after is not None
        entries.select(after)
        seen.append(shown(entries))
    assert seen == ["011", "111", "133", "334"]
    assert [entries.index_at(y) for y in range(4)] == [3, 3, 4, None]


def test_a_list_that_has_become_empty_shows_nothing_and_selects_nothing() -> None:
    entries = Entries()
    entries.replace(rows(1, 1, 1))
    entries.select(2)
    entries.replace([])
    assert (entries.selected, entries.index_away(1), shown(entries)) == (None, None, "")


class ManyEntries(EntryList):
    """Twenty thousand entries; counts those that are drawn."""

    drawn = 0

    def build_rows(self, width: int) -> list[Row]:
        return [Row((Content("x" * width),), key=str(number)) for number in range(20_000)]

    def _marked(self, index: int, row: Row) -> list[Content]:
        self.drawn += 1
        return list(super()._marked(index, row))

    @property
    def content_size(self) -> Size:
        return Size(80, 24)


def test_of_many_entries_those_in_sight_are_drawn() -> None:
    entries = ManyEntries()
    entries.render()
    assert entries.drawn == 24
