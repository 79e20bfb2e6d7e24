"""The lines of a chunk that fit no layout, parsed one by one into records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from triage_tui.logs.formats.flat_json import line_text
from triage_tui.logs.formats.line_formats import Fields
from triage_tui.logs.formats.wrapped_lines import NEAR_LINES
from triage_tui.logs.index.chunk_lines import ChunkLines
from triage_tui.logs.quick.words import Places, holding, words_at, words_of
from triage_tui.logs.records.batches import Unreadable
from triage_tui.logs.records.record_reader import LinesAbove, RecordReader
from triage_tui.logs.search.record_places import RecordPlaces


def records_among(
    reader: RecordReader, lines: ChunkLines, left: Places, unreadable: Unreadable, *, follows_one: bool
) -> dict[int, Fields]:
    """Parse the lines ``left``; those that begin a record by their place, the others go on the record before them.

    Where it ``follows_one``, the first line may go on the record before the chunk. Lines that are no record of the
    log's format are noted in ``unreadable``.
    """
    records: dict[int, Fields] = {}
    texts, parts = dict[int, str](), list[int]()
    first, last = -1 if follows_one else _first_without(left), -1
    for row in _not_indented(lines, left, first).tolist():
        above = LinesAbove(
            partial(_line_above, reader, lines, left, row, last), partial(_lines_right_above, reader, lines, row, texts)
        )
        text = line_text(lines.line(row))
        fields = reader.begins_record(text, row, unreadable, above, follows_one=row > first)
        if fields is not None:
            records[row] = fields
            first, last = min(first, row), row
            parts += [row] if reader.is_part(text) else []
        # The next lines look at it.
        texts.pop(row - NEAR_LINES, None)
        texts[row] = text
    return records | {row: _whole(reader, lines, row, records[row]) for row in parts}


def _whole(reader: RecordReader, lines: ChunkLines, row: int, fields: Fields) -> Fields:
    """The fields of a record whose first line is a part of one, with those that the other parts add."""
    places = RecordPlaces(RecordReader(reader.source, formats=reader.formats))
    found = places.record_with(lines.base + int(lines.starts[row]), 0).fields
    return found[0] if found else fields


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


def _lines_right_above(reader: RecordReader, lines: ChunkLines, row: int, known: Mapping[int, str]) -> Sequence[str]:
    """As many lines as tell whether a row goes on them, the nearest last; of some the text is ``known``."""
    rows = range(max(0, row - NEAR_LINES), row)
    there = [known[one] if one in known else line_text(lines.line(one)) for one in rows]
    if len(there) == NEAR_LINES:
        return there
    before = RecordPlaces(RecordReader(reader.source, formats=reader.formats))
    return [*before.lines_above(lines.base + int(lines.starts[0])), *there][-NEAR_LINES:]


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
