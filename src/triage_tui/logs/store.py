"""Random access to the records of many logs in time order; their text stays in the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from triage_tui.investigation.source import LogLine
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.excerpts import span_of
from triage_tui.logs.field_reading import FieldReading, KeyedField
from triage_tui.logs.fields import plan_for, text_of
from triage_tui.logs.file_rows import FileRows
from triage_tui.logs.hashing import hash_of
from triage_tui.logs.histogram import LevelTally
from triage_tui.logs.index_rows import LEVEL_BITS, NO_TIME
from triage_tui.logs.levels import LEVELS
from triage_tui.logs.line_formats import Fields
from triage_tui.logs.row_set import Rows, RowSet
from triage_tui.logs.scanner import is_whole_word, offsets_by_span, offsets_of
from triage_tui.logs.time_order import TimeOrder, time_order
from triage_tui.logs.timestamps import EPOCH, MICROSECOND

PLANS_KEPT = 4096
TEXTS_AT_ONCE = 4096


class LogStore:
    """The records of indexed logs, row by row; implements ``LogLines``. Several threads may read.

    ``before`` is a store of the same logs when they were shorter: what it knows of their order is used again.

    Attributes:
        logs: the logs, each with its records in the order of its file.
        order: how the records of all follow each other.
    """

    def __init__(
        self, files: Sequence[FileRows], id_fields: frozenset[str] = frozenset(), before: LogStore | None = None
    ) -> None:
        self.logs, self._id_fields = tuple(files), id_fields
        self.order: TimeOrder = time_order(self.logs, before.order if before else None)
        self._columns: dict[tuple[str, ...], Mapping[str, str]] = {}
        self._matches: tuple[str, RowSet] = ("", RowSet.of([], len(self.order)))
        self._levels: dict[frozenset[str], RowSet] = {}
        self._readings: dict[tuple[int, str], FieldReading] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the logs that the records are in."""
        return tuple(dict.fromkeys(log.source.name for log in self.logs))

    def __len__(self) -> int:
        return len(self.order)

    def row(self, number: int) -> LogLine:
        """Read one record; a record over 1 MiB is cut. Raises ``IndexError`` beyond the end."""
        log, local = self._place(number)
        text = log.text(local)
        found = log.reader.fields_of(text)
        named = {column: found[key] for column, key in self._columns_of(tuple(found)).items()}
        fields = {name: text_of(value) for name, value in {**found, **named}.items()}
        flags = log.timed.at("flags", local)
        return LogLine(
            row=number,
            time=None if flags & NO_TIME else moment_of(log.timed.at("order", local)),
            level=LEVELS[(flags & LEVEL_BITS) - 1] if flags & LEVEL_BITS else None,
            request_id=fields.get("request_id"),
            event=fields.get("event") or text.partition("\n")[0],
            text=text,
            file=log.source.name,
            line=log.timed.at("line", local),
        )

    def text(self, number: int) -> str:
        """The raw text of a record, cut after 1 MiB."""
        log, local = self._place(number)
        return log.text(local)

    def texts(self, rows: Rows) -> Iterator[tuple[Rows, list[str]]]:
        """The raw texts of sorted rows, each cut after 1 MiB, in parts: some of the rows, and the text of each."""
        for source, own, local in self.order.places(rows):
            for start in range(0, len(own), TEXTS_AT_ONCE):
                part = slice(start, start + TEXTS_AT_ONCE)
                yield own[part], self.logs[source].texts(local[part])

    def field(self, number: int, name: str) -> str | None:
        """One field of a record, by the name of its column or its own; None where the record has none."""
        return text_of(self.keyed_field(number, name)[1])

    def keyed_field(self, number: int, name: str) -> tuple[str, object]:
        """One field of a record as it was written, after the key that it has there; None where there is none."""
        found = self.fields(number)
        key = self._columns_of(tuple(found)).get(name, name)
        return key, found.get(key)

    def keyed_fields(self, rows: Rows, name: str) -> Iterator[tuple[Rows, list[KeyedField]]]:
        """``keyed_field`` of many sorted rows, in parts: some of the rows, and the field of each."""
        for source, own, local in self.order.places(rows):
            reading = self._readings.get((source, name))
            if reading is None:
                reading = self._readings[source, name] = FieldReading(self.logs[source], name, self._id_fields)
            for start in range(0, len(own), reading.rows_at_once):
                part = slice(start, start + reading.rows_at_once)
                yield own[part], reading.of(local[part])

    def fields(self, number: int) -> Fields:
        """All fields of a record under their own names, nested ones under dotted names, in the order of the record."""
        log, local = self._place(number)
        return log.reader.fields_of(log.text(local))

    def row_at(self, moment: datetime) -> int:
        """The first row at or after a moment, the last row where there is none; 0 for an empty store."""
        return max(0, min(self.order.first_at(micros_of(moment)), len(self) - 1))

    def row_range(self, window: TimeWindow) -> tuple[int, int]:
        """The first row in a half-open window, and the first one after it."""
        return self.order.first_at(micros_of(window.start)), self.order.first_at(micros_of(window.end))

    def same_rows(self, before: LogStore) -> int:
        """How many of the first rows are those of a store of the same logs when they were shorter."""
        return self.order.same_rows(before.order)

    def rows_with_id(self, correlation_id: str, first: int = 0) -> RowSet:
        """Every row, from ``first`` on at least, with this ID in a field of any name or as a word of its text."""
        return self.rows_indexed_under(correlation_id) | self._rows_with_word(correlation_id.encode(), first)

    def rows_indexed_under(self, correlation_id: str) -> RowSet:
        """The rows whose field of the correlation ID is this one, by the index alone."""
        wanted = hash_of(correlation_id)
        if not wanted:
            return RowSet.of([], len(self))
        parts = (self.order.rows_of(number, log.rows_with_hash(wanted)) for number, log in enumerate(self.logs))
        return RowSet.gathered(len(self), parts)

    def next_match(self, text: str, start: int, step: int) -> int | None:
        """The next row that holds a text; the first search of a text scans all files, the next ones none."""
        return self.rows_holding(text).next(start, step)

    def rows_holding(self, text: str) -> RowSet:
        """Every row whose text holds this, ignoring the case of ASCII letters, in time order; none for ""."""
        known, rows = self._matches
        if known != text:
            rows = RowSet.gathered(len(self), (found for found, _ in self.scan_for(text)))
            self._matches = (text, rows)
        return rows

    def scan_for(self, text: str, first: int = 0) -> Iterator[tuple[Rows, float]]:
        """Find what ``rows_holding`` finds, span by span, with the share of the bytes that were read; none for "".

        Rows before ``first`` are left out where that saves reading. A row may come twice, and the rows of a span are in
        the order of its file.
        """
        begins = self._bytes_from(first)
        total, before = max(1, sum(log.end - begin for log, begin in zip(self.logs, begins, strict=True))), 0
        for number, log in enumerate(self.logs):
            spans = offsets_by_span(log.source, text.encode(), log.end, begins[number]) if text else ()
            for end, offsets in spans:
                local = log.rows_at(np.array(offsets, dtype=np.int64))
                yield self.order.rows_of(number, local), min(1.0, (before + end - begins[number]) / total)
            before += log.end - begins[number]

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        """The next row whose level is one of these."""
        return self.rows_with_level(levels).next(start, step)

    def rows_with_level(self, levels: frozenset[str]) -> RowSet:
        """Every row whose level is one of these, in time order."""
        if levels not in self._levels:
            codes = [number for number, level in enumerate(LEVELS, 1) if level in levels]
            parts = (
                self.order.rows_of(number, local)
                for number, log in enumerate(self.logs)
                for local in log.rows_with_level(codes)
            )
            self._levels[levels] = RowSet.gathered(len(self), parts)
        return self._levels[levels]

    def level_counts(
        self, every: timedelta, window: TimeWindow | None = None, rows: Sequence[int] | None = None
    ) -> LevelTally:
        """Count records by bucket and level, all of them or those of some rows; those without a time are left out."""
        tally = LevelTally(every, window)
        if rows is None:
            for log in self.logs:
                tally.add_all(log.timed)
        else:
            for piece in (rows if isinstance(rows, RowSet) else RowSet.of(rows, len(self))).pieces():
                for source, _, local in self.order.places(piece):
                    tally.add(self.logs[source].timed, local)
        return tally

    def span(self) -> TimeWindow | None:
        """From the first time to a second after the last; None where no record has one."""
        return span_of(self.logs)

    def close(self) -> None:
        """Close the files."""
        for log in self.logs:
            log.source.close()

    def _bytes_from(self, row: int) -> list[int]:
        """For each log, where the first record begins that may stand at a row or behind it."""
        if row <= 0:
            return [0] * len(self.logs)
        local = self.order.locals_from(row)
        return [
            log.timed.at("offset", one) if one < len(log) else log.end
            for log, one in zip(self.logs, local, strict=True)
        ]

    def _rows_with_word(self, word: bytes, first: int) -> RowSet:
        parts = []
        for (number, log), begin in zip(enumerate(self.logs), self._bytes_from(first), strict=True):
            places = offsets_of(log.source, word, begin) if word else []
            alone = [place for place in places if is_whole_word(log.source, place, len(word))]
            parts.append(self.order.rows_of(number, log.rows_at(np.array(alone, dtype=np.int64))))
        return RowSet.gathered(len(self), parts)

    def _place(self, number: int) -> tuple[FileRows, int]:
        if not 0 <= number < len(self):
            raise IndexError(f"row {number} of {len(self)}")
        source, local = self.order.place(number)
        return self.logs[source], local

    def _columns_of(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        """The key that fills each column, of records with these keys."""
        known = self._columns.get(keys)
        if known is None:
            known = plan_for(keys, self._id_fields).columns
            if len(self._columns) < PLANS_KEPT:
                self._columns[keys] = known
        return known


def moment_of(micros: int) -> datetime:
    """A time, UTC."""
    return EPOCH + micros * MICROSECOND


def micros_of(moment: datetime) -> int:
    """A time in microseconds since 1970 UTC."""
    return (moment - EPOCH) // MICROSECOND
