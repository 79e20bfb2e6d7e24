"""What all lists on the screen share: a selected row, the keys that move it, and what can be done with it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.entries import Entries, PinDraft, Row
from triage_tui.ui.messages import Said


class Browsable(Widget, can_focus=True):
    """A widget in which the browsing keys do their work."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.BROWSING)]

    def move_by(self, rows: int) -> None:
        """Move the selection by so many rows."""

    def move_to(self, *, last: bool) -> None:
        """Move the selection to the first or the last row."""

    def page_by(self, pages: int) -> None:
        """Move the selection by pages; one line of the old page stays in sight."""
        self.move_by(pages * max(1, self.content_size.height - 1))

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

    def action_cursor_down(self) -> None:
        """Move one row down."""
        self.move_by(1)

    def action_cursor_up(self) -> None:
        """Move one row up."""
        self.move_by(-1)

    def action_page_down(self) -> None:
        """Move one page down."""
        self.page_by(1)

    def action_page_up(self) -> None:
        """Move one page up."""
        self.page_by(-1)

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
        self._entries = Entries(stays_first=self.STAYS_FIRST)
        self._built_for = Size(0, 0)

    @abstractmethod
    def build_rows(self, width: int) -> list[Row]:
        """Return the rows for so many columns."""

    def rows_changed(self) -> None:
        """Build the rows again; the selection stays on the entry that it was on."""
        self._build()
        self.refresh()

    def _build(self) -> None:
        if not self._built_for.height:
            # What was selected before there was a place for it was brought into sight for no height.
            self._entries.top = 0
        self._built_for = self.content_size
        self._entries.height = max(1, self._built_for.height)
        self._entries.replace(self.build_rows(max(1, self._built_for.width)))

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
        self._select(self._entries.index_at(event.get_content_offset_capture(self).y))

    def selected_row(self) -> Row | None:
        """Return the selected row, None where none can be selected."""
        return self._entries.selected

    def select_key(self, key: str) -> None:
        """Select the row with this key, where there is one."""
        self._select(self._entries.index_of(key))

    def row_selected(self, row: Row) -> None:
        """Say what follows from selecting a row."""

    def move_by(self, rows: int) -> None:
        """Move among the rows that can be selected; without any, scroll."""
        index = self._entries.index_away(rows)
        if index is None:
            self._entries.scroll_by(rows)
            self.refresh()
        self._select(index)

    def move_to(self, *, last: bool) -> None:
        """Move to the first or last row that can be selected."""
        self.move_by(len(self._entries.rows) * (1 if last else -1))

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
        in_sight, above = self._entries.in_sight()
        lines = [line for index in in_sight for line in self._marked(index, self._entries.rows[index])]
        return Content("\n").join(lines[above : above + self.content_size.height])

    def _marked(self, index: int, row: Row) -> Sequence[Content]:
        if not row.key or index != self._entries.index:
            return [Content(" ") + line for line in row.lines]
        mark = Content.styled("▸", "$pin bold") if self.has_focus else Content.styled("▸", "$muted")
        first = row.lines[0].stylize("bold") if self.has_focus else row.lines[0]
        return [mark + first, *(Content(" ") + line for line in row.lines[1:])]

    def _select(self, index: int | None) -> None:
        if index is not None:
            self._entries.height = max(1, self.content_size.height)
            row = self._entries.select(index)
            self.refresh()
            self.row_selected(row)
