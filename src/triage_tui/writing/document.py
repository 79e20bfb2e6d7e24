"""A document of headed sections, written as plain text of 80 columns or as Markdown.

All text that comes from outside passes ``line``: visible characters only, secrets taken out.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage_tui.investigation.visible_text import visible
from triage_tui.writing.redaction import redact

TEXT_COLUMNS = 80
_LABEL_COLUMNS = 10
_LONGEST_LINE = 500
WHOLE = 1 << 20
"""The longest line of what a person has written, which is cut nowhere."""
_MARKUP = re.compile(r"([\\`*_\[\]<>|#])")


@dataclass(frozen=True, slots=True)
class Item:
    """A line, and what belongs to it."""

    text: str
    details: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the items below it."""

    heading: str
    items: Sequence[Item]

    @classmethod
    def of(cls, heading: str, lines: Sequence[str]) -> Section:
        """Make each line an item of its own."""
        return cls(heading, [Item(text) for text in lines])


def line(text: str, most: int = _LONGEST_LINE) -> str:
    """Return one line that may leave the program: visible, without secrets, and of so many characters at most."""
    safe = redact(visible(" ".join(text.split())))
    return safe if len(safe) <= most else f"{safe[: most - 1]}…"


def as_text(title: str, sections: Sequence[Section]) -> str:
    """Write a document for a terminal of 80 columns; a heading stands before the first line of its section."""
    rows = [row for section in sections for row in _rows(section)]
    return "\n".join([line(title), "", *rows]).rstrip() + "\n"


def _rows(section: Section) -> Iterator[str]:
    label = section.heading
    for item in section.items:
        for text, indent in ((item.text, ""), *((detail, "  ") for detail in item.details)):
            for row in _wrapped(text, indent):
                yield f"{label:<{_LABEL_COLUMNS}}{row}"
                label = ""


def _wrapped(text: str, indent: str) -> list[str]:
    room = TEXT_COLUMNS - _LABEL_COLUMNS
    hanging = indent + "  " if indent else ""
    return textwrap.wrap(
        line(text), room, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False
    ) or [""]


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """Write a document in Markdown; nothing in it is read as markup."""
    parts = [f"# {escaped(title)}", ""]
    for section in sections:
        parts += [f"## {section.heading}", "", *(row for item in section.items for row in _listed(item)), ""]
    return "\n".join(parts).rstrip() + "\n"


def _listed(item: Item) -> list[str]:
    return [f"- {escaped(item.text)}", *(f"  - {escaped(detail)}" for detail in item.details)]


def escaped(text: str, most: int = _LONGEST_LINE) -> str:
    """Return a line in which no character is read as Markdown or HTML."""
    return _MARKUP.sub(r"\\\1", line(text, most))
