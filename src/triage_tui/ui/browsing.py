"""What all lists on the screen share: a selected row, the keys that move it, and what can be done with it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.messages import Said


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


class Browsable(Widget, can_focus=True):
    """A widget in which the browsing keys do their work."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.BROWSING)]

    def move_by(self, rows: int) -> None:
        """Move the selection by so many rows."""

    def move_to(self, *, last: bool) -> None:
        """Move the selection to the first or the last row."""

    def open_selected(self) -> None:
        """Do what Enter does."""

    def selected_pin(self) -> PinDraft | None:
        """Return what pinning would keep, None where there is nothing to pin."""
        return None

    def selected_text(self) -> str:
        """Return what copying would take, "" where there is nothing."""
        return ""

    def pin_selected(self, draft: PinDraft) -> None:
        """Keep a pin; a list outside an investigation has no notebook to keep it in."""
        self.post_message(Said(f"there is no notebook here for: {draft.text}"))

    def page_size(self) -> int:
        """How many rows a page is: one line of the old page stays in sight."""
        return max(1, self.content_size.height - 1)

    def action_cursor_down(self) -> None:
        """Move one row down."""
        self.move_by(1)

    def action_cursor_up(self) -> None:
        """Move one row up."""
        self.move_by(-1)

    def action_page_down(self) -> None:
        """Move one page down."""
        self.move_by(self.page_size())

    def action_page_up(self) -> None:
        """Move one page up."""
        self.move_by(-self.page_size())

    def action_to_start(self) -> None:
        """Move to the first row."""
        self.move_to(last=False)

    def action_to_end(self) -> None:
        """Move to the last row."""
        self.move_to(last=True)

    def action_open_selected(self) -> None:
        """Open the selected row."""
        self.open_selected()

    def action_pin(self) -> None:
        """Pin the selected row."""
        draft = self.selected_pin()
        if draft is None:
            self.post_message(Said("nothing is selected here that could be pinned"))
        else:
            self.pin_selected(draft)

    async def action_yank(self) -> None:
        """Copy what is selected to the terminal's clipboard, or to a file where that cannot take it."""
        text = self.selected_text()
        if not text:
            self.post_message(Said("nothing is selected here that could be copied"))
            return
        from triage_tui.ui.clipboard import copy_text  # not before the first frame

        driver = self.app._driver  # noqa: SLF001 - Textual has no public way to write to the terminal
        terminal = None if driver is None or driver.is_headless else driver.write
        try:
            yank = await asyncio.to_thread(copy_text, text, terminal)
        except OSError as error:
            self.post_message(Said(f"could not copy: {error}", wrong=True))
        else:
            self.post_message(Said(yank.message))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say what went wrong in a worker of this list, which would be silent otherwise."""
        if event.state is WorkerState.ERROR:
            self.post_message(Said(f"{event.worker.name}: {event.worker.error}", wrong=True))


class EntryList(Browsable):
    """Rows of one or more lines, the selected one marked; only the lines in sight are drawn.

    With ``STAYS_FIRST`` the first row is selected, whichever it is by now, until someone selects another.
    """

    STAYS_FIRST: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] = []
        self._selected = 0
        self._chosen = False
        self._top = 0
        self._built_for = Size(0, 0)

    @abstractmethod
    def build_rows(self, width: int) -> list[Row]:
        """Return the rows for so many columns."""

    def rows_changed(self) -> None:
        """Build the rows again; the selection stays on the entry that it was on."""
        self._build()
        self.refresh()

    def _build(self) -> None:
        at_first = self.STAYS_FIRST and not self._chosen
        kept = None if at_first else self.selected_row()
        self._built_for = self.content_size
        self._rows = self.build_rows(max(1, self._built_for.width))
        keys = [row.key for row in self._rows]
        selectable = self._selectable()
        if kept is not None and kept.key in keys:
            self._selected = keys.index(kept.key)
        elif at_first or self._selected not in selectable:
            self._selected = selectable[0] if selectable else 0
        self._scroll_into_sight()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the rows to the new size, unless they were drawn in it before it was told."""
        del event
        if self._built_for != self.content_size:
            self.rows_changed()

    def on_focus(self, event: events.Focus) -> None:
        """Show the mark of the focused list."""
        del event
        self.refresh()

    def on_blur(self, event: events.Blur) -> None:
        """Show the mark of a list without the focus."""
        del event
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Select the row that was clicked."""
        line = self._top + event.get_content_offset_capture(self).y
        owners = [index for index, row in enumerate(self._rows) for _ in row.lines]
        if 0 <= line < len(owners) and self._rows[owners[line]].key:
            self._select(owners[line])

    def selected_row(self) -> Row | None:
        """Return the selected row, None where none can be selected."""
        row = self._rows[self._selected] if self._selected < len(self._rows) else None
        return row if row is not None and row.key else None

    def select_key(self, key: str) -> None:
        """Select the row with this key, where there is one."""
        index = next((number for number, row in enumerate(self._rows) if row.key == key), None)
        if index is not None:
            self._select(index)

    def row_selected(self, row: Row) -> None:
        """Say what follows from selecting a row."""

    def move_by(self, rows: int) -> None:
        """Move among the rows that can be selected; without any, scroll."""
        selectable = self._selectable()
        if not selectable:
            self._scroll_by(rows)
            return
        here = selectable.index(self._selected) if self._selected in selectable else 0
        self._select(selectable[min(max(here + rows, 0), len(selectable) - 1)])

    def move_to(self, *, last: bool) -> None:
        """Move to the first or last row that can be selected."""
        self.move_by(len(self._rows) * (1 if last else -1))

    def selected_pin(self) -> PinDraft | None:
        """Return what the selected row would pin."""
        row = self.selected_row()
        return row.pin if row is not None else None

    def selected_text(self) -> str:
        """Return what the selected row would copy."""
        row = self.selected_row()
        return row.text if row is not None else ""

    def render(self) -> Content:
        """Draw the lines in sight; the first time, and after a change of size, before anyone could fit them."""
        if self._built_for != self.content_size:
            self._build()
        height = self.content_size.height
        lines = [line for index, row in enumerate(self._rows) for line in self._marked(index, row)]
        return Content("\n").join(lines[self._top : self._top + height])

    def _marked(self, index: int, row: Row) -> Sequence[Content]:
        if not row.key or index != self._selected:
            return [Content(" ") + line for line in row.lines]
        mark = Content.styled("▸", "$pin bold") if self.has_focus else Content.styled("▸", "$muted")
        first = row.lines[0].stylize("bold") if self.has_focus else row.lines[0]
        return [mark + first, *(Content(" ") + line for line in row.lines[1:])]

    def _select(self, index: int) -> None:
        self._selected, self._chosen = index, True
        self._scroll_into_sight()
        self.refresh()
        self.row_selected(self._rows[index])

    def _selectable(self) -> list[int]:
        return [index for index, row in enumerate(self._rows) if row.key]

    def _scroll_into_sight(self) -> None:
        heights = [len(row.lines) for row in self._rows]
        first = 0 if self._selectable()[:1] == [self._selected] else sum(heights[: self._selected])
        last = sum(heights[: self._selected + 1])
        height = max(1, self.content_size.height)
        if last > self._top + height:
            self._top = last - height
        self._top = min(self._top, first)

    def _scroll_by(self, rows: int) -> None:
        lines = sum(len(row.lines) for row in self._rows)
        self._top = min(max(self._top + rows, 0), max(0, lines - self.content_size.height))
        self.refresh()
