"""The records of a store that hold a text, an ID or a level, as they are in their files and as rows in time order."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

import numpy as np

from triage_tui.investigation.id_values import spellings_of
from triage_tui.logs.content.byte_source import Excerpt
from triage_tui.logs.filters.record_sets import FoundRows, RecordSet
from triage_tui.logs.filters.row_set import Rows, RowSet
from triage_tui.logs.formats.levels import LEVELS
from triage_tui.logs.index.file_rows import FileRows
from triage_tui.logs.order.record_order import LATEST, TimeOrder
from triage_tui.logs.quick.id_hashing import id_hash_of
from triage_tui.logs.search.scanner import Stretch, is_whole_word, offsets_in, offsets_of


class RecordSearch:
    """Finds records; the rows of the last text and of each set of levels are kept. Several threads may search."""

    def __init__(self, logs: Sequence[FileRows], order: TimeOrder) -> None:
        self._logs, self._order = logs, order
        self._counts = tuple(map(len, logs))
        self._matches: tuple[str, RowSet] = ("", RowSet.of([], len(order)))
        self._levels: dict[frozenset[str], RowSet] = {}

    def with_id(self, correlation_id: str, first: int = 0) -> RowSet:
        """Every row, from ``first`` on at least, with this ID in a field of any name or as a word of its text."""
        return self.indexed_under(correlation_id) | self._with_word(correlation_id, first)

    def indexed_under(self, correlation_id: str) -> RowSet:
        """The rows whose field of the correlation ID is this one, by the index alone."""
        wanted = id_hash_of(correlation_id)
        if not wanted:
            return RowSet.of([], len(self._order))
        return self.rows_of((number, log.rows_with_hash(wanted)) for number, log in enumerate(self._logs))

    def gathered(self, parts: Iterable[tuple[int, Rows]]) -> RecordSet:
        """The set of records in some parts, each the number of a log and rows of its own."""
        return RecordSet.gathered(self._counts, parts)

    def rows_of(self, records: Iterable[tuple[int, Rows]] | RecordSet) -> RowSet:
        """The rows of records, which are a set or parts as those of ``gathered``."""
        return self._order.rows_of(records if isinstance(records, RecordSet) else self.gathered(records))

    def records_from(self, row: int) -> RecordSet:
        """Every record that stands at a row or behind it, and some that do not where that is not known of a log."""
        begins = self._order.locals_from(row) if row > 0 else [0] * len(self._logs)
        if row <= 0 or all(log.in_order for log in self._logs):
            return RecordSet.from_rows(self._counts, begins)
        micros = self._micros_at(row) if row < len(self._order) else LATEST
        return RecordSet(
            [
                RowSet.rest(begin, len(log))
                if log.in_order
                else RowSet.gathered(len(log), log.rows_between(micros, LATEST))
                for log, begin in zip(self._logs, begins, strict=True)
            ]
        )

    def _micros_at(self, row: int) -> int:
        log, local = self._order.place(row)
        return self._logs[log].timed.at("order", local)

    def holding(self, text: str) -> RowSet:
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
        parts = [(number, _stretch(self._logs[number], rows)) for number, rows in candidates.pieces()] if text else []
        cut = [(number, one) for number, part in parts for one in part.cut()]
        total, done = sum(one.size for _, one in cut), 0
        found = offsets_in((one for _, one in cut), text.encode()) if cut else iter(())
        for (number, _), (stretch, offsets) in zip(cut, found, strict=True):
            done += stretch.size
            yield FoundRows(number, self._logs[number].rows_at(np.array(offsets, dtype=np.int64)), done / total)

    def with_level(self, levels: frozenset[str]) -> RowSet:
        """Every row whose level is one of these, in time order."""
        if levels not in self._levels:
            self._levels[levels] = self.rows_of(self.records_with_level(levels))
        return self._levels[levels]

    def records_with_level(self, levels: Container[str]) -> Iterator[tuple[int, Rows]]:
        """Every record whose level is one of these, in parts: the number of a log, and rows of it."""
        codes = [number for number, level in enumerate(LEVELS, 1) if level in levels]
        for number, log in enumerate(self._logs):
            yield from ((number, rows) for rows in log.rows_with_level(codes))

    def _with_word(self, correlation_id: str, first: int) -> RowSet:
        begins = self._order.locals_from(first) if first > 0 else [0] * len(self._logs)
        parts = []
        for (number, log), local in zip(enumerate(self._logs), begins, strict=True):
            begin = log.timed.at("offset", local) if 0 < local < len(log) else log.end if local else 0
            # Behind the last record may be as much again that is not read yet, or never will be.
            text, alone = Excerpt(log.source, log.end), list[int]()
            for word in map(str.encode, spellings_of(correlation_id) if correlation_id else ()):
                places = offsets_of(text, word, begin)
                alone += [place for place in places if is_whole_word(log.source, place, len(word))]
            parts.append((number, log.rows_at(np.array(sorted(alone), dtype=np.int64))))
        return self.rows_of(parts)


def _stretch(log: FileRows, rows: Rows) -> Stretch:
    """The bytes from the first to the last of sorted rows."""
    return Stretch(log.source, log.timed.at("offset", int(rows[0])), log.byte_after(int(rows[-1])))
