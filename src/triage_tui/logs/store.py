"""Random access to the records of many logs in time order; their text stays in the files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from triage_tui.investigation.source import LogLine
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.excerpts import span_of
from triage_tui.logs.filters.row_fields import RowFields, place_of
from triage_tui.logs.filters.row_set import RowSet
from triage_tui.logs.formats.fields import text_of
from triage_tui.logs.formats.levels import LEVELS
from triage_tui.logs.formats.timestamps import EPOCH, MICROSECOND, micros_of
from triage_tui.logs.freed_memory import return_freed_memory
from triage_tui.logs.histogram import LevelTally
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.index.index_rows import LEVEL_BITS, NO_TIME
from triage_tui.logs.order.merged_order import MERGED_AT_ONCE, Merged
from triage_tui.logs.order.record_order import TimeOrder
from triage_tui.logs.order.time_order import time_order
from triage_tui.logs.search.record_search import RecordSearch

GONE = "(its text is gone: the log was cut)"
"""What a record says that is no longer in its file, and in no copy that was found."""


class Standing(NamedTuple):
    """What records are sorted by: time in microseconds since 1970 UTC, the number of the log, and the row in it.

    A record without a time has that of the one before it.
    """

    micros: int
    log: int
    local: int


class LogStore:
    """The records of indexed logs, row by row; implements ``LogLines``. Several threads may read.

    ``before`` is a store of the same logs when they were shorter: what it knows of their order is used again. Raises
    ``UnreadableInput`` where there is no room for the order.

    Attributes:
        logs: the logs, each with its records in the order of its file.
        order: how the records of all follow each other.
        search: finds records by what they hold.
        fields: reads the fields of records.
    """

    def __init__(
        self, files: Sequence[FileRows], id_fields: frozenset[str] = frozenset(), before: LogStore | None = None
    ) -> None:
        self.logs = tuple(files)
        self.order: TimeOrder = time_order(self.logs, before.order if before else None)
        if isinstance(self.order, Merged) and len(self) - (len(before) if before else 0) > MERGED_AT_ONCE:
            return_freed_memory()
        self.search = RecordSearch(self.logs, self.order)
        self.fields = RowFields(self.logs, self.order, id_fields)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the logs that the records are in."""
        return tuple(dict.fromkeys(log.source.name for log in self.logs if len(log)))

    @property
    def has_several_hosts(self) -> bool:
        """Whether records are of several hosts, as far as their names are read by now."""
        return len({name for log in self.logs for name in log.names.hosts.first(2)}) > 1

    def __len__(self) -> int:
        return len(self.order)

    def row(self, number: int) -> LogLine:
        """Read one record; a record over 1 MiB is cut. Raises ``IndexError`` beyond the end."""
        log, local = place_of(number, self.logs, self.order)
        text = log.text(local)
        found = log.reader.fields_of(text)
        named = {column: found[key] for column, key in self.fields.columns_of(tuple(found)).items()}
        fields = {name: text_of(value) for name, value in {**found, **named}.items()}
        flags = log.timed.at("flags", local)
        return LogLine(
            row=number,
            time=None if flags & NO_TIME else moment_of(log.timed.at("order", local)),
            level=LEVELS[(flags & LEVEL_BITS) - 1] if flags & LEVEL_BITS else None,
            request_id=fields.get("request_id"),
            event=fields.get("event") or text.partition("\n")[0] or ("" if text else GONE),
            text=text,
            file=log.source.name,
            line=log.timed.at("line", local),
            fields=found,
        )

    def standing(self, number: int) -> Standing:
        """What a row is sorted by."""
        log, local = self.order.place(number)
        return Standing(self.logs[log].timed.at("order", local), log, local)

    def text(self, number: int) -> str:
        """The raw text of a record, cut after 1 MiB."""
        log, local = place_of(number, self.logs, self.order)
        return log.text(local)

    def place_of(self, file: str, line: int) -> tuple[str, int]:
        """The file and the number by which a line is known here that had those when its log was read in part.

        Of ``NAME@BYTE``, the first line is the one at this byte of ``NAME``, if that is read as far now.
        """
        name, _, byte = file.rpartition("@")
        log = next((log for log in self.logs if log.source.name == name), None)
        first = log.line_at(int(byte)) if log is not None and byte.isdigit() and file not in self.files else None
        return (file, line) if first is None else (name, first + line - 1)

    def row_at(self, moment: datetime) -> int:
        """The first row at or after a moment, the last row where there is none; 0 for an empty store."""
        return max(0, min(self.order.first_at(micros_of(moment)), len(self) - 1))

    def same_rows(self, before: LogStore) -> int:
        """How many of the first rows are those of a store of the same logs when they were shorter."""
        return self.order.same_rows(before.order)

    def rows_with_id(self, correlation_id: str, first: int = 0) -> RowSet:
        """Every row, from ``first`` on at least, with this ID in a field of any name or as a word of its text."""
        return self.search.with_id(correlation_id, first)

    def next_match(self, text: str, start: int, step: int) -> int | None:
        """The next row that holds a text; the first search of a text scans all files, the next ones none."""
        return self.search.holding(text).next(start, step)

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        """The next row whose level is one of these."""
        return self.search.with_level(levels).next(start, step)

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


def moment_of(micros: int) -> datetime:
    """A time, UTC."""
    return EPOCH + micros * MICROSECOND
