"""What stands in the elements of an RSS or Atom feed.

Tags are searched for, and no XML parser is asked: entities of a hostile feed have nothing to expand in. Each search
goes on where the one before ended, so that a feed takes time by its size alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

_AFTER_NAME = frozenset(" \t\r\n/>")
_CDATA, _END_OF_CDATA = "<![CDATA[", "]]>"


def elements(text: str, name: str) -> Iterator[str]:
    """Give what stands in each element of a name, as it is written."""
    at = 0
    while (content := _content_from(text, name, at)) is not None:
        end = text.find(f"</{name}", content)
        if end < 0:
            return
        yield text[content:end]
        at = end


def text_in(entry: str, name: str) -> str:
    """Return the text of the first element of a name; "" where there is none."""
    written = next(elements(entry, name), "").strip()
    return unescape(written.removeprefix(_CDATA).removesuffix(_END_OF_CDATA)).strip()


def _content_from(text: str, name: str, at: int) -> int | None:
    """Where the content of the next element begins; None where there is no other."""
    while (tag := text.find(f"<{name}", at)) >= 0:
        at = tag + len(name) + 1
        end = text.find(">", at)
        if end < 0:
            return None
        if text[at] in _AFTER_NAME and text[end - 1] != "/":
            return end + 1
    return None
