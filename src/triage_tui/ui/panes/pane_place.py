"""The place of a pane that is made after the first frame: its border and its title, at a fifth of what a pane takes."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from triage_tui.ui.evidence_pane import border_line
from triage_tui.ui.safe_text import SafeText

_BORDER = "$pane-border"


class PanePlace(Widget):
    """An empty frame that says what will stand there; it takes no keys."""

    DEFAULT_CSS = """
    PanePlace { height: 1fr; width: 1fr; text-wrap: nowrap; text-overflow: clip; }
    """
    ALLOW_SELECT = False

    def __init__(self, title: str, note: str) -> None:
        super().__init__()
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
        above = Content.assemble(("╭─ ", _BORDER), title.stylize_before("$pane-title"), (" ─╮", _BORDER))
        inside = Content.styled(f"│{' ' * (width - 2)}│", _BORDER)
        below = Content.styled(f"╰{'─' * (width - 2)}╯", _BORDER)
        drawn = Visual.to_strips(self, Content("\n").join([above, inside, below]), width, 3, self.visual_style)
        first, middle, last = map(self._filtered, drawn)
        return [first, *[middle] * (height - 2), last]

    def _filtered(self, strip: Strip) -> Strip:
        for one in self.get_line_filters():
            strip = strip.apply_filter(one, self.background_colors[1])
        return strip
