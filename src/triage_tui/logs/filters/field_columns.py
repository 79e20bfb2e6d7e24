"""One field of many records at once, out of lines with the same keys in the same order.

Unlike the index, which reads what stands first in a line, this goes through whole lines: every key counts for which of
them fills a column. A line that differs in anything is left to who parses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from triage_tui.logs.formats.continuation import is_indented
from triage_tui.logs.formats.fields import plan_for, shared_columns
from triage_tui.logs.formats.line_formats import Logfmt
from triage_tui.logs.quick.layouts import (
    BARE_STOPS,
    MOST_REACH,
    MOST_STEPS,
    QUOTED_STOPS,
    SEARCHED_BYTES,
    Step,
    json_leaves,
)
from triage_tui.logs.quick.texts import SEARCHED_AT_ONCE, Texts
from triage_tui.logs.quick.words import Bytes, Places
from triage_tui.logs.records.record_reader import RecordReader

Mask = npt.NDArray[np.bool_]
MARGIN = MOST_REACH + 1024
MOST_SHAPES = 8
_QUOTE, _COMMA, _BRACE, _NEWLINE, _SPACE = ord('"'), ord(","), ord("{"), ord("\n"), 0x20
_NOT_ASCII = 0x80


class LineShape(NamedTuple):
    """Lines of one format with the same keys.

    Attributes:
        steps: each value, with what stands before it.
        after: what stands behind the last one.
        key, number: the field that is wanted, and which of the values it is; None where these lines have none.
        is_filled: whether another field stands in for it where it is blank.
    """

    is_json: bool
    steps: tuple[Step, ...]
    after: bytes
    key: str
    number: int | None
    is_filled: bool = False

    @property
    def reach(self) -> int:
        """How many bytes from the beginning of a line are looked at, at the most."""
        return sum(len(step.literal) + SEARCHED_BYTES for step in self.steps) + len(self.after)


class Column(NamedTuple):
    """Which of some lines have a shape, and the field of each of these."""

    fits: Mask
    values: Sequence[object]


def shapes_of(reader: RecordReader, sample: Iterable[str], name: str, id_fields: frozenset[str]) -> list[LineShape]:
    """The shapes of sample lines, for a field by the name of its column or its own."""
    found: dict[tuple[tuple[bytes, ...], bytes], LineShape] = {}
    for line in sample:
        shape = _shape(reader, line, name, id_fields) if len(found) < MOST_SHAPES else None
        if shape is not None and shape.reach <= MOST_REACH:
            found.setdefault((tuple(step.literal for step in shape.steps), shape.after), shape)
    return list(found.values())


def read_column(shape: LineShape, data: Bytes, starts: Places, ends: Places) -> Column:
    """Read the field of the lines that have a shape; the buffer goes on for ``MARGIN`` bytes behind the last line."""
    fits, at = _is_plain(shape, data, starts, ends), starts
    spans = []
    for step in shape.steps:
        texts = Texts(data, at, len(step.literal) + SEARCHED_AT_ONCE)
        fits &= texts.begin_with(step.literal)
        value = texts.after(len(step.literal))
        begins, at = value.begins, value.first_of(step.stops, SEARCHED_BYTES)
        if step.stops == QUOTED_STOPS:
            # A text that begins like an object may be a record that this one wraps.
            fits &= (data[at] == _QUOTE) & (data[begins] != _BRACE)
        else:
            fits &= (at < begins + SEARCHED_BYTES) & (data[begins] != _QUOTE)
        spans.append((begins, at))
    fits &= (at + len(shape.after) == ends) & Texts(data, at).begin_with(shape.after)
    fits = _with_json_values(shape, data, spans, fits)
    if shape.number is None or not fits.any():
        return Column(fits, [None] * int(fits.sum()))
    if shape.is_filled:
        begins, after = spans[shape.number]
        # A null is as wide as some texts are, which can be parsed too.
        fits &= (after > begins) & ~((after - begins == len("null")) & (shape.steps[shape.number].stops == BARE_STOPS))
    begins, after = (part[fits] for part in spans[shape.number])
    return Column(fits, _values(shape, shape.steps[shape.number], data, begins, after) if fits.any() else [])


def _shape(reader: RecordReader, line: str, name: str, id_fields: frozenset[str]) -> LineShape | None:
    if line.startswith("{"):
        return _json_shape(line.encode(), name, id_fields)
    found = None if is_indented(line) else reader.formats.match(line)
    if found is None or not isinstance(found.form, Logfmt) or not line.isascii():
        return None
    spans = found.form.spans(line)
    key = plan_for(tuple(found.fields), id_fields).columns.get(name, name)
    numbers = {span.name: number for number, span in enumerate(spans)}
    # A flag has no value of its own, and of a key that stands twice the last one counts.
    if len(numbers) < len(spans) or (key in found.fields and key not in numbers):
        return None
    raw, steps, end = line.encode(), list[Step](), 0
    for span in spans:
        bare = b" \n" if steps else b' \n="'
        stops = QUOTED_STOPS if raw[span.begin - 1] == _QUOTE else bare
        steps.append(Step(raw[end : span.begin], stops, 0, 0))
        end = span.end
    is_filled = _has_others(found.fields, key)
    return _checked(LineShape(False, tuple(steps), raw[end:], key, numbers.get(key), is_filled))


def _json_shape(line: bytes, name: str, id_fields: frozenset[str]) -> LineShape | None:
    leaves = json_leaves(line)
    # Of what GCP calls a trace, only the end counts.
    if leaves is None or "trace" in leaves.numbers:
        return None
    key = plan_for(tuple(leaves.numbers), id_fields).columns.get(name, name)
    number = leaves.numbers.get(key)
    if key in leaves.numbers and number is None:
        return None
    steps, end = list[Step](), 0
    for begin, after, quoted in leaves.spans:
        steps.append(Step(line[end:begin], QUOTED_STOPS if quoted else BARE_STOPS, 0, 0))
        end = after
    return _checked(LineShape(True, tuple(steps), line[end:], key, number, _has_others(leaves.numbers, key)))


def _has_others(fields: Iterable[str], key: str) -> bool:
    """Whether another field may fill the same column."""
    return any(key in keys for keys in shared_columns(tuple(fields)).values())


def _checked(shape: LineShape) -> LineShape | None:
    return shape if 0 < len(shape.steps) <= MOST_STEPS else None


def _is_plain(shape: LineShape, data: Bytes, starts: Places, ends: Places) -> Mask:
    """Leave out lines with control characters, and in logfmt with any that is not ASCII and may be a space."""
    first, last = int(starts[0]), int(ends[-1])
    odd = data[first:last] < _SPACE
    if not shape.is_json:
        odd |= data[first:last] >= _NOT_ASCII
    places = np.flatnonzero(odd) + first
    lines = np.searchsorted(starts, places, side="right") - 1
    fits = np.ones(len(starts), bool)
    fits[lines[places < ends[lines]]] = False
    return fits


def _with_json_values(shape: LineShape, data: Bytes, spans: Sequence[tuple[Places, Places]], fits: Mask) -> Mask:
    """Leave all out where something without quotes is no value of JSON, in which case its line is no JSON."""
    for step, (begins, ends) in zip(shape.steps, spans, strict=True):
        if shape.is_json and step.stops == BARE_STOPS and fits.any():
            values = _json_values(data, begins[fits], ends[fits])
            if values is None:
                return np.zeros(len(fits), bool)
    return fits


def _values(shape: LineShape, step: Step, data: Bytes, begins: Places, ends: Places) -> Sequence[object]:
    if shape.is_json and step.stops == BARE_STOPS:
        return _json_values(data, begins, ends) or []
    return _joined(data, begins, ends, _NEWLINE).decode("utf-8", "replace").split("\n")[:-1]


def _json_values(data: Bytes, begins: Places, ends: Places) -> list[object] | None:
    """Decode values without quotes as one list; None where one is no value. No comma is in any, so that they count."""
    try:
        found = msgspec.json.decode(b"[" + _joined(data, begins, ends, _COMMA)[:-1] + b"]", type=list[object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if len(found) == len(begins) else None


def _joined(data: Bytes, begins: Places, ends: Places, separator: int) -> bytes:
    """The bytes of some spans, each with a byte behind it."""
    lengths = ends - begins + 1
    stops = np.cumsum(lengths)
    places = np.repeat(begins - (stops - lengths), lengths) + np.arange(int(stops[-1]))
    joined = data[places]
    joined[stops - 1] = separator
    return joined.tobytes()
