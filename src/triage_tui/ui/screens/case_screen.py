"""What the parts of the main screen share: the snapshot, and how they decide."""

from __future__ import annotations

from datetime import UTC, datetime

from textual.geometry import Region
from textual.reactive import reactive
from textual.screen import Screen
from textual.strip import Strip

from triage_tui.investigation.decision import Decision
from triage_tui.investigation.state import Investigation
from triage_tui.ui.messages import Decided, Said
from triage_tui.ui.terminal.drawn_once import DrawnOnce


class CaseScreen(DrawnOnce, Screen[None]):
    """A screen that shows the app's investigation and posts decisions to it."""

    # Each part draws itself again where it must; a repaint of all would be the whole screen over the wire.
    investigation: reactive[Investigation | None] = reactive(None, repaint=False)

    @property
    def case(self) -> Investigation:
        """The snapshot; the screen is not shown without one."""
        if self.investigation is None:
            raise RuntimeError("the screen of an investigation needs one")
        return self.investigation

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the ground as one line for all: the panes cover it, and each line would be styled by itself."""
        return super().render_lines(Region(crop.x, crop.y, crop.width, 1)) * crop.height

    def decide(self, decision: Decision) -> None:
        """Have a decision journaled and applied."""
        self.post_message(Decided(decision))

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Say something to the user."""
        self.post_message(Said(text, wrong=wrong))


def now() -> datetime:
    """Return the time of a decision, UTC."""
    return datetime.now(UTC)
