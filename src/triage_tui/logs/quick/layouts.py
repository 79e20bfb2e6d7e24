"""Where the indexed fields stand in lines of JSON that look like a sample, to find them without parsing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from triage_tui.logs.formats.embedded_fields import unwrapped
from triage_tui.logs.formats.fields import flattened, outranking, plan_for, shared_columns, without_blanks
from triage_tui.logs.formats.flat_json import wraps_lines
from triage_tui.logs.quick.quick_times import TimeShape, shape_of

INDEXED = ("time", "level", "request_id", "host", "event")
KEYED = frozenset({"time", "level", "request_id", "host"})
"""The columns whose value comes from the field with the best known name, wherever it is."""
MOST_STEPS = 64
SEARCHED_BYTES = 128
# A backslash ends the search alone: what it hides is looked into byte by byte.
QUOTED_STOPS, BARE_STOPS = b'"\\', b",}] "
MOST_REACH = 32 << 10
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null')
_COLON = re.compile(rb"\s*:")
_KEY = re.compile(rb'"(?:[^"\\]|\\.)*"(\s*:)?')
_NAME = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:')


class Step(NamedTuple):
    """A value of a line: the bytes before it, those that end it, and the least and greatest width of samples."""

    literal: bytes
    stops: bytes
    least: int
    most: int


class Layout(NamedTuple):
    """The steps from the beginning of a line to its last indexed field, and which of them each field is.

    They go on to the end of the line where there are columns that only this tells, ``to_the_end``: of two lines that
    begin alike, one may have a level behind all else.

    ``after`` is what stands behind the last step, and ``shape`` how the time is written. ``pair`` is what stands before
    a correlation ID that is anywhere in the message, such as ``request_id=``, and ``levels`` are the words for levels
    in the samples. Of the columns ``filled``, the value is not empty: another one would stand in for it. ``keys`` are
    the names of the fields that fill the columns. Where it is ``by_status``, the level is what an HTTP status tells.
    """

    steps: tuple[Step, ...]
    after: bytes
    columns: Mapping[str, int]
    shape: TimeShape
    pair: bytes = b""
    levels: frozenset[str] = frozenset()
    to_the_end: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    keys: Mapping[str, str] = {}
    by_status: bool = False

    @property
    def reach(self) -> int:
        """How many bytes from the beginning of a line are looked at, at the most."""
        return sum(len(step.literal) + max(step.most, step.least + SEARCHED_BYTES) for step in self.steps)

    @property
    def is_whole(self) -> bool:
        """Whether it goes on to the end of the line."""
        return bool(self.to_the_end)

    @property
    def is_json(self) -> bool:
        """Whether its lines are objects of JSON."""
        return bool(self.steps) and self.steps[0].literal.startswith(b"{")

    @property
    def is_logfmt(self) -> bool:
        """Whether its lines are pairs."""
        return self.is_marked and not self.is_json

    @property
    def is_marked(self) -> bool:
        """Whether each indexed value stands behind its own key, so that nothing else can be taken for it."""
        literals = [self.steps[number].literal for number in self.columns.values()]
        return all(b'":' in literal or literal.rstrip(b'"')[-1:] == b"=" for literal in literals)

    def only(self, *columns: str) -> Layout:
        """The layout up to the last of some columns."""
        kept = {column: number for column, number in self.columns.items() if column in columns}
        count = max(kept.values(), default=-1) + 1
        after = self.steps[count].literal if count < len(self.steps) else self.after
        return self._replace(steps=self.steps[:count], after=after, columns=kept, to_the_end=frozenset())

    def telling(self, *columns: str) -> Layout:
        """The layout as far as it tells some columns."""
        return self if self.to_the_end.intersection(columns) else self.only(*columns)

    def has_keys_of(self, other: Layout) -> bool:
        """Whether two lines differ in the widths of their values alone."""
        keys, others = ([step[:2] for step in one.steps] for one in (self, other))
        same_end = not self.is_whole or self.after == other.after
        return keys == others and self[2:4] == other[2:4] and self.is_whole == other.is_whole and same_end


def learn(line: bytes, id_fields: frozenset[str] = frozenset()) -> Layout | None:
    """The layout of a line; None where it is no JSON object, or a field that is indexed is no plain value in it.

    So it is for a line without a time, or one that is written in an unusual way, or in which another line is wrapped.
    """
    leaves = list(_leaves(line))
    named = None if _wraps_a_line(line) else _named(line, len(leaves))
    if not named:
        return None
    keys = plan_for(tuple(named), id_fields).columns
    columns = _numbered(named, keys)
    if not columns or "time" not in columns:
        return None
    filled = frozenset(shared_columns(tuple(named)))
    begin, after, _ = leaves[columns["time"]]
    shape = shape_of(line[begin:after])
    if shape is None:
        return None
    names = [key.decode("utf-8", "replace") for key in _NAME.findall(line)]
    to_the_end = columns_to_the_end(names, keys, id_fields)
    count, steps, end = len(leaves) if to_the_end else max(columns.values()) + 1, [], 0
    for begin, after, quoted in leaves[:count]:
        stops = QUOTED_STOPS if quoted else BARE_STOPS
        steps.append(Step(line[end:begin], stops, after - begin, after - begin))
        end = after
    behind = line[end : leaves[count][0] if count < len(leaves) else len(line)]
    layout = Layout(tuple(steps), behind, columns, shape, to_the_end=to_the_end, filled=filled, keys=keys)
    return layout if count <= MOST_STEPS else None


def columns_to_the_end(names: Iterable[str], keys: Mapping[str, str], id_fields: frozenset[str]) -> frozenset[str]:
    """The columns of which only whole lines tell by which of some names they are filled.

    A line without a level may have one behind all else; and so may any line a name that elsewhere would be the better
    known one, where it is in the sample too.
    """
    known = {name.lower() for name in names}
    better = {column for column in KEYED if known & outranking(column, keys.get(column), id_fields)}
    return frozenset(better if "level" in keys else better | {"level"})


def _wraps_a_line(line: bytes) -> bool:
    """Whether a record's message is a record, or a line, of its own, whose fields count, or a blank field does not."""
    if wraps_lines(line):
        return True
    try:
        record = msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    plain = flattened(record)
    return without_blanks(unwrapped(dict(plain), lambda _: None)) != plain


def _leaves(line: bytes) -> Iterator[tuple[int, int, bool]]:
    """The values in the order of the text: where each begins and ends, within its quotes, and whether it has some."""
    for token in _TOKEN.finditer(line):
        begin, end = token.span()
        if line[begin] != ord('"'):
            yield begin, end, False
        elif _COLON.match(line, end) is None:
            yield begin + 1, end - 1, True


class JsonLeaves(NamedTuple):
    """The values of a line: where each begins and ends, within its quotes, and whether it has some.

    ``numbers`` tells for each field which of them it is, None for one that is a list.
    """

    spans: tuple[tuple[int, int, bool], ...]
    numbers: Mapping[str, int | None]


class _Leaf(NamedTuple):
    number: int


def _numbered(named: Mapping[str, object], keys: Mapping[str, str]) -> Mapping[str, int] | None:
    """For each indexed column, the number of the value that fills it."""
    wanted = {column: named[keys[column]] for column in INDEXED if column in keys}
    if not all(isinstance(leaf, _Leaf) for leaf in wanted.values()):
        return None
    return {column: leaf.number for column, leaf in wanted.items() if isinstance(leaf, _Leaf)}


def _named(line: bytes, count: int) -> dict[str, object] | None:
    """The fields of an object, with a ``_Leaf`` for each plain value; None where it is none, or a key stands twice."""
    numbers = iter(range(count + 1))
    try:
        record = msgspec.json.decode(line)
        if not isinstance(record, dict):
            return None
        named, keys = flattened(_marked_object(record, numbers)), _keys_in(record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # A key that stands twice is one of the object's, so that the counts differ.
    return named if next(numbers, None) == count and keys == sum(map(bool, _KEY.findall(line))) else None


def _keys_in(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_keys_in, value.values()))
    return sum(map(_keys_in, value)) if isinstance(value, list) else 0


def json_leaves(line: bytes) -> JsonLeaves | None:
    """Where all values of a line are; None where it is no JSON object of its own, or written in an unusual way."""
    spans = tuple(_leaves(line))
    named = None if _wraps_a_line(line) else _named(line, len(spans))
    if named is None:
        return None
    return JsonLeaves(spans, {key: leaf.number if isinstance(leaf, _Leaf) else None for key, leaf in named.items()})


def _marked_object(record: Mapping[str, object], numbers: Iterator[int]) -> dict[str, object]:
    return {key: _marked(value, numbers) for key, value in record.items()}


def _marked(value: object, numbers: Iterator[int]) -> object:
    if isinstance(value, dict):
        return _marked_object(value, numbers)
    if isinstance(value, list):
        return [_marked(one, numbers) for one in value]
    return _Leaf(next(numbers, -1))


def common(layouts: Iterable[Layout]) -> list[Layout]:
    """One layout for each set of keys, the most frequent first; none that reaches too far into its line."""
    groups: list[list[Layout]] = []
    for layout in layouts:
        same = next((group for group in groups if group[0].has_keys_of(layout)), None)
        if same is None:
            groups.append([layout])
        else:
            same.append(layout)
    found = [_common(group) for group in sorted(groups, key=len, reverse=True)]
    return [layout for layout in found if layout.reach <= MOST_REACH]


def _common(layouts: Sequence[Layout]) -> Layout:
    """One layout for lines with the same keys."""
    alike = zip(*(layout.steps for layout in layouts), strict=True)
    steps = [
        Step(same[0].literal, same[0].stops, min(one.least for one in same), max(one.most for one in same))
        for same in alike
    ]
    pair = next((layout.pair for layout in layouts if layout.pair), b"")
    levels = frozenset().union(*(layout.levels for layout in layouts))
    filled = frozenset().union(*(layout.filled for layout in layouts))
    return layouts[0]._replace(steps=tuple(steps), pair=pair, levels=levels, filled=filled)
