"""Records of a log as they are read: where each is and its fields, and the lines that were none."""

from __future__ import annotations

import msgspec

from triage_tui.logs.formats.line_formats import Fields


class Batch(msgspec.Struct):
    """Records of one file in the order of its lines; the lists have one entry a record."""

    offsets: list[int] = msgspec.field(default_factory=list)
    lengths: list[int] = msgspec.field(default_factory=list)
    lines: list[int] = msgspec.field(default_factory=list)
    fields: list[Fields] = msgspec.field(default_factory=list)

    def __len__(self) -> int:
        return len(self.fields)

    def add(self, offset: int, length: int, line: int, fields: Fields) -> None:
        """Append one record."""
        self.offsets.append(offset)
        self.lengths.append(length)
        self.lines.append(line)
        self.fields.append(fields)

    def stretch(self, end: int) -> None:
        """Let the last record, if there is one, reach up to a byte."""
        if self.offsets:
            self.lengths[-1] = end - self.offsets[-1]

    def extend(self, other: Batch) -> None:
        """Append all records of another batch."""
        for one in zip(other.offsets, other.lengths, other.lines, other.fields, strict=True):
            self.add(*one)

    def only(self, place: int) -> Batch:
        """One record alone; nothing beyond the last."""
        one = slice(place, place + 1)
        return Batch(self.offsets[one], self.lengths[one], self.lines[one], self.fields[one])

    def copied(self) -> Batch:
        """A copy to which lines can be added without a change to this one."""
        return Batch(self.offsets[:], self.lengths[:], self.lines[:], [dict(one) for one in self.fields])

    def keep_back_last(self) -> Batch:
        """Take the last record out: the lines after it may still belong to it."""
        kept = Batch()
        if self.fields:
            kept.add(self.offsets.pop(), self.lengths.pop(), self.lines.pop(), self.fields.pop())
        return kept


class Unreadable(msgspec.Struct):
    """How many lines were no record, and the first of them."""

    count: int = 0
    first_line: int | None = None

    def note(self, line: int) -> None:
        """Count one line."""
        self.count += 1
        if self.first_line is None:
            self.first_line = line

    def add(self, others: Unreadable, first: int) -> None:
        """Count the lines of a part whose line 0 is line ``first`` of the whole."""
        self.count += others.count
        if self.first_line is None and others.first_line is not None:
            self.first_line = first + others.first_line

    def take_back(self, last: Unreadable) -> None:
        """Count those of the last record no more."""
        self.count -= last.count
        if not self.count:
            self.first_line = None
