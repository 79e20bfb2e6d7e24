"""Fields of the records of a store, by the name of a column or under their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from triage_tui.logs.filters.field_reading import FieldReading, KeyedField
from triage_tui.logs.filters.row_set import Rows
from triage_tui.logs.formats.fields import plan_for, text_of
from triage_tui.logs.formats.line_formats import Fields
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.order.record_order import TimeOrder

PLANS_KEPT = 4096


class RowFields:
    """Reads fields. Several threads may read."""

    def __init__(self, logs: Sequence[FileRows], order: TimeOrder, id_fields: frozenset[str]) -> None:
        self._logs, self._order, self._id_fields = logs, order, id_fields
        self._columns: dict[tuple[str, ...], Mapping[str, str]] = {}
        self._readings: dict[tuple[int, str], FieldReading] = {}

    def of(self, row: int) -> Fields:
        """All fields of a record under their own names, nested ones under dotted names, in the order of the record.

        Raises ``IndexError`` beyond the end.
        """
        log, local = place_of(row, self._logs, self._order)
        return log.reader.fields_of(log.text(local))

    def text(self, row: int, name: str) -> str | None:
        """One field of a record, by the name of its column or its own; None where the record has none."""
        return text_of(self.keyed(row, name)[1])

    def keyed(self, row: int, name: str) -> KeyedField:
        """One field of a record as it was written, after the key that it has there; None where there is none."""
        found = self.of(row)
        key = self.columns_of(tuple(found)).get(name, name)
        return key, found.get(key)

    def keyed_of(self, log: int, rows: Rows, name: str) -> Iterator[tuple[Rows, list[KeyedField]]]:
        """``keyed`` of many sorted rows of a log, in parts: some of the rows, and the field of each."""
        reading = self._readings.get((log, name))
        if reading is None:
            reading = self._readings[log, name] = FieldReading(self._logs[log], name, self._id_fields)
        for start in range(0, len(rows), reading.rows_at_once):
            part = rows[start : start + reading.rows_at_once]
            yield part, reading.of(part)

    def columns_of(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        """The key that fills each column, of records with these keys."""
        known = self._columns.get(keys)
        if known is None:
            known = plan_for(keys, self._id_fields).columns
            if len(self._columns) < PLANS_KEPT:
                self._columns[keys] = known
        return known


def place_of(row: int, logs: Sequence[FileRows], order: TimeOrder) -> tuple[FileRows, int]:
    """The log that a row is in, and the row that it is there; raises ``IndexError`` beyond the end."""
    if not 0 <= row < len(order):
        raise IndexError(f"row {row} of {len(order)}")
    number, local = order.place(row)
    return logs[number], local
