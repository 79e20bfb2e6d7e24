"""A document of headed sections, written as plain text of 80 columns or as Markdown.

All text that comes from outside passes ``line``: visible characters only, secrets taken out.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from triage_tui.investigation.visible_text import visible
from triage_tui.writing.redaction import redact

TEXT_COLUMNS = 80
_LONGEST_LINE = 500
_MARKUP = re.compile(r"([\\`*_\[\]<>|#])")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines; ``listed`` lines are items of a list."""

    heading: str
    lines: Sequence[str]
    listed: bool = True


def line(text: str) -> str:
    """Return one line that may leave the program: visible, without secrets, and not endless."""
    return redact(visible(" ".join(text.split())))[:_LONGEST_LINE]


def as_text(title: str, sections: Sequence[Section]) -> str:
    """Write a document for a terminal of 80 columns; a heading stands before the first line of its section."""
    parts = [line(title), ""]
    for section in sections:
        parts += [part for number, text in enumerate(section.lines) for part in _row(section, number, text)]
    return "\n".join(parts).rstrip() + "\n"


def _row(section: Section, number: int, text: str) -> list[str]:
    label = section.heading if number == 0 else ""
    wrapped = textwrap.wrap(line(text), TEXT_COLUMNS - 12, break_on_hyphens=False) or [""]
    first, *rest = wrapped
    return [f"{label:<12}{first}", *(" " * 12 + one for one in rest)]


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """Write a document in Markdown; nothing in it is read as markup."""
    parts = [f"# {escaped(title)}", ""]
    for section in sections:
        marker = "- " if section.listed else ""
        parts += [f"## {section.heading}", "", *(f"{marker}{escaped(one)}" for one in section.lines), ""]
    return "\n".join(parts).rstrip() + "\n"


def escaped(text: str) -> str:
    """Return a line in which no character is read as Markdown or HTML."""
    return _MARKUP.sub(r"\\\1", line(text))
