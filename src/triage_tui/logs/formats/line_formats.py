"""The formats of one line: JSON, logfmt, and patterns of text with a name for each field."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec

from triage_tui.logs.formats.embedded_fields import embedded_fields, merged, unwrapped
from triage_tui.logs.formats.fields import flattened
from triage_tui.logs.formats.levels import level_of_status
from triage_tui.logs.formats.logfmt import pair_spans, parse_logfmt

Fields = dict[str, object]
_GENERAL_RANK = 80
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_STRUCTURED = re.compile(r'([^\s=\]"\[]+)="((?:[^"\\]|\\.)*)"')
# Beside one of these, a status does not tell the level.
_TELLING_LEVELS = frozenset({"level", "pri", "message", "rest"})
# Groups of patterns from which fields are taken that have no group of their own.
_NESTING = frozenset({"rest", "pri", "structured"})
# Access logs and RFC 5424 write it.
NOT_KNOWN = "-"
# Groups of prefixes that tell from which process a line is.
ORIGIN = ("namespace", "pod", "container", "host", "app", "pid", "procid")


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a format and the fields that must come out of it."""

    text: str
    expect: dict[str, str]


class TextFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A format of text lines: ``pattern`` names the fields; a group ``rest`` holds a line of another format."""

    name: str
    title: str
    pattern: str
    samples: tuple[Sample, ...] = ()
    rank: int = 50

    @property
    def is_prefix(self) -> bool:
        """Whether it leaves a line of another format."""
        return "(?P<rest>" in self.pattern


class FieldSpan(NamedTuple):
    """Where the text of a field is in a line, and which characters can end it."""

    name: str
    begin: int
    end: int
    stops: str


class LineFormat(ABC):
    """Parses the first line of a record; None where the line is of another format."""

    def __init__(self, name: str, *, is_general: bool = False) -> None:
        self.name, self.is_general = name, is_general

    @abstractmethod
    def parse(self, line: str) -> Fields | None:
        """Return the fields of a line, under the names that it uses."""

    @property
    def tells_level_by_status(self) -> bool:
        """Whether the HTTP status of a line is all that tells its level."""
        return False

    def spans(self, line: str) -> list[FieldSpan]:
        """Where the fields of a line stand, in its order; none where that does not tell what the fields are."""
        del line
        return []


class JsonLines(LineFormat):
    """One JSON object a line."""

    def __init__(self, inner: Sequence[LineFormat] = ()) -> None:
        super().__init__("json")
        self._inner = inner

    def fields_of(self, record: Fields) -> Fields:
        """Flatten an object, and take out the line of another format that it may wrap."""
        return unwrapped(flattened(record), lambda line: _first_fit(self._inner, line))

    def parse(self, line: str) -> Fields | None:
        """Decode an object of any shape; nested fields get dotted names."""
        if not line.lstrip().startswith("{"):
            return None
        try:
            record = msgspec.json.decode(line)
        except msgspec.DecodeError:
            record = _lenient_json(line)
        except RecursionError:
            from triage_tui.logs.formats.deep_json import top_level  # hardly a log needs it

            record = top_level(line)
        return self.fields_of(record) if isinstance(record, dict) else None


class Logfmt(LineFormat):
    """``key=value key="two words"``."""

    def __init__(self) -> None:
        super().__init__("logfmt")

    def parse(self, line: str) -> Fields | None:
        """Read pairs; a line that is not all pairs is not logfmt."""
        return parse_logfmt(line)

    def spans(self, line: str) -> list[FieldSpan]:
        """Each value, without its quotes."""
        found = pair_spans(line) if parse_logfmt(line) is not None else []
        return [FieldSpan(*one, '"\\' if line[one[1] - 1] == '"' else " \r\n") for one in found]


class PatternLines(LineFormat):
    """A text format described by a pattern."""

    def __init__(self, described: TextFormat, inner: Sequence[LineFormat] = ()) -> None:
        super().__init__(described.name, is_general=described.rank >= _GENERAL_RANK)
        self._described, self.is_prefix = described.pattern, described.is_prefix
        self._inner = inner

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Compiled when a line is tried: of most formats, none ever is.
        return re.compile(self._described)

    @cached_property
    def _origin(self) -> tuple[str, ...]:
        return tuple(name for name in ORIGIN if name in self._pattern.groupindex) if self.is_prefix else ()

    def origin(self, line: str) -> tuple[str | None, ...] | None:
        """From which process a line is, as its prefix tells; None for one without such a prefix."""
        match = self._pattern.match(line) if self._origin else None
        return None if match is None else tuple(match[name] for name in self._origin)

    def rest_of(self, line: str) -> str | None:
        """What a prefix leaves of a line; None where it is none."""
        match = self._pattern.match(line) if self.is_prefix else None
        return None if match is None else match["rest"]

    @property
    def plain_pattern(self) -> re.Pattern[str] | None:
        """The pattern where each of its groups is a field, and nothing else is unless it has something ``trailing``."""
        nests = not _NESTING.isdisjoint(self._pattern.groupindex) or "message" in self._pattern.groupindex
        return None if nests else self._pattern

    @cached_property
    def tells_level_by_status(self) -> bool:
        """Whether it is that of an access log."""
        return "status" in self._pattern.groupindex and _TELLING_LEVELS.isdisjoint(self._pattern.groupindex)

    def parse(self, line: str) -> Fields | None:
        """Match the pattern; what a prefix leaves is parsed in its own format.

        Pairs in a group ``structured`` (RFC 5424) are fields, and so are those worth it in a group ``trailing``.
        """
        match = self._pattern.match(line)
        if match is None:
            return None
        found = match.groupdict()
        fields: Fields = {key: value for key, value in found.items() if value is not None and value != NOT_KNOWN}
        rest = fields.pop("rest", None)
        if "pri" in fields:
            fields.setdefault("level", str(int(str(fields["pri"])) % 8))
        if structured := fields.pop("structured", None):
            pairs = ((key, re.sub(r"\\(.)", r"\1", value)) for key, value in _STRUCTURED.findall(str(structured)))
            fields = dict(pairs) | fields
        if trailing := fields.pop("trailing", None):
            fields = embedded_fields(str(trailing)) | fields
        if isinstance(rest, str):
            return self._with_rest(fields, rest)
        if self.tells_level_by_status and (level := level_of_status(str(fields.get("status")))):
            fields["level"] = level
        return embedded_fields(str(fields.get("message", ""))) | fields

    def spans(self, line: str) -> list[FieldSpan]:
        """Each group, where none of them holds further fields; the last one ends with the line."""
        match = self._pattern.match(line)
        groups = self._pattern.groupindex
        if match is None or self.is_prefix or any(match[name] is not None for name in _NESTING & groups.keys()):
            return []
        # Another line of this layout may have one.
        if "level" in groups and match["level"] is None:
            return []
        places = sorted((*match.span(name), name) for name in groups if match[name] is not None)
        return [FieldSpan(name, begin, end, self._stops(line[end : end + 1])) for begin, end, name in places if end > 0]

    def _stops(self, behind: str) -> str:
        """What can end a group: what is behind it. A request may be long, and is looked through as JSON's texts are."""
        return '"\\' if behind == '"' and self.tells_level_by_status else behind

    def _with_rest(self, fields: Fields, rest: str) -> Fields:
        for one in self._inner:
            inner = one.parse(rest)
            if inner is not None:
                return merged(fields, inner, is_text=not isinstance(one, JsonLines))
        return embedded_fields(rest) | fields | ({} if "message" in fields else {"message": rest})


def without_colours(line: str) -> str:
    """A line without the terminal's sequences that colour it."""
    return _COLOUR.sub("", line) if "\x1b" in line else line


def _first_fit(formats: Sequence[LineFormat], line: str) -> Fields | None:
    parsed = (one.parse(line) for one in formats)
    return next((fields for fields in parsed if fields is not None), None)


def _lenient_json(line: str) -> object:
    """Read what loggers write and msgspec refuses: NaN, numbers beyond a float, control characters, halves of pairs."""
    import json

    try:
        return _without_surrogates(json.loads(line, strict=False))
    except (ValueError, RecursionError):
        return None


def _without_surrogates(value: object) -> object:
    """A value that can be encoded."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {str(_without_surrogates(key)): _without_surrogates(one) for key, one in value.items()}
    return [_without_surrogates(one) for one in value] if isinstance(value, list) else value
