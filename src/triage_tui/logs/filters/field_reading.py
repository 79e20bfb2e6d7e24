"""One field of the records of a log: of many at once by the shapes of their lines, of the others by parsing them."""

from __future__ import annotations

import numpy as np

from triage_tui.logs.filters.field_columns import MARGIN, read_column, shapes_of
from triage_tui.logs.filters.pattern_columns import PatternColumn
from triage_tui.logs.filters.row_set import Rows
from triage_tui.logs.formats.fields import plan_for
from triage_tui.logs.index.blocks import Numbers
from triage_tui.logs.index.file_rows import READ_AT_ONCE, SPARSE, FileRows

KeyedField = tuple[str, object]
_BYTES_AT_ONCE, _MOST_ROWS = 1 << 20, 8192
_NEWLINE = ord("\n")


class FieldReading:
    """Reads the field of a column, or of its own name, out of one log."""

    def __init__(self, log: FileRows, name: str, id_fields: frozenset[str] = frozenset()) -> None:
        self._log, self._name, self._id_fields = log, name, id_fields
        self._pattern = PatternColumn.of(log.reader.formats, name, id_fields)
        self._shapes = shapes_of(log.reader, log.reader.sample, name, id_fields)
        self.rows_at_once = int(np.clip(_BYTES_AT_ONCE * max(1, len(log)) // max(1, log.end), 1, _MOST_ROWS))

    def of(self, rows: Rows) -> list[KeyedField]:
        """The field of some records as it was written, None where there is none, each after the key it has there."""
        first, last = int(rows.min()), int(rows.max()) + 1
        is_dense = len(rows) * SPARSE >= last - first and self._log.bytes_between(first, last) <= READ_AT_ONCE
        if not is_dense or not self._shapes:
            return self._left(rows)
        found = self._by_shapes(first, last)
        return (
            found
            if len(found) == len(rows) and bool((np.diff(rows) == 1).all())
            else [found[row] for row in (rows - first).tolist()]
        )

    def _by_shapes(self, first: int, last: int) -> list[KeyedField]:
        begin, size = self._log.timed.at("offset", first), self._log.bytes_between(first, last)
        buffer = bytearray(size + MARGIN)
        self._log.source.read_into(memoryview(buffer)[:size], begin)
        data, starts = np.frombuffer(buffer, np.uint8), self._log.timed.read("offset", first, last) - begin
        ends = np.append(starts[1:], size)
        ends = ends - (data[ends - 1] == _NEWLINE)
        found: list[KeyedField] = [("", None)] * len(starts)
        left = np.arange(len(starts))
        for shape in self._shapes:
            if not len(left):
                break
            column = read_column(shape, data, starts[left], ends[left])
            _put(found, left[column.fits], [(shape.key, value) for value in column.values])
            left = left[~column.fits]
        if len(left):
            _put(found, left, self._parsed(left + first))
        return found

    def _left(self, rows: Rows) -> list[KeyedField]:
        """Read records that have none of the shapes: by the pattern of their format, or by parsing them."""
        if self._pattern is None:
            return self._parsed(rows)
        read = self._pattern.read(self._log.texts(rows))
        parsed = iter(self._parsed(rows[[one is None for one in read]]))
        return [next(parsed) if one is None else one for one in read]

    def _parsed(self, rows: Rows) -> list[KeyedField]:
        fields = self._log.fields(rows)
        shapes = set(map(tuple, fields))
        keys = {shape: plan_for(shape, self._id_fields).columns.get(self._name, self._name) for shape in shapes}
        return [(key, one.get(key)) for one in fields for key in (keys[tuple(one)],)]


def _put(found: list[KeyedField], places: Numbers, fields: list[KeyedField]) -> None:
    if len(places) == len(found):
        found[:] = fields
        return
    for place, field in zip(places.tolist(), fields, strict=True):
        found[place] = field
