"""Which format a log is in, told from its content, and the fields of one line.

Text formats are data: one TOML file each in ``known_formats`` and in a folder of the user's own, with a pattern whose
group names are field names and with sample lines that are checked when it is loaded.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.embedded_fields import embedded_fields, merged, unwrapped
from triage_tui.logs.fields import flattened
from triage_tui.logs.logfmt import pair_spans, parse_logfmt

Fields = dict[str, object]
_TRACE_LINE = re.compile(
    r"\s|Traceback \(most recent|Caused by:|Suppressed:|During handling of the above|The above exception was"
    r"|\.\.\. \d+ (more|common)|goroutine \d+ \[|[\w.$]+(Error|Exception|Warning|Exit|Interrupt)\b(:|$)|[})\]]"
)
_GENERAL_RANK = 80
_PARSED_TEXT = 256 << 10
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_STRUCTURED = re.compile(r'([^\s=\]"\[]+)="((?:[^"\\]|\\.)*)"')


# Groups of patterns from which fields are taken that have no group of their own.
_NESTING = frozenset({"rest", "pri", "structured"})


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


class LineFormat:
    """Parses the first line of a record; None where the line is of another format."""

    def __init__(self, name: str, *, is_general: bool = False) -> None:
        self.name, self.is_general = name, is_general

    def parse(self, line: str) -> Fields | None:
        """Return the fields of a line, under the names that it uses."""
        raise NotImplementedError

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

    def spans(self, line: str) -> list[FieldSpan]:
        """Each value, without its quotes."""
        found = pair_spans(line) if parse_logfmt(line) is not None else []
        return [FieldSpan(*one, '"\\' if line[one[1] - 1] == '"' else " \n") for one in found]


class PatternLines(LineFormat):
    """A text format described by a pattern."""

    def __init__(self, described: TextFormat, inner: Sequence[LineFormat] = ()) -> None:
        super().__init__(described.name, is_general=described.rank >= _GENERAL_RANK)
        self._pattern, self.is_prefix = re.compile(described.pattern), described.is_prefix
        self._inner = inner

    def parse(self, line: str) -> Fields | None:
        """Match the pattern; what a prefix leaves is parsed in its own format.

        Pairs in a group ``structured`` (RFC 5424) are fields, and so are those worth it in a group ``trailing``.
        """
        match = self._pattern.match(line)
        if match is None:
            return None
        # Access logs and RFC 5424 write "-" for what is not known.
        found = match.groupdict()
        fields: Fields = {key: value for key, value in found.items() if value is not None and value != "-"}
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
        return [
            FieldSpan(name, begin, end, line[end] if end < len(line) else "") for begin, end, name in places if end > 0
        ]

    def _with_rest(self, fields: Fields, rest: str) -> Fields:
        for one in self._inner:
            inner = one.parse(rest)
            if inner is not None:
                return merged(fields, inner, is_text=not isinstance(one, JsonLines))
        return embedded_fields(rest) | fields | ({} if "message" in fields else {"message": rest})


class Match(NamedTuple):
    """A line's format, and its fields."""

    form: LineFormat
    fields: Fields

    @property
    def continued(self) -> str | None:
        """What a line holds beyond its prefix where that goes on the record before it; None for all others."""
        text = self.fields.get("message")
        if not isinstance(self.form, PatternLines) or not self.form.is_prefix or not isinstance(text, str):
            return None
        return text if text and _TRACE_LINE.match(text) else None


class FormatChoice:
    """The formats of one file in the order in which they are tried; a mixed file, or one that changes, needs several.

    ``primary`` is the format that most lines have, None for free text.
    """

    def __init__(self, formats: Sequence[LineFormat], primary: LineFormat | None) -> None:
        self._formats, self.primary = tuple(formats), primary

    @property
    def name(self) -> str:
        """The primary format's name, "text" for free text."""
        return self.primary.name if self.primary else "text"

    def copied(self) -> FormatChoice:
        """The same formats for another reader."""
        return self

    def match(self, line: str) -> Match | None:
        """Parse in the first format that fits, without colours; of a very long text, the beginning is parsed."""
        if "\x1b" in line:
            line = _COLOUR.sub("", line)
        head = line if len(line) <= _PARSED_TEXT else line[:_PARSED_TEXT]
        for form in self._formats:
            fields = form.parse(line if isinstance(form, JsonLines) else head)
            if fields is not None:
                return Match(form, fields)
        return None

    def parse(self, line: str) -> Fields | None:
        """The fields of a line; None where no format fits."""
        found = self.match(line)
        return found.fields if found else None

    def continues(self, line: str) -> bool:
        """Tell whether a line that no format fits belongs to the record before it."""
        return _TRACE_LINE.match(line) is not None or self.name not in {"json", "logfmt", "text"}


def detect(lines: Sequence[str], user_folder: Path | None = None) -> FormatChoice:
    """Choose the formats from sample lines: those that were seen are tried first, the more special before the others.

    Those that fit no sample are kept behind them, for a file that changes later; so are the most general ones, which
    would take from lines of a better known format all but their time.
    """
    candidates = _all_formats(user_folder)
    fitting = (next((one for one in candidates if one.parse(line) is not None), None) for line in lines)
    hits = Counter(form for form in fitting if form is not None)
    ordered = sorted(candidates, key=lambda one: (one.is_general, one not in hits))
    return FormatChoice(ordered, hits.most_common(1)[0][0] if hits else None)


@cache
def known_formats() -> tuple[TextFormat, ...]:
    """The text formats that come with the program, the more special first."""
    folder = resources.files("triage_tui.logs") / "known_formats"
    texts = [(entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return _ranked(_described(name, text) for name, text in texts)


class UserFormats(NamedTuple):
    """The formats that a user has added, and one line for each file that is none, which is left out."""

    formats: tuple[TextFormat, ...] = ()
    problems: tuple[str, ...] = ()


def user_formats(folder: Path | None) -> UserFormats:
    """Read the formats of a folder; nothing where there is no such folder."""
    described, problems = [], []
    for path in sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else ():
        try:
            described.append(_described(str(path), path.read_text("utf-8")))
        except UnreadableInput as error:
            problems.append(f"{error}; left out")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path}: cannot be read: {error}; left out")
    return UserFormats(_ranked(described), tuple(problems))


def _all_formats(user_folder: Path | None) -> list[LineFormat]:
    described = user_formats(user_folder).formats + known_formats()
    plain = [PatternLines(one) for one in described if not one.is_prefix]
    logfmt = Logfmt()
    json_lines = JsonLines([logfmt, *plain])
    inner = [json_lines, logfmt, *plain]
    return [json_lines, *(PatternLines(one, inner if one.is_prefix else ()) for one in described), logfmt]


def _first_fit(formats: Sequence[LineFormat], line: str) -> Fields | None:
    parsed = (one.parse(line) for one in formats)
    return next((fields for fields in parsed if fields is not None), None)


def _ranked(formats: Iterable[TextFormat]) -> tuple[TextFormat, ...]:
    return tuple(sorted(formats, key=lambda one: (one.rank, one.name)))


def _described(name: str, text: str) -> TextFormat:
    try:
        described = msgspec.convert(tomllib.loads(text), TextFormat)
        re.compile(described.pattern)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, re.error) as error:
        raise UnreadableInput(name, f"not a log format: {error}") from error
    for sample in described.samples:
        _check_sample(name, described, sample)
    return described


def _check_sample(name: str, described: TextFormat, sample: Sample) -> None:
    """Raise ``UnreadableInput`` where a format does not make of its own sample what it says."""
    first_line = sample.text.partition("\n")[0]
    fields = PatternLines(described, [JsonLines(), Logfmt()]).parse(first_line)
    if fields is None:
        raise UnreadableInput(name, f"its pattern does not fit its own sample {first_line[:60]!r}")
    for key, value in sample.expect.items():
        if str(fields.get(key)) != value:
            found = f"{fields[key]!r}" if key in fields else "nothing"
            raise UnreadableInput(name, f"its own sample gives {found} for {key}, where {value!r} is expected")


def _python_json(line: str) -> object:
    """Python writes NaN and Infinity, which JSON does not know and msgspec refuses."""
    import json

    if "NaN" not in line and "Infinity" not in line:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
