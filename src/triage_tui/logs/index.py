"""The index of one log: a narrow row for each record, built chunk by chunk with memory that the chunk bounds.

It is usable while it grows, goes on where a file has grown, and never holds the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from triage_tui.logs.fields import COLUMN_OF, plan_for
from triage_tui.logs.framing import LineBlock, line_blocks
from triage_tui.logs.levels import LEVELS, LevelNames
from triage_tui.logs.record_frame import FrameBuilder
from triage_tui.logs.record_reader import Batch, RecordReader, line_starts, sample_lines, wraps_lines
from triage_tui.logs.timestamps import EPOCH, TIME_DTYPE, read_text_times

LEVEL_DTYPE = pl.Enum(LEVELS)
INDEX_SCHEMA = pl.Schema(
    {
        "offset": pl.Int64(),
        "length": pl.UInt32(),
        "line": pl.UInt32(),
        "time": TIME_DTYPE,
        "level": LEVEL_DTYPE,
        "id_hash": pl.UInt64(),
    }
)
JSON_CHUNK_BYTES = 8 << 20
CHUNK_BYTES = 1 << 20
_INDEXED = ("time", "level", "request_id")
_ID_NAMES = tuple(name for name, column in COLUMN_OF.items() if column == "request_id")


class Layout(NamedTuple):
    """For JSON lines that agree on it: the key of each indexed column; None for a column that none of them has."""

    time: str
    level: str | None
    request_id: str | None


def narrow(frame: pl.DataFrame) -> pl.DataFrame:
    """Reduce a LOGS frame to ``INDEX_SCHEMA``; ``id_hash`` is 0 where there is no correlation ID."""
    return frame.select(
        "offset",
        pl.col("length").clip(0, 2**32 - 1).cast(pl.UInt32),
        pl.col("line").cast(pl.UInt32),
        "time",
        pl.col("level").cast(LEVEL_DTYPE, strict=False),
        id_hash=_hashed(pl.col("request_id")),
    )


def in_time_order(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Merge the records of several logs, whole or as indexes; ``source`` is the place of a record's log in ``parts``.

    ``order`` is the time, and where that is unknown the one of the record before it in its file.
    """
    numbered = [
        part.with_columns(source=pl.lit(number, pl.UInt16), order=_order(part)) for number, part in enumerate(parts)
    ]
    merged = pl.concat(numbered)
    # Each part is in the order of its file, so equal times stand as the sort would put them.
    if merged["order"].is_sorted():
        return merged
    return merged.sort("order", "source", "offset", maintain_order=True)


def hash_of(correlation_id: str) -> int:
    """The hash that the index keeps of a correlation ID; the same within one version of polars."""
    return int(pl.Series([correlation_id]).hash()[0])


class FileIndex:
    """The index of one log up to the byte ``indexed_to``; ``has_news`` tells that it holds more than it began with."""

    def __init__(
        self, reader: RecordReader, builder: FrameBuilder, known: pl.DataFrame | None = None, first_line: int = 1
    ) -> None:
        self.reader, self._builder = reader, builder
        self._layout = _layout_of(sample_lines(reader.source)) if reader.formats.name == "json" else None
        self._levels = LevelNames()
        self._chunks = [known] if known is not None and known.height else []
        self._open_record = Batch()
        self.indexed_to, self.next_line, self.has_news = 0, first_line, False
        if self._chunks:
            self._go_on_after(self._chunks[0])

    @property
    def whole_lines(self) -> pl.DataFrame:
        """A row a record with the columns of ``INDEX_SCHEMA``, in the order of the file, without a torn last line."""
        return self._with(self._open_record)

    @property
    def frame(self) -> pl.DataFrame:
        """As ``whole_lines``, and with a last line that has no newline yet; it is read again when it has grown."""
        batch = self._open_record.copied()
        for block in line_blocks(self.reader.source, self.indexed_to, self.next_line):
            if not block.data.endswith(b"\n"):
                lines_before = self.reader.line_count
                self.reader.read_block(block, batch)
                self.reader.line_count = lines_before
        return self._with(batch)

    def _with(self, batch: Batch) -> pl.DataFrame:
        last = [narrow(self._builder.frame(batch))] if len(batch) else []
        chunks = [*self._chunks, *last]
        return pl.concat(chunks) if chunks else pl.DataFrame(schema=INDEX_SCHEMA)

    @property
    def record_count(self) -> int:
        """How many records are indexed by now."""
        return sum(chunk.height for chunk in self._chunks) + len(self._open_record)

    def advance(self) -> bool:
        """Index the next chunk of whole lines; False where there is none yet."""
        # The general way is slower: its chunks are smaller, so that it can be cancelled as soon.
        chunk = JSON_CHUNK_BYTES if self._layout else CHUNK_BYTES
        block = next(line_blocks(self.reader.source, self.indexed_to, self.next_line, chunk, torn=False), None)
        if block is None:
            return False
        rows = self._json_rows(block)
        if rows is None:
            self._read_generally(block)
        else:
            self._close_record()
            self._keep_last_open(rows)
        self.indexed_to, self.has_news = self.indexed_to + block.length, True
        self.next_line = block.first_line + (max(1, block.data.count(b"\n")) if rows is None else rows.height)
        return True

    def consolidate(self) -> None:
        """Put the chunks together and give back what they held beyond their rows."""
        if len(self._chunks) > 1:
            self._chunks = [pl.concat(self._chunks, rechunk=True)]

    def _read_generally(self, block: LineBlock) -> None:
        batch = self._open_record
        self.reader.read_block(block, batch)
        self._open_record = batch.keep_back_last()
        if len(batch):
            self._chunks.append(narrow(self._builder.frame(batch)))

    def _json_rows(self, block: LineBlock) -> pl.DataFrame | None:
        """Read only the three indexed keys of a chunk; None where a line needs the general way."""
        layout = self._layout
        if layout is None or block.is_clipped:
            return None
        read = _read_keys(block.data, [key for key in layout if key is not None])
        if read is None:
            return None
        starts = line_starts(block.data)
        if read.height != len(starts) or read[layout.time].null_count():
            return None
        self.reader.line_count += read.height
        return self._rows(block, starts, read, layout)

    def _rows(self, block: LineBlock, starts: np.ndarray, read: pl.DataFrame, layout: Layout) -> pl.DataFrame | None:
        times = read_text_times(read[layout.time])
        if times.without_zone or times.times.null_count():
            return None
        nothing = pl.repeat(None, read.height, dtype=pl.String, eager=True)
        levels = read[layout.level] if layout.level else nothing
        return pl.DataFrame(
            {
                "offset": starts + block.offset,
                "length": np.diff(starts, append=len(block.data)).astype(np.uint32),
                "line": np.arange(block.first_line, block.first_line + read.height, dtype=np.uint32),
                "time": times.times,
                "level": self._level_codes(levels),
                "request_id": _ids(block.data, read, layout.request_id),
            }
        ).select(*list(INDEX_SCHEMA)[:-1], id_hash=_hashed(pl.col("request_id")))

    def _level_codes(self, levels: pl.Series) -> pl.Series:
        names = {word: self._levels[word] for word in levels.unique().to_list() if word is not None}
        known = {word: name for word, name in names.items() if name in LEVELS}
        return levels.replace_strict(list(known), list(known.values()), default=None, return_dtype=LEVEL_DTYPE)

    def _close_record(self) -> None:
        if len(self._open_record):
            self._chunks.append(narrow(self._builder.frame(self._open_record)))
            self._open_record = Batch()

    def _keep_last_open(self, rows: pl.DataFrame) -> None:
        """Hold the chunk's last record back: the next chunk may begin with the rest of its stack trace."""
        self._chunks.append(rows[:-1])
        self._hold_open(rows.row(-1, named=True))

    def _hold_open(self, last: dict[str, int]) -> None:
        text = self.reader.source.read_at(last["offset"], last["length"]).decode("utf-8", "replace")
        self._open_record.add(last["offset"], last["length"], last["line"], self.reader.fields_of(text.rstrip("\r\n")))

    def _go_on_after(self, known: pl.DataFrame) -> None:
        last = known.row(-1, named=True)
        self._chunks = [known[:-1]]
        self.indexed_to = last["offset"] + last["length"]
        text = self.reader.source.read_at(last["offset"], last["length"])
        self.next_line = last["line"] + text.count(b"\n")
        self.reader.line_count = self.next_line - 1
        self._hold_open(last)


def _order(part: pl.DataFrame) -> pl.Series:
    known = part["time"].fill_null(strategy="forward").fill_null(strategy="backward")
    return known.fill_null(EPOCH).alias("order")


def _hashed(column: pl.Expr) -> pl.Expr:
    return pl.when(column.is_null() | (column == "")).then(pl.lit(0, pl.UInt64)).otherwise(column.hash())


def _layout_of(lines: Sequence[str]) -> Layout | None:
    """The keys on which all sampled JSON objects agree; None where they differ, or nest what is indexed."""
    from triage_tui.logs.formats import JsonLines

    plans = set()
    for line in lines:
        if "{" in line[1:] or wraps_lines(line.encode()):
            return None
        fields = JsonLines().parse(line)
        if fields is not None:
            columns = plan_for(tuple(fields)).columns
            plans.add(tuple(columns.get(name) for name in _INDEXED))
    times, levels, ids = ({plan[place] for plan in plans} - {None} for place in range(len(_INDEXED)))
    if len(times) != 1 or len(levels) > 1 or len(ids) > 1:
        return None
    return Layout(str(next(iter(times))), next(iter(levels), None), next(iter(ids), None))


def _read_keys(data: bytes, keys: Sequence[str]) -> pl.DataFrame | None:
    try:
        return pl.read_ndjson(data, schema=dict.fromkeys(keys, pl.String))
    except pl.exceptions.ComputeError:
        return None


def _ids(data: bytes, read: pl.DataFrame, key: str | None) -> pl.Series:
    """The correlation IDs; where the usual key is missing, they are looked for under the other names."""
    if key is not None and not read[key].null_count():
        return read[key]
    names = [key, *(name for name in _ID_NAMES if name != key)] if key else list(_ID_NAMES)
    others = _read_keys(data, names)
    return read[key or names[0]] if others is None else others.select(pl.coalesce(names)).to_series()
