"""The records at the beginning of a log of any format."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from triage_tui.logs.content.byte_source import MemoryBytes
from triage_tui.logs.formats.flat_json import line_text, record_text, wraps_lines
from triage_tui.logs.formats.format_choice import FormatChoice
from triage_tui.logs.formats.line_formats import Fields, JsonLines
from triage_tui.logs.formats.wrapped_lines import NEAR_LINES
from triage_tui.logs.records.record_reader import LinesAbove, RecordReader

_SAMPLE_LINES = 50
Record = tuple[str, Fields, int]
"""A record's text, its fields, and the number of its first line."""


def head_records(data: bytes, name: str, user_formats: Path | None) -> Iterator[Record]:
    """Read the records of whole lines; the last one may go on behind them."""
    reader = _reader(data, name, user_formats)
    record: list[bytes] = []
    fields: Fields = {}
    first, near = 1, deque[str](maxlen=NEAR_LINES)
    for number, line in enumerate(data.split(b"\n"), 1):
        text = line_text(line)
        above = LinesAbove(partial(line_text, record[0] if record else b""), partial(tuple, near))
        begun = reader.begins_record(text, number, reader.unreadable, above, follows_one=bool(record))
        if begun is not None:
            if record:
                yield _record(record, fields, reader, first)
            record, fields, first = [line], begun, number
        elif text.strip():
            record.append(line)
        near.append(text)
    if record:
        yield _record(record, fields, reader, first)


def _reader(data: bytes, name: str, user_formats: Path | None) -> RecordReader:
    """Choose the formats; to know all of them costs 20 ms, which plain JSON lines can do without."""
    source, plain = MemoryBytes(name, data), JsonLines()
    sample = [text for line in data.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES] if (text := line_text(line)).strip()]
    if not wraps_lines(data) and all(plain.parse(text) is not None for text in sample):
        return RecordReader(source, formats=FormatChoice([plain], plain))
    return RecordReader(source, user_formats)


def _record(lines: list[bytes], begun: Fields, reader: RecordReader, number: int) -> Record:
    """Join the lines of a record; ``begun`` are the fields of the first one, which alone need not be parsed again."""
    text = record_text(b"\n".join(lines)).rstrip("\r\n").lstrip("\ufeff\x00")
    return text, begun if len(lines) == 1 and not reader.is_part(text) else reader.fields_of(text), number
