"""Random access to the records of many logs in time order; their text stays in the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from triage_tui.investigation.source import LogLine
from triage_tui.investigation.time_window import TimeWindow
from triage_tui.logs.byte_source import ByteSource
from triage_tui.logs.fields import plan_for, text_of
from triage_tui.logs.index import hash_of
from triage_tui.logs.levels import LEVELS
from triage_tui.logs.record_reader import RECORD_BYTES_CAP, RecordReader
from triage_tui.logs.scanner import is_whole_word, offsets_by_span, offsets_of
from triage_tui.logs.timestamps import EPOCH, MICROSECOND

Rows = npt.NDArray[np.int64]
PLANS_KEPT = 4096


class LogStore:
    """The records that an index names, row by row; implements ``LogLines``.

    ``index`` comes from ``in_time_order``, and its ``source`` numbers the readers. Several threads may read.
    """

    def __init__(
        self, readers: Sequence[RecordReader], index: pl.DataFrame, id_fields: frozenset[str] = frozenset()
    ) -> None:
        # One chunk a column is seen by numpy as it is; more would be copied.
        index = index.rechunk()
        self._readers, self._index, self._id_fields = readers, index, id_fields
        self._order = index["order"].cast(pl.Int64).to_numpy()
        self._of_source, self._offset, self._length = (
            index[name].to_numpy() for name in ("source", "offset", "length")
        )
        self._columns: dict[tuple[str, ...], Mapping[str, str]] = {}
        self._places = [_Places.of(index, number) for number in range(len(readers))]
        self._matches: tuple[str, Rows] = ("", np.empty(0, np.int64))
        self._levels: dict[frozenset[str], Rows] = {}

    @property
    def index(self) -> pl.DataFrame:
        """A row a record: the columns of ``INDEX_SCHEMA``, ``source`` and ``order``."""
        return self._index

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the logs that the records are in."""
        return tuple(dict.fromkeys(reader.source.name for reader in self._readers))

    def __len__(self) -> int:
        return self._index.height

    def row(self, number: int) -> LogLine:
        """Read one record; a record over 1 MiB is cut. Raises ``IndexError`` beyond the end."""
        if not 0 <= number < len(self):
            raise IndexError(f"row {number} of {len(self)}")
        entry = self._index.row(number, named=True)
        reader = self._readers[entry["source"]]
        text = _text(reader.source, entry["offset"], entry["length"])
        fields = self._fields(reader, text)
        return LogLine(
            row=number,
            time=entry["time"],
            level=entry["level"],
            request_id=fields.get("request_id"),
            event=fields.get("event") or text.partition("\n")[0],
            text=text,
            file=reader.source.name,
            line=entry["line"],
        )

    def text(self, number: int) -> str:
        """The raw text of a record, cut after 1 MiB."""
        source = self._readers[int(self._of_source[number])].source
        return _text(source, int(self._offset[number]), int(self._length[number]))

    def field(self, number: int, name: str) -> str | None:
        """One field of a record, by the name of its column or its own; None where the record has none."""
        return text_of(self.keyed_field(number, name)[1])

    def keyed_field(self, number: int, name: str) -> tuple[str, object]:
        """One field of a record with the name that the record gives it, and its value, None where it has none."""
        found = self.fields(number)
        key = self._columns_of(tuple(found)).get(name, name)
        return key, found.get(key)

    def row_at(self, moment: datetime) -> int:
        """The first row at or after a moment, the last row where there is none; 0 for an empty store."""
        found = int(np.searchsorted(self._order, (moment - EPOCH) // MICROSECOND, side="left"))
        return max(0, min(found, len(self) - 1))

    def row_range(self, window: TimeWindow) -> tuple[int, int]:
        """The first row in a half-open window, and the first one after it."""
        ends = [(moment - EPOCH) // MICROSECOND for moment in (window.start, window.end)]
        start, end = np.searchsorted(self._order, ends, side="left")
        return int(start), int(end)

    def rows_with_id(self, correlation_id: str) -> Sequence[int]:
        """Every row with this ID in a field of any name or as a word of its text, in time order."""
        if not correlation_id:
            return []
        by_field = (self._index["id_hash"] == hash_of(correlation_id)).arg_true().to_numpy()
        by_text = self._rows_holding(correlation_id.encode(), whole_word=True)
        return [int(row) for row in np.union1d(by_field, by_text)]

    def next_match(self, text: str, start: int, step: int) -> int | None:
        """The next row that holds a text; the first search of a text scans all files, the next ones none."""
        return _next(self.rows_holding(text), start, step)

    def rows_holding(self, text: str) -> Rows:
        """Every row whose text holds this, ignoring the case of ASCII letters, in time order; none for ""."""
        known, rows = self._matches
        if known != text:
            rows = self._rows_holding(text.encode(), ignore_case=True) if text else np.empty(0, np.int64)
            self._matches = (text, rows)
        return rows

    def scan_for(self, text: str) -> Iterator[tuple[Rows, float]]:
        """Find what ``rows_holding`` finds, span by span, with the share of the bytes that were read; none for "".

        A row may come twice, and the rows of a span are in the order of its file.
        """
        total = max(1, sum(reader.source.size for reader in self._readers))
        before = 0
        for number, reader in enumerate(self._readers):
            spans = offsets_by_span(reader.source, text.encode()) if text else ()
            for end, offsets in spans:
                yield self._rows_at(number, np.array(offsets, dtype=np.int64)), min(1.0, (before + end) / total)
            before += reader.source.size

    def fields(self, number: int) -> dict[str, object]:
        """All fields of a record under their own names, nested ones under dotted names, in the order of the record."""
        return self._readers[int(self._of_source[number])].fields_of(self.text(number))

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        """The next row whose level is one of these."""
        return _next(self.rows_with_level(levels), start, step)

    def rows_with_level(self, levels: frozenset[str]) -> Rows:
        """Every row whose level is one of these, in time order."""
        if levels not in self._levels:
            wanted = [level for level in LEVELS if level in levels]
            self._levels[levels] = self._index["level"].is_in(wanted).fill_null(value=False).arg_true().to_numpy()
        return self._levels[levels]

    def close(self) -> None:
        """Close the files."""
        for reader in self._readers:
            reader.source.close()

    def _fields(self, reader: RecordReader, text: str) -> dict[str, str | None]:
        """A record's fields under their own names, and under those of the columns that they fill."""
        found = reader.fields_of(text)
        named = {column: found[key] for column, key in self._columns_of(tuple(found)).items()}
        return {name: text_of(value) for name, value in {**found, **named}.items()}

    def _columns_of(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        """The key that fills each column, of records with these keys."""
        known = self._columns.get(keys)
        if known is None:
            known = plan_for(keys, self._id_fields).columns
            if len(self._columns) < PLANS_KEPT:
                self._columns[keys] = known
        return known

    def _rows_holding(self, needle: bytes, *, whole_word: bool = False, ignore_case: bool = False) -> Rows:
        parts = [
            self._rows_at(number, self._offsets(reader.source, needle, whole_word, ignore_case))
            for number, reader in enumerate(self._readers)
        ]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)

    def _offsets(self, source: ByteSource, needle: bytes, whole_word: bool, ignore_case: bool) -> Rows:
        offsets = offsets_of(source, needle, ignore_case=ignore_case)
        if whole_word:
            offsets = [offset for offset in offsets if is_whole_word(source, offset, len(needle))]
        return np.array(offsets, dtype=np.int64)

    def _rows_at(self, source: int, offsets: Rows) -> Rows:
        return self._places[source].rows_at(offsets)


class _Places(NamedTuple):
    """Where the records of one file are, in the file's order; ``rows`` is None where that is the order of the store."""

    rows: Rows | None
    starts: Rows
    lengths: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, index: pl.DataFrame, source: int) -> _Places:
        """Take the records of one file out of an index; a single file in order costs no memory."""
        if index["source"].max() == 0 and index["offset"].is_sorted():
            return cls(None, index["offset"].to_numpy(), index["length"].to_numpy())
        own = index.lazy().with_row_index("row").filter(pl.col("source") == source).select("row", "offset", "length")
        sorted_own = own.sort("offset").collect()
        rows = sorted_own["row"].cast(pl.Int64).to_numpy()
        return cls(rows, sorted_own["offset"].to_numpy(), sorted_own["length"].to_numpy())

    def rows_at(self, offsets: Rows) -> Rows:
        """The rows whose bytes hold these offsets; a byte that is in no record has no row."""
        place = np.searchsorted(self.starts, offsets, side="right") - 1
        place, offsets = place[place >= 0], offsets[place >= 0]
        place = place[self.starts[place] + self.lengths[place] > offsets]
        return place.astype(np.int64) if self.rows is None else self.rows[place]


def _text(source: ByteSource, offset: int, length: int) -> str:
    raw = source.read_at(offset, min(length, RECORD_BYTES_CAP))
    return raw.decode("utf-8", "replace").rstrip("\r\n")


def _next(rows: Rows, start: int, step: int) -> int | None:
    if step > 0:
        place = int(np.searchsorted(rows, start, side="right"))
        return int(rows[place]) if place < len(rows) else None
    place = int(np.searchsorted(rows, start, side="left")) - 1
    return int(rows[place]) if place >= 0 else None
