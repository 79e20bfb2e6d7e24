"""Text from outside, made safe to show.

Log lines, commit titles and server answers are data: nothing in them may move the cursor, hide or reorder text, or be
read as markup. ``SafeText`` is the only type in which such text reaches a widget; ``SafeLineFilter`` is the second
wall, on the way to the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from triage_tui.investigation.visible_text import forbidden_or_tab, is_plain, visible

MAX_CELLS = 4096
TAB_CELLS = 4


def clean_line(raw: str, *, cells: int = MAX_CELLS, ascii_only: bool = False) -> str:
    """Return one visible line of at most ``cells`` terminal cells, cut with an ellipsis.

    Reads no more than ``cells`` characters of ``raw``, however long it is. Line breaks become symbols.
    """
    head = raw[:cells]
    if not is_plain(head):
        head = visible(head, ascii_only=ascii_only).expandtabs(TAB_CELLS)
    if len(raw) <= cells and (len(head) * 2 <= cells or cell_len(head) <= cells):
        return head
    ellipsis = "..." if ascii_only else "…"
    return set_cell_size(head, cells - len(ellipsis)).rstrip() + ellipsis if cells > len(ellipsis) else ellipsis[:cells]


class SafeText:
    """One line of text that is safe to show; immutable, compared and hashed by what it shows.

    It is no ``str``, so that a type checker finds raw text handed to a widget, and so that Textual never reads markup
    from it: handed to a widget as it is, it shows as plain content.
    """

    __slots__ = ("plain",)
    plain: str

    def __init__(self, raw: str = "", *, cells: int = MAX_CELLS, ascii_only: bool = False) -> None:
        object.__setattr__(self, "plain", clean_line(raw, cells=cells, ascii_only=ascii_only))

    @classmethod
    def lines(cls, raw: str, *, most: int = 1000, ascii_only: bool = False) -> tuple[SafeText, ...]:
        """Split at line breaks into at most ``most`` lines; the last one says how many were left out."""
        parts = raw.split("\n")
        kept = [cls(part.removesuffix("\r"), ascii_only=ascii_only) for part in parts[:most]]
        if len(parts) > most:
            kept[-1] = cls(f"{len(parts) - most + 1} more lines", ascii_only=ascii_only)
        return tuple(kept)

    @classmethod
    def join(cls, parts: Iterable[SafeText], between: str = " ") -> SafeText:
        """Put texts behind each other."""
        return cls(between.join(part.plain for part in parts))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"SafeText is immutable: {name}")

    def __str__(self) -> str:
        return self.plain

    def __repr__(self) -> str:
        return f"SafeText({self.plain!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SafeText) and self.plain == other.plain

    def __hash__(self) -> int:
        return hash(self.plain)

    def __bool__(self) -> bool:
        return bool(self.plain)

    @property
    def cell_length(self) -> int:
        """How many terminal cells it takes."""
        return cell_len(self.plain)

    def cut(self, cells: int) -> SafeText:
        """Shorten to at most ``cells`` cells, with an ellipsis where something was cut."""
        return self if self.cell_length <= cells else SafeText(self.plain, cells=max(cells, 0))

    def fitted(self, cells: int) -> str:
        """Cut or pad to exactly ``cells`` cells."""
        return set_cell_size(self.cut(cells).plain, cells)

    def content(self, style: str = "") -> Content:
        """Return it for a widget, never read as markup; ``style`` may name theme variables ("bold $level-error")."""
        return Content.styled(self.plain, style)

    def visualize(self, widget: object = None, obj: object = None) -> Content:  # noqa: ARG002 - Textual's protocol
        """Show as plain content where Textual is handed the text itself."""
        return self.content()


_ASCII_GLYPHS = str.maketrans(
    {
        **dict.fromkeys("─━╌╍┄┅┈┉═╴╶╸╺", "-"),
        **dict.fromkeys("│┃╎╏┆┇┊┋║▏▕▎▌▐", "|"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝┏┓┗┛", "+"),
        **dict.fromkeys("▁▂▃▄▅▆▇█▀▉▊▋▍■▪", "#"),
        **dict.fromkeys("░▒▓", ":"),
        **dict.fromkeys("●•◆", "*"),
        **dict.fromkeys("▸▶›→", ">"),
        **dict.fromkeys("‹◂←≤", "<"),
        **dict.fromkeys("▲↑", "^"),
        **dict.fromkeys("▼↓", "v"),
        "µ": "u", "’": "'", "‘": "'", "“": '"', "”": '"',
        "✓": "x", "✗": "!", "○": "o", "…": "~", "·": ".", "×": "x", "–": "-", "—": "-", "−": "-", "±": "~", "⚠": "!",
        "\u00a0": " ", "⏎": "/",
    }
)  # fmt: skip


def _same_width(character: str) -> str:
    """Stand in for a character with as many cells as the layout gave it."""
    return "?" * cell_len(character)


_NOT_ASCII = re.compile("[^\x00-\x7f]")


class SafeLineFilter(LineFilter):
    """The second wall: whatever a widget draws, no forbidden character goes on to the terminal.

    A replacement keeps the width that the layout counted with, so that nothing else on the line moves. ``ascii_only``
    also draws borders, marks and bars with ASCII, for ``LANG=C``.
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._ascii_only = ascii_only

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - the base class asks
        """Return the segments with every forbidden character replaced."""
        if all(self._is_clean(segment.text) for segment in segments):
            return segments
        return [Segment(self._replaced(text), style, control) for text, style, control in segments]

    def _is_clean(self, text: str) -> bool:
        if text.isascii() or self._ascii_only:
            return text.isascii() and text.isprintable()
        return is_plain(text) or forbidden_or_tab().search(text) is None

    def _replaced(self, text: str) -> str:
        text = forbidden_or_tab().sub(lambda found: _same_width(found[0]), text)
        if not self._ascii_only:
            return text
        return _NOT_ASCII.sub(lambda found: _same_width(found[0]), text.translate(_ASCII_GLYPHS))


def wants_ascii(environ: dict[str, str]) -> bool:
    """Tell whether the terminal's locale cannot be trusted with more than ASCII (LC_ALL, LC_CTYPE, LANG, in order)."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "C")
    return "UTF" not in locale.upper() and locale.split(".")[0].upper() in {"C", "POSIX"}
