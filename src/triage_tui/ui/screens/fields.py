"""One record with all its fields, and how often a field has each of its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.worker import WorkType, get_current_worker

from triage_tui.investigation.counting import counted
from triage_tui.investigation.source import LogLine
from triage_tui.investigation.state import Investigation
from triage_tui.ui.commands import Scope, bindings_of
from triage_tui.ui.entries import PinDraft, Row
from triage_tui.ui.evidence_pane import RowsPane
from triage_tui.ui.messages import Said
from triage_tui.ui.panes.field_rows import field_rows, readable, value_rows
from triage_tui.ui.panes.key_line import KeyLine
from triage_tui.ui.panes.other_fields import OtherFields, other_field_rows, other_fields
from triage_tui.ui.panes.stack_traces import is_folded, is_trace
from triage_tui.ui.screens.filters import problem_of
from triage_tui.ui.screens.pane_screen import PaneScreen

if TYPE_CHECKING:
    from triage_tui.logs.filters.facets import ValueCounts, ValueOrder
    from triage_tui.logs.store import LogStore


class ValuesCounted(Message):
    """The values of a field were counted, over all lines that are shown or the first of them."""

    def __init__(self, name: str, counts: ValueCounts) -> None:
        super().__init__()
        self.name, self.counts = name, counts


class OthersFound(Message):
    """The fields were found that other lines have."""

    def __init__(self, found: OtherFields) -> None:
        super().__init__()
        self.found = found


class FilterWanted(Message):
    """The lines with the selected value are to be shown, and no others."""


class FieldsPane(RowsPane):
    """The fields of a record, then those of other lines; Enter unfolds a trace, and opens the values of a field."""

    TITLE = "Fields"

    def __init__(self, store: LogStore, line: LogLine, rows: Sequence[int] | None) -> None:
        super().__init__(id="fields")
        self._store, self._line, self._shown_rows = store, line, rows
        self._fields = store.fields.of(line.row)
        self._has_folded = any(is_folded(readable(value).split("\n")) for value in self._fields.values())
        self._unfolded: frozenset[str] = frozenset()
        self._name: str | None = None
        self._counts: ValueCounts | None = None
        self._order: ValueOrder | None = None
        self._others = OtherFields()

    def on_mount(self) -> None:
        """Look into other lines for fields that this one has not."""
        self.run_worker(self._find_others, name="fields", group="fields", thread=True, exit_on_error=False)

    def _find_others(self) -> None:
        worker = get_current_worker()
        found = other_fields(self._store, self._fields.keys(), self._shown_rows, lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(OthersFound(found))

    def on_others_found(self, message: OthersFound) -> None:
        """Show them below."""
        self._others = message.found
        self._draw()

    def drawn_from(self, investigation: Investigation) -> tuple[object, ...]:
        """Return nothing beyond the evidence: a record is what it is."""
        del investigation
        return ()

    def title(self, investigation: Investigation) -> str:
        """Name the record, and the field whose values are shown."""
        del investigation
        return f"Values of {self._name}" if self._name else f"{self.TITLE} ▸ {self._line.file}:{self._line.line}"

    def completeness(self, investigation: Investigation) -> str:
        """Count the fields, or the values and the lines that they were counted in."""
        del investigation
        if self._name is None:
            others = f" · {len(self._others.counts)} in other lines" if self._others.counts else ""
            return f"{counted(len(self._fields), 'field')}{others}" + (" · Enter unfolds" if self._has_folded else "")
        if self._counts is None:
            return "counting…"
        seen, total = self._counts.counted, self._counts.total
        which = counted(total, "line") if seen == total else f"{seen:,} of {total:,} lines"
        order = f" · {self._order}" if self._order else ""
        return f"{counted(len(self._counts.values), 'value')} in {which}{order}"

    def rows(self, investigation: Investigation, width: int) -> list[Row]:
        """Return the fields, or the values of one of them."""
        del investigation
        if self._name is None:
            place = PinDraft("", self._line.file, self._line.time, f"{self._line.file}:{self._line.line}")
            return [*field_rows(self._fields, self._unfolded, width, place), *other_field_rows(self._others)]
        counts = self._counts.in_order(self._order) if self._counts and self._order else self._counts
        return value_rows(self._name, counts.values, counts.counted, width) if counts else []

    def open_selected(self) -> None:
        """Unfold a stack trace or fold it again; of any other field, count the values; show the lines with a value."""
        row = self.selected_row()
        if row is None:
            return
        if self._name is not None:
            self.post_message(FilterWanted())
        elif is_trace(readable(self._fields.get(row.key, "")).split("\n")):
            self._unfolded ^= {row.key}
            self.rows_changed()
        else:
            self._open_values(row.key)

    def _open_values(self, name: str) -> None:
        self._name, self._counts = name, None
        self._draw()
        work: WorkType[None] = partial(self._count, name)
        self.run_worker(work, name="values", group="values", thread=True, exclusive=True, exit_on_error=False)

    def change_order(self) -> bool:
        """List the values from the lowest, from the highest, or from the most frequent one; False where none are."""
        from triage_tui.logs.filters.facets import ValueOrder

        if self._name is None:
            return False
        self._order = (self._order or ValueOrder.FREQUENT_FIRST).next
        self._draw()
        self.move_to(last=False)
        return True

    def close_values(self) -> bool:
        """Show the fields again; False where they are shown."""
        if self._name is None:
            return False
        self.workers.cancel_group(self, "values")
        name, self._name = self._name, None
        self._draw()
        self.select_key(name)
        return True

    def selected_filter(self, *, excluded: bool) -> str | None:
        """Return the filter that leaves only, or takes away, the lines with the selected value."""
        row = self.selected_row()
        if row is None or row.key == "none":
            return None
        name = self._name or row.key
        value = row.text if self._name else self._store.fields.text(self._line.row, name)
        if not value or "\n" in value:
            return None
        # What stands behind a blank might be read as another condition, or as how much context is wanted.
        quoted = f'"{value}"' if value[0] in "\"'" or value.split() != [value] else value
        text = f"{name}{'!=' if excluded else '='}{quoted}"
        return None if problem_of(text) else text

    def _count(self, name: str) -> None:
        from triage_tui.logs.filters.facets import value_counts

        worker = get_current_worker()
        for counts in value_counts(self._store, name, self._shown_rows):
            if worker.is_cancelled:
                return
            self.post_message(ValuesCounted(name, counts))

    def on_values_counted(self, message: ValuesCounted) -> None:
        """Show what was counted by now."""
        if message.name == self._name:
            self._counts = message.counts
            self._draw()

    def _draw(self) -> None:
        self.rows_changed()
        self.draw_border()


class FieldsScreen(PaneScreen[FieldsPane]):
    """A record in full; ``add_filter`` is called with a filter that was chosen here."""

    SCOPE = Scope.FIELDS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(Scope.FIELDS)]

    def __init__(self, pane: FieldsPane, investigation: Investigation, add_filter: Callable[[str], None]) -> None:
        super().__init__(pane, investigation)
        self._add_filter = add_filter

    def on_mount(self) -> None:
        """Show the keys of a record."""
        self.query_one(KeyLine).show_for("fields")

    def action_all_lines(self) -> None:
        """Go back: from values to the fields, from the fields to the log."""
        if not self._pane.close_values():
            self.app.pop_screen()

    def action_on_pane(self, pane: str, action: str) -> None:
        """Filter the log to the selected value; the other commands of that pane need its lines in sight."""
        if (pane, action) == ("logs", "filter"):
            self._filter(excluded=False)

    def on_filter_wanted(self) -> None:
        """Filter the log to the selected value."""
        self._filter(excluded=False)

    def action_exclude(self) -> None:
        """Take the lines with the selected value away."""
        self._filter(excluded=True)

    def action_order(self) -> None:
        """List the values in another order."""
        if not self._pane.change_order():
            self.post_message(Said("Enter on a field lists its values first"))

    def _filter(self, *, excluded: bool) -> None:
        text = self._pane.selected_filter(excluded=excluded)
        if text is None:
            self.post_message(Said("no filter can be made of this value; y copies it"))
            return
        self._add_filter(text)
        self.app.pop_screen()
