"""Random access to the records of many logs in time order; their text stays in the files."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

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
from triage_tui.logs.record_sets import FoundRows, RecordSet
from triage_tui.logs.row_set import Rows, RowSet
from triage_tui.logs.scanner import Stretch, is_whole_word, offsets_in, offsets_of
from triage_tui.logs.time_order import TimeOrder, time_order
from triage_tui.logs.timestamps import EPOCH, MICROSECOND

PLANS_KEPT = 4096


class Standing(NamedTuple):
    """What records are sorted by: time in microseconds since 1970 UTC, the number of the log, and the row in it.

    A record without a time has that of the one before it.
    """

    micros: int
    log: int
    local: int


class LogStore:
    """The records of indexed logs, row by row; implements ``LogLines``. Several threads may read.

    ``before`` is a store of the same logs when they were shorter: what it knows of their order is used again.

    Attributes:
        logs: the logs, each with its records in the order of its file.
        order: how the records of all follow each other.
        counts: how many records each log has.
    """

    def __init__(
        self, files: Sequence[FileRows], id_fields: frozenset[str] = frozenset(), before: LogStore | None = None
    ) -> None:
        self.logs, self._id_fields = tuple(files), id_fields
        self.order: TimeOrder = time_order(self.logs, before.order if before else None)
        self.counts = tuple(map(len, self.logs))
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

    def standing(self, number: int) -> Standing:
        """What a row is sorted by."""
        log, local = self.order.place(number)
        return Standing(self.logs[log].timed.at("order", local), log, local)

    def text(self, number: int) -> str:
        """The raw text of a record, cut after 1 MiB."""
        log, local = self._place(number)
        return log.text(local)

    def field(self, number: int, name: str) -> str | None:
        """One field of a record, by the name of its column or its own; None where the record has none."""
        return text_of(self.keyed_field(number, name)[1])

    def keyed_field(self, number: int, name: str) -> tuple[str, object]:
        """One field of a record as it was written, after the key that it has there; None where there is none."""
        found = self.fields(number)
        key = self._columns_of(tuple(found)).get(name, name)
        return key, found.get(key)

    def keyed_fields(self, log: int, rows: Rows, name: str) -> Iterator[tuple[Rows, list[KeyedField]]]:
        """``keyed_field`` of many sorted rows of a log, in parts: some of the rows, and the field of each."""
        reading = self._readings.get((log, name))
        if reading is None:
            reading = self._readings[log, name] = FieldReading(self.logs[log], name, self._id_fields)
        for start in range(0, len(rows), reading.rows_at_once):
            part = rows[start : start + reading.rows_at_once]
            yield part, reading.of(part)

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
        return self.rows_of((number, log.rows_with_hash(wanted)) for number, log in enumerate(self.logs))

    def rows_of(self, records: Iterable[tuple[int, Rows]] | RecordSet) -> RowSet:
        """The rows of records, each part the number of a log and rows of its own."""
        found = records if isinstance(records, RecordSet) else RecordSet.gathered(self.counts, records)
        return self.order.rows_of(found)

    def records_from(self, row: int) -> RecordSet:
        """Every record that stands at a row or behind it, and some that do not where that is not known of a log."""
        return RecordSet.from_rows(self.counts, self.order.locals_from(row) if row > 0 else [0] * len(self.logs))

    def next_match(self, text: str, start: int, step: int) -> int | None:
        """The next row that holds a text; the first search of a text scans all files, the next ones none."""
        return self.rows_holding(text).next(start, step)

    def rows_holding(self, text: str) -> RowSet:
        """Every row whose text holds this, ignoring the case of ASCII letters, in time order; none for ""."""
        known, rows = self._matches
        if known != text:
            rows = self.rows_of((found.log, found.rows) for found in self.scan_for(text, self.records_from(0)))
            self._matches = (text, rows)
        return rows

    def scan_for(self, text: str, candidates: RecordSet) -> Iterator[FoundRows]:
        """Find the records whose text holds this, span by span in the order of their files; none for "".

        Only the parts of the files that candidates are in are read, but others may be found too. A record may come
        twice.
        """
        parts = [(number, _stretch(self.logs[number], rows)) for number, rows in candidates.pieces()] if text else []
        cut = [(number, one) for number, part in parts for one in part.cut()]
        total, done = sum(one.size for _, one in cut), 0
        found = offsets_in((one for _, one in cut), text.encode()) if cut else iter(())
        for (number, _), (stretch, offsets) in zip(cut, found, strict=True):
            done += stretch.size
            yield FoundRows(number, self.logs[number].rows_at(np.array(offsets, dtype=np.int64)), done / total)

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        """The next row whose level is one of these."""
        return self.rows_with_level(levels).next(start, step)

    def rows_with_level(self, levels: frozenset[str]) -> RowSet:
        """Every row whose level is one of these, in time order."""
        if levels not in self._levels:
            self._levels[levels] = self.rows_of(self.records_with_level(levels))
        return self._levels[levels]

    def records_with_level(self, levels: Container[str]) -> Iterator[tuple[int, Rows]]:
        """Every record whose level is one of these, in parts: the number of a log, and rows of it."""
        codes = [number for number, level in enumerate(LEVELS, 1) if level in levels]
        for number, log in enumerate(self.logs):
            yield from ((number, rows) for rows in log.rows_with_level(codes))

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

    def _rows_with_word(self, word: bytes, first: int) -> RowSet:
        begins = self.order.locals_from(first) if first > 0 else [0] * len(self.logs)
        parts = []
        for (number, log), local in zip(enumerate(self.logs), begins, strict=True):
            begin = log.timed.at("offset", local) if 0 < local < len(log) else log.end if local else 0
            places = offsets_of(log.source, word, begin) if word else []
            alone = [place for place in places if is_whole_word(log.source, place, len(word))]
            parts.append((number, log.rows_at(np.array(alone, dtype=np.int64))))
        return self.rows_of(parts)

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


def _stretch(log: FileRows, rows: Rows) -> Stretch:
    """The bytes from the first to the last of sorted rows."""
    return Stretch(log.source, log.timed.at("offset", int(rows[0])), log.byte_after(int(rows[-1])))


def moment_of(micros: int) -> datetime:
    """A time, UTC."""
    return EPOCH + micros * MICROSECOND


def micros_of(moment: datetime) -> int:
    """A time in microseconds since 1970 UTC."""
    return (moment - EPOCH) // MICROSECOND
