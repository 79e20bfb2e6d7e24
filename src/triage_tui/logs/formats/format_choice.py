"""Which formats a log is in, told from its content.

Text formats are data: one TOML file each in ``known_formats`` and in a folder of the user's own, with a pattern whose
group names are field names and with sample lines that are checked when it is loaded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import msgspec

from triage_tui.investigation.source import UnreadableInput
from triage_tui.logs.formats.continuation import is_trace_line
from triage_tui.logs.formats.fields import without_blanks
from triage_tui.logs.formats.interleaved import Match
from triage_tui.logs.formats.line_formats import (
    Fields,
    JsonLines,
    LineFormat,
    Logfmt,
    PatternLines,
    Sample,
    TextFormat,
    without_colours,
)
from triage_tui.logs.formats.wrapped_lines import part_of

PARSED_TEXT = 256 << 10
# TOML leaves out a newline right behind the quotes.
_PATTERN_BEGIN = re.compile(r"""^[ \t]*["']?pattern["']?[ \t]*=[ \t]*(?:(?:'''|\"{3})\r?\n)?""", re.MULTILINE)


class FormatChoice:
    """The formats of one file in the order in which they are tried; a mixed file, or one that changes, needs several.

    ``primary`` is the format that most lines have, None for free text. With ``wraps_newlines``, each line that is
    wrapped in another one keeps its newline, and what has none goes on in the next.
    """

    def __init__(
        self, formats: Sequence[LineFormat], primary: LineFormat | None, *, wraps_newlines: bool = False
    ) -> None:
        self._formats, self.primary, self.wraps_newlines = tuple(formats), primary, wraps_newlines

    @property
    def name(self) -> str:
        """The primary format's name, "text" for free text."""
        return self.primary.name if self.primary else "text"

    def is_like(self, other: FormatChoice) -> bool:
        """Whether another choice reads every line as this one does."""
        alike = self.name == other.name and self.wraps_newlines == other.wraps_newlines
        return alike and [one.name for one in self._formats] == [one.name for one in other._formats]

    @property
    def plain_pattern(self) -> re.Pattern[str] | None:
        """What alone tells the fields of most lines; None where their format is told by more, or is not tried first."""
        first = next((one for one in self._formats if not isinstance(one, JsonLines)), None)
        return first.plain_pattern if isinstance(first, PatternLines) and first is self.primary else None

    def copied(self) -> FormatChoice:
        """The same formats for another reader."""
        return self

    def match(self, line: str) -> Match | None:
        """Parse in the first format that fits, without colours; of a very long text, the beginning is parsed."""
        line = without_colours(line)
        head = line if len(line) <= PARSED_TEXT else line[:PARSED_TEXT]
        for form in self._formats:
            fields = form.parse(line if isinstance(form, JsonLines) else head)
            if fields is not None:
                return Match(form, without_blanks(fields), head)
        return None

    def parse(self, line: str) -> Fields | None:
        """The fields of a line; None where no format fits."""
        found = self.match(line)
        return found.own_fields if found else None

    def fields_within(self, wrapper: Fields) -> Fields:
        """The fields of a line that a runtime has wrapped in an object of JSON, and of what it has added."""
        json_lines = next(one for one in self._formats if isinstance(one, JsonLines))
        return without_blanks(json_lines.fields_of(wrapper))

    def continues(self, line: str) -> bool:
        """Tell whether a line that no format fits belongs to the record before it."""
        return is_trace_line(line) or self.name not in {"json", "logfmt", "text"}


def detect(lines: Sequence[str], user_folder: Path | None = None) -> FormatChoice:
    """Choose the formats from sample lines: those that were seen are tried first, the more special before the others.

    Those that fit no sample are kept behind them, for a file that changes later; so are the most general ones, which
    would take from lines of a better known format all but their time.
    """
    candidates = _all_formats(user_folder)
    fitting = (next((one for one in candidates if one.parse(line) is not None), None) for line in lines)
    hits = Counter(form for form in fitting if form is not None)
    ordered = sorted(candidates, key=lambda one: (one.is_general, one not in hits))
    parts = (part_of(line) for line in lines if line.startswith("{"))
    wraps_newlines = any(part is not None and part.is_whole for part in parts)
    return FormatChoice(ordered, hits.most_common(1)[0][0] if hits else None, wraps_newlines=wraps_newlines)


@cache
def known_formats() -> tuple[TextFormat, ...]:
    """The text formats that come with the program, the more special first."""
    from importlib import resources  # not before the first frame

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
            text = path.read_text("utf-8")
            described.append(_checked(str(path), _described(str(path), text), text))
        except UnreadableInput as error:
            problems.append(f"{error}; left out")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path}: cannot be read: {error}; left out")
    return UserFormats(_ranked(described), tuple(problems))


def version_of(folder: Path | None) -> str:
    """What tells the formats of a folder from others, or from what they were; "" where there are none."""
    checksum = 0
    for path in sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else ():
        with suppress(OSError):
            checksum = crc32(path.read_bytes(), checksum)
    return f"{checksum:08x}" if checksum else ""


def _all_formats(user_folder: Path | None) -> list[LineFormat]:
    described = user_formats(user_folder).formats + known_formats()
    plain = [PatternLines(one) for one in described if not one.is_prefix]
    logfmt = Logfmt()
    json_lines = JsonLines([logfmt, *plain])
    inner = [json_lines, logfmt, *plain]
    return [json_lines, *(PatternLines(one, inner if one.is_prefix else ()) for one in described), logfmt]


def _ranked(formats: Iterable[TextFormat]) -> tuple[TextFormat, ...]:
    return tuple(sorted(formats, key=lambda one: (one.rank, one.name)))


def _described(name: str, text: str) -> TextFormat:
    import tomllib  # not before the first frame

    from triage_tui.config.toml_text import parsed_toml

    try:
        return msgspec.convert(parsed_toml(text), TextFormat)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UnreadableInput(name, f"not a log format: {error}") from error


def _checked(name: str, described: TextFormat, text: str) -> TextFormat:
    """A format whose pattern and samples hold; those that come with the program are checked by its tests."""
    try:
        re.compile(described.pattern)
    except re.error as error:
        raise UnreadableInput(f"{name}:{_line_of(text, error)}", f"not a log format: {error.msg}") from error
    for sample in described.samples:
        _check_sample(name, described, sample)
    return described


def _line_of(text: str, error: re.error) -> int:
    """The line of a TOML file in which its pattern goes wrong."""
    begin = _PATTERN_BEGIN.search(text)
    return text.count("\n", 0, begin.end() if begin else 0) + (error.lineno or 1)


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
