"""Which format a log is in, told from its content, and the fields of one line.

Text formats are data: one TOML file each in ``known_formats`` and in a folder of the user's own, with a pattern whose
group names are field names and with sample lines that are checked when it is loaded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.embedded_fields import embedded_fields, unwrapped
from triage_tui.logs.fields import flattened
from triage_tui.logs.logfmt import parse_logfmt

Fields = dict[str, object]
_TRACE_LINE = re.compile(
    r"\s|Traceback \(most recent|Caused by:|Suppressed:|During handling of the above|The above exception was"
    r"|\.\.\. \d+ (more|common)|goroutine \d+ \[|[\w.$]+(Error|Exception|Warning|Exit|Interrupt)\b(:|$)|[})\]]"
)


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


class LineFormat:
    """Parses the first line of a record; None where the line is of another format."""

    def __init__(self, name: str) -> None:
        self.name = name

    def parse(self, line: str) -> Fields | None:
        """Return the fields of a line, under the names that it uses."""
        raise NotImplementedError


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
        except (msgspec.DecodeError, RecursionError):
            record = _python_json(line)
        return self.fields_of(record) if isinstance(record, dict) else None


class Logfmt(LineFormat):
    """``key=value key="two words"``."""

    def __init__(self) -> None:
        super().__init__("logfmt")

    def parse(self, line: str) -> Fields | None:
        """Read pairs; a line that is not all pairs is not logfmt."""
        return parse_logfmt(line)


class PatternLines(LineFormat):
    """A text format described by a pattern."""

    def __init__(self, described: TextFormat, inner: Sequence[LineFormat] = ()) -> None:
        super().__init__(described.name)
        self._pattern = re.compile(described.pattern)
        self._inner = inner

    def parse(self, line: str) -> Fields | None:
        """Match the pattern; what a prefix leaves is parsed in its own format."""
        match = self._pattern.match(line)
        if match is None:
            return None
        # Access logs and RFC 5424 write "-" for what is not known.
        found = match.groupdict()
        fields: Fields = {key: value for key, value in found.items() if value is not None and value != "-"}
        rest = fields.pop("rest", None)
        if "pri" in fields:
            fields.setdefault("level", str(int(str(fields["pri"])) % 8))
        if isinstance(rest, str):
            return fields | self._fields_of_rest(rest)
        return embedded_fields(str(fields.get("message", ""))) | fields

    def _fields_of_rest(self, rest: str) -> Fields:
        return _first_fit(self._inner, rest) or {"message": rest} | embedded_fields(rest)


class FormatChoice:
    """The formats of one file, the likeliest first; a mixed file, or one that changes its format, needs several."""

    def __init__(self, formats: Sequence[LineFormat]) -> None:
        self._formats = tuple(formats)

    @property
    def primary(self) -> LineFormat | None:
        """The format that most lines have; None for free text."""
        return self._formats[0] if self._formats else None

    @property
    def name(self) -> str:
        """The primary format's name, "text" for free text."""
        return self._formats[0].name if self._formats else "text"

    def copied(self) -> FormatChoice:
        """The same formats for another reader, whose order of trying is its own."""
        return FormatChoice(self._formats)

    def parse(self, line: str) -> Fields | None:
        """Parse in the first format that fits; that one is tried first for the next line."""
        formats = self._formats
        for candidate in formats:
            fields = candidate.parse(line)
            if fields is not None:
                if candidate is not formats[0]:
                    # A new tuple, for other threads may be reading the old one.
                    self._formats = (candidate, *(one for one in formats if one is not candidate))
                return fields
        return None

    def continues(self, line: str) -> bool:
        """Tell whether a line that no format fits belongs to the record before it."""
        return _TRACE_LINE.match(line) is not None or self.name not in {"json", "logfmt", "text"}


def detect(lines: Sequence[str], user_folder: Path | None = None) -> FormatChoice:
    """Choose the formats from sample lines, most hits first.

    A format that fits no sample is kept behind the others, for a file that changes later; free text keeps none.
    """
    candidates = _all_formats(user_folder)
    hits = {candidate.name: 0 for candidate in candidates}
    for line in lines:
        fitting = next((one for one in candidates if one.parse(line) is not None), None)
        if fitting is not None:
            hits[fitting.name] += 1
    if not any(hits.values()):
        return FormatChoice([])
    return FormatChoice(sorted(candidates, key=lambda one: -hits[one.name]))


@cache
def known_formats() -> tuple[TextFormat, ...]:
    """The text formats that come with the program, the more special first."""
    folder = resources.files("triage_tui.logs") / "known_formats"
    texts = [(entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return _ranked(_described(name, text) for name, text in texts)


def user_formats(folder: Path) -> tuple[TextFormat, ...]:
    """The formats that a user has added.

    Raises ``UnreadableInput`` for a file that is no format, or whose own samples it does not parse.
    """
    described = [_described(str(path), path.read_text("utf-8")) for path in sorted(folder.glob("*.toml"))]
    return _ranked(described)


def _all_formats(user_folder: Path | None) -> list[LineFormat]:
    described = (user_formats(user_folder) if user_folder and user_folder.is_dir() else ()) + known_formats()
    plain = [PatternLines(one) for one in described if "(?P<rest>" not in one.pattern]
    logfmt = Logfmt()
    json_lines = JsonLines([logfmt, *plain])
    prefixed = [PatternLines(one, [json_lines, logfmt, *plain]) for one in described if "(?P<rest>" in one.pattern]
    return [json_lines, *prefixed, *plain, logfmt]


def _first_fit(formats: Sequence[LineFormat], line: str) -> Fields | None:
    parsed = (one.parse(line) for one in formats)
    return next((fields for fields in parsed if fields is not None), None)


def _ranked(formats: Iterable[TextFormat]) -> tuple[TextFormat, ...]:
    return tuple(sorted(formats, key=lambda one: (one.rank, one.name)))


def _described(name: str, text: str) -> TextFormat:
    try:
        described = msgspec.convert(tomllib.loads(text), TextFormat)
        pattern = re.compile(described.pattern)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, re.error) as error:
        raise UnreadableInput(name, f"not a log format: {error}") from error
    for sample in described.samples:
        first_line = sample.text.partition("\n")[0]
        if pattern.match(first_line) is None:
            raise UnreadableInput(name, f"its pattern does not fit its own sample {first_line[:60]!r}")
    return described


def _python_json(line: str) -> object:
    """Python writes NaN and Infinity, which JSON does not know and msgspec refuses."""
    import json

    if "NaN" not in line and "Infinity" not in line:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
