"""The place of a pane that is made after the first frame: its border and its title, at a fifth of what a pane takes."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from triage_tui.ui.safe_text import SafeText


class PanePlace(Widget):
    """An empty frame that says what will stand there; it takes no keys."""

    DEFAULT_CSS = """
    PanePlace { height: 1fr; width: 1fr; text-wrap: nowrap; text-overflow: clip; }
    """
    ALLOW_SELECT = False

    def __init__(self, title: str, note: str, border: str = "$pane-border") -> None:
        super().__init__()
        self._border = border
        self._title, self._note = SafeText(title), SafeText(note)
        self._drawn: tuple[Size, list[Strip]] = (Size(), [])

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw for the size at hand; once, since Textual may ask again for what was taken off the screen by then."""
        if self._drawn[0] != self.size:
            self._drawn = (self.size, self._lines(*self.size))
        return [line.crop(crop.x, crop.right) for line in self._drawn[1][crop.y : crop.bottom]]

    def _lines(self, width: int, height: int) -> list[Strip]:
        """Draw three kinds of lines once each; in a border of Textual's, every line would be styled by itself."""
        room = max(0, width - 6)
        title = border_line(self._title.plain, self._note.plain, room).truncate(room, pad=True)
        above = Content.assemble(("╭─ ", self._border), title.stylize_before("$pane-title"), (" ─╮", self._border))
        empty = Content.styled(f"│{' ' * (width - 2)}│", self._border)
        below = Content.styled(f"╰{'─' * (width - 2)}╯", self._border)
        drawn = Visual.to_strips(self, Content("\n").join([above, empty, below]), width, 3, self.visual_style)
        first, middle, last = self.filtered(drawn)
        return [first, *self.inside(middle, height - 2), last]

    def inside(self, empty: Strip, height: int) -> list[Strip]:
        """Draw the lines between the upper and the lower border; ``empty`` is one that says nothing."""
        return [empty] * height

    def filtered(self, strips: list[Strip]) -> list[Strip]:
        """Let nothing through to the terminal that acts on it."""
        background = self.background_colors[1]
        for one in self.get_line_filters():
            strips = [strip.apply_filter(one, background) for strip in strips]
        return strips


def border_line(title: str, note: str, width: int, least_note: int = 2, short_note: str = "") -> Content:
    """Return a border's words: the title at the left, the note at the right, the edge between them.

    Where both do not fit, the note is given a half of the room, or what else ``least_note`` divides it to; there it is
    said shorter, and cut behind a word.
    """
    left = Content.styled(title, "bold")
    room = max(width - min(left.cell_length + 1, width - width // least_note), 0)
    said = next((one for one in (note, short_note) if one and Content(one).cell_length < room), short_note or note)
    right = Content.styled(f" {_cut(said, room - 1)}", "$muted") if said and room > 1 else Content("")
    room = width - right.cell_length
    if left.cell_length > room:
        left = Content.styled(_cut(title, max(1, room - 1)), "bold")
    filler = " " + "─" * (room - left.cell_length - 1) if note and room - left.cell_length > 1 else ""
    return left + Content(filler) + right


def _cut(text: str, cells: int) -> str:
    """Cut a text to so many cells, behind a word, unless that would leave less than a third."""
    content = Content(text)
    if content.cell_length <= cells:
        return text
    kept = content.truncate(max(cells - 1, 0)).plain
    words = kept if text[len(kept) : len(kept) + 1] in {" ", ","} else kept.rpartition(" ")[0]
    before, _, last = words.rpartition(" · ")
    # A count alone says nothing of what is counted.
    words = (before if last.isdigit() else words).rstrip(" ·,;:▸")
    return (words if len(words) * 3 > len(kept) else kept.rstrip()) + "…"
