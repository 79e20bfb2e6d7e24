"""Records out of one log: blocks of lines become batches of fields, a stack trace one record with its line."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from triage_tui.logs.content.byte_source import ByteSource, Excerpt
from triage_tui.logs.content.framing import LineBlock, line_blocks
from triage_tui.logs.formats.continuation import RECORD_BYTES_CAP, continue_record, is_indented, is_trace_line
from triage_tui.logs.formats.cut_lines import uncut, with_torn_fields
from triage_tui.logs.formats.fields import without_blanks
from triage_tui.logs.formats.flat_json import line_text, record_text, wraps_lines
from triage_tui.logs.formats.format_choice import FormatChoice, detect
from triage_tui.logs.formats.interleaved import Match, OwnRecord
from triage_tui.logs.formats.line_formats import Fields, JsonLines
from triage_tui.logs.formats.wrapped_lines import (
    NEAR_LINES,
    Wrapped,
    is_announced,
    is_cut,
    leads_on,
    may_announce,
    may_be_cut,
    part_of,
    wrapped_in,
    wrapped_line,
)
from triage_tui.logs.records.batches import Batch, Unreadable

if TYPE_CHECKING:
    import numpy as np

_PROBE_BYTES = 64 << 10
_PROBE_LINES = 200
_DECODER = msgspec.json.Decoder()


class LinesAbove(NamedTuple):
    """What gives the first line of the record before a line, and the lines right above that one, the nearest last."""

    first: Callable[[], str] = str
    near: Callable[[], Sequence[str]] = tuple


class RecordReader:
    """Reads the records of one log, in its own format; counts the lines that it reads, and those it cannot.

    The format is told from ``sample``, lines of the log, when it is first asked for.
    """

    def __init__(
        self,
        source: ByteSource,
        user_formats: Path | None = None,
        formats: FormatChoice | None = None,
        sample: Sequence[str] | None = None,
    ) -> None:
        self.source, self.user_formats = source, user_formats
        self._sample, self._formats = sample, formats
        self.unreadable = Unreadable()
        self.line_count = 0
        self._own = OwnRecord()
        self._near = deque[str](maxlen=NEAR_LINES)
        self._parts = list[bytes]()

    @property
    def sample(self) -> Sequence[str]:
        """Lines of the log from which is told what it is like."""
        if self._sample is None:
            self._sample = sample_lines(self.source)
        return self._sample

    @property
    def formats(self) -> FormatChoice:
        """The formats that its lines have."""
        if self._formats is None:
            self._formats = detect(self.sample, self.user_formats)
        return self._formats

    def batches(self, start: int = 0, end: int | None = None, first_line: int = 1) -> Iterator[Batch]:
        """Read the records between two bytes at which records begin, all by default, in batches of bounded size."""
        batch = Batch()
        source = self.source if end is None else Excerpt(self.source, end)
        for block in line_blocks(source, start, first_line):
            self.read_block(block, batch)
            kept = batch.keep_back_last()
            if len(batch):
                yield batch
            batch = kept
        if len(batch):
            yield batch

    def fields_of(self, text: str) -> Fields:
        """Parse one record's text again, with its continuation lines."""
        # Only a newline ends a line: a text may hold any other separator that Unicode has.
        lines = [line.rstrip("\r") for line in text.split("\n")]
        count, fields = self._first_of(lines)
        for number, line in enumerate(lines[count:], count):
            if line.strip():
                self._continue(fields, line, lines[max(0, number - NEAR_LINES) : number])
        return fields

    def _first_of(self, lines: Sequence[str]) -> tuple[int, Fields]:
        """The fields of the first line of a record, and of how many parts it is made, if all of them are there."""
        is_part = self.is_part(lines[0])
        count = self._parts_of_first(lines) if is_part else 1
        wrapper = uncut(lines[:count]) if count > 1 else None
        if wrapper is not None:
            return count, self.formats.fields_within(wrapper)
        parsed = self.formats.parse(lines[0])
        fields: Fields = {"message": lines[0]} if parsed is None else parsed
        return 1, with_torn_fields(fields, lines[0]) if is_part else fields

    def _parts_of_first(self, lines: Sequence[str]) -> int:
        """Of how many lines the first one is a part, itself among them; 1 where the last of them is missing."""
        for count, line in enumerate(lines[1:], 2):
            if not self._is_cut(line, lines[count - 2 : count - 1]):
                break
            if not self.is_part(line):
                return count
        return 1

    def read_block(self, block: LineBlock, batch: Batch) -> None:
        """Add a block's records to a batch; lines at its beginning may go on the batch's last record."""
        if block.is_clipped:
            self._read_clipped(block, batch)
            return
        import numpy as np

        starts = line_starts(block.data)
        self.line_count += len(starts)
        rows = self.fields_of_lines(block.data, len(starts))
        if rows is not None:
            last = line_text(block.data[starts[-1] :])
            self._own.go_on_behind(last)
            self._near.append(last)
            self._parts.clear()
            batch.offsets += (starts + block.offset).tolist()
            batch.lengths += np.diff(starts, append=len(block.data)).tolist()
            batch.lines += range(block.first_line, block.first_line + len(starts))
            batch.fields += rows
            return
        position = block.offset
        for number, line in enumerate(io.BytesIO(block.data), block.first_line):
            self._read_line(line, position, number, batch)
            position += len(line)

    def fields_of_lines(self, data: bytes, line_count: int) -> list[Fields] | None:
        """Decode a block in one go where each of its lines is a JSON object, as nearly all blocks of such logs are."""
        json_lines = self.formats.primary
        if not isinstance(json_lines, JsonLines):
            return None
        try:
            rows = _DECODER.decode_lines(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if len(rows) != line_count or set(map(type, rows)) != {dict}:
            return None
        is_wrapping = wraps_lines(data)
        if data.count(b"{") == line_count and not is_wrapping:
            return list(map(without_blanks, rows))
        if is_wrapping and any(map(self._may_be_a_part, (*map(wrapped_line, self._near), *map(wrapped_in, rows)))):
            return None
        return [without_blanks(json_lines.fields_of(row)) for row in rows]

    def _read_line(self, line: bytes, offset: int, number: int, batch: Batch) -> None:
        text = line_text(line)
        above = LinesAbove(lambda: self._own.above, lambda: tuple(self._near))
        fields = self.begins_record(text, number, self.unreadable, above, follows_one=bool(len(batch)))
        if fields is not None:
            batch.add(offset, len(line), number, fields)
            self._own.begin(text, batch.fields)
            self._parts.clear()
            if self.is_part(text):
                self._parts.append(line)
                batch.fields[-1] = with_torn_fields(fields, text)
        else:
            if text.strip():
                self._own.add(self._continue(batch.fields[-1], text, tuple(self._near)))
            batch.stretch(offset + len(line))
            if self._parts:
                self._add_part(line, text, batch)
        self._near.append(text)

    def _add_part(self, line: bytes, text: str, batch: Batch) -> None:
        """Take a line that may be a part of the last record's first one, which is parsed again when it is whole."""
        self._parts.append(line)
        if not self._is_cut(text, self._near) or sum(map(len, self._parts)) > RECORD_BYTES_CAP:
            self._parts.clear()
        elif not self.is_part(text):
            batch.fields[-1] = self.fields_of(record_text(b"".join(self._parts)).rstrip("\r\n"))
            self._parts.clear()

    def begins_record(
        self, text: str, number: int, unreadable: Unreadable, above: LinesAbove, *, follows_one: bool
    ) -> Fields | None:
        """The fields of a line that begins a record; None where it is blank, or belongs to the record before it.

        Where both have a prefix that tells from which process they are, such as that of ``kubectl logs --prefix``, a
        line goes on a record of its own process alone. A line that is neither is noted in ``unreadable``, and is a
        record of its own.
        """
        if not text.strip():
            return None
        found = None if is_indented(text) else self.formats.match(text)
        if found is None:
            if follows_one and (self.formats.continues(text) or self._is_led(text, None, above)):
                return None
            if self.formats.primary is not None:
                unreadable.note(number)
            return {"message": text}
        # A part of nothing but blanks goes on in the next one.
        goes_on = follows_one and found.continued is not None and (bool(found.continued) or not self.is_part(text))
        if (goes_on and found.goes_on(above.first())) or (follows_one and self._is_led(text, found, above)):
            return None
        return found.own_fields

    def _is_led(self, text: str, found: Match | None, above: LinesAbove) -> bool:
        """Whether the line right before this one tells that it goes on there, whatever it is."""
        near = above.near()
        if found is not None and self._is_cut(text, near):
            return True
        if not may_announce(near):
            return False
        free = text if found is None else found.free_text
        return free is not None and is_announced(free, near) and (found is None or found.is_of_process(near[-1]))

    def _is_cut(self, line: str, near: Sequence[str]) -> bool:
        return is_cut(line, near, json_ends=self.formats.wraps_newlines)

    def _may_be_a_part(self, wrapped: Wrapped | None) -> bool:
        """Whether what a line wraps may go on the line before it, or the next one on it."""
        if wrapped is None:
            return False
        is_part = not wrapped.text or is_trace_line(wrapped.text) or leads_on(wrapped.text)
        return is_part or (self.formats.wraps_newlines and not wrapped.is_whole)

    def is_part(self, text: str) -> bool:
        """Whether a line that a runtime has cut goes on in the next one."""
        # Nearly all lines are told from parts here, in a quarter of the time.
        if text[:1] != "{" and " P " not in text[:64]:
            return False
        part = part_of(text) if may_be_cut(text, json_ends=self.formats.wraps_newlines) else None
        return part is not None and not part.is_whole

    def _continue(self, fields: Fields, line: str, near: Sequence[str]) -> str:
        """Add a line to a record, without the prefix that a shipper put before it; returns what was added."""
        is_part = self._is_cut(line, near)
        bare = self._bare(line, is_part=is_part)
        continue_record(fields, bare, is_cut=is_part)
        return bare

    def _bare(self, line: str, *, is_part: bool) -> str:
        part = part_of(line) if is_part else None
        if part is not None:
            return part.text
        found = None if is_indented(line) else self.formats.match(line)
        texts = (found.continued, found.free_text) if found is not None else ()
        return next((text for text in texts if text is not None), line)

    def _read_clipped(self, block: LineBlock, batch: Batch) -> None:
        """Keep a line that is too long to hold as a record without fields: its head can be shown, its end cannot."""
        self.line_count += 1
        head = line_text(block.data[:1000])
        if not head.strip():
            batch.stretch(block.offset + block.length)
            return
        self.unreadable.note(block.first_line)
        self._own.go_on_behind("")
        self._near.append(head)
        self._parts.clear()
        batch.add(block.offset, block.length, block.first_line, {"message": head})


def sample_lines(source: ByteSource) -> list[str]:
    """The first and the last lines, at most 200 of each and 64 KiB; a line cut at either edge is left out."""
    head = source.read_at(0, _PROBE_BYTES)
    lines = head.split(b"\n")[: _PROBE_LINES if source.size <= len(head) else -1][:_PROBE_LINES]
    if source.size > len(head):
        tail = source.read_at(max(len(head), source.size - _PROBE_BYTES), _PROBE_BYTES)
        lines += tail.split(b"\n")[1:][-_PROBE_LINES:]
    texts = (line.decode("utf-8", "replace").rstrip("\r").lstrip("\ufeff\x00") for line in lines)
    return [text for text in texts if text.strip()]


def line_starts(data: bytes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Where each line begins; the last one may lack its newline."""
    import numpy as np

    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")).astype(np.int64) + 1
    starts = np.concatenate((np.zeros(1, np.int64), ends))
    return starts[:-1] if data.endswith(b"\n") else starts
