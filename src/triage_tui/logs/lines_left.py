"""The lines of a chunk that fit no layout, parsed one by one into records."""

from __future__ import annotations

from functools import partial

import numpy as np

from triage_tui.logs.batches import Unreadable
from triage_tui.logs.chunk_lines import ChunkLines
from triage_tui.logs.flat_json import line_text
from triage_tui.logs.line_formats import Fields
from triage_tui.logs.record_places import RecordPlaces
from triage_tui.logs.record_reader import RecordReader
from triage_tui.logs.words import Places, holding, words_at, words_of


def records_among(
    reader: RecordReader, lines: ChunkLines, left: Places, unreadable: Unreadable, *, follows_one: bool
) -> dict[int, Fields]:
    """Parse the lines ``left``; those that begin a record by their place, the others go on the record before them.

    Where it ``follows_one``, the first line may go on the record before the chunk. Lines that are no record of the
    log's format are noted in ``unreadable``.
    """
    records: dict[int, Fields] = {}
    first, last = -1 if follows_one else _first_without(left), -1
    for row in _not_indented(lines, left, first).tolist():
        above = partial(_line_above, reader, lines, left, row, last)
        fields = reader.begins_record(line_text(lines.line(row)), row, unreadable, above, follows_one=row > first)
        if fields is not None:
            records[row] = fields
            first, last = min(first, row), row
    return records


def _line_above(reader: RecordReader, lines: ChunkLines, left: Places, row: int, last: int) -> str:
    """The first line of the record before a row; ``last`` is the record that was parsed last, -1 for none.

    A line that was read by a layout has no prefix, and is as good as none.
    """
    parsed_between = int(np.searchsorted(left, row)) - int(np.searchsorted(left, last, side="right"))
    if row - last - 1 > parsed_between:
        return ""
    if last >= 0:
        return line_text(lines.line(last))
    before = RecordPlaces(RecordReader(reader.source, formats=reader.formats))
    return before.first_line_above(lines.base + int(lines.starts[row]))


def _first_without(left: Places) -> int:
    """The first number that is not among some sorted ones."""
    return int(np.count_nonzero(left == np.arange(len(left))))


def _not_indented(lines: ChunkLines, left: Places, first: int) -> Places:
    """Leave out lines that go on the record before them by their very first character, as most of a stack trace do.

    ``first`` is the first line that is a record.
    """
    begins = lines.starts[left]
    # np.isin would load numpy's masked arrays first, which takes as long as to index 30 MB.
    indented = (lines.data[begins] == ord(" ")) | (lines.data[begins] == ord("\t"))
    may_be_json = holding(b"{")(words_at(words_of(lines.data), begins)) != 0
    kept: Places = left[~indented | may_be_json | (left < first)]
    return kept
