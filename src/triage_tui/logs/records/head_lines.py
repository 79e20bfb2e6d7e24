"""The first records of logs, to be shown at once: before anything is indexed, and before polars is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from msgspec.structs import replace

from triage_tui.investigation.id_values import without_case
from triage_tui.investigation.source import LogLine, SourceError
from triage_tui.logs.content.byte_source import ByteSource, MemoryBytes, open_file
from triage_tui.logs.formats.fields import plan_for, text_of, without_blanks
from triage_tui.logs.formats.flat_json import flat_objects, line_text
from triage_tui.logs.formats.levels import level_of
from triage_tui.logs.formats.moments import moment_of
from triage_tui.logs.log_input import LogInput, LogOptions

HEAD_BYTES = 128 << 10
# More than the highest terminal shows.
MOST_RECORDS = 128
MOST_FILES = 16
Fields = dict[str, object]
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class HeadLines:
    """The first records of some logs in time order; implements ``LogLines``. Their index will know more.

    ``files`` are the names of the logs.
    """

    def __init__(self, lines: Sequence[LogLine], files: tuple[str, ...]) -> None:
        self._lines, self.files = tuple(lines), files

    def __len__(self) -> int:
        return len(self._lines)

    def row(self, number: int) -> LogLine:
        """Return one record; raises ``IndexError`` beyond the end."""
        if not 0 <= number < len(self._lines):
            raise IndexError(f"row {number} of {len(self)}")
        return self._lines[number]

    def row_at(self, moment: datetime) -> int:
        """The first row at or after a moment, the last row where there is none."""
        later = (line.row for line in self._lines if line.time is not None and line.time >= moment)
        return next(later, max(0, len(self) - 1))

    def rows_with_id(self, correlation_id: str) -> Sequence[int]:
        """Every row with this ID."""
        wanted = without_case(correlation_id)
        return [line.row for line in self._lines if wanted and without_case(line.request_id or "") == wanted]

    def next_match(self, text: str, start: int, step: int) -> int | None:
        """The next row that holds a text, ignoring case."""
        wanted = text.casefold()
        return next((row for row in self._ahead(start, step) if wanted in self._lines[row].text.casefold()), None)

    def next_level(self, levels: frozenset[str], start: int, step: int) -> int | None:
        """The next row of these levels."""
        return next((row for row in self._ahead(start, step) if self._lines[row].level in levels), None)

    def _ahead(self, start: int, step: int) -> range:
        return range(start + step, len(self) if step > 0 else -1, step)


def head_of(inputs: Sequence[LogInput], options: LogOptions) -> HeadLines | None:
    """Read the head of each log, the first one's alone where they are many; None where none can be told at once.

    Documents are read as a whole or not at all, and what cannot be read is told by who reads all of it.
    """
    ordered = sorted(inputs, key=lambda one: one.name)
    chosen = ordered if len(ordered) <= MOST_FILES else ordered[:1]
    heads = []
    for one in chosen:
        try:
            heads.append(_head(one, HEAD_BYTES // len(chosen), options))
        except (SourceError, OSError):
            return None
    lines = _merged([head for head in heads if head is not None])
    return HeadLines(lines, tuple(one.name for one in chosen)) if lines else None


class _Head:
    """The first records of one log; ``is_whole`` where there are no others."""

    def __init__(self, lines: list[LogLine], *, is_whole: bool) -> None:
        self.lines, self.is_whole = lines, is_whole


def _head(one: LogInput, size: int, options: LogOptions) -> _Head | None:
    source: ByteSource = open_file(one.path, one.name) if one.path else MemoryBytes(one.name, one.data or b"")
    try:
        text = _expanded(source)
        data = text.read_at(0, size + 1)
        if not data or data.startswith(_UTF16) or b"\0" in data:
            return None
        is_read = len(data) <= size
        records = _records(data if is_read else data[: data.rfind(b"\n", 0, size) + 1], text, one.name, options)
    finally:
        source.close()
    if records is None:
        return None
    lines = list(islice(records, MOST_RECORDS + 1))
    is_whole = is_read and len(lines) <= MOST_RECORDS
    # The last record may go on behind what was read.
    return _Head(lines if is_whole else lines[:-1], is_whole=is_whole)


def _expanded(source: ByteSource) -> ByteSource:
    """Decompress what is compressed, no further than it will be read."""
    if source.read_at(0, 6)[:4].startswith((b"\x1f\x8b", b"BZh", b"\xfd7zX", b"\x28\xb5\x2f\xfd")):
        from triage_tui.logs.content.decompressors import compression_of
        from triage_tui.logs.content.expanding import ExpandingBytes

        kind = compression_of(source)
        return ExpandingBytes(source, kind) if kind else source
    return source


def _records(data: bytes, text: ByteSource, name: str, options: LogOptions) -> Iterator[LogLine] | None:
    """Return the records of the beginning of a log; None where it may be an exported document."""
    lines = data.split(b"\n", MOST_RECORDS + 1)[: MOST_RECORDS + 1]
    objects = flat_objects(b"\n".join(lines).removesuffix(b"\n"))
    # An exported document may be one line.
    if objects is not None and len(objects) > 1:
        return _flat_lines(lines, list(map(without_blanks, objects)), name, options)
    # Only here: to load what knows all formats takes 10 ms.
    from triage_tui.logs.content.exports import may_be_export
    from triage_tui.logs.records.head_records import head_records

    records, plans = head_records(data, name, options.user_formats), _Plans(options)
    return None if may_be_export(text) else (_line(told, fields, name, at, plans) for told, fields, at in records)


def _flat_lines(lines: Sequence[bytes], objects: Sequence[Fields], name: str, options: LogOptions) -> Iterator[LogLine]:
    plans = _Plans(options)
    for number, (line, fields) in enumerate(zip(lines, objects, strict=False), 1):
        yield _line(line_text(line), fields, name, number, plans)


class _Plans(dict[tuple[str, ...], Mapping[str, str]]):
    """Which key of a record fills which column, worked out once for records with the same keys."""

    def __init__(self, options: LogOptions) -> None:
        super().__init__()
        self.options = options

    def __missing__(self, keys: tuple[str, ...]) -> Mapping[str, str]:
        columns = self[keys] = plan_for(keys, self.options.id_fields).columns
        return columns


def _line(text: str, fields: Fields, name: str, number: int, plans: _Plans) -> LogLine:
    columns = plans[tuple(fields)]
    told = {column: fields[key] for column, key in columns.items()}
    return LogLine(
        row=0,
        time=moment_of(told.get("time"), plans.options.assumed_zone),
        level=level_of(told.get("level")),
        request_id=text_of(told.get("request_id")),
        event=text_of(told.get("event")) or text.partition("\n")[0],
        text=text,
        file=name,
        line=number,
        fields=fields,
    )


def _merged(heads: Sequence[_Head]) -> list[LogLine]:
    """Put records in time order, up to where the head of a log ends that has more."""
    if len(heads) == 1:
        ordered = heads[0].lines
    else:
        known = [(line.time, line) for head in heads for line in head.lines if line.time is not None]
        ends = [head.lines[-1].time for head in heads if not head.is_whole and head.lines and head.lines[-1].time]
        ordered = [line for time, line in sorted(known, key=lambda one: one[0]) if not ends or time <= min(ends)]
    return [_in_row(line, row) for row, line in enumerate(ordered)]


def _in_row(line: LogLine, row: int) -> LogLine:
    return replace(line, row=row)
